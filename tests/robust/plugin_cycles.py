# SPDX-License-Identifier: Apache-2.0
"""Calls the plugin's library again and again in a process that does nothing else, for test_flat.py:

    python plugin_cycles.py failing|sessions URL TOKEN SETTLED OPERATIONS

Prints, as JSON, its memory and open files after SETTLED operations and at the end, and how many calls failed.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plugin")]

import astra  # noqa: E402
from watch import open_files, private_memory  # noqa: E402


def failing(session: astra.Session, number: int) -> list[astra.Answer]:
    """Two calls of one session."""
    region = f"region-{number % 5}"
    return [session.seat_list("aws", region), session.key_read("aws", region)]


def in_session(server: SimpleNamespace) -> list[astra.Answer]:
    """One call of a session that is opened for it, and closed."""
    with astra.Session(server, retries=0) as session:
        return [session.seat_list("aws", "us-east-2")]


def look(session: astra.Session) -> dict:
    """Looks after a call that succeeded, which leaves a connection open; a failed one may not."""
    for _ in range(100):
        if session.seat_list("aws", "us-east-2").status == astra.OK:
            break
    gc.collect()
    return {"memory": private_memory(os.getpid()), "files": open_files(os.getpid())}


def main(mode: str, url: str, token: str, settled: str, operations: str) -> None:
    server = SimpleNamespace(url=url, token=token)
    done = number = failed = 0
    before = None
    with astra.Session(server, retries=0) as session:
        while done < int(operations):
            if before is None and done >= int(settled):
                before = look(session)
            answers = failing(session, number) if mode == "failing" else in_session(server)
            failed += sum(answer.status != astra.OK and answer.status != astra.GONE for answer in answers)
            done += len(answers)
            number += 1
        print(json.dumps({"settled": before, "end": look(session), "done": done, "failed": failed}))


main(*sys.argv[1:])
