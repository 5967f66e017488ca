# SPDX-License-Identifier: Apache-2.0
"""Answers that are no answers: empty, cut, of another kind, huge, deep, of wrong types; and what is unusual but good."""

import gzip
import json
import threading
import zlib
from pathlib import Path

import pytest

from clients import ARN, REGION, key, registered, requests, seat
from fronts import Answer, pass_on

HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome to our network</body></html>"
NESTED = b"[" * 100_000 + b"]" * 100_000
MIB = 1 << 20

LISTING = [{"OrganizationID": "0a1b2c3d-0000-4000-8000-000000000001", "CloudProvider": "aws", "KeyID": ARN, "Region": REGION}]
ACCOUNTS = [{"organization_id": "0a1b2c3d-0000-4000-8000-000000000001", "provider_id": "123456789012", "provider": "aws"}]

# What is no document, whatever was asked for.
BROKEN = {
    "an empty answer": b"",
    "HTML with status 200": HTML,
    "100,000 arrays in each other": NESTED,
    "an object for the list": b'{"list": []}',
    "a number for the list": b"42",
    "null for the list": b"null",
    "numbers for its elements": b"[42, 43]",
    "nulls for its elements": b"[null]",
    "elements without fields": b"[{}]",
}


def spoiled(good: list, field: str) -> dict[str, bytes]:
    """The same answer, with one thing wrong in it."""
    text = json.dumps(good).encode()
    value = good[0][field].encode()
    return {
        "half a JSON document": text[: len(text) // 2],
        f"a number for {field}": text.replace(b'"%s"' % value, b"42"),
        f"an object for {field}": text.replace(b'"%s"' % value, b'{"text": "%s"}' % value),
        f"null for {field}": text.replace(b'"%s"' % value, b"null"),
        f"no {field}": text.replace(b'"%s"' % field.encode(), b'"Other"'),
        f"an escaped NUL in {field}": text.replace(value, value[:4] + b"\\u0000" + value[4:]),
        f"a NUL byte in {field}": text.replace(value, value[:4] + b"\0" + value[4:]),
        f"invalid UTF-8 in {field}": text.replace(value, value[:4] + b"\xc3\x28" + value[4:]),
        f"a lone surrogate in {field}": text.replace(value, value[:4] + b"\\ud800" + value[4:]),
    }


LISTINGS = BROKEN | spoiled(LISTING, "KeyID")
SEATS = BROKEN | spoiled(ACCOUNTS, "provider_id")


def says(body: bytes, status: int = 200, **headers: str):
    return lambda call: call.send(Answer(status, body, {}).text(**headers)) or True


# --- what is no answer ---


@pytest.mark.fault("{what}, to a read of the keys", "an error, the key stays in the state")
@pytest.mark.parametrize("what", LISTINGS)
def test_listing(client, simulator, front, row, what):
    client.configure(key())
    client.write_state(KEY_IN_STATE)
    front.rule(says(LISTINGS[what]), path="/v2/kms")
    error = client.plan(fails=True).error("Unexpected answer from the DevOps API")
    assert "api_url" in error or "TF_LOG=TRACE" in error
    assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 0
    row.saw("refused, state kept")


KEY_IN_STATE = {
    "mode": "managed", "type": "astra_cmk_key", "name": "key",
    "provider": 'provider["registry.terraform.io/astra-cmk/astra-cmk"]',
    "instances": [{"schema_version": 0, "attributes": {
        "id": f"aws/{REGION}", "cloud_provider": "aws", "region": REGION, "key_id": ARN, "on_destroy": "deregister",
        "force_destroy": False, "organization_id": "0a1b2c3d-0000-4000-8000-000000000001"}}]}  # fmt: skip


@pytest.mark.fault("{what}, to a request for provider IDs", "an error, no state")
@pytest.mark.parametrize("what", SEATS)
def test_accounts(client, front, row, what):
    front.rule(says(SEATS[what]), path="/accounts")
    client.configure(seat())
    error = client.apply(fails=True).error("Unexpected answer from the DevOps API")
    assert "api_url" in error or "TF_LOG=TRACE" in error
    assert client.instances() == {}
    row.saw("refused, no state")


@pytest.mark.fault("{what}, to the question whose token it is", "an error, nothing is registered")
@pytest.mark.parametrize("what", ["an empty answer", "HTML with status 200", "nulls for its elements"])
def test_organization(client, simulator, front, row, what):
    front.rule(says(BROKEN[what]), path="/v2/currentOrg")
    client.configure(key())
    client.apply(fails=True).error("Unexpected answer", "organization")
    assert client.instances() == {} and registered(simulator) == []
    row.saw("refused", simulator)


@pytest.mark.fault("{what}, to the look for databases", "the removal is refused, the key stays")
@pytest.mark.parametrize("what", ["an empty answer", "HTML with status 200", "numbers for its elements"])
def test_databases(client, simulator, front, row, what):
    client.configure(key())
    client.apply()
    front.rule(lambda call: says(BROKEN[what])(call) if "/v2/databases" in call.path else pass_on(call))
    client.destroy(fails=True).error("force_destroy")
    assert client.keys() == {"key": ARN} and requests(simulator, "DELETE") == 0
    row.saw("refused", simulator)


@pytest.mark.fault("404 with HTML to every read of a key", "no absence: an error, the key stays in the state")
def test_page_that_says_404(client, simulator, front, row):
    client.configure(key())
    client.apply()
    front.rule(lambda call: says(HTML, 404)(call) if "/v2/kms" in call.path else pass_on(call))
    client.plan(fails=True).error("web page", "404")
    client.destroy("-refresh=false", fails=True).error("web page")
    assert client.keys() == {"key": ARN} and registered(simulator) == [ARN]
    row.saw("refused, state kept", simulator)


# --- answers to what changes something ---


def stored_and_says(body: bytes):
    return lambda call: call.forward() and says(body)(call)


ODD = {"an empty answer": b"", "HTML with status 200": HTML, "half a JSON document": b'{"orgId": "0a1b',
       "100,000 arrays in each other": NESTED, "an unknown field": b'{"new": {"thing": [1, null]}}'}


@pytest.mark.fault("registration stored, answered with {what}", "one POST, the key is in the state")
@pytest.mark.parametrize("what", ODD)
def test_stored_with_an_odd_answer(client, simulator, front, row, what):
    front.rule(stored_and_says(ODD[what]), method="POST")
    client.configure(key(), max_retries=0)
    client.apply()
    assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 1
    row.saw("applied", simulator)
    client.plan_clean()


@pytest.mark.fault("registration not stored, answered with HTML and status 200",
                   "an error: what a gateway says is no registration")  # fmt: skip
def test_not_stored_and_html(client, simulator, front, row):
    front.rule(says(HTML), method="POST")
    client.configure(key(), max_retries=1)
    client.apply(fails=True).error("register the key", "gateway")
    assert client.instances() == {} and registered(simulator) == []
    row.saw(f"refused; {front.count('POST')} POST sent", simulator)


@pytest.mark.fault("removal not done, answered with HTML and status 200", "an error, the key stays in the state")
def test_not_removed_and_html(client, simulator, front, row):
    client.configure(key(), max_retries=1)
    client.apply()
    front.rule(says(HTML), method="DELETE")
    client.destroy(fails=True).error("remove the registration", "gateway")
    assert client.keys() == {"key": ARN} and registered(simulator) == [ARN]
    row.saw(f"refused; {front.count('DELETE')} DELETE sent", simulator)


# --- size ---


class Peak:
    """The most memory that a provider had, looked up as long as it lives. An event tells of the first look."""

    def __init__(self, client, process, begun: threading.Event) -> None:
        self.mib = 0
        self.begun = begun
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look, args=(client, process), daemon=True)
        self._watch.start()

    def _look(self, client, process) -> None:
        while not self._ended.wait(0.005):
            try:
                provider = client.provider_of(process)
                status = Path(f"/proc/{provider}/status").read_text()
            except OSError:
                continue  # it ended between the two
            if provider != process.pid or client.is_host:
                self.mib = max([self.mib, *(int(line.split()[1]) // 1024 for line in status.splitlines()
                                            if line.startswith("VmHWM:"))])  # fmt: skip
                self.begun.set()

    def end(self) -> int:
        self._ended.set()
        self._watch.join(30)
        return self.mib


# What a provider needs by itself, the 16 MiB that are read, and twice that where a buffer grows; and what the thread
# sanitizer notes of it. It is far less than the answer.
ENOUGH = 128


def refuse_read(client, front, row, answer, *said: str) -> None:
    """Plans where a listing of the keys is answered so; it is asked for once. The program ends soon after, so that it is
    answered only when its memory is looked at."""
    client.write_state(KEY_IN_STATE)
    begun = threading.Event()
    front.rule(lambda call: begun.wait(30) and answer(call), path="/v2/kms")
    process = client.start("plan", "-input=false")
    peak = Peak(client, process, begun)
    client.finish(process).error(*said)
    most = peak.end()
    assert client.keys() == {"key": ARN} and sum(call.path == "/v2/kms" for call in front.calls) == 1
    assert 0 < most < ENOUGH
    row.saw(f"refused; peak of memory {most} MiB")


def endless(line: bytes, begin: bytes = b"HTTP/1.1 200 OK\r\n"):
    """Sends 300 MiB of lines behind a beginning, or as much as is taken."""
    def handler(call):
        call.send(begin)
        for _ in range(300):
            call.send(line * (MIB // len(line)))
        return False

    return handler


@pytest.mark.fault("an answer of 300 MiB", "not read beyond 16 MiB, an error, memory bounded")
def test_300_mib(client, front, row):
    client.configure(key())
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {300 * MIB}\r\n\r\n"
    refuse_read(client, front, row, endless(b"x" * 1024, head.encode()), "larger than 16 MiB", "api_url")


def zipped_blanks(mib: int) -> bytes:
    """So many MiB of blanks as gzip, quickly made: one MiB is packed, and its packed form repeated."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    part = packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + part * mib


@pytest.mark.fault("300 MiB in a gzip of 1.4 MiB", "not read beyond 16 MiB, an error, memory bounded")
def test_gzip_bomb(client, front, row):
    client.configure(key())
    refuse_read(client, front, row, says(zipped_blanks(300), Content_Encoding="gzip"), "larger than 16 MiB")


HEADS = {"headers": b"X-More: " + b"x" * 1000 + b"\r\n", "a single header": b"x" * 1024,
         "interim answers": b"\r\nHTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 1000 + b"\r\n",
         "headers behind the body": b"X: y\r\n"}
BODY = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n"


@pytest.mark.fault("300 MiB of {what}", "not read to the end, an error, memory bounded")
@pytest.mark.parametrize("what", HEADS)
def test_endless_head(client, front, row, what):
    client.configure(key(), max_retries=0)
    refuse_read(client, front, row, endless(HEADS[what], *([BODY] if "body" in what else [])), "DevOps API", "api_url")


@pytest.mark.fault("a gzip that is none, to a read of the keys", "an error, the key stays in the state")
def test_broken_gzip(client, front, row):
    client.configure(key(), max_retries=0)
    client.write_state(KEY_IN_STATE)
    front.rule(says(b"\x1f\x8b and no gzip", Content_Encoding="gzip"), path="/v2/kms")
    client.plan(fails=True).error("can't be reached")
    assert client.keys() == {"key": ARN}
    row.saw("refused, state kept")


@pytest.mark.fault("a gzip that is none, to a registration that was stored", "one POST, the key is in the state")
def test_stored_and_broken_gzip(client, simulator, front, row):
    handler = says(b"\x1f\x8b and no gzip", Content_Encoding="gzip")
    front.rule(lambda call: call.forward() and handler(call), method="POST")
    client.configure(key(), max_retries=0)
    client.apply()
    assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 1
    row.saw("applied", simulator)


# --- unusual, and good ---


def zipped(call):
    answer = call.forward()
    return call.send(Answer(answer.status, gzip.compress(answer.body), {}).text(Content_Encoding="gzip")) or True


def old(call):
    """HTTP/1.0: no length, the end of the connection is the end of the answer."""
    answer = call.forward()
    call.send(b"HTTP/1.0 %d Answer\r\nContent-Type: application/json\r\n\r\n%s" % (answer.status, answer.body))
    return False


def chunked(call):
    answer = call.forward()
    if not answer.body:  # 204 has none, chunked or not
        return call.send(answer.text()) or True
    call.send(b"HTTP/1.1 %d Answer\r\nTransfer-Encoding: chunked\r\n\r\n" % answer.status)
    for byte in answer.body:
        call.send(b"1\r\n%c\r\n" % byte)
    call.send(b"0\r\n\r\n")
    return True


def talkative(call):
    """Unknown fields wherever there is an object."""
    def more(value):
        if isinstance(value, list):
            return [more(item) for item in value]
        if isinstance(value, dict):
            return {"aaNew": {"key": "x", "list": [1, None]}} | {name: more(item) for name, item in value.items()} | {"zzNew": 1.5}
        return value

    answer = call.forward()
    body = json.dumps(more(json.loads(answer.body))).encode() if answer.body else b""
    return call.send(Answer(answer.status, body, {}).text()) or True


UNUSUAL = {"gzip": zipped, "HTTP/1.0": old, "chunks of one byte": chunked, "unknown extra fields": talkative}


@pytest.mark.fault("{what} in every answer", "applied, read, destroyed")
@pytest.mark.parametrize("what", UNUSUAL)
def test_unusual(client, simulator, front, row, what):
    front.rule(UNUSUAL[what])
    client.configure(key(), seat(), max_retries=0)
    client.apply()
    assert client.keys() == {"key": ARN} and len(client.seats()) == 1
    client.plan_clean()
    client.destroy()
    assert client.instances() == {} and registered(simulator) == []
    row.saw("all of it done", simulator)


def cut_short(call):
    """HTTP/1.0, closed in the middle: nothing but the document itself tells."""
    answer = call.forward()
    call.send(b"HTTP/1.0 %d Answer\r\n\r\n%s" % (answer.status, answer.body[: len(answer.body) // 2]))
    return False


@pytest.mark.fault("HTTP/1.0, closed in the middle of every answer but whose token it is",
                   "an error on reading; what was registered is adopted")  # fmt: skip
def test_old_and_cut_short(client, simulator, front, row):
    front.rule(old, path="/v2/currentOrg")
    front.rule(old, method="GET", path="/v2/kms", times=1)
    front.rule(cut_short)
    client.configure(key(), max_retries=0)
    client.apply(fails=True).error("not known whether the key was registered")
    assert client.instances() == {}
    front.clear()
    client.apply().warning("registered already")
    assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 1
    row.saw("an error, then adopted", simulator)
