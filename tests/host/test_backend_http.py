# SPDX-License-Identifier: Apache-2.0
"""States behind Terraform's http backend: shared with Terraform, locked against it, and safe from a server that fails."""

import json
import time
from email.utils import formatdate
from typing import Any, Iterator

import pytest
from host_cli import TERRAFORM_BLOCK, Program, start_in, widgets
from prompt import at_the_prompt
from state_server import StateServer

QUICK = {"retry_wait_min": 0, "retry_wait_max": 0}


@pytest.fixture
def server() -> Iterator[StateServer]:
    with StateServer() as started:
        yield started


def configure(program: Program, settings: dict[str, Any], *names: str) -> None:
    """A configuration of these widgets, its state kept there."""
    program.configure(terraform=TERRAFORM_BLOCK | {"backend": {"http": settings}},
                      resource=widgets(**{name: {} for name in names}))


@pytest.fixture
def beside(tf: Program, host: Program, initialized: Any) -> Program:
    """Terraform in the host's folder."""
    host.start_from(initialized)
    return start_in(tf, host.folder)


def names(server: StateServer) -> set[str]:
    return {entry["name"] for entry in json.loads(server.state or b'{"resources": []}')["resources"]}


def test_host_and_terraform_go_on_from_each_other(host: Program, beside: Program, server: StateServer) -> None:
    configure(host, server.backend(), "a")
    host.apply()
    assert names(server) == {"a"}
    beside.init("-reconfigure")
    beside.plan_clean()
    configure(host, server.backend(), "a", "b")
    beside.apply()
    assert names(server) == {"a", "b"}
    host.plan_clean()
    lineages = {json.loads(text)["lineage"] for text in server.history}
    serials = [json.loads(text)["serial"] for text in server.history]
    assert len(lineages) == 1
    assert serials == sorted(set(serials))
    assert not (host.folder / "terraform.tfstate").exists()
    assert not (host.folder / ".http.tfstate.journal").exists()


def test_requests_are_those_of_terraform(host: Program, beside: Program, server: StateServer) -> None:
    """Method by method, with the lock's ID where Terraform has it."""
    configure(host, server.backend(), "a")
    host.apply()
    ours = server.methods()
    assert ours[:2] == ["LOCK", "GET"]
    assert ours[-2:] == ["POST", "UNLOCK"]
    assert set(ours) == {"LOCK", "GET", "POST", "UNLOCK"}
    lock, unlock = server.requests[0], server.requests[-1]
    assert json.loads(lock.body) == json.loads(unlock.body)
    identity = json.loads(lock.body)["ID"]
    assert set(json.loads(lock.body)) == {"ID", "Operation", "Info", "Who", "Version", "Created", "Path"}
    for request in server.requests:
        assert request.query == ({"ID": [identity]} if request.method == "POST" else {})
        if request.body:
            assert request.headers["Content-Type"] == "application/json"
            assert request.headers["Content-MD5"]
    server.requests.clear()
    beside.init("-reconfigure")
    server.requests.clear()
    configure(host, server.backend(), "a", "b")
    beside.apply()
    assert {request.method for request in server.requests} == set(ours)


def test_methods_can_be_chosen(host: Program, server: StateServer) -> None:
    configure(host, server.backend(update_method="PUT", lock_method="POST", unlock_method="DELETE"), "a")
    server.answers["POST"] = [200]
    host.apply()
    assert server.methods()[0] == "POST"
    assert "PUT" in server.methods()
    assert server.methods()[-1] == "DELETE"


@pytest.mark.parametrize("first", ["Terraform", "host"])
def test_they_exclude_each_other(host: Program, beside: Program, server: StateServer, first: str) -> None:
    configure(host, server.backend(), "a")
    beside.init("-reconfigure")
    holder, other = (beside, host) if first == "Terraform" else (host, beside)
    with at_the_prompt(holder):
        assert server.lock
        identity = server.lock["ID"]
        error = other.plan(fails=True).error("Error acquiring the state lock", f"already locked: ID={identity}")
        if other is host:
            assert f"ID: {identity}" in error
            assert "Operation: OperationTypeApply" in error
        host.run("force-unlock", "-force", "no-such-lock", expect=(1,))
        result = host.run("force-unlock", "-force", identity)
        assert "successfully unlocked" in result.text
        other.plan()


@pytest.mark.parametrize("status", [409, 423])
def test_the_holder_is_named(host: Program, server: StateServer, status: int) -> None:
    server.locked_status = status
    server.lock = {"ID": "1-2-3", "Operation": "OperationTypeApply", "Who": "somebody@there", "Version": "9.9.9",
                   "Created": "2026-01-02T03:04:05.6Z", "Info": "", "Path": ""}
    configure(host, server.backend(), "a")
    host.plan(fails=True).error("Error acquiring the state lock", "ID: 1-2-3", "Who: somebody@there",
                                "Created: 2026-01-02 03:04:05.6 +0000 UTC")
    assert server.methods() == ["LOCK"]
    host.plan("-lock=false")


def test_without_lock_address_nothing_is_locked(host: Program, server: StateServer) -> None:
    configure(host, {"address": server.address}, "a")
    host.apply()
    assert set(server.methods()) == {"GET", "POST"}
    assert all(not request.query for request in server.requests)


@pytest.mark.parametrize("how", ["block", "environment"])
def test_credentials(host: Program, server: StateServer, how: str) -> None:
    server.user, server.password = "someone", "pass word:ü"
    if how == "block":
        configure(host, server.backend(username="someone", password=server.password), "a")
    else:
        host.env |= {"TF_HTTP_ADDRESS": server.address, "TF_HTTP_USERNAME": "someone", "TF_HTTP_PASSWORD": server.password}
        configure(host, {}, "a")
    host.apply()
    assert names(server) == {"a"}


@pytest.mark.parametrize(("settings", "parts"), [
    ({}, ["401", "TF_HTTP_PASSWORD"]),
    ({"username": "someone", "password": "hunter2"}, ["403", "does not accept these credentials"]),
], ids=["none", "wrong"])
def test_refused_credentials_are_not_shown(host: Program, server: StateServer, settings: dict[str, str],
                                           parts: list[str]) -> None:
    server.user, server.password = "someone", "swordfish"
    configure(host, {"address": server.address.replace("http://", "http://me:sesame@", 1) + "?token=opensesame"} | settings,
              "a")
    result = host.plan(fails=True, env={"TF_LOG": "TRACE"})
    if settings:
        result.error(*parts)
    for secret in ("hunter2", "sesame", "swordfish"):
        assert secret not in result.everything
    assert server.address in result.everything.replace("\n", "")


@pytest.mark.parametrize("failing", ["GET", "LOCK"])
def test_a_server_that_fails_for_a_moment_is_asked_again(host: Program, server: StateServer, failing: str) -> None:
    configure(host, server.backend(**QUICK), "a")
    server.answers[failing] = [500, "close"]
    host.apply()
    assert server.methods().count(failing) == 3
    assert names(server) == {"a"}


def test_a_server_says_when_to_ask_again(host: Program, server: StateServer) -> None:
    """By a date too, before which it is not asked."""
    configure(host, server.backend(retry_wait_min=3600, retry_wait_max=3600), "a")
    moment = int(time.time()) + 2
    server.answers["GET"] = [503]
    server.retry_after = formatdate(moment, usegmt=True)
    host.apply()
    assert server.methods().count("GET") == 2 and time.time() >= moment


def test_what_could_not_be_sent_is_not_lost(host: Program, server: StateServer) -> None:
    """It lies in errored.tfstate for people, and in the side file, from which the next run goes on by itself."""
    configure(host, server.backend(**QUICK), "a", "b")
    server.answers["POST"] = [500] * 100
    host.apply(fails=True).error("Failed to save state", "status 500", "errored.tfstate")
    assert host.objects() == {"a", "b"}
    errored = json.loads((host.folder / "errored.tfstate").read_text())
    assert {entry["name"] for entry in errored["resources"]} == {"a", "b"}
    assert server.state is None
    assert server.lock is None
    server.answers.clear()
    result = host.apply()
    assert "0 added, 0 changed, 0 destroyed" in result.text
    assert "Recovered" in result.warning()
    assert names(server) == {"a", "b"}
    assert not (host.folder / ".http.tfstate.journal").exists()


def test_a_state_that_others_wrote_since_is_not_overwritten(host: Program, server: StateServer) -> None:
    configure(host, server.backend(**QUICK), "a")
    host.apply()
    configure(host, server.backend(**QUICK), "a", "b")
    server.answers["POST"] = [500] * 100
    host.apply(fails=True)
    server.answers.clear()
    theirs = json.loads(server.state or b"")
    theirs["serial"] += 1
    theirs["outputs"] = {"from": {"value": "elsewhere", "type": "string"}}
    server.state = json.dumps(theirs).encode()
    result = host.run("plan", "-input=false")
    assert ".http.tfstate.journal.1" in result.warning("Somebody has written the state since")
    assert json.loads(server.state) == theirs


def test_a_server_that_is_not_there(host: Program, server: StateServer) -> None:
    with StateServer() as other:
        address = other.address
    configure(host, {"address": address} | QUICK, "a")
    host.plan(fails=True).error(address, "connect")


def test_a_proxys_password_is_not_shown(host: Program) -> None:
    """libcurl quotes an address that it can't read."""
    configure(host, {"address": "https://127.0.0.1:1/state"} | QUICK, "a")
    host.env["https_proxy"] = "http://someone:hunter2@127.0.0.1:99999"
    result = host.plan(fails=True, env={"TF_LOG": "TRACE"})
    result.error("proxy")
    assert "hunter2" not in result.everything


@pytest.mark.parametrize(("settings", "parts"), [
    ({}, ["address", "TF_HTTP_ADDRESS"]),
    ({"address": "ftp://example.invalid/state"}, ["must be a URL that begins with http:// or https://"]),
    ({"address": "http://127.0.0.1:1/", "adress": "x"}, ['"adress" is not expected']),
    ({"address": "http://127.0.0.1:1/", "retry_max": "many"}, ["retry_max", '"many"']),
    ({"address": "http://127.0.0.1:1/", "skip_cert_verification": "perhaps"}, ["true or false"]),
], ids=["none", "scheme", "misspelt", "number", "truth"])
def test_settings_that_make_no_sense(host: Program, settings: dict[str, str], parts: list[str]) -> None:
    configure(host, settings, "a")
    host.plan(fails=True).error(*parts)
