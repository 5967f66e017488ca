# SPDX-License-Identifier: Apache-2.0
"""One session, many threads: sharing of answers, cancellation, and fork."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from astra import ARN, CANCELLED, CONFLICT, GONE, OK, OTHER_ARN, PERMISSION_DENIED, UNAVAILABLE, Report, Session
from simulator import Simulator

Background = Callable[..., "Future[Any]"]
PLACE = ("aws", "us-east-2")
ACCOUNTS = "/v2/kms/provider/*/region/*/accounts"


def results(jobs: list[Future[Any]]) -> list[Any]:
    return [job.result(60) for job in jobs]


def arn(region: str) -> str:
    return ARN.replace("us-east-2", region)


# --- sharing ---


def test_five_hundred_reads_are_two_requests(simulator: Simulator, session: Session, background: Background) -> None:
    regions = [f"r-{number}" for number in range(500)]
    for region in regions:
        simulator.add_key("aws", region, arn(region))
    answers = results([background(session.key_read, "aws", region, arn(region)) for region in regions])
    assert [answer.key_id for answer in answers] == [arn(region) for region in regions]
    assert simulator.counts()["by"] == {"GET /v2/currentOrg": 1, "GET /v2/kms": 1}


def test_a_write_drops_what_was_listed(simulator: Simulator, session: Session) -> None:
    simulator.add_key(*PLACE, ARN)
    assert session.key_read(*PLACE).status == OK
    simulator.remove_key(*PLACE)
    assert session.key_read(*PLACE).status == OK, "shared for five seconds"
    assert session.key_create("aws", "r-1", arn("r-1")).status == OK
    assert session.key_read(*PLACE).status == GONE


def test_creates_never_take_a_listing_that_was_sent_before_they_asked(
    simulator: Simulator, session: Session, background: Background
) -> None:
    simulator.fault(method="GET", path="/v2/kms", delay_ms=300, body="[]")
    early = background(session.key_create, "aws", "r-1", arn("r-1"))
    simulator.wait_for("GET", "/v2/kms")
    simulator.add_key(*PLACE, OTHER_ARN)
    late = session.key_create(*PLACE, ARN)
    assert early.result(60).status == OK and late.status != OK and OTHER_ARN in late.text


def test_creates_that_ask_together_share_a_listing(
    simulator: Simulator, session: Session, background: Background
) -> None:
    simulator.fault(method="GET", path="/v2/kms", hold=True)
    jobs = [background(session.key_create, "aws", "r-0", arn("r-0"))]
    simulator.wait_until_held()
    jobs += [background(session.key_create, "aws", f"r-{number}", arn(f"r-{number}")) for number in range(1, 20)]
    simulator.clear_faults()
    assert all(answer.status == OK for answer in results(jobs))
    by = simulator.counts()["by"]
    assert by["POST /v2/kms"] == 20 and by["GET /v2/kms"] <= 8


@pytest.mark.parametrize("latency", ["0", "30"])
def test_five_hundred_creates_ten_at_a_time(
    simulate: Callable[..., Simulator], open_session: Callable[..., Session], latency: str
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    simulator = simulate("--latency", latency)
    session = open_session(simulator)
    with ThreadPoolExecutor(10) as pool:
        jobs = [pool.submit(session.key_create, "aws", f"r-{number}", arn(f"r-{number}")) for number in range(500)]
        answers = results(jobs)
    assert all(answer.status == OK for answer in answers) and len(simulator.state()["keys"]) == 500
    assert simulator.counts()["total"] <= 620


def test_creates_and_deletes_among_very_many_keys_look_for_their_own_alone(
    simulator: Simulator, session: Session, background: Background
) -> None:
    for number in range(1001):
        simulator.add_key("aws", f"old-{number}", arn(f"old-{number}"))
    simulator.add_key("aws", "same", arn("same"))
    simulator.add_key("aws", "other", arn("elsewhere"))
    assert session.key_create("aws", "first", arn("first")).status == OK
    simulator.reset_counts()
    simulator.fault(method="POST", path="/v2/kms", close="after-storing")
    regions = ["same", "other", *(f"r-{number}" for number in range(20))]
    same, other, *new = results([background(session.key_create, "aws", region, arn(region)) for region in regions])
    assert same.status == OK and "registered already" in same.text
    assert other.status == CONFLICT and arn("elsewhere") in other.text
    assert all(answer.status == OK for answer in new)
    by = simulator.counts()["by"]
    assert by["POST /v2/kms"] == 20, "what was stored and not answered is not sent again"
    assert "GET /v2/kms" not in by and sum(by.values()) <= 22 + 20 + 1
    assert session.key_delete("aws", "r-0", arn("r-0")).status == OK
    assert session.key_delete("aws", "never", arn("never")).status == OK
    assert "GET /v2/kms" not in simulator.counts()["by"]
    assert len(simulator.state()["keys"]) == 1003 + 1 + 20 - 1


def test_sixteen_threads_share_a_session(
    simulate: Callable[..., Simulator], open_session: Callable[..., Session], background: Background
) -> None:
    simulator = simulate("--provider-ids", "new")
    session = open_session(simulator)

    def life(number: int) -> list[int]:
        region = f"r-{number}"
        done = []
        for _ in range(5):
            done.append(session.key_create("aws", region, arn(region)).status)
            done.append(session.key_read("aws", region, arn(region)).status)
            done.append(session.seat_create("aws", "shared").status)
            done.append(session.seat_check("none", "aws", "shared", f"{number}").status)
            done.append(session.key_delete("aws", region, arn(region)).status)
        return done

    assert results([background(life, number) for number in range(16)]) == [[OK] * 25] * 16
    assert simulator.state()["keys"] == []


def test_a_listing_that_fails_fails_those_who_waited_for_it(
    simulator: Simulator, open_session: Callable[..., Session], background: Background
) -> None:
    session = open_session(simulator, retries=0)
    session.seat_read(*PLACE, "1")
    simulator.fault(path="/v2/kms", hold=True, status=503)
    jobs = [background(session.key_read, *PLACE)]
    simulator.wait_until_held()
    reports = [Report() for _ in range(5)]
    jobs += [background(session.key_read, *PLACE, report=report) for report in reports]
    simulator.clear_faults()
    assert {answer.status for answer in results(jobs)} <= {UNAVAILABLE, GONE}
    assert jobs[0].result().status == UNAVAILABLE
    assert session.key_read(*PLACE).status == GONE, "a failure is not kept"


# --- cancellation ---


def test_one_call_is_cancelled(simulator: Simulator, session: Session, background: Background) -> None:
    simulator.fault(path=ACCOUNTS, hold=True, times=2)
    reports = [Report(), Report()]
    regions = ("us-east-2", "us-west-2")
    jobs = [background(session.seat_create, "aws", region, report=report) for region, report in zip(regions, reports)]
    simulator.wait_until_held(2)
    session.cancel(reports[0])
    answer = jobs[0].result(60)
    assert answer.status == CANCELLED and len(answer.errors) == 1
    simulator.wait_until_aborted()
    assert not jobs[1].done()
    simulator.clear_faults()
    assert jobs[1].result(60).status == OK
    assert session.seat_create("aws", "us-east-2").status == OK, "later calls are not affected"


def test_all_calls_are_cancelled(simulator: Simulator, session: Session, background: Background) -> None:
    session.seat_read(*PLACE, "1")
    simulator.fault(hold=True, times=-1)
    jobs = [background(session.seat_create, "aws", f"r-{number}") for number in range(5)]
    jobs += [background(session.seat_create, "aws", "r-0") for _ in range(3)]  # these wait for their turn
    jobs += [background(session.key_read, "aws", f"r-{number}") for number in range(5)]  # these share a listing
    simulator.wait_until_held(6)
    while not all(job.done() for job in jobs):
        session.cancel()
    assert {job.result().status for job in jobs} == {CANCELLED}
    simulator.clear_faults()
    assert session.key_read(*PLACE).status == GONE


def test_a_wait_between_tries_is_cancelled(
    simulator: Simulator, open_session: Callable[..., Session], background: Background
) -> None:
    session = open_session(simulator, retries=20)
    simulator.fault(path="/v2/currentOrg", status=503, headers={"Retry-After": "60"}, times=-1)
    report = Report()
    job = background(session.key_read, *PLACE, report=report)
    simulator.wait_for("GET", "/v2/currentOrg")
    session.cancel(report)
    assert job.result(30).status == CANCELLED


def test_who_waits_for_a_cancelled_listing_sends_another(
    simulator: Simulator, session: Session, background: Background
) -> None:
    session.seat_read(*PLACE, "1")
    simulator.add_key(*PLACE, ARN)
    simulator.fault(path="/v2/kms", hold=True)
    report = Report()
    first = background(session.key_read, *PLACE, report=report)
    simulator.wait_until_held()
    second = background(session.key_read, *PLACE)
    session.cancel(report)
    assert first.result(60).status == CANCELLED and second.result(60).key_id == ARN


def test_a_cancelled_registration_is_in_doubt(
    simulator: Simulator, session: Session, background: Background
) -> None:
    simulator.fault(method="POST", path="/v2/kms", hold=True)
    job = background(session.key_create, *PLACE, ARN)
    simulator.wait_until_held()
    session.cancel()
    answer = job.result(60)
    assert answer.status == CANCELLED and "not known" in answer.text and answer.organization_id is None


# --- fork ---


def in_child(action: Callable[[], int]) -> int:
    """The exit status of a forked child that does nothing but this."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            status = action()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def connections(simulator: Simulator) -> list[int]:
    return [line["connection"] for line in simulator.counts()["log"]]


def test_a_child_makes_connections_of_its_own(
    secure: Simulator,
    open_session: Callable[..., Session],
    certificate: tuple[pathlib.Path, pathlib.Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    session = open_session(secure)
    secure.add_key(*PLACE, ARN)
    assert session.key_read(*PLACE).status == OK

    def child() -> int:
        status = session.key_read(*PLACE).status
        session.close()
        return status

    assert in_child(child) == OK
    assert session.key_create("aws", "r-1", arn("r-1")).status == OK
    used = connections(secure)
    assert len(set(used)) == 2 and used[0] == used[-1], "the parent's connection outlives the child"


def test_a_fork_while_threads_are_at_work(
    simulator: Simulator, session: Session, background: Background
) -> None:
    session.seat_read(*PLACE, "1")
    simulator.fault(path="/v2/kms", hold=True)
    jobs = [background(session.key_read, *PLACE) for _ in range(3)]
    simulator.wait_until_held()
    assert in_child(lambda: session.key_read(*PLACE).status) == GONE
    assert in_child(lambda: session.close() or 7) == 7
    simulator.clear_faults()
    assert {answer.status for answer in results(jobs)} == {GONE}


def test_a_child_remembers_the_seats(simulator: Simulator, session: Session) -> None:
    first = session.seat_create(*PLACE)
    assert first.status == OK
    assert in_child(lambda: session.seat_create(*PLACE).status) != OK


def test_permission_errors_of_many_threads(
    simulator: Simulator, open_session: Callable[..., Session], background: Background
) -> None:
    session = open_session(simulator, token="AstraCS:wrong")
    answers = results([background(session.key_read, "aws", f"r-{number}") for number in range(16)])
    assert all(answer.status == PERMISSION_DENIED and answer.attribute == "token" for answer in answers)
