# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on the way, and what is tried again: nothing is ever registered or removed blindly twice."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable
from typing import Any

import pytest

from astra import ARN, FAILED, GONE, OK, OTHER_ARN, PERMISSION_DENIED, UNAVAILABLE, Session
from simulator import Simulator

PLACE = ("aws", "us-east-2")
PAGE = "<html>sign in</html>"
ERRORS = '{"errors": [{"ID": 1, "message": "no such key"}]}'
REMOVAL = "DELETE /v2/organizations/*/kms/provider/*/region/*"


def keys(simulator: Simulator) -> list[str]:
    return [key["key_id"] for key in simulator.state()["keys"]]


def requests(simulator: Simulator, method: str | None = None) -> list[str]:
    log = simulator.counts()["log"]
    return [f"{line['method']} {line['path']}" for line in log if method in (None, line["method"])]


# --- reading ---


@pytest.mark.parametrize("fault", [
    {"status": 500}, {"status": 503}, {"status": 429}, {"close": "before"}, {"close": "middle"}, {"status": 502, "body": "<html>"},
    {"garbage": True}])  # fmt: skip
def test_reads_are_tried_again(simulator: Simulator, session: Session, fault: dict[str, Any]) -> None:
    simulator.add_key(*PLACE, ARN)
    simulator.fault(path="/v2/kms", **fault)
    simulator.fault(path="/v2/currentOrg", **fault)
    assert session.key_read(*PLACE).key_id == ARN


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"close": "before"}, {"close": "middle"}])
def test_there_is_an_end_to_trying(
    simulator: Simulator, open_session: Callable[..., Session], fault: dict[str, Any]
) -> None:
    session = open_session(simulator, retries=1)
    session.seat_read(*PLACE, "1")
    simulator.reset_counts()
    simulator.fault(path="/v2/kms", times=-1, **fault)
    assert session.key_read(*PLACE).status == UNAVAILABLE
    # libcurl itself repeats a read once, on a connection that turns out to be dead.
    assert requests(simulator) == ["GET /v2/kms"] * (3 if fault == {"close": "before"} else 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_what_will_not_change_is_not_tried_again(simulator: Simulator, session: Session, status: int) -> None:
    simulator.fault(path="/v2/currentOrg", status=status, times=-1)
    session.key_read(*PLACE)
    assert len(requests(simulator)) == 1


def test_garbage_instead_of_http(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    simulator.fault(path="/v2/currentOrg", garbage=True, times=-1)
    answer = open_session(simulator, retries=0).key_read(*PLACE)
    assert answer.status in (UNAVAILABLE, FAILED) and answer.errors


def test_a_try_has_a_time_limit(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    session = open_session(simulator, retries=1, timeout=0.2)
    simulator.fault(path="/v2/currentOrg", hold=True, times=2)
    answer = session.key_read(*PLACE)
    assert answer.status == UNAVAILABLE and "request_timeout" in answer.text
    assert len(requests(simulator)) == 2
    assert session.key_read(*PLACE).status == GONE


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured(simulator: Simulator, session: Session, as_date: bool) -> None:
    asked = email.utils.formatdate(int(time.time()) + 3, usegmt=True) if as_date else "1"
    simulator.fault(path="/v2/currentOrg", status=429, headers={"Retry-After": asked})
    began = time.monotonic()
    assert session.key_read(*PLACE).status == GONE
    # A floor, which no slow machine can miss; without the header the wait is a quarter of a second at most.
    assert time.monotonic() - began >= 1 and simulator.counts()["by"]["GET /v2/currentOrg"] == 2


def test_a_wait_beyond_the_overall_limit_is_not_begun(simulator: Simulator, session: Session) -> None:
    simulator.fault(path="/v2/currentOrg", status=429, headers={"Retry-After": "3600"}, times=-1)
    answer = session.key_read(*PLACE)
    assert answer.status == UNAVAILABLE and simulator.counts()["by"]["GET /v2/currentOrg"] == 1
    assert "asks to wait for 3600 seconds" in answer.text


# --- registering ---


@pytest.mark.parametrize("fault", [
    {"close": "after-storing"}, {"close": "middle"}, {"status": 500, "store": True}, {"status": 504, "store": True},
    {"body": PAGE}, {"body": "{"}, {"body": ERRORS}])  # fmt: skip
@pytest.mark.parametrize("retries", [0, 2])
def test_a_registration_whose_answer_is_lost_is_found(
    simulator: Simulator, open_session: Callable[..., Session], fault: dict[str, Any], retries: int
) -> None:
    session = open_session(simulator, retries=retries)
    simulator.fault(method="POST", path="/v2/kms", **fault)
    answer = session.key_create(*PLACE, ARN)
    assert (answer.status, answer.items) == (OK, []) and answer.organization_id == simulator.organization
    assert requests(simulator, "POST") == ["POST /v2/kms"] and keys(simulator) == [ARN]


@pytest.mark.parametrize("fault", [{"close": "before"}, {"status": 500}, {"status": 503}])
def test_a_registration_that_was_not_stored_is_repeated_after_a_look(
    simulator: Simulator, session: Session, fault: dict[str, Any]
) -> None:
    simulator.fault(method="POST", path="/v2/kms", **fault)
    assert session.key_create(*PLACE, ARN).status == OK and keys(simulator) == [ARN]
    assert requests(simulator)[1:] == ["GET /v2/kms", "POST /v2/kms"] * 2


def test_a_connection_that_died_does_not_repeat_a_registration(
    simulator: Simulator, session: Session
) -> None:
    """libcurl repeats by itself what it sent on a connection that it had kept."""
    simulator.fault(method="POST", path="/v2/kms", close="after-storing")
    simulator.add_key("aws", "us-west-2", OTHER_ARN)
    assert session.key_create(*PLACE, ARN).status == OK
    log = simulator.counts()["log"]
    assert log[1]["connection"] == log[2]["connection"] and requests(simulator, "POST") == ["POST /v2/kms"]


def test_429_to_a_registration_needs_no_look(simulator: Simulator, session: Session) -> None:
    simulator.fault(method="POST", path="/v2/kms", status=429)
    assert session.key_create(*PLACE, ARN).status == OK
    assert requests(simulator)[1:] == ["GET /v2/kms", "POST /v2/kms", "POST /v2/kms"]


def test_an_unknown_outcome_says_so_and_leaves_no_state(
    simulator: Simulator, open_session: Callable[..., Session]
) -> None:
    session = open_session(simulator, retries=0)
    simulator.fault(method="POST", path="/v2/kms", close="after-storing")
    simulator.fault(method="GET", path="/v2/kms", skip=1, status=503)
    answer = session.key_create(*PLACE, ARN)
    assert answer.status == UNAVAILABLE and "not known" in answer.text
    assert answer.organization_id is None and answer.id is None and keys(simulator) == [ARN]
    again = session.key_create(*PLACE, ARN)
    assert again.status == OK and len(again.warnings) == 1


def test_registering_ends_when_it_keeps_failing(simulator: Simulator, session: Session) -> None:
    simulator.fault(method="POST", path="/v2/kms", status=500, times=-1, body='{"message": "out of order"}')
    answer = session.key_create(*PLACE, ARN)
    assert answer.status == UNAVAILABLE and "out of order" in answer.text and answer.organization_id is None
    assert len(requests(simulator, "POST")) == 3 and requests(simulator)[-1] == "GET /v2/kms"


def test_a_page_is_no_registration(simulator: Simulator, session: Session) -> None:
    simulator.fault(method="POST", path="/v2/kms", status=200, times=-1, body=PAGE)
    answer = session.key_create(*PLACE, ARN)
    assert answer.status == FAILED and "gateway" in answer.text and answer.organization_id is None
    assert len(requests(simulator, "POST")) == 3 and requests(simulator)[-1] == "GET /v2/kms"


def test_errors_with_status_200_are_no_registration(simulator: Simulator, session: Session) -> None:
    simulator.fault(method="POST", path="/v2/kms", status=200, times=-1, body=ERRORS)
    answer = session.key_create(*PLACE, ARN)
    assert answer.status == FAILED and "no such key" in answer.text and answer.organization_id is None
    assert requests(simulator)[-1] == "GET /v2/kms" and keys(simulator) == []


@pytest.mark.parametrize("body", ["", "null", " null\r\n", "{}", '{"errors": []}', '{"errors": null}', '"done"', "17"])
def test_any_json_is_a_registration(simulator: Simulator, session: Session, body: str) -> None:
    simulator.fault(method="POST", path="/v2/kms", status=200, store=True, body=body)
    assert session.key_create(*PLACE, ARN).status == OK and keys(simulator) == [ARN]
    assert requests(simulator)[-1] == "POST /v2/kms"


@pytest.mark.parametrize("body", ["nul", "null x", "ok", "{"])
def test_what_is_no_json_is_looked_after(simulator: Simulator, session: Session, body: str) -> None:
    simulator.fault(method="POST", path="/v2/kms", status=200, store=True, body=body)
    assert session.key_create(*PLACE, ARN).status == OK and keys(simulator) == [ARN]
    assert requests(simulator)[-1] == "GET /v2/kms" and len(requests(simulator, "POST")) == 1


def test_nothing_is_read_back_after_a_registration(simulator: Simulator, session: Session) -> None:
    simulator.fault(method="GET", path="*", skip=2, status=500, times=-1)
    assert session.key_create(*PLACE, ARN).status == OK


# --- removing ---


@pytest.mark.parametrize("fault", [
    {"close": "after-storing"}, {"status": 500, "store": True}, {"status": 404, "store": True}, {"close": "middle"},
    {"body": PAGE}])  # fmt: skip
@pytest.mark.parametrize("retries", [0, 2])
def test_a_removal_whose_answer_is_lost_is_found(
    simulator: Simulator, open_session: Callable[..., Session], fault: dict[str, Any], retries: int
) -> None:
    session = open_session(simulator, retries=retries)
    simulator.add_key(*PLACE, ARN)
    simulator.fault(method="DELETE", **fault)
    assert session.key_delete(*PLACE, ARN).status == OK and keys(simulator) == []
    assert simulator.counts()["by"][REMOVAL] == 1


@pytest.mark.parametrize("fault", [{"close": "before"}, {"status": 500}, {"status": 429}])
def test_a_removal_that_did_not_happen_is_repeated(
    simulator: Simulator, session: Session, fault: dict[str, Any]
) -> None:
    simulator.add_key(*PLACE, ARN)
    simulator.fault(method="DELETE", **fault)
    assert session.key_delete(*PLACE, ARN).status == OK and keys(simulator) == []
    assert simulator.counts()["by"][REMOVAL] == 2


def test_removing_ends_when_it_keeps_failing(simulator: Simulator, session: Session) -> None:
    simulator.add_key(*PLACE, ARN)
    simulator.fault(method="DELETE", status=500, times=-1)
    answer = session.key_delete(*PLACE, ARN)
    assert answer.status == UNAVAILABLE and keys(simulator) == [ARN]
    assert simulator.counts()["by"][REMOVAL] == 3


def test_a_page_is_no_removal(simulator: Simulator, session: Session) -> None:
    simulator.add_key(*PLACE, ARN)
    simulator.fault(method="DELETE", status=200, times=-1, body=PAGE)
    answer = session.key_delete(*PLACE, ARN)
    assert answer.status == FAILED and "gateway" in answer.text and keys(simulator) == [ARN]


def test_errors_with_status_200_are_no_removal(simulator: Simulator, session: Session) -> None:
    simulator.add_key(*PLACE, ARN)
    simulator.fault(method="DELETE", status=200, times=-1, body=ERRORS)
    answer = session.key_delete(*PLACE, ARN)
    assert answer.status == FAILED and "no such key" in answer.text and keys(simulator) == [ARN]


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 500}, {"close": "before"}])
def test_others_may_do_something_before_a_removal_is_repeated(
    simulator: Simulator, session: Session, fault: dict[str, Any]
) -> None:
    """While it waits, for minutes where the API asks for that, another key is registered or a database created."""
    simulator.add_key(*PLACE, ARN)
    simulator.fault(method="DELETE", **fault)
    simulator.fault(path="/v2/databases*", skip=1, body=
        '[{"id": "1", "info": {"name": "orders", "cloudProvider": "AWS", "region": "us-east-2"}}]')  # fmt: skip
    answer = session.key_delete(*PLACE, ARN)
    assert answer.attribute == "force_destroy" and "orders" in answer.text and keys(simulator) == [ARN]
    assert simulator.counts()["by"][REMOVAL] == 1
    simulator.fault(method="DELETE", **fault)
    simulator.fault(path="/v2/kms", skip=1, body='[{"CloudProvider": "aws", "KeyID": "%s", "Region": "us-east-2"}]' % OTHER_ARN)
    answer = session.key_delete(*PLACE, ARN, force=True)
    assert answer.attribute == "key_id" and OTHER_ARN in answer.text and keys(simulator) == [ARN]
    assert simulator.counts()["by"][REMOVAL] == 2


def test_a_removal_that_is_put_off_again_and_again_ends(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    simulator.add_key(*PLACE, ARN)
    simulator.fault(method="DELETE", status=429, times=-1)
    answer = open_session(simulator, retries=1).key_delete(*PLACE, ARN)
    assert answer.status == UNAVAILABLE and "not known" not in answer.text and keys(simulator) == [ARN]
    assert requests(simulator)[-1].startswith("DELETE") and simulator.counts()["by"][REMOVAL] == 2


@pytest.mark.parametrize("listing", [403, 404])
def test_a_page_is_no_absence(simulator: Simulator, session: Session, listing: int) -> None:
    """A gateway's 404 to everything below a path tells nothing of a key, and must not make it leave a state."""
    simulator.add_key(*PLACE, ARN)
    simulator.fault(path="/v2/kms", status=listing, times=-1, body=PAGE)
    simulator.fault(path="/v2/kms/**", status=404, times=-1, body=PAGE)
    answer = session.key_read(*PLACE)
    assert answer.status == FAILED and "web page" in answer.text
    assert session.key_delete(*PLACE, ARN).status == FAILED and keys(simulator) == [ARN]


@pytest.mark.parametrize("text", ["arn\\ud800", "arn\\ufffd"])
def test_text_in_which_a_character_got_lost(simulator: Simulator, session: Session, text: str) -> None:
    simulator.fault(path="/v2/kms", body='[{"CloudProvider": "aws", "KeyID": "%s", "Region": "us-east-2"}]' % text)
    answer = session.key_read(*PLACE)
    assert answer.status == FAILED and "/0/KeyID" in answer.text


def test_a_key_that_changed_during_a_lost_removal_stays(
    simulator: Simulator, open_session: Callable[..., Session]
) -> None:
    session = open_session(simulator)
    simulator.add_key(*PLACE, ARN)
    simulator.fault(method="DELETE", close="before")
    simulator.fault(method="GET", path="/v2/kms", skip=1, body=
        '[{"CloudProvider": "aws", "KeyID": "%s", "Region": "us-east-2"}]' % OTHER_ARN)  # fmt: skip
    answer = session.key_delete(*PLACE, ARN)
    assert answer.attribute == "key_id" and OTHER_ARN in answer.text
    assert simulator.counts()["by"][REMOVAL] == 1


def test_an_unknown_removal_says_so(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    session = open_session(simulator, retries=0)
    simulator.add_key(*PLACE, ARN)
    simulator.fault(method="DELETE", close="before")
    simulator.fault(method="GET", path="/v2/kms", skip=1, status=503)
    answer = session.key_delete(*PLACE, ARN)
    assert answer.status == UNAVAILABLE and "not known" in answer.text


def test_a_removal_without_the_permission(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    simulator.set_token("AstraCS:other", ["read-cmk", "db-view"])
    simulator.add_key(*PLACE, ARN)
    answer = open_session(simulator, token="AstraCS:other").key_delete(*PLACE, ARN)
    assert answer.status == PERMISSION_DENIED and "Write CMK Key" in answer.text
