# SPDX-License-Identifier: Apache-2.0
"""The C tests under valgrind: no wrong access, no use of what was never set, no leak.

Every test of the build but those that say something else there, each with its reason. What valgrind can't know is in
valgrind.supp, explained.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
BUILD = Path(HERE.parent.parent, os.environ.get("BUILD_DIR") or "build/debug")
SECONDS = 180  # valgrind makes twenty of one, and the machine may be busy
SETTINGS = {"STATE_INSTANCES": "1000"}  # of tests/unit/host/test_state.c

# Name, or its beginning, and why not.
LEFT_OUT = {
    "robust-allocation": "brings an allocator of its own, in the place of valgrind's, and looks for leaks itself",
    "terraform-no-memory": "likewise",
    "fuzz-": "runs whole corpora, which the sanitizers go through faster",
    "host-backend": "ends a process at each of some thousand steps, in ten minutes; the sanitizers go through it too",
}


def commands() -> dict[str, list[str]]:
    """The commands of the build's tests, by name."""
    done = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return {}
    found = {test["name"]: test["command"] for test in json.loads(done.stdout)["tests"] if "command" in test}
    return {name: command for name, command in found.items() if not any(name.startswith(left) for left in LEFT_OUT)}


TESTS = commands()


def test_there_are_tests(build_dir: Path) -> None:
    assert len(TESTS) >= 15
    assert not (BUILD / "CMakeCache.txt").read_text().count("SANITIZE:STRING=a"), "a sanitizer and valgrind exclude each other"


@pytest.mark.parametrize("name", TESTS)
def test_memory(name: str, tmp_path: Path) -> None:
    valgrind = shutil.which("valgrind")
    if valgrind is None and os.environ.get("CI") != "true":
        pytest.skip("valgrind is not on PATH")
    log = tmp_path / "log"
    # What valgrind finds is told by its log, not by a status, which forked children would have too: the threads of the
    # parent, and with them the last pointers to what they held, are not theirs, and that looks like leaks.
    command = [valgrind, "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect", "--child-silent-after-fork=yes",
               f"--suppressions={HERE / 'valgrind.supp'}", f"--log-file={log}"]
    output = tmp_path / "output"
    with output.open("w") as file:
        process = subprocess.Popen([*command, *TESTS[name]], cwd=BUILD, env=os.environ | SETTINGS | {"XDG_STATE_HOME": str(tmp_path)},
                                   stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
        try:
            status = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            status = f"still running after {SECONDS} seconds"
            os.killpg(process.pid, signal.SIGKILL)  # with the children that it has forked
            process.wait()
    said = log.read_text()
    assert (status, said) == (0, ""), f"{status}\n{output.read_text()}{said}"
