# SPDX-License-Identifier: Apache-2.0
"""The simulator's admin paths: what changes behind a client's back, what is counted, what goes wrong on demand;
and that many clients at once disturb neither it nor each other."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import pathlib
import socket
import sys
import urllib.parse
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from samples import ARN, AWS_PLACE, assert_error, registration
from simulator import DEFAULT_ORGANIZATION, Simulator, SimulatorError

# --- admin paths ---


def test_keys_change_behind_a_clients_back(simulator: Simulator) -> None:
    simulator.add_key("AWS", "us-east-2", ARN)
    simulator.add_key("aws", "us-east-2", ARN + "0")
    assert simulator.ask("GET", AWS_PLACE)[1]["aws"]["keyID"] == ARN + "0"
    simulator.remove_key("aws", "us-east-2")
    assert_error(simulator.ask("GET", AWS_PLACE), 404)
    with pytest.raises(SimulatorError):
        simulator.remove_key("aws", "us-east-2")
    with pytest.raises(SimulatorError):
        simulator.add_key("ibm", "us-east-2", ARN)


def test_requests_are_counted_and_logged_without_the_token(simulator: Simulator) -> None:
    connection = simulator.connect()
    for path in ("/v2/kms", "/v2/kms", AWS_PLACE, "/v2/kms/provider/gcp/region/us-east1"):
        simulator.ask("GET", path, connection=connection)
    simulator.ask("GET", AWS_PLACE + "/accounts")
    counts = simulator.counts()
    assert counts["total"] == 5
    assert counts["by"] == {
        "GET /v2/kms": 2,
        "GET /v2/kms/provider/*/region/*": 2,
        "GET /v2/kms/provider/*/region/*/accounts": 1,
    }
    assert [line["status"] for line in counts["log"]] == [200, 200, 404, 404, 200]
    assert [line["path"] for line in counts["log"]][2] == AWS_PLACE
    assert all(line["authorization_present"] and line["end"] == "answered" for line in counts["log"])
    numbers = [line["connection"] for line in counts["log"]]
    assert len(set(numbers[:4])) == 1 and numbers[4] != numbers[0]
    assert simulator.token not in json.dumps(counts)
    simulator.reset_counts()
    assert simulator.counts() == {"total": 0, "aborted": 0, "by": {}, "log": []}
    simulator.ask("GET", "/v2/kms", connection=connection)
    assert simulator.counts()["total"] == 1
    connection.close()


def test_the_log_keeps_the_last_ten_thousand(simulator: Simulator) -> None:
    connection = simulator.connect()
    for _ in range(10005):
        simulator.ask("GET", "/v2/nothing", connection=connection)
    simulator.ask("GET", "/v2/kms", connection=connection)
    connection.close()
    counts = simulator.counts()
    assert (counts["total"], len(counts["log"])) == (10006, 10000)
    assert [line["path"] for line in counts["log"][-2:]] == ["/v2/nothing", "/v2/kms"]


def test_the_log_tells_which_requests_overlapped(simulator: Simulator) -> None:
    simulator.fault(path=AWS_PLACE, hold=True, times=3)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        held = [pool.submit(simulator.ask, "GET", AWS_PLACE) for _ in range(3)]
        simulator.wait_until_held(3)
        for _ in range(2):
            simulator.ask("GET", "/v2/kms")
        assert simulator.most_at_once("GET", AWS_PLACE) == 3
        simulator.clear_faults()
        concurrent.futures.wait(held)
    assert simulator.most_at_once("GET", AWS_PLACE) == 3
    assert simulator.most_at_once("GET", "/v2/kms") == 1
    assert simulator.most_at_once("GET") == 4
    assert simulator.most_at_once("POST") == 0


def test_waiting_for_arrivals(simulator: Simulator) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(simulator.wait_for, "GET", "/v2/kms/provider/*/region/*", 2)
        simulator.ask("GET", AWS_PLACE)
        simulator.ask("GET", AWS_PLACE + "/accounts")
        with pytest.raises(SimulatorError, match="408"):
            simulator.wait_for("GET", AWS_PLACE, 2, timeout=0)
        simulator.ask("GET", AWS_PLACE)
        waiting.result(timeout=30)
    simulator.wait_for(None, "/v2/**", 3)
    simulator.wait_for("get", None, 3)


# --- faults ---


def test_a_fault_answers_with_status_headers_and_body(simulator: Simulator) -> None:
    simulator.fault(method="POST", path="/v2/kms", status=429, headers={"Retry-After": "7"}, body="slow down")
    assert simulator.ask("GET", "/v2/kms") == (200, [])
    connection = simulator.connect()
    headers = {"Authorization": f"Bearer {simulator.token}"}
    connection.request("POST", "/v2/kms", json.dumps(registration()), headers)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Retry-After"], answer.read()) == (429, "7", b"slow down")
    connection.close()
    assert simulator.state()["keys"] == []
    assert simulator.ask("POST", "/v2/kms", registration())[0] == 200


def test_a_fault_applies_to_those_it_matches_so_many_times(simulator: Simulator) -> None:
    simulator.fault(path="/v2/kms/provider/*/region/*", skip=1, times=2, status=503)
    assert [simulator.ask("GET", AWS_PLACE)[0] for _ in range(4)] == [404, 503, 503, 404]
    assert simulator.ask("GET", AWS_PLACE + "/accounts")[0] == 200
    (fault,) = simulator.faults()["faults"]
    assert (fault["used"], fault["remaining"], fault["skip"], fault["held"]) == (2, 0, 0, 0)
    simulator.fault(path="/v2/**", times=-1, status=500)
    assert [simulator.ask("GET", path)[0] for path in ("/v2/kms", AWS_PLACE + "/accounts")] == [500, 500]
    simulator.clear_faults()
    assert simulator.ask("GET", "/v2/kms") == (200, [])
    assert simulator.faults() == {"faults": [], "held": 0}


def test_a_fault_that_stores_and_fails(simulator: Simulator) -> None:
    simulator.fault(method="POST", status=502, store=True, body="<html>bad gateway</html>")
    assert simulator.ask("POST", "/v2/kms", registration()) == (502, b"<html>bad gateway</html>")
    assert len(simulator.state()["keys"]) == 1


def test_a_fault_may_change_only_the_body(simulator: Simulator) -> None:
    simulator.fault(body="not JSON")
    assert simulator.ask("POST", "/v2/kms", registration()) == (200, b"not JSON")
    simulator.fault(body="")
    assert simulator.ask("GET", "/v2/kms") == (200, None)
    simulator.fault(body="<012345678", body_repeat=1_800_000)
    assert simulator.ask("GET", "/v2/kms") == (200, b"<012345678" * 1_800_000)
    assert len(simulator.state()["keys"]) == 1


def test_closing_before_storing(simulator: Simulator) -> None:
    simulator.fault(close="before")
    with pytest.raises((http.client.HTTPException, OSError)):
        simulator.ask("POST", "/v2/kms", registration())
    assert simulator.state()["keys"] == []
    assert [line["end"] for line in simulator.counts()["log"]] == ["closed"]


def test_closing_after_storing(simulator: Simulator) -> None:
    simulator.fault(close="after-storing")
    with pytest.raises((http.client.HTTPException, OSError)):
        simulator.ask("POST", "/v2/kms", registration())
    assert len(simulator.state()["keys"]) == 1


@pytest.mark.parametrize("flags", [(), ("--create-body", "off")])
def test_closing_in_the_middle(flags: tuple[str, ...]) -> None:
    with Simulator(*flags) as simulator:
        simulator.fault(close="middle")
        with pytest.raises(http.client.IncompleteRead) as error:
            simulator.ask("POST", "/v2/kms", registration())
        assert 0 < len(error.value.partial) <= (error.value.expected or 0)
        assert len(simulator.state()["keys"]) == 1


def test_garbage(simulator: Simulator) -> None:
    simulator.fault(garbage=True)
    with pytest.raises(http.client.BadStatusLine):
        simulator.ask("GET", "/v2/kms")


def test_a_trickle(simulator: Simulator) -> None:
    simulator.fault(path="/v2/currentOrg", trickle_ms=1)
    status, body = simulator.ask("GET", "/v2/currentOrg")
    assert (status, body["id"]) == (200, DEFAULT_ORGANIZATION)
    # Deleting the fault lets the rest through at once; else this would take hours.
    simulator.fault(path="/v2/currentOrg", trickle_ms=600_000)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(simulator.ask, "GET", "/v2/currentOrg")
        simulator.wait_for("GET", "/v2/currentOrg", 2)
        simulator.clear_faults()
        assert waiting.result(timeout=30) == (status, body)


def test_held_and_delayed_requests_block_no_other(simulator: Simulator) -> None:
    simulator.fault(method="POST", hold=True, times=-1)
    simulator.fault(path=AWS_PLACE, delay_ms=3_600_000)
    with concurrent.futures.ThreadPoolExecutor(11) as pool:
        held = [pool.submit(simulator.ask, "POST", "/v2/kms", registration(region=f"r{i}")) for i in range(10)]
        delayed = pool.submit(simulator.ask, "GET", AWS_PLACE)
        simulator.wait_until_held(11)
        assert simulator.ask("GET", "/v2/kms") == (200, [])
        assert not any(one.done() for one in [*held, delayed])
        simulator.clear_faults()
        assert [one.result(timeout=30)[0] for one in held] == [200] * 10
        assert delayed.result(timeout=30)[0] == 404
    assert len(simulator.state()["keys"]) == 10


def test_a_client_that_goes_away_ends_its_held_request(simulator: Simulator) -> None:
    simulator.fault(hold=True)
    connection = simulator.connect()
    connection.request("POST", "/v2/kms", json.dumps(registration()), {"Authorization": f"Bearer {simulator.token}"})
    simulator.wait_until_held()
    connection.close()
    simulator.wait_until_aborted()
    assert simulator.faults()["held"] == 0
    assert simulator.state()["keys"] == []
    assert [line["end"] for line in simulator.counts()["log"]] == ["aborted"]


@pytest.mark.parametrize(
    "fault",
    [
        {"statsu": 503},
        {"status": 99},
        {"status": "503"},
        {"times": -2},
        {"skip": -1},
        {"every": 0},
        {"close": "later"},
        {"hold": 1},
        {"headers": ["Retry-After"]},
        {"headers": {"Retry-After": 1}},
        {"headers": {"Retry-After": "1\r\nX-More: 2"}},
        {"headers": {"Content-Length": "5"}},
        {"delay_ms": -1},
        {"body": None},
        {"body": "x" * 1000, "body_repeat": 1 << 32},
    ],
)
def test_a_mistyped_fault_is_refused(simulator: Simulator, fault: dict[str, Any]) -> None:
    with pytest.raises(SimulatorError, match="400"):
        simulator.fault(**fault)
    assert simulator.faults()["faults"] == []


# --- load ---


def test_many_clients_at_once(simulator: Simulator) -> None:
    def client(number: int) -> list[int]:
        connection = simulator.connect()
        statuses = []
        for i in range(20):
            region = f"r{number}-{i}"
            place = f"kms/provider/aws/region/{region}"
            steps = (
                ("GET", f"/v2/{place}/accounts", None),
                ("POST", "/v2/kms", registration(region=region)),
                ("GET", "/v2/kms", None),
                ("GET", f"/v2/{place}", None),
                ("DELETE", f"/v2/organizations/{DEFAULT_ORGANIZATION}/{place}", None),
            )
            statuses += [simulator.ask(*step, connection=connection)[0] for step in steps]
        connection.close()
        return statuses

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        for statuses in pool.map(client, range(20)):
            assert statuses == [200, 200, 200, 200, 204] * 20
    assert simulator.state()["keys"] == []
    assert simulator.counts()["total"] == 20 * 20 * 5


def test_one_of_many_registrations_at_once_wins(simulator: Simulator) -> None:
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = pool.map(lambda i: simulator.ask("POST", "/v2/kms", registration(f"{ARN}{i}"))[0], range(20))
        assert sorted(answers) == [200] + [409] * 19


def test_raw_nonsense_does_not_stop_it(simulator: Simulator) -> None:
    address = urllib.parse.urlsplit(simulator.url)
    for nonsense in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"POST /v2/kms HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"):
        with socket.create_connection(("127.0.0.1", address.port or 0), timeout=30) as raw:
            raw.sendall(nonsense)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    assert simulator.ask("GET", "/v2/kms") == (200, [])


def test_a_fault_hits_one_request_in_so_many(simulator: Simulator) -> None:
    simulator.fault(path="/v2/kms", skip=1, every=3, times=-1, status=503)
    assert [simulator.ask("GET", "/v2/kms")[0] for _ in range(8)] == [200, 503, 200, 200, 503, 200, 200, 503]
