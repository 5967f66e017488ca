# SPDX-License-Identifier: Apache-2.0
"""What an interrupt leaves, and what runs at the same time."""

import json
import os
import resource
import signal
import time

from host_cli import widgets

DEADLINE = 60


def wait_until(condition) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.01)


def test_interrupt_cancels_and_saves(host):
    host.configure(resource=widgets(a={}, b={"fault": "wait", "tags": ["${widget.a.id}"]}, c={"tags": ["${widget.b.id}"]}))
    process = host.start("apply", "-auto-approve", "-no-color")
    wait_until((host.folder / "objects/b.waiting").exists)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert "execution halted" in stdout + stderr
    assert set(host.instances()) == {"widget.a"}
    host.configure(resource=widgets(a={}, b={"tags": ["${widget.a.id}"]}, c={"tags": ["${widget.b.id}"]}))
    host.apply()
    assert host.objects() == {"a", "b", "c"}


def test_interrupt_cancels_where_nothing_can_be_recorded_any_more(host):
    """The disk is full when widget.b is done, which a pipe in its place holds up; widget.a still waits."""
    host.configure(resource=widgets(b={}))
    host.apply()
    held = host.folder / "objects/b"
    held.unlink()
    os.mkfifo(held)
    host.configure(resource=widgets(a={"fault": "wait"}, b={"size": 3}))
    process = host.start("apply", "-auto-approve", "-refresh=false", "-json")
    wait_until((host.folder / "objects/a.waiting").exists)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, 0))
    held.write_text("revision=1\n")
    held.read_text()
    for line in process.stdout:
        if json.loads(line)["type"] == "apply_errored":
            break
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    said = [line["diagnostic"]["summary"] for line in map(json.loads, stdout.splitlines()) if line["type"] == "diagnostic"]
    assert "Cancelled" in said and "What was done could not be recorded" in said


def test_as_many_at_once_as_allowed(host):
    host.configure(resource={"widget": {"w": {"count": 5, "name": "w${count.index}", "fault": "wait"}}})
    process = host.start("apply", "-auto-approve", "-no-color", "-parallelism=3")
    waiting = lambda: len(list((host.folder / "objects").glob("*.waiting")))  # noqa: E731
    wait_until(lambda: waiting() == 3)
    started = (host.folder / "objects").iterdir()
    assert len(list(started)) == 3
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert waiting() == 0 and not host.objects()


def test_independent_resources_go_on(host):
    host.configure(resource=widgets(a={"fault": "early"}, b={"tags": ["${widget.a.id}"]}, c={}, d={"tags": ["${widget.c.id}"]}))
    failed = host.apply(fails=True)
    assert failed.error("The widget was not made")
    assert host.objects() == {"c", "d"}
