# SPDX-License-Identifier: Apache-2.0
"""What /proc says of running processes: memory and open files."""

from __future__ import annotations

import os
import threading
from pathlib import Path

INTERVAL = 0.02  # seconds between two looks


def status(pid: int, field: str) -> int:
    """A line of /proc/PID/status, in KiB; 0 where the process is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def private_memory(pid: int) -> int:
    """KiB that this process wrote. What it only read, such as libraries, counts as its own too as soon as no other
    process has it, so it is left out."""
    fields = dict(line.split(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return int(fields["Private_Dirty"].split()[0])


def open_files(pid: int) -> list[str]:
    """What the descriptors of a process lead to: paths, and kinds such as "socket"."""
    found = []
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(entry.path).split(":[")[0])
        except FileNotFoundError:  # closed meanwhile, or the one that reads the folder
            pass
    return sorted(found)


class Peak:
    """Looks, while the block runs, for processes whose program has a name that begins so, and keeps the largest
    resident memory (VmHWM, in KiB) that any of them came to. They are no longer there to be asked at the end."""

    def __init__(self, name: str, below: Path) -> None:
        self.kib = 0
        self.processes = 0
        self._name, self._below = name, str(below)
        self._seen: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.processes = len(self._seen)

    def _watch(self) -> None:
        while not self._stop.wait(INTERVAL):
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    program = os.readlink(f"/proc/{pid}/exe")
                except OSError:  # gone, or another user's
                    continue
                if os.path.basename(program).startswith(self._name) and program.startswith(self._below):
                    self._seen.add(pid)
                    self.kib = max(self.kib, status(int(pid), "VmHWM"))
