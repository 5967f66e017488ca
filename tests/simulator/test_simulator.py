# SPDX-License-Identifier: Apache-2.0
"""The simulator is what all other tests believe in, so it is held to the API's description here."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from simulator import DEFAULT_ORGANIZATION, Simulator, SimulatorError, program

ARN = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GCP_KEY = "projects/P/locations/us-east1/keyRings/R/cryptoKeys/K"
AZURE_KEY = "https://vault.vault.azure.net/keys/name/0123456789abcdef0123456789abcdef"
OTHER_ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000002"
AWS_PLACE = "/v2/kms/provider/aws/region/us-east-2"


def connect(simulator: Simulator) -> http.client.HTTPConnection:
    address = urllib.parse.urlsplit(simulator.url)
    assert address.hostname
    if address.scheme == "http":
        return http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(address.hostname, address.port, timeout=30, context=unchecked)


def ask(
    simulator: Simulator,
    method: str,
    path: str,
    body: Any = None,
    token: str | None = None,
    connection: http.client.HTTPConnection | None = None,
) -> tuple[int, Any]:
    """Status and body: read as JSON where it is, None where it is empty, else bytes."""
    own = connection or connect(simulator)
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    own.request(method, path, data, {"Authorization": f"Bearer {token or simulator.token}"})
    answer = own.getresponse()
    text = answer.read()
    if not connection:
        own.close()
    try:
        return answer.status, json.loads(text) if text else None
    except ValueError:
        return answer.status, text


def registration(
    key_id: str = ARN, region: str = "us-east-2", cloud: str = "aws", organization: str = DEFAULT_ORGANIZATION
) -> dict[str, Any]:
    return {"orgId": organization, cloud: {"keyID": key_id, "region": region}}


def accounts(simulator: Simulator, cloud: str = "aws", region: str = "us-east-2") -> list[str]:
    status, body = ask(simulator, "GET", f"/v2/kms/provider/{cloud}/region/{region}/accounts")
    assert status == 200
    assert all(entry["organization_id"] == simulator.organization and entry["provider"] == cloud for entry in body)
    return [entry["provider_id"] for entry in body]


def assert_error(answer: tuple[int, Any], status: int, words: str = "") -> None:
    assert answer[0] == status
    (error,) = answer[1]["errors"]
    assert isinstance(error["ID"], int)
    assert words in error["message"]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running
        assert running.stop() == 0


# --- the API's table ---


def test_current_organization(simulator: Simulator) -> None:
    status, body = ask(simulator, "GET", "/v2/currentOrg")
    assert (status, body["id"]) == (200, DEFAULT_ORGANIZATION)
    assert body["name"]


@pytest.mark.parametrize(
    ("cloud", "region", "key_id"),
    [("aws", "us-east-2", ARN), ("gcp", "us-east1", GCP_KEY), ("azure", "westus3", AZURE_KEY)],
)
def test_a_key_is_registered_read_listed_and_removed(simulator: Simulator, cloud: str, region: str, key_id: str) -> None:
    body = registration(key_id, region, cloud)
    place = f"kms/provider/{cloud}/region/{region}"
    assert_error(ask(simulator, "GET", f"/v2/{place}"), 404)
    assert ask(simulator, "GET", "/v2/kms") == (200, [])
    assert ask(simulator, "POST", "/v2/kms", body) == (200, body)
    assert ask(simulator, "GET", f"/v2/{place}") == (200, body)
    listed = {"OrganizationID": DEFAULT_ORGANIZATION, "CloudProvider": cloud, "KeyID": key_id, "Region": region}
    assert ask(simulator, "GET", "/v2/kms") == (200, [listed])
    removal = f"/v2/organizations/{DEFAULT_ORGANIZATION}/{place}"
    assert ask(simulator, "DELETE", removal) == (204, None)
    assert_error(ask(simulator, "DELETE", removal), 404)
    assert ask(simulator, "GET", "/v2/kms") == (200, [])


def test_one_key_in_each_cloud_and_region(simulator: Simulator) -> None:
    assert ask(simulator, "POST", "/v2/kms", registration())[0] == 200
    assert_error(ask(simulator, "POST", "/v2/kms", registration()), 409)
    assert_error(ask(simulator, "POST", "/v2/kms", registration(ARN + "0")), 409)
    assert ask(simulator, "POST", "/v2/kms", registration(region="us-west-2"))[0] == 200
    assert ask(simulator, "GET", AWS_PLACE)[1] == registration()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"orgId": ',
        {"orgId": DEFAULT_ORGANIZATION},
        {"aws": {"keyID": ARN, "region": "us-east-2"}},
        registration(organization=OTHER_ORGANIZATION),
        registration() | {"gcp": {"keyID": GCP_KEY, "region": "us-east1"}},
        registration(cloud="AWS"),
        registration(key_id=""),
        registration(region=""),
        {"orgId": DEFAULT_ORGANIZATION, "aws": {"keyID": 1, "region": "us-east-2"}},
        {"orgId": DEFAULT_ORGANIZATION, "aws": [ARN, "us-east-2"]},
    ],
)
def test_a_malformed_registration_is_refused(simulator: Simulator, body: Any) -> None:
    assert_error(ask(simulator, "POST", "/v2/kms", body), 400)
    assert simulator.state()["keys"] == []


def test_a_huge_request_is_refused_and_the_connection_goes_on(simulator: Simulator) -> None:
    connection = connect(simulator)
    assert_error(ask(simulator, "POST", "/v2/kms", b"x" * (2 << 20), connection=connection), 413)
    assert ask(simulator, "GET", "/v2/kms", connection=connection) == (200, [])
    connection.close()


def test_unknown_paths_methods_and_clouds(simulator: Simulator) -> None:
    assert_error(ask(simulator, "GET", "/v2/nothing"), 404)
    assert_error(ask(simulator, "GET", AWS_PLACE + "/accounts/"), 404)
    assert_error(ask(simulator, "PUT", "/v2/kms"), 405)
    assert_error(ask(simulator, "GET", "/v2/kms/provider/AWS/region/us-east-2"), 400)
    assert_error(ask(simulator, "GET", "/v2/kms/provider/ibm/region/us-east-2/accounts"), 400)
    assert_error(ask(simulator, "GET", "/_admin/nothing"), 404)


def test_another_organizations_key_is_neither_seen_nor_removed(simulator: Simulator) -> None:
    simulator.set_token("AstraCS:other", organization=OTHER_ORGANIZATION)
    simulator.add_key("aws", "us-east-2", ARN)
    assert ask(simulator, "GET", "/v2/kms", token="AstraCS:other") == (200, [])
    assert_error(ask(simulator, "GET", AWS_PLACE, token="AstraCS:other"), 404)
    removal = f"/v2/organizations/{DEFAULT_ORGANIZATION}/kms/provider/aws/region/us-east-2"
    assert_error(ask(simulator, "DELETE", removal, token="AstraCS:other"), 403)
    body = registration(organization=OTHER_ORGANIZATION)
    assert ask(simulator, "POST", "/v2/kms", body, token="AstraCS:other")[0] == 200
    assert len(simulator.state()["keys"]) == 2


# --- provider IDs ---


def test_an_unclaimed_provider_id_is_given_again_until_it_is_claimed(simulator: Simulator) -> None:
    (first,) = accounts(simulator)
    assert len(first) == 12 and first.isdigit()
    assert accounts(simulator) == [first]
    assert accounts(simulator, region="us-west-2") != [first]
    database = simulator.add_database("orders", "aws", "us-east-2")
    (second,) = accounts(simulator)
    assert second != first
    # A claimed ID is never released.
    simulator.remove_database(database)
    assert accounts(simulator) == [second]
    claims = {seat["provider_id"]: seat for seat in simulator.state()["provider_ids"]}
    assert claims[first]["claimed"] and claims[first]["database"] == database
    assert not claims[second]["claimed"]


def test_a_fresh_provider_id_each_time() -> None:
    with Simulator("--provider-ids", "new") as simulator:
        given = [accounts(simulator) for _ in range(3)]
        assert all(len(one) == 1 for one in given)
        assert len({one[0] for one in given}) == 3


def test_several_provider_ids_older_first() -> None:
    with Simulator("--provider-ids", "several") as simulator:
        one = accounts(simulator)
        two = accounts(simulator)
        assert (len(one), len(two), two[:1]) == (1, 2, one)
        simulator.add_database("orders", "aws", "us-east-2")
        three = accounts(simulator)
        assert three[:1] == two[1:] and len(three) == 2


def test_provider_ids_have_each_clouds_form(simulator: Simulator) -> None:
    (gcp,) = accounts(simulator, "gcp", "us-east1")
    (azure,) = accounts(simulator, "azure", "westus3")
    assert len(gcp) == 12 and gcp.isdigit()
    assert [len(part) for part in azure.split("-")] == [8, 4, 4, 4, 12]


def test_a_database_claims_an_id_in_each_of_its_regions(simulator: Simulator) -> None:
    accounts(simulator)
    accounts(simulator, region="us-west-2")
    accounts(simulator, region="eu-west-1")
    database = simulator.add_database("orders", "aws", "us-east-2", extra_regions=["us-west-2"])
    claimed = {seat["region"]: seat["database"] for seat in simulator.state()["provider_ids"]}
    assert claimed == {"us-east-2": database, "us-west-2": database, "eu-west-1": ""}


# --- databases ---


def databases(simulator: Simulator, query: str = "") -> list[str]:
    status, body = ask(simulator, "GET", "/v2/databases" + query)
    assert status == 200
    return [entry["id"] for entry in body]


def test_a_databases_shape(simulator: Simulator) -> None:
    database = simulator.add_database("orders", "aws", "us-east-2", extra_regions=["us-west-2"])
    ((shape,),) = [ask(simulator, "GET", "/v2/databases")[1]]
    assert (shape["id"], shape["orgId"], shape["status"]) == (database, DEFAULT_ORGANIZATION, "ACTIVE")
    info = shape["info"]
    assert (info["name"], info["cloudProvider"], info["region"]) == ("orders", "AWS", "us-east-2")
    centers = [(center["cloudProvider"], center["region"]) for center in info["datacenters"]]
    assert centers == [("AWS", "us-east-2"), ("AWS", "us-west-2")]


def test_databases_come_in_pages(simulator: Simulator) -> None:
    every = [simulator.add_database(f"db{i}", "aws", "us-east-2") for i in range(130)]
    assert databases(simulator) == every[:25]
    assert databases(simulator, "?limit=100") == every[:100]
    assert databases(simulator, f"?limit=100&starting_after={every[99]}") == every[100:]
    assert databases(simulator, f"?starting_after={every[24]}") == every[25:50]
    assert databases(simulator, f"?starting_after={every[-1]}") == []
    for query in ("limit=0", "limit=101", "limit=x", f"starting_after={OTHER_ORGANIZATION}"):
        assert_error(ask(simulator, "GET", "/v2/databases?" + query), 400)


def test_databases_are_filtered(simulator: Simulator) -> None:
    aws = simulator.add_database("a", "aws", "us-east-2")
    gcp = simulator.add_database("g", "GCP", "us-east1")
    azure = simulator.add_database("z", "azure", "westus3", status="TERMINATED")
    simulator.add_database("o", "aws", "us-east-2", organization=OTHER_ORGANIZATION)
    assert databases(simulator) == [aws, gcp]
    assert databases(simulator, "?include=nonterminated&provider=ALL") == [aws, gcp]
    assert databases(simulator, "?include=all") == [aws, gcp, azure]
    assert databases(simulator, "?provider=AWS") == [aws]
    assert databases(simulator, "?provider=GCP") == [gcp]
    assert databases(simulator, "?provider=Azure&include=all") == [azure]
    assert_error(ask(simulator, "GET", "/v2/databases?provider=aws"), 400)
    assert_error(ask(simulator, "GET", "/v2/databases?include=some"), 400)
    simulator.add_database("a", "aws", "us-east-2", id=aws, status="TERMINATED")
    assert databases(simulator) == [gcp]
    simulator.remove_database(gcp)
    assert databases(simulator) == []


# --- tokens ---


def test_tokens_and_permissions(simulator: Simulator) -> None:
    removal = f"/v2/organizations/{DEFAULT_ORGANIZATION}/kms/provider/aws/region/us-east-2"
    needs = [
        ("GET", "/v2/kms", "read-cmk"),
        ("GET", AWS_PLACE, "read-cmk"),
        ("GET", AWS_PLACE + "/accounts", "read-cmk"),
        ("POST", "/v2/kms", "write-cmk"),
        ("DELETE", removal, "write-cmk"),
        ("GET", "/v2/databases", "db-view"),
    ]
    for method, path, permission in needs:
        assert_error(ask(simulator, method, path, registration(), token="AstraCS:unknown"), 401)
        simulator.set_token("AstraCS:some", sorted({"read-cmk", "write-cmk", "db-view"} - {permission}))
        assert_error(ask(simulator, method, path, registration(), token="AstraCS:some"), 403, permission)
        simulator.set_token("AstraCS:some", [permission])
        assert ask(simulator, method, path, registration(), token="AstraCS:some")[0] not in (401, 403)
    simulator.set_token("AstraCS:some", [])
    assert ask(simulator, "GET", "/v2/currentOrg", token="AstraCS:some")[0] == 200
    simulator.revoke_token("AstraCS:some")
    assert_error(ask(simulator, "GET", "/v2/currentOrg", token="AstraCS:some"), 401)


def test_a_request_without_a_token_is_refused(simulator: Simulator) -> None:
    for headers in ({}, {"Authorization": simulator.token}, {"Authorization": "Bearer "}):
        connection = connect(simulator)
        connection.request("GET", "/v2/kms", headers=headers)
        assert connection.getresponse().status == 401
        connection.close()
    assert [line["authorization_present"] for line in simulator.counts()["log"]] == [False, True, True]


# --- flags ---


def test_registrations_may_be_answered_201_without_a_body() -> None:
    with Simulator("--create-status", "201", "--create-body", "off") as simulator:
        assert ask(simulator, "POST", "/v2/kms", registration()) == (201, None)
        assert ask(simulator, "GET", AWS_PLACE) == (200, registration())


def test_one_key_may_come_flat() -> None:
    with Simulator("--read-shape", "flat") as simulator:
        simulator.add_key("aws", "us-east-2", ARN)
        shape = {"orgId": DEFAULT_ORGANIZATION, "provider": "aws", "keyID": ARN, "region": "us-east-2"}
        assert ask(simulator, "GET", AWS_PLACE) == (200, shape)


def test_clouds_may_come_in_capitals() -> None:
    with Simulator("--letter-case", "upper") as simulator:
        simulator.add_key("aws", "us-east-2", ARN)
        assert ask(simulator, "GET", AWS_PLACE) == (200, registration(cloud="AWS"))
        assert ask(simulator, "GET", "/v2/kms")[1][0]["CloudProvider"] == "AWS"


@pytest.mark.parametrize("status", ["403", "405"])
def test_listing_may_be_refused(status: str) -> None:
    with Simulator("--list", "off", "--list-status", status) as simulator:
        simulator.add_key("aws", "us-east-2", ARN)
        assert_error(ask(simulator, "GET", "/v2/kms"), int(status))
        assert ask(simulator, "GET", AWS_PLACE) == (200, registration())


@pytest.mark.parametrize("status", ["403", "404", "405", "501"])
def test_deleting_may_be_refused(status: str) -> None:
    with Simulator("--delete", "off", "--delete-status", status) as simulator:
        simulator.add_key("aws", "us-east-2", ARN)
        removal = f"/v2/organizations/{DEFAULT_ORGANIZATION}/kms/provider/aws/region/us-east-2"
        assert_error(ask(simulator, "DELETE", removal), int(status))
        assert ask(simulator, "GET", AWS_PLACE) == (200, registration())


def test_latency_delays_no_one_else() -> None:
    with Simulator("--latency", "50") as simulator, concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: ask(simulator, "GET", "/v2/kms"), range(40)))
        assert answers == [(200, [])] * 40


def test_ipv6() -> None:
    with Simulator("--host", "::1") as simulator:
        assert simulator.url.startswith("http://[::1]:")
        assert ask(simulator, "GET", "/v2/kms") == (200, [])


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program(), *flags], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "flags",
    [
        ("--host", "0.0.0.0"),
        ("--host", "localhost"),
        ("--host", "::"),
        ("--port", "65536"),
        ("--port", ""),
        ("--provider-ids", "one"),
        ("--create-status", "204"),
        ("--create-body", "yes"),
        ("--read-shape", "round"),
        ("--delete-status", "500"),
        ("--organization", "mine"),
        ("--token", ""),
        ("--tls-key", "key.pem"),
        ("--tls-certificate", "/nonexistent", "--tls-key", "/nonexistent"),
        ("--nonsense",),
        ("nonsense",),
    ],
)
def test_wrong_flags_are_refused(flags: tuple[str, ...]) -> None:
    ended = run(*flags)
    assert ended.returncode in (1, 2)
    assert ended.stderr and not ended.stdout


def test_help_names_every_flag() -> None:
    ended = run("--help")
    assert ended.returncode == 0
    for flag in ("host port token organization tls-certificate tls-key exit-with-stdin provider-ids create-status "
                 "create-body read-shape letter-case list list-status delete delete-status latency help").split():
        assert f"  --{flag} " in ended.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_even_while_requests_are_held(number: signal.Signals) -> None:
    process = subprocess.Popen([program()], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        address = urllib.parse.urlsplit(process.stdout.readline().strip())
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=30)
        connection.request("POST", "/_admin/faults", json.dumps({"hold": True}))
        assert connection.getresponse().read()
        connection.request("GET", "/v2/kms")
        waiting = http.client.HTTPConnection("127.0.0.1", address.port, timeout=30)
        waiting.request("GET", "/_admin/wait?path=/v2/kms")
        assert waiting.getresponse().status == 200
        process.send_signal(number)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.communicate()


def test_without_the_flag_the_end_of_standard_input_ends_nothing() -> None:
    process = subprocess.Popen([program()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        address = urllib.parse.urlsplit(process.stdout.readline().strip())
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=30)
        connection.request("GET", "/_admin/state")
        assert connection.getresponse().status == 200
        assert process.poll() is None
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
        process.communicate()


def test_tls(tmp_path: pathlib.Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}"
    subprocess.run(command.split(), check=True, capture_output=True)
    with Simulator("--tls-certificate", str(certificate), "--tls-key", str(key)) as simulator:
        assert simulator.url.startswith("https://127.0.0.1:")
        checked = ssl.create_default_context(cafile=str(certificate))
        address = urllib.parse.urlsplit(simulator.url)
        connection = http.client.HTTPSConnection("127.0.0.1", address.port, timeout=30, context=checked)
        assert ask(simulator, "POST", "/v2/kms", registration(), connection=connection) == (200, registration())
        connection.close()
        for fault in ({"close": "before"}, {"close": "after-storing"}, {"close": "middle"}, {"garbage": True}):
            simulator.fault(**fault)
            with pytest.raises((http.client.HTTPException, OSError)):
                ask(simulator, "GET", "/v2/kms")
            assert ask(simulator, "GET", "/v2/kms")[0] == 200


# --- admin paths ---


def test_keys_change_behind_a_clients_back(simulator: Simulator) -> None:
    simulator.add_key("AWS", "us-east-2", ARN)
    simulator.add_key("aws", "us-east-2", ARN + "0")
    assert ask(simulator, "GET", AWS_PLACE)[1]["aws"]["keyID"] == ARN + "0"
    simulator.remove_key("aws", "us-east-2")
    assert_error(ask(simulator, "GET", AWS_PLACE), 404)
    with pytest.raises(SimulatorError):
        simulator.remove_key("aws", "us-east-2")
    with pytest.raises(SimulatorError):
        simulator.add_key("ibm", "us-east-2", ARN)


def test_requests_are_counted_and_logged_without_the_token(simulator: Simulator) -> None:
    connection = connect(simulator)
    for path in ("/v2/kms", "/v2/kms", AWS_PLACE, "/v2/kms/provider/gcp/region/us-east1"):
        ask(simulator, "GET", path, connection=connection)
    ask(simulator, "GET", AWS_PLACE + "/accounts")
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
    ask(simulator, "GET", "/v2/kms", connection=connection)
    assert simulator.counts()["total"] == 1
    connection.close()


def test_the_log_keeps_the_last_ten_thousand(simulator: Simulator) -> None:
    connection = connect(simulator)
    for _ in range(10005):
        ask(simulator, "GET", "/v2/nothing", connection=connection)
    ask(simulator, "GET", "/v2/kms", connection=connection)
    connection.close()
    counts = simulator.counts()
    assert (counts["total"], len(counts["log"])) == (10006, 10000)
    assert [line["path"] for line in counts["log"][-2:]] == ["/v2/nothing", "/v2/kms"]


def test_waiting_for_arrivals(simulator: Simulator) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(simulator.wait_for, "GET", "/v2/kms/provider/*/region/*", 2)
        ask(simulator, "GET", AWS_PLACE)
        ask(simulator, "GET", AWS_PLACE + "/accounts")
        with pytest.raises(SimulatorError, match="408"):
            simulator.wait_for("GET", AWS_PLACE, 2, timeout=0)
        ask(simulator, "GET", AWS_PLACE)
        waiting.result(timeout=30)
    simulator.wait_for(None, "/v2/**", 3)
    simulator.wait_for("get", None, 3)


# --- faults ---


def test_a_fault_answers_with_status_headers_and_body(simulator: Simulator) -> None:
    simulator.fault(method="POST", path="/v2/kms", status=429, headers={"Retry-After": "7"}, body="slow down")
    assert ask(simulator, "GET", "/v2/kms") == (200, [])
    connection = connect(simulator)
    headers = {"Authorization": f"Bearer {simulator.token}"}
    connection.request("POST", "/v2/kms", json.dumps(registration()), headers)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Retry-After"], answer.read()) == (429, "7", b"slow down")
    connection.close()
    assert simulator.state()["keys"] == []
    assert ask(simulator, "POST", "/v2/kms", registration())[0] == 200


def test_a_fault_applies_to_those_it_matches_so_many_times(simulator: Simulator) -> None:
    simulator.fault(path="/v2/kms/provider/*/region/*", skip=1, times=2, status=503)
    assert [ask(simulator, "GET", AWS_PLACE)[0] for _ in range(4)] == [404, 503, 503, 404]
    assert ask(simulator, "GET", AWS_PLACE + "/accounts")[0] == 200
    (fault,) = simulator.faults()["faults"]
    assert (fault["used"], fault["remaining"], fault["skip"], fault["held"]) == (2, 0, 0, 0)
    simulator.fault(path="/v2/**", times=-1, status=500)
    assert [ask(simulator, "GET", path)[0] for path in ("/v2/kms", AWS_PLACE + "/accounts")] == [500, 500]
    simulator.clear_faults()
    assert ask(simulator, "GET", "/v2/kms") == (200, [])
    assert simulator.faults() == {"faults": [], "held": 0}


def test_a_fault_that_stores_and_fails(simulator: Simulator) -> None:
    simulator.fault(method="POST", status=502, store=True, body="<html>bad gateway</html>")
    assert ask(simulator, "POST", "/v2/kms", registration()) == (502, b"<html>bad gateway</html>")
    assert len(simulator.state()["keys"]) == 1


def test_a_fault_may_change_only_the_body(simulator: Simulator) -> None:
    simulator.fault(body="not JSON")
    assert ask(simulator, "POST", "/v2/kms", registration()) == (200, b"not JSON")
    simulator.fault(body="")
    assert ask(simulator, "GET", "/v2/kms") == (200, None)
    simulator.fault(body="<012345678", body_repeat=1_800_000)
    assert ask(simulator, "GET", "/v2/kms") == (200, b"<012345678" * 1_800_000)
    assert len(simulator.state()["keys"]) == 1


def test_closing_before_storing(simulator: Simulator) -> None:
    simulator.fault(close="before")
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(simulator, "POST", "/v2/kms", registration())
    assert simulator.state()["keys"] == []
    assert [line["end"] for line in simulator.counts()["log"]] == ["closed"]


def test_closing_after_storing(simulator: Simulator) -> None:
    simulator.fault(close="after-storing")
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(simulator, "POST", "/v2/kms", registration())
    assert len(simulator.state()["keys"]) == 1


@pytest.mark.parametrize("flags", [(), ("--create-body", "off")])
def test_closing_in_the_middle(flags: tuple[str, ...]) -> None:
    with Simulator(*flags) as simulator:
        simulator.fault(close="middle")
        with pytest.raises(http.client.IncompleteRead) as error:
            ask(simulator, "POST", "/v2/kms", registration())
        assert 0 < len(error.value.partial) <= (error.value.expected or 0)
        assert len(simulator.state()["keys"]) == 1


def test_garbage(simulator: Simulator) -> None:
    simulator.fault(garbage=True)
    with pytest.raises(http.client.BadStatusLine):
        ask(simulator, "GET", "/v2/kms")


def test_a_trickle(simulator: Simulator) -> None:
    simulator.fault(path="/v2/currentOrg", trickle_ms=1)
    status, body = ask(simulator, "GET", "/v2/currentOrg")
    assert (status, body["id"]) == (200, DEFAULT_ORGANIZATION)
    # Deleting the fault lets the rest through at once; else this would take hours.
    simulator.fault(path="/v2/currentOrg", trickle_ms=600_000)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, simulator, "GET", "/v2/currentOrg")
        simulator.wait_for("GET", "/v2/currentOrg", 2)
        simulator.clear_faults()
        assert waiting.result(timeout=30) == (status, body)


def test_held_and_delayed_requests_block_no_other(simulator: Simulator) -> None:
    simulator.fault(method="POST", hold=True, times=-1)
    simulator.fault(path=AWS_PLACE, delay_ms=3_600_000)
    with concurrent.futures.ThreadPoolExecutor(11) as pool:
        held = [pool.submit(ask, simulator, "POST", "/v2/kms", registration(region=f"r{i}")) for i in range(10)]
        delayed = pool.submit(ask, simulator, "GET", AWS_PLACE)
        simulator.wait_until_held(11)
        assert ask(simulator, "GET", "/v2/kms") == (200, [])
        assert not any(one.done() for one in [*held, delayed])
        simulator.clear_faults()
        assert [one.result(timeout=30)[0] for one in held] == [200] * 10
        assert delayed.result(timeout=30)[0] == 404
    assert len(simulator.state()["keys"]) == 10


def test_a_client_that_goes_away_ends_its_held_request(simulator: Simulator) -> None:
    simulator.fault(hold=True)
    connection = connect(simulator)
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
        {"close": "later"},
        {"hold": 1},
        {"headers": ["Retry-After"]},
        {"headers": {"Retry-After": 1}},
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
        connection = connect(simulator)
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
            statuses += [ask(simulator, *step, connection=connection)[0] for step in steps]
        connection.close()
        return statuses

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        for statuses in pool.map(client, range(20)):
            assert statuses == [200, 200, 200, 200, 204] * 20
    assert simulator.state()["keys"] == []
    assert simulator.counts()["total"] == 20 * 20 * 5


def test_one_of_many_registrations_at_once_wins(simulator: Simulator) -> None:
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = pool.map(lambda i: ask(simulator, "POST", "/v2/kms", registration(f"{ARN}{i}"))[0], range(20))
        assert sorted(answers) == [200] + [409] * 19


def test_raw_nonsense_does_not_stop_it(simulator: Simulator) -> None:
    address = urllib.parse.urlsplit(simulator.url)
    for nonsense in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"POST /v2/kms HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"):
        with socket.create_connection(("127.0.0.1", address.port or 0), timeout=30) as raw:
            raw.sendall(nonsense)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    assert ask(simulator, "GET", "/v2/kms") == (200, [])
