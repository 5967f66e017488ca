# SPDX-License-Identifier: Apache-2.0
"""An apply of either program that waits for approval, and so holds the lock of its state."""

import subprocess
import time
from contextlib import contextmanager
from typing import Iterator

from host_cli import Program

DEADLINE = 60


@contextmanager
def at_the_prompt(program: Program) -> Iterator[subprocess.Popen]:
    """An apply that waits for approval, and so holds the lock."""
    with open(program.folder / "prompt.txt", "wb+") as output:
        process = subprocess.Popen([program.program, "apply"], cwd=program.folder, env=program.env, stdin=subprocess.PIPE,
                                   stdout=output, stderr=subprocess.STDOUT)
        end = time.monotonic() + DEADLINE
        while b"Enter a value:" not in (program.folder / "prompt.txt").read_bytes():
            assert process.poll() is None, (program.folder / "prompt.txt").read_text()
            assert time.monotonic() < end, "no prompt"
            time.sleep(0.01)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.stdin.close()
            process.wait(timeout=DEADLINE)
