# SPDX-License-Identifier: Apache-2.0
"""Connections that fail: refused, reset, silent, slow; and a registration that was stored while its answer got lost."""

import contextlib
import socket

import pytest

from clients import ARN, key, registered, requests, seat

POST = {"method": "POST", "path": "/v2/kms"}
LOST = "the key is in the state, one POST in all"


# --- no connection ---


@pytest.fixture
def closed_port():
    """A port that refuses: bound, so that nobody else takes it, and not listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.fault("connection refused", "an error that names the address, no state")
def test_refused_connection(client, simulator, row, closed_port):
    client.env["ASTRA_API_URL"] = f"http://127.0.0.1:{closed_port}"
    client.configure(key(), seat(), max_retries=1)
    result = client.apply(fails=True)
    assert len(result.errors) == 2
    assert all("can't be reached" in text and str(closed_port) in text and "api_url" in text for text in result.errors)
    assert client.instances() == {}
    row.saw("refused, no state", simulator)


@pytest.mark.fault("connection refused after the plan", "an error, the state as it was, the next apply goes through")
def test_refused_after_the_plan(client, simulator, row, closed_port):
    client.configure(key("old"), max_retries=0)
    client.apply()
    client.configure(key("old"), key("new", region="us-west-2", key_id=ARN.replace("us-east-2", "us-west-2")),
                     max_retries=0)
    client.plan("-out=saved.tfplan")
    there = client.env["ASTRA_API_URL"]
    client.env["ASTRA_API_URL"] = f"http://127.0.0.1:{closed_port}"
    client.apply("saved.tfplan", fails=True).error("can't be reached")
    assert client.keys() == {"old": ARN}
    client.env["ASTRA_API_URL"] = there
    client.apply()
    assert len(client.keys()) == len(registered(simulator)) == 2
    row.saw("refused, state kept, then applied", simulator)


@pytest.fixture
def full_port():
    """A port that neither takes nor refuses: its queue of connections is full, and stays so."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.fault("connection neither taken nor refused", "given up at the timeout, an error, no state")
def test_connection_that_hangs(client, row, full_port):
    client.env["ASTRA_API_URL"] = f"http://127.0.0.1:{full_port}"
    client.configure(key(), max_retries=1, request_timeout=0.5)
    client.apply(fails=True).error("can't be reached", "request_timeout")
    assert client.instances() == {}
    row.saw("refused after 2 tries")


@pytest.mark.fault("TLS that is never answered", "given up at the timeout, an error, no state")
def test_tls_that_hangs(client, row):
    with socket.create_server(("127.0.0.1", 0)) as listener:  # the kernel takes connections, nobody reads
        client.env["ASTRA_API_URL"] = f"https://127.0.0.1:{listener.getsockname()[1]}"
        client.configure(key(), max_retries=1, request_timeout=0.5)
        client.apply(fails=True).error("can't be reached", "request_timeout")
    assert client.instances() == {}
    row.saw("refused after 2 tries")


# --- reset ---


def before(call):
    return call.reset()


def in_the_middle(call):
    text = call.forward().text()
    call.send(text[: len(text) - 5])
    return call.reset()


def after(call):
    call.send(call.forward().text())
    return call.reset()


RESETS = {"before": before, "in the middle of": in_the_middle, "after": after}
MOMENTS = pytest.mark.parametrize("moment", RESETS)


def applied(client):
    assert client.keys() == {"key": ARN}
    client.plan_clean()


@pytest.mark.fault("reset {moment} the registration's answer", "registered once, the key is in the state")
@MOMENTS
def test_reset_registration(client, simulator, front, row, moment):
    front.rule(RESETS[moment], method="POST", times=1)
    client.configure(key(), max_retries=1)
    client.apply()
    assert requests(simulator, "POST") == 1 and registered(simulator) == [ARN]
    assert front.count("POST") == (2 if moment == "before" else 1)
    row.saw(f"applied; {front.count('POST')} POST sent", simulator)
    applied(client)


@pytest.mark.fault("reset {moment} a read's answer", "tried again, no change is seen")
@MOMENTS
def test_reset_read(client, simulator, front, row, moment):
    client.configure(key(), max_retries=2)
    client.apply()
    simulator.reset_counts()
    front.rule(RESETS[moment], method="GET", times=2)
    applied(client)
    row.saw("no changes", simulator)


@pytest.mark.fault("reset {moment} the removal's answer", "removed once, the state is empty")
@MOMENTS
def test_reset_removal(client, simulator, front, row, moment):
    client.configure(key(), max_retries=1)
    client.apply()
    front.rule(RESETS[moment], method="DELETE", times=1)
    client.destroy()
    assert requests(simulator, "DELETE") == 1 and registered(simulator) == [] and client.instances() == {}
    row.saw(f"destroyed; {front.count('DELETE')} DELETE sent", simulator)


@pytest.mark.fault("every connection is reset", "an error, no state")
def test_reset_without_end(client, simulator, front, row):
    front.rule(before)
    client.configure(key(), max_retries=1)
    client.apply(fails=True).error("can't be reached", "Check the network")
    assert client.instances() == {} and registered(simulator) == []
    row.saw("refused", simulator)


# --- no HTTP ---


@pytest.mark.fault("bytes that are no HTTP to {what}, once", "tried again, done once")
@pytest.mark.parametrize("what", ["a read", "the registration", "the removal"])
def test_no_http(client, simulator, row, what):
    fault = {"a read": {"method": "GET", "path": "/v2/kms"}, "the registration": POST, "the removal": {"method": "DELETE"}}
    simulator.fault(**fault[what], garbage=True)
    client.configure(key(), max_retries=1)
    client.apply()
    applied(client)
    client.destroy()
    assert client.instances() == {} and registered(simulator) == []
    row.saw("applied and destroyed", simulator)


# --- the answer is lost ---


@pytest.mark.fault("registration stored, answer lost ({how}), {retries} retries", LOST)
@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("how", ["closed", "cut", "500", "504"])
def test_lost_answer(client, simulator, row, how, retries):
    fault = {"closed": {"close": "after-storing"}, "cut": {"close": "middle"}}.get(how) or {
        "status": int(how), "store": True, "body": "<html>gateway</html>"}  # fmt: skip
    simulator.fault(**POST, **fault)
    client.configure(key(), max_retries=retries)
    client.apply()
    assert requests(simulator, "POST") == 1 and registered(simulator) == [ARN]
    row.saw("applied", simulator)
    applied(client)


def store_and_fall_silent(call):
    call.forward()
    return call.wait_until_gone()


@pytest.mark.fault("registration stored, answer slower than the timeout", LOST)
def test_stored_and_silent(client, simulator, front, row):
    front.rule(store_and_fall_silent, method="POST", times=1)
    client.configure(key(), max_retries=1, request_timeout=1)
    client.apply()
    assert requests(simulator, "POST") == 1
    row.saw("applied", simulator)
    applied(client)


@pytest.mark.fault("registration stored, answer lost, and no look possible",
                   "an error that says so, no state; the next apply adopts")  # fmt: skip
def test_stored_and_nothing_to_see(client, simulator, row):
    simulator.fault(**POST, close="after-storing")
    simulator.fault(method="GET", path="/v2/kms", skip=1, times=-1, status=503)
    client.configure(key(), max_retries=0)
    client.apply(fails=True).error("not known whether the key was registered", "next apply looks first")
    assert client.instances() == {}
    simulator.clear_faults()
    client.apply().warning("registered already")
    assert requests(simulator, "POST") == 1 and registered(simulator) == [ARN]
    row.saw("an error, then adopted", simulator)
    applied(client)


# --- slow ---


@pytest.mark.fault("registration's answer never comes", "an error that names request_timeout, no state")
def test_no_answer(client, simulator, row):
    simulator.fault(**POST, hold=True, times=-1)
    client.configure(key(), max_retries=1, request_timeout=0.5)
    client.apply(fails=True).error("request_timeout")
    assert client.instances() == {} and registered(simulator) == []
    row.saw("refused after 2 tries", simulator)


@pytest.mark.fault("one read slower than the timeout", "tried again, no change is seen")
def test_slow_read(client, simulator, row):
    client.configure(key(), max_retries=1, request_timeout=1)
    client.apply()
    simulator.fault(method="GET", path="/v2/kms", hold=True)
    client.plan_clean()
    assert simulator.counts()["aborted"] == 1
    row.saw("no changes", simulator)


@pytest.mark.fault("every read slower than the timeout", "the plan fails, nothing is taken for gone")
def test_slow_reads(client, simulator, row):
    client.configure(key(), max_retries=1, request_timeout=1)
    client.apply()
    simulator.fault(method="GET", path="/v2/kms", hold=True, times=-1)
    client.plan(fails=True).error("request_timeout")
    assert client.keys() == {"key": ARN} and simulator.counts()["aborted"] == 2
    row.saw("refused after 2 tries, state kept", simulator)


@pytest.mark.fault("one byte a second to a read", "given up at the timeout, an error, state kept")
def test_trickled_read(client, simulator, row):
    client.configure(key(), max_retries=0, request_timeout=1.5)
    client.apply()
    simulator.fault(method="GET", path="/v2/kms", trickle_ms=1000, times=-1)
    client.plan(fails=True).error("request_timeout")
    assert client.keys() == {"key": ARN}
    row.saw("refused", simulator)


@pytest.mark.fault("one byte a second to the registration", LOST)
def test_trickled_registration(client, simulator, row):
    simulator.fault(**POST, trickle_ms=1000)
    client.configure(key(), max_retries=0, request_timeout=1.5)
    client.apply()
    assert requests(simulator, "POST") == 1
    row.saw("applied", simulator)
    applied(client)
