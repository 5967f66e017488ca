# SPDX-License-Identifier: Apache-2.0
"""Ten thousand operations of one process leave its memory and its open files where they were.

What is compared is the process after the first fifth, when caches, pools and the allocator's arenas are filled, and at
the end. Memory is the process's own (smaps_rollup), so that an allocator that hands nothing back does not matter, but
everything that is kept does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from provider_process import (  # noqa: F401
    configured,
    decode,
    diags,
    errors,
    provider,
    start_provider,
    store,
    stubs,
    widget_schemas,
)
from simulator import Simulator
from transport import Identity
from watch import open_files, private_memory

HERE = Path(__file__).resolve().parent

OPERATIONS = 10000
SETTLED = 2000
GROWTH = 512  # KiB over the 8,000 operations between: 64 bytes for each would be seen


@pytest.fixture(scope="session")
def identity() -> Identity:
    """The client that the provider program expects."""
    return Identity.make()


def assert_flat(settled: dict, end: dict, done: int, what: str, figures: Callable[[str], None]) -> None:
    """Compares what was seen after so many operations and at the end."""
    grown = end["memory"] - settled["memory"]
    figures(f"{what}: {done} operations; {settled['memory']} KiB and {len(settled['files'])} open files after {SETTLED}, "
            f"{grown:+} KiB and {len(end['files'])} open files at the end")
    assert end["files"] == settled["files"]
    assert grown <= GROWTH


def look(pid: int, files: list[str]) -> dict:
    """What is held now. A connection that was closed here is taken and given up there a moment later: waits for a moment
    in which the files are what they were."""
    deadline = time.monotonic() + 60
    while (now := open_files(pid)) != files and time.monotonic() < deadline:
        time.sleep(0.01)
    return {"memory": private_memory(pid), "files": now}


def run_cycles(pid: int, cycle: Callable[[int], int], what: str, figures: Callable[[str], None]) -> None:
    """Runs cycles, each of which returns how many operations it was."""
    done = number = 0
    files = open_files(pid)
    settled: dict = {}
    while done < OPERATIONS:
        if not settled and done >= SETTLED:
            settled = look(pid, files)
        done += cycle(number)
        number += 1
    assert_flat(settled, look(pid, files), done, what, figures)


def run_plugin(mode: str, simulator: Simulator, folder: Path) -> dict:
    """Runs plugin_cycles.py."""
    done = subprocess.run(
        [sys.executable, "-B", HERE / "plugin_cycles.py", mode, simulator.url, simulator.token, str(SETTLED), str(OPERATIONS)],
        env=os.environ | {"XDG_STATE_HOME": str(folder)}, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def test_the_provider_program(configured, figures) -> None:  # noqa: F811
    def cycle(number: int) -> int:
        config = configured.full(name=f"w{number % 7}", tags=["a", "b"], parts=[{"kind": "gear", "amount": None, "note": None}])
        state = configured.change(None, **config)
        state = decode(configured.read(state).new_state)
        assert state["revision"] == 1
        state = configured.change(state, **config | {"size": 11})
        assert state["revision"] == 2
        assert not errors(configured.destroy(state))
        return 7

    run_cycles(configured.program.process.pid, cycle, "widgets over gRPC", figures)


def test_the_provider_program_with_a_client_that_goes_away(configured, figures) -> None:  # noqa: F811
    """Every connection is new, and half of them end in the middle of a call."""
    frames = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)

    def cycle(number: int) -> int:
        connection = configured.program.socket()
        connection.sendall(frames[: 1 + number % len(frames)])
        connection.close()
        return 1

    run_cycles(configured.program.process.pid, cycle, "connections that are broken off", figures)


def test_failing_connections_of_the_plugin(simulator: Simulator, figures, tmp_path: Path) -> None:
    """Requests of one session that are reset before the answer, in it and after it, or answered with garbage."""
    for every, fault in enumerate(({"close": "before"}, {"close": "middle"}, {"garbage": True}, {"status": 500},
                                   {"close": "after-storing"}), start=3):
        simulator.fault(path="/v2/kms/**", times=-1, every=every, **fault)
    seen = run_plugin("failing", simulator, tmp_path)
    assert_flat(seen["settled"], seen["end"], seen["done"], f"requests of a session, {seen['failed']} failed", figures)
    assert seen["failed"] >= OPERATIONS / 10


def test_sessions_that_come_and_go(simulator: Simulator, figures, tmp_path: Path) -> None:
    """Each with a connection of its own; what a session held is given back when it is closed."""
    seen = run_plugin("sessions", simulator, tmp_path)
    assert_flat(seen["settled"], seen["end"], seen["done"], "sessions opened, used and closed", figures)
    assert seen["failed"] == 0
