# SPDX-License-Identifier: Apache-2.0
"""astra_provider_id_*: every row of the design's table, in all three ways the API may hand IDs out."""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from astra import CONFLICT, FAILED, INVALID, OK, PERMISSION_DENIED, Session
from simulator import Simulator

PLACE = ("aws", "us-east-2")
ACCOUNTS = "GET /v2/kms/provider/*/region/*/accounts"


def test_create(simulator: Simulator, session: Session) -> None:
    answer = session.seat_create("AWS", "us-east-2")
    assert answer.status == OK and not answer.items
    assert answer.id == f"aws/us-east-2/{answer.provider_id}" and answer.organization_id == simulator.organization


@pytest.mark.parametrize("mode, second", [("same", CONFLICT), ("new", OK), ("several", OK)])
def test_two_seats_are_two_ids(
    simulate: Callable[..., Simulator], open_session: Callable[..., Session], mode: str, second: int
) -> None:
    session = open_session(simulate("--provider-ids", mode))
    one, two = session.seat_create(*PLACE), session.seat_create(*PLACE)
    assert one.status == OK and two.status == second
    if second == OK:
        assert one.provider_id != two.provider_id
    else:
        assert two.provider_id is None and "one unclaimed ID at a time" in two.text
    assert session.seat_create("aws", "us-west-2").status == OK, "another region has IDs of its own"


@pytest.mark.parametrize("mode", ["same", "new", "several"])
def test_known_ids_are_not_handed_out(
    simulate: Callable[..., Simulator], open_session: Callable[..., Session], mode: str
) -> None:
    simulator = simulate("--provider-ids", mode)
    first = open_session(simulator).seat_create(*PLACE).provider_id
    assert first
    for arguments in ({"distinct_from": [first]}, {"known": json.dumps([first])}):
        answer = open_session(simulator).seat_create(*PLACE, **arguments)
        assert answer.provider_id != first and answer.status == (CONFLICT if mode == "same" else OK)
    seen = open_session(simulator)
    seen.seat_read(*PLACE, first)
    assert seen.seat_create(*PLACE).provider_id != first


def test_a_claimed_id_makes_room_for_the_next(simulator: Simulator, session: Session) -> None:
    first = session.seat_create(*PLACE).provider_id
    simulator.add_database("orders", *PLACE)
    second = session.seat_create(*PLACE)
    assert second.status == OK and second.provider_id != first


def test_no_id_offered(simulator: Simulator, session: Session) -> None:
    simulator.fault(path="/v2/kms/provider/*/region/*/accounts", body="[]")
    answer = session.seat_create(*PLACE)
    assert answer.status == CONFLICT and "No provider ID" in answer.text


@pytest.mark.parametrize("body, status, shown", [
    ("{}", FAILED, "an array"), ('[{"provider_id": 900000000001}]', FAILED, '"/0/provider_id"'),
    ('[{"provider_id": "a b"}]', FAILED, '"/0"'), ('[{"organization_id": "x"}]', FAILED, '"/0/provider_id"'),
    ('[{"organization_id": "x", "provider_id": "1"}]', PERMISSION_DENIED, "organization x")])  # fmt: skip
def test_answers_that_are_not_taken(simulator: Simulator, session: Session, body: str, status: int, shown: str) -> None:
    simulator.fault(path="/v2/kms/provider/*/region/*/accounts", body=body)
    answer = session.seat_create(*PLACE)
    assert answer.status == status and shown in answer.text and answer.provider_id is None


@pytest.mark.parametrize("known", ["nonsense", "{}", "[1]", '["1"'])
def test_a_damaged_plan_is_an_error(simulator: Simulator, session: Session, known: str) -> None:
    assert session.seat_create(*PLACE, known=known).status == FAILED
    assert session.seat_check("create", *PLACE, earlier=known).status == FAILED
    assert simulator.counts()["total"] == 0


def test_requests_for_one_region_go_one_after_another(
    simulate: Callable[..., Simulator], open_session: Callable[..., Session], background: Callable[..., Future[Any]]
) -> None:
    simulator = simulate("--provider-ids", "new")
    session = open_session(simulator)
    simulator.fault(path="/v2/kms/provider/*/region/*/accounts", delay_ms=20, times=-1)
    answers = [job.result(60) for job in [background(session.seat_create, *PLACE) for _ in range(8)]]
    assert len({answer.provider_id for answer in answers}) == 8 and all(answer.status == OK for answer in answers)
    assert simulator.most_at_once("GET", "*/accounts") == 1


def test_requests_for_two_regions_go_together(
    simulator: Simulator, session: Session, background: Callable[..., Future[Any]]
) -> None:
    simulator.fault(path="/v2/kms/provider/*/region/*/accounts", hold=True, times=2)
    jobs = [background(session.seat_create, "aws", region) for region in ("us-east-2", "us-west-2")]
    simulator.wait_until_held(2)
    simulator.clear_faults()
    assert all(job.result(60).status == OK for job in jobs)


# --- check ---


def test_a_plan_carries_the_seats_that_it_saw(session: Session) -> None:
    session.seat_read(*PLACE, "2")
    session.seat_check("none", *PLACE, "1")
    session.seat_read("aws", "us-west-2", "other")
    answer = session.seat_check("create", *PLACE)
    assert answer.status == OK and json.loads(answer.known or "") == ["1", "2"]
    answer = session.seat_check("create", *PLACE, earlier='["3", "1"]')
    assert json.loads(answer.known or "") == ["1", "2", "3"]


def test_a_plan_that_saw_nothing(session: Session) -> None:
    assert session.seat_check("create", *PLACE).known == "[]"


def test_a_replacement_does_not_get_the_old_seat(simulator: Simulator, session: Session) -> None:
    first = session.seat_create(*PLACE).provider_id
    planned = session.seat_check("replace", *PLACE, first)
    assert planned.status == OK and not planned.items and json.loads(planned.known or "") == [first]
    assert json.loads(session.seat_check("create", *PLACE).known or "") == [first]


def test_a_second_holder_is_warned_of_once(session: Session) -> None:
    assert not session.seat_check("none", *PLACE, "1").items
    assert not session.seat_check("none", *PLACE, "2").items
    answer = session.seat_check("update", *PLACE, "1")
    assert answer.status == OK and [item[1] for item in answer.warnings] == ["provider_id"]
    assert len(session.seat_check("none", *PLACE, "1").warnings) == 1, "a third holder"


def test_what_is_destroyed_or_read_is_no_holder(session: Session) -> None:
    session.seat_read(*PLACE, "1")
    for operation in ("destroy", "replace", "none"):
        assert not session.seat_check(operation, *PLACE, "1").items
    assert not session.seat_check("none", "aws", "us-west-2", "1").items


def test_check_sends_nothing(simulator: Simulator, session: Session) -> None:
    session.seat_check("create", *PLACE)
    session.seat_check("none", *PLACE, "1")
    assert simulator.counts()["total"] == 0


# --- read, delete, list ---


def test_read_never_asks_for_accounts(simulator: Simulator, session: Session) -> None:
    answer = session.seat_read("AWS", "us-east-2", "900000000001", simulator.organization)
    assert (answer.status, answer.id) == (OK, "aws/us-east-2/900000000001")
    assert answer.organization_id == simulator.organization
    assert simulator.counts()["by"] == {"GET /v2/currentOrg": 1}


def test_read_of_another_organization(session: Session) -> None:
    answer = session.seat_read(*PLACE, "1", "11111111-0000-4000-8000-000000000000")
    assert answer.status == PERMISSION_DENIED and answer.attribute == "organization_id"


def test_read_without_an_id(session: Session) -> None:
    assert session.seat_read(*PLACE, "").status == INVALID


def test_delete_warns_and_is_guarded(simulator: Simulator, session: Session) -> None:
    answer = session.seat_delete(*PLACE, "900000000001", simulator.organization)
    assert answer.status == OK and len(answer.warnings) == 1 and "900000000001" in answer.text
    simulator.add_database("orders", *PLACE)
    answer = session.seat_delete(*PLACE, "900000000001")
    assert answer.status == CONFLICT and answer.attribute == "force_destroy" and "orders" in answer.text
    assert session.seat_delete(*PLACE, "900000000001", force=True).status == OK
    assert ACCOUNTS not in simulator.counts()["by"]


def test_list_is_sorted(simulator: Simulator, session: Session) -> None:
    body = json.dumps([{"provider_id": text} for text in ("3", "1", "2", "1")])
    simulator.fault(path="/v2/kms/provider/*/region/*/accounts", body=body)
    assert json.loads(session.seat_list(*PLACE).json or "") == ["1", "2", "3"]


# --- what the machine remembers ---


def test_a_later_session_knows_what_an_earlier_one_took(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    first = open_session(simulator).seat_create(*PLACE)
    second = open_session(simulator).seat_create(*PLACE)
    assert first.status == OK and second.status == CONFLICT and "aws-us-east-2" in second.text
    assert open_session(simulator).seat_delete(*PLACE, first.provider_id).status == OK
    assert open_session(simulator).seat_create(*PLACE).provider_id == first.provider_id, "held no longer"


def seat_file(simulator: Simulator, tmp_path: pathlib.Path) -> pathlib.Path:
    """The file of PLACE, in a folder that is there."""
    path = tmp_path / "state/astra-cmk" / simulator.organization / "aws-us-east-2"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize("damage", [b"\0\0\0\0", b"111\0\0\0", b"\0\n\0", b"\n\n", b"\xff\xfe\n"])
def test_a_damaged_file_still_tells_what_it_holds(
    simulator: Simulator,
    open_session: Callable[..., Session],
    tmp_path: pathlib.Path,
    damage: bytes,
) -> None:
    taken = open_session(simulator).seat_create(*PLACE).provider_id or ""
    seat_file(simulator, tmp_path).write_bytes(damage + b"\n" + taken.encode() + b"\n222 cut o")
    session = open_session(simulator)
    assert session.seat_create(*PLACE).status == CONFLICT, "it is taken"
    assert session.seat_read(*PLACE, "333").status == OK
    assert session.seat_delete(*PLACE, taken).status == OK
    assert seat_file(simulator, tmp_path).read_bytes().endswith(b"\n333\n")
    assert open_session(simulator).seat_create(*PLACE).provider_id == taken


def test_a_process_that_stopped_while_it_held_the_file_holds_nobody_up(
    simulator: Simulator, session: Session, tmp_path: pathlib.Path
) -> None:
    with seat_file(simulator, tmp_path).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert session.seat_read(*PLACE, "111122223333").status == OK
        answer = session.seat_create(*PLACE)
        assert answer.status == OK and len(answer.warnings) == 1 and "distinct_from" in answer.text


def test_what_is_remembered_is_the_users_alone(simulator: Simulator, session: Session, tmp_path: pathlib.Path) -> None:
    before = os.umask(0)
    try:
        assert session.seat_create(*PLACE).status == OK
    finally:
        os.umask(before)
    path = seat_file(simulator, tmp_path)
    modes = {part: part.stat().st_mode & 0o777 for part in (path, path.parent, path.parent.parent)}
    assert modes == {path: 0o600, path.parent: 0o700, path.parent.parent: 0o700}


def test_no_link_is_followed_to_what_is_remembered(simulator: Simulator, session: Session, tmp_path: pathlib.Path) -> None:
    """In a folder that somebody else may write, it could lead to any file of the user."""
    other = tmp_path / "other"
    other.write_text("precious\n")
    seat_file(simulator, tmp_path).symlink_to(other)
    answer = session.seat_create(*PLACE)
    assert answer.status == OK and len(answer.warnings) == 1 and "distinct_from" in answer.text
    assert session.seat_delete(*PLACE, answer.provider_id).status == OK
    assert other.read_text() == "precious\n"


def test_without_a_folder_there_is_a_warning(
    simulator: Simulator, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")
    answer = session.seat_create(*PLACE)
    assert answer.status == OK and len(answer.warnings) == 1 and "XDG_STATE_HOME" in answer.text
