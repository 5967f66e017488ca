# SPDX-License-Identifier: Apache-2.0
"""Measures `read` through the package astra_cmk beside the same call of libastra_cmk.so with bare ctypes.

Prints JSON: microseconds, medians of rounds taken in turn. It asserts nothing.
usage: python_read.py [--rounds N]; astra_cmk must be importable, and ASTRA_API_URL and ASTRA_API_TOKEN name a simulator.
"""

import argparse
import ctypes
import json
import statistics
import threading
import time
from pathlib import Path

import astra_cmk

CALLS = 20
ARN = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def bare_read(library: Path):
    """A function that reads the key of aws/us-east-2 with bare ctypes, as its result one dictionary."""
    cmk = ctypes.CDLL(str(library))
    text, pointer = ctypes.c_char_p, ctypes.c_void_p
    cmk.astra_session_open.restype = pointer
    cmk.astra_session_open.argtypes = [text, text, text, text, ctypes.c_int32, ctypes.c_double, pointer, pointer]
    cmk.astra_cmk_key_read.argtypes = [pointer, text, text, text, text, *[ctypes.POINTER(pointer)] * 3, pointer]
    cmk.astra_free.argtypes = [pointer]
    session = cmk.astra_session_open(None, None, None, None, 5, 60, None, None)

    def read():
        out = [pointer() for _ in range(3)]
        status = cmk.astra_cmk_key_read(session, b"aws", b"us-east-2", ARN.encode(), None, *map(ctypes.byref, out), None)
        result = {name: ctypes.string_at(value.value).decode() for name, value in zip(("id", "key_id", "organization_id"), out)}
        for value in out:
            cmk.astra_free(value)
        assert status == 0
        return result

    return read


def microseconds(call) -> float:
    begin = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - begin) / CALLS * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=501)
    rounds = parser.parse_args().rounds
    with astra_cmk.Client() as astra:
        key = astra.cmk_key.create(cloud_provider="aws", region="us-east-2", key_id=ARN)
        library = astra._product.find().schemas / "../libastra_cmk.so"
        calls = {"bare": bare_read(library), "package": lambda: astra.cmk_key.read(key)}
        found = {f"{where} {name}": [] for where in ("main", "other") for name in calls}

        def measure(where: str) -> None:
            for _ in range(rounds):
                for name, call in calls.items():
                    found[f"{where} {name}"].append(microseconds(call))

        measure("main")
        other = threading.Thread(target=measure, args=("other",))
        other.start()
        other.join()
    figures = {name: round(statistics.median(values), 1) for name, values in found.items()}
    for where in ("main", "other"):
        figures[f"{where} more"] = round(figures[f"{where} package"] - figures[f"{where} bare"], 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
