# SPDX-License-Identifier: Apache-2.0
"""The simulator is what all other tests believe in, so it is held to the API's description here."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import pathlib
import signal
import ssl
import subprocess
import sys
import urllib.parse
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from samples import ARN, AWS_PLACE, OTHER_ORGANIZATION, assert_error, registration
from simulator import DEFAULT_ORGANIZATION, Simulator, program

GCP_KEY = "projects/P/locations/us-east1/keyRings/R/cryptoKeys/K"
AZURE_KEY = "https://vault.vault.azure.net/keys/name/0123456789abcdef0123456789abcdef"


def accounts(simulator: Simulator, cloud: str = "aws", region: str = "us-east-2") -> list[str]:
    status, body = simulator.ask("GET", f"/v2/kms/provider/{cloud}/region/{region}/accounts")
    assert status == 200
    assert all(entry["organization_id"] == simulator.organization and entry["provider"] == cloud for entry in body)
    return [entry["provider_id"] for entry in body]


# --- the API's table ---


def test_current_organization(simulator: Simulator) -> None:
    status, body = simulator.ask("GET", "/v2/currentOrg")
    assert (status, body["id"]) == (200, DEFAULT_ORGANIZATION)
    assert body["name"]


@pytest.mark.parametrize(
    ("cloud", "region", "key_id"),
    [("aws", "us-east-2", ARN), ("gcp", "us-east1", GCP_KEY), ("azure", "westus3", AZURE_KEY)],
)
def test_a_key_is_registered_read_listed_and_removed(simulator: Simulator, cloud: str, region: str, key_id: str) -> None:
    body = registration(key_id, region, cloud)
    place = f"kms/provider/{cloud}/region/{region}"
    assert_error(simulator.ask("GET", f"/v2/{place}"), 404)
    assert simulator.ask("GET", "/v2/kms") == (200, [])
    assert simulator.ask("POST", "/v2/kms", body) == (200, body)
    assert simulator.ask("GET", f"/v2/{place}") == (200, body)
    listed = {"OrganizationID": DEFAULT_ORGANIZATION, "CloudProvider": cloud, "KeyID": key_id, "Region": region}
    assert simulator.ask("GET", "/v2/kms") == (200, [listed])
    removal = f"/v2/organizations/{DEFAULT_ORGANIZATION}/{place}"
    assert simulator.ask("DELETE", removal) == (204, None)
    assert_error(simulator.ask("DELETE", removal), 404)
    assert simulator.ask("GET", "/v2/kms") == (200, [])


def test_one_key_in_each_cloud_and_region(simulator: Simulator) -> None:
    assert simulator.ask("POST", "/v2/kms", registration())[0] == 200
    assert_error(simulator.ask("POST", "/v2/kms", registration()), 409)
    assert_error(simulator.ask("POST", "/v2/kms", registration(ARN + "0")), 409)
    assert simulator.ask("POST", "/v2/kms", registration(region="us-west-2"))[0] == 200
    assert simulator.ask("GET", AWS_PLACE)[1] == registration()


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
    assert_error(simulator.ask("POST", "/v2/kms", body), 400)
    assert simulator.state()["keys"] == []


def test_a_huge_request_is_refused_and_the_connection_goes_on(simulator: Simulator) -> None:
    connection = simulator.connect()
    assert_error(simulator.ask("POST", "/v2/kms", b"x" * (2 << 20), connection=connection), 413)
    assert simulator.ask("GET", "/v2/kms", connection=connection) == (200, [])
    connection.close()


def test_unknown_paths_methods_and_clouds(simulator: Simulator) -> None:
    assert_error(simulator.ask("GET", "/v2/nothing"), 404)
    assert_error(simulator.ask("GET", AWS_PLACE + "/accounts/"), 404)
    assert_error(simulator.ask("PUT", "/v2/kms"), 405)
    assert_error(simulator.ask("GET", "/v2/kms/provider/AWS/region/us-east-2"), 400)
    assert_error(simulator.ask("GET", "/v2/kms/provider/ibm/region/us-east-2/accounts"), 400)
    assert_error(simulator.ask("GET", "/_admin/nothing"), 404)


def test_another_organizations_key_is_neither_seen_nor_removed(simulator: Simulator) -> None:
    simulator.set_token("AstraCS:other", organization=OTHER_ORGANIZATION)
    simulator.add_key("aws", "us-east-2", ARN)
    assert simulator.ask("GET", "/v2/kms", token="AstraCS:other") == (200, [])
    assert_error(simulator.ask("GET", AWS_PLACE, token="AstraCS:other"), 404)
    removal = f"/v2/organizations/{DEFAULT_ORGANIZATION}/kms/provider/aws/region/us-east-2"
    assert_error(simulator.ask("DELETE", removal, token="AstraCS:other"), 403)
    body = registration(organization=OTHER_ORGANIZATION)
    assert simulator.ask("POST", "/v2/kms", body, token="AstraCS:other")[0] == 200
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
    status, body = simulator.ask("GET", "/v2/databases" + query)
    assert status == 200
    return [entry["id"] for entry in body]


def test_a_databases_shape(simulator: Simulator) -> None:
    database = simulator.add_database("orders", "aws", "us-east-2", extra_regions=["us-west-2"])
    ((shape,),) = [simulator.ask("GET", "/v2/databases")[1]]
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
        assert_error(simulator.ask("GET", "/v2/databases?" + query), 400)


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
    assert_error(simulator.ask("GET", "/v2/databases?provider=aws"), 400)
    assert_error(simulator.ask("GET", "/v2/databases?include=some"), 400)
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
        assert_error(simulator.ask(method, path, registration(), token="AstraCS:unknown"), 401)
        simulator.set_token("AstraCS:some", sorted({"read-cmk", "write-cmk", "db-view"} - {permission}))
        assert_error(simulator.ask(method, path, registration(), token="AstraCS:some"), 403, permission)
        simulator.set_token("AstraCS:some", [permission])
        assert simulator.ask(method, path, registration(), token="AstraCS:some")[0] not in (401, 403)
    simulator.set_token("AstraCS:some", [])
    assert simulator.ask("GET", "/v2/currentOrg", token="AstraCS:some")[0] == 200
    simulator.revoke_token("AstraCS:some")
    assert_error(simulator.ask("GET", "/v2/currentOrg", token="AstraCS:some"), 401)


def test_a_request_without_a_token_is_refused(simulator: Simulator) -> None:
    for headers in ({}, {"Authorization": simulator.token}, {"Authorization": "Bearer "}):
        connection = simulator.connect()
        connection.request("GET", "/v2/kms", headers=headers)
        assert connection.getresponse().status == 401
        connection.close()
    assert [line["authorization_present"] for line in simulator.counts()["log"]] == [False, True, True]


# --- flags ---


def test_registrations_may_be_answered_201_without_a_body() -> None:
    with Simulator("--create-status", "201", "--create-body", "off") as simulator:
        assert simulator.ask("POST", "/v2/kms", registration()) == (201, None)
        assert simulator.ask("GET", AWS_PLACE) == (200, registration())


def test_one_key_may_come_flat() -> None:
    with Simulator("--read-shape", "flat") as simulator:
        simulator.add_key("aws", "us-east-2", ARN)
        shape = {"orgId": DEFAULT_ORGANIZATION, "provider": "aws", "keyID": ARN, "region": "us-east-2"}
        assert simulator.ask("GET", AWS_PLACE) == (200, shape)


def test_clouds_may_come_in_capitals() -> None:
    with Simulator("--letter-case", "upper") as simulator:
        simulator.add_key("aws", "us-east-2", ARN)
        assert simulator.ask("GET", AWS_PLACE) == (200, registration(cloud="AWS"))
        assert simulator.ask("GET", "/v2/kms")[1][0]["CloudProvider"] == "AWS"


@pytest.mark.parametrize("status", ["403", "405"])
def test_listing_may_be_refused(status: str) -> None:
    with Simulator("--list", "off", "--list-status", status) as simulator:
        simulator.add_key("aws", "us-east-2", ARN)
        assert_error(simulator.ask("GET", "/v2/kms"), int(status))
        assert simulator.ask("GET", AWS_PLACE) == (200, registration())


@pytest.mark.parametrize("status", ["403", "404", "405", "501"])
def test_deleting_may_be_refused(status: str) -> None:
    with Simulator("--delete", "off", "--delete-status", status) as simulator:
        simulator.add_key("aws", "us-east-2", ARN)
        removal = f"/v2/organizations/{DEFAULT_ORGANIZATION}/kms/provider/aws/region/us-east-2"
        assert_error(simulator.ask("DELETE", removal), int(status))
        assert simulator.ask("GET", AWS_PLACE) == (200, registration())


def test_latency_delays_no_one_else() -> None:
    with Simulator("--latency", "50") as simulator, concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: simulator.ask("GET", "/v2/kms"), range(40)))
        assert answers == [(200, [])] * 40


def test_ipv6() -> None:
    with Simulator("--host", "::1") as simulator:
        assert simulator.url.startswith("http://[::1]:")
        assert simulator.ask("GET", "/v2/kms") == (200, [])


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
        assert simulator.ask("POST", "/v2/kms", registration(), connection=connection) == (200, registration())
        connection.close()
        for fault in ({"close": "before"}, {"close": "after-storing"}, {"close": "middle"}, {"garbage": True}):
            simulator.fault(**fault)
            with pytest.raises((http.client.HTTPException, OSError)):
                simulator.ask("GET", "/v2/kms")
            assert simulator.ask("GET", "/v2/kms")[0] == 200
