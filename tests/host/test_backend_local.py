# SPDX-License-Identifier: Apache-2.0
"""The lock of a local state: the host and Terraform exclude each other, whoever comes first."""

import fcntl
import json
from pathlib import Path

import pytest
from host_cli import Program, start_in, widgets
from prompt import DEADLINE, at_the_prompt


@pytest.fixture(params=["Terraform first", "host first"])
def pair(request: pytest.FixtureRequest, tf: Program, host: Program, initialized: Path) -> tuple[Program, Program]:
    """Who holds the lock, and who wants it, in one folder."""
    host.start_from(initialized)
    host.configure(resource=widgets(a={}))
    beside = start_in(tf, host.folder)
    return (beside, host) if request.param == "Terraform first" else (host, beside)


def test_the_second_is_told_who_holds_the_lock(pair: tuple[Program, Program]) -> None:
    holder, other = pair
    with at_the_prompt(holder):
        error = other.plan(fails=True).error(
            "Error acquiring the state lock", "resource temporarily unavailable", "Operation: OperationTypeApply",
            "Path: terraform.tfstate", "-lock=false")
        identity = (holder.folder / ".terraform.tfstate.lock.info").read_text()
        assert error.split("ID: ")[1].split()[0] in identity
    # It went with its holder.
    other.plan()


def test_the_lock_can_be_waited_for(pair: tuple[Program, Program]) -> None:
    holder, other = pair
    with at_the_prompt(holder) as process:
        waiting = other.start("apply", "-auto-approve", "-input=false", f"-lock-timeout={DEADLINE}s")
        assert process.stdin
        process.stdin.write(b"yes\n")
        process.stdin.flush()
        assert process.wait(timeout=DEADLINE) == 0
        output, errors = waiting.communicate(timeout=DEADLINE)
        assert waiting.returncode == 0, errors
        assert "0 added, 0 changed, 0 destroyed" in output
    assert other.objects() == {"a"}


@pytest.mark.parametrize("flags", [[], ["-json"]], ids=["text", "json"])
def test_a_wait_is_told_of(host: Program, flags: list[str]) -> None:
    host.configure(resource=widgets(a={}))
    message = "Acquiring state lock. This may take a few moments..."
    with (host.folder / "terraform.tfstate").open("a") as state:
        fcntl.lockf(state, fcntl.LOCK_EX)
        process = host.start("plan", f"-lock-timeout={DEADLINE}s", *flags)
        assert process.stdout
        while message not in (line := process.stdout.readline()):
            assert line, "ended without a word about the lock"
    rest, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors
    if flags:
        assert json.loads(line).items() >= {"@level": "info", "@message": message, "type": "state_lock_acquire"}.items()
    assert message not in rest


def test_without_a_lock_nobody_waits(pair: tuple[Program, Program]) -> None:
    holder, other = pair
    with at_the_prompt(holder):
        other.plan("-lock=false")


@pytest.mark.parametrize("flags", [[], ["-state=terraform.tfstate", "-state-out=other.tfstate"]], ids=["the state", "another state"])
def test_a_side_file_that_cannot_be_read_is_not_passed_over(host: Program, flags: list[str]) -> None:
    """What an interrupted run did may stand in it alone: without it, that would be done again."""
    host.configure(resource=widgets(a={}))
    host.apply()
    (host.folder / ".terraform.tfstate.journal").mkdir()
    host.run("apply", "-auto-approve", *flags, expect=(1,)).error(
        "Error loading the state", ".terraform.tfstate.journal can't be read: Is a directory")
    assert not (host.folder / "other.tfstate").exists()
