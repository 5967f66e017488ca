# SPDX-License-Identifier: Apache-2.0
"""Connections: TLS, proxies, redirects, sizes and reuse."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from astra import ARN, FAILED, GONE, OK, TRACE, UNAVAILABLE, Session
from fronts import Call, Front
from simulator import Simulator

PLACE = ("aws", "us-east-2")


@pytest.mark.parametrize("variable", ["CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_certificates_of_the_environment(
    secure: Simulator,
    open_session: Callable[..., Session],
    certificate: tuple[pathlib.Path, pathlib.Path],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, str(certificate[0]))
    session = open_session(secure)
    assert session.key_create(*PLACE, ARN).status == OK
    assert session.key_read(*PLACE).key_id == ARN


def test_a_certificate_that_is_not_trusted(secure: Simulator, open_session: Callable[..., Session]) -> None:
    answer = open_session(secure).key_read(*PLACE)
    assert answer.status == UNAVAILABLE and "SSL_CERT_FILE" in answer.text
    assert secure.counts()["total"] == 0


def test_http_1_where_http_2_is_offered_too(
    simulator: Simulator,
    open_session: Callable[..., Session],
    certificate: tuple[pathlib.Path, pathlib.Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Frames without content, as HTTP/2 has them, hold libcurl 7.88 beyond every timeout."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    chosen = []

    def note(call: Call) -> bool:
        assert isinstance(call.connection, ssl.SSLSocket)
        chosen.append(call.connection.selected_alpn_protocol())
        return call.answer(call.forward())

    with Front(simulator, context=context) as front:
        front.rule(note)
        assert open_session(front).key_create(*PLACE, ARN).status == OK
    assert set(chosen) == {"http/1.1"}


def test_connections_are_used_again(simulator: Simulator, session: Session) -> None:
    for _ in range(5):
        assert session.key_create(*PLACE, ARN).status == OK
        assert session.key_delete(*PLACE, ARN).status == OK
    assert len({line["connection"] for line in simulator.counts()["log"]}) == 1


def test_programs_that_the_host_starts_get_no_connection(simulator: Simulator, session: Session) -> None:
    """The connection is kept for the next request, and the token goes over it."""
    before = set(os.listdir("/proc/self/fd"))
    assert session.key_read(*PLACE).status == GONE
    kept = []
    for name in set(os.listdir("/proc/self/fd")) - before:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(name))) as one:  # not all are sockets
            if one.family == socket.AF_INET and one.getpeername()[1] == urlsplit(simulator.url).port:
                kept.append(fcntl.fcntl(int(name), fcntl.F_GETFD) & fcntl.FD_CLOEXEC)
    assert kept == [fcntl.FD_CLOEXEC]


def test_a_redirect_within_the_host_is_followed(simulator: Simulator, session: Session) -> None:
    simulator.add_key(*PLACE, ARN)
    for status in (301, 302, 303, 307, 308):
        simulator.fault(path="/v2/elsewhere", status=status, headers={"Location": simulator.url + "/v2/kms"})
        simulator.fault(path="/v2/kms", status=status, headers={"Location": "/v2/elsewhere"})
        assert session.key_read(*PLACE).key_id == ARN
        session.key_create(*PLACE, ARN)  # so that the next read lists again
        session.key_delete(*PLACE, ARN, force=True)
        simulator.add_key(*PLACE, ARN)


@pytest.mark.parametrize("what", ["port", "name", "scheme"])
def test_a_redirect_to_another_host_is_refused(
    simulator: Simulator, simulate: Callable[..., Simulator], session: Session, what: str
) -> None:
    other = simulate()
    target = {"port": other.url, "name": simulator.url.replace("127.0.0.1", "localhost"),
              "scheme": simulator.url.replace("http:", "https:")}[what]
    simulator.fault(path="/v2/currentOrg", status=302, headers={"Location": target + "/v2/currentOrg"})
    answer = session.key_read(*PLACE)
    assert answer.status == FAILED and answer.attribute == "api_url" and "another host" in answer.text
    assert other.counts()["total"] == 0 and simulator.counts()["total"] == 1


def test_redirects_have_an_end(simulator: Simulator, session: Session) -> None:
    simulator.fault(path="/v2/currentOrg", status=302, headers={"Location": "/v2/currentOrg"}, times=-1)
    answer = session.key_read(*PLACE)
    assert answer.status == FAILED and "edirected" in answer.text and simulator.counts()["total"] == 6


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_registration_is_not_redirected(simulator: Simulator, session: Session, status: int) -> None:
    simulator.fault(method="POST", path="/v2/kms", status=status, headers={"Location": "/v2/kms"})
    answer = session.key_create(*PLACE, ARN)
    assert answer.status == FAILED and simulator.counts()["by"]["POST /v2/kms"] == 1
    assert simulator.state()["keys"] == []


def test_an_answer_of_17_mib_is_not_read(simulator: Simulator, session: Session) -> None:
    simulator.fault(path="/v2/kms", body="x" * 1024, body_repeat=17 * 1024, times=-1)
    answer = session.key_read(*PLACE)
    assert answer.status == FAILED and "16 MiB" in answer.text
    assert simulator.counts()["by"]["GET /v2/kms"] == 1


def test_a_header_that_is_too_long(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    with Front(simulator) as front:
        front.rule(lambda call: call.send(call.forward().text(X_More="x" * 400_000)))
        answer = open_session(front).key_read(*PLACE)
    assert answer.status == FAILED and "header" in answer.text and "api_url" in answer.text


def behind_the_body(lines: bytes) -> Callable[[Call], bool]:
    def handler(call: Call) -> bool:
        body = call.forward().body
        call.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n" % (len(body), body))
        call.send(lines + b"\r\n")
        return True

    return handler


def test_headers_behind_the_body(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    """libcurl keeps each of them, and takes any number."""
    with Front(simulator) as front:
        front.rule(behind_the_body(b"X-More: 1\r\n"), path="/v2/kms")
        session = open_session(front)
        assert session.key_create(*PLACE, ARN).status == OK
        front.clear()
        front.rule(behind_the_body(b"X: y\r\n" * 100_000), path="/v2/kms")
        answer = session.key_read(*PLACE)
    assert answer.status == FAILED and "512 KiB" in answer.text


def test_an_answer_below_the_limit_is_read(simulator: Simulator, session: Session) -> None:
    simulator.fault(path="/v2/kms", body=" " * 1023 + "\n", body_repeat=15 * 1024)
    assert "JSON" in session.key_read(*PLACE).text
    assert session.key_read(*PLACE).status == GONE


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that refuses everything, and what it was sent."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    received.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", received
        server.shutdown(socket.SHUT_RDWR)
        thread.join(30)


def test_a_proxy_is_used_and_never_sees_the_token(
    proxy: tuple[str, list[bytes]], open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy[0])
    session = open_session(token="AstraCS:secret", url="https://devops.example", retries=0)
    answer = session.key_read(*PLACE)
    assert answer.status in (FAILED, UNAVAILABLE) and "proxy" in answer.text
    assert len(proxy[1]) == 1 and proxy[1][0].startswith(b"CONNECT devops.example:443")
    assert b"secret" not in proxy[1][0] and b"Authorization" not in proxy[1][0]


@pytest.mark.parametrize("address", [
    "http://user:hidden@127.0.0.1:1", "http://user:hidden@127.0.0.1:99999", "http://user:hid'den@127.0.0.1:99999",
    "ftp://user:hidden@127.0.0.1:1", "http://user:hid den@127.0.0.1:1", "user:hidden@127.0.0.1:1x", "http://user:hidden",
    "http://user:hidden@[::1", "http://user:hidden@nowhere.invalid:1", "socks5://user:hidden@127.0.0.1:1"])  # fmt: skip
def test_a_proxys_password_is_not_shown(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """libcurl quotes an address that it can't read."""
    monkeypatch.setenv("https_proxy", address)
    session = open_session(token="AstraCS:x", url="https://127.0.0.1:1", retries=0, log_level=TRACE)
    answer = session.key_read(*PLACE)
    assert answer.status == UNAVAILABLE and "proxy" in answer.text and session.lines
    assert "hid" not in answer.text + str(session.lines) and "den" not in answer.text.replace("denied", "")


def test_nothing_but_the_token_is_sent_as_a_credential(
    simulator: Simulator, open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """libcurl can read passwords and options from the home directory; curl itself does."""
    for name in (".netrc", "_netrc"):
        (tmp_path / name).write_text("machine 127.0.0.1 login somebody password else\n")
        (tmp_path / name).chmod(0o600)
    (tmp_path / ".curlrc").write_text('header = "X-Added: 1"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    with Front(simulator) as front:
        assert open_session(front).key_create(*PLACE, ARN).status == OK
    assert {call.headers["authorization"] for call in front.calls} == {f"Bearer {simulator.token}"}
    assert {name for call in front.calls for name in call.headers} <= {
        "host", "user-agent", "accept", "accept-encoding", "authorization", "content-type", "content-length"}  # fmt: skip


def test_plain_http_passes_by_a_proxy(
    proxy: tuple[str, list[bytes]], simulator: Simulator, open_session: Callable[..., Session],
    monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setenv("http_proxy", proxy[0])
    monkeypatch.setenv("all_proxy", proxy[0])
    assert open_session(simulator).key_read(*PLACE).status == GONE
    assert proxy[1] == []


def test_a_name_that_can_not_be_resolved(open_session: Callable[..., Session]) -> None:
    answer = open_session(token="AstraCS:x", url="https://nowhere.invalid", retries=0).key_read(*PLACE)
    assert answer.status == UNAVAILABLE and answer.attribute == "api_url" and "nowhere.invalid" in answer.text
