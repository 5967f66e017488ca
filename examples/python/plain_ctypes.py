#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the principals that a key policy needs, and all registered keys, with nothing but libastra_cmk.so and ctypes.

usage: ASTRA_API_TOKEN=... plain_ctypes.py PROVIDER_ID...; LD_LIBRARY_PATH where the library is in no system folder
"""

from __future__ import annotations

import ctypes
import json
import sys

TEXT, POINTER = ctypes.c_char_p, ctypes.c_void_p
Add = ctypes.CFUNCTYPE(None, POINTER, ctypes.c_int, TEXT, TEXT, TEXT)


class Report(ctypes.Structure):
    _fields_ = (("add", Add),)


def complain(_: int, severity: int, attribute: bytes | None, summary: bytes, detail: bytes) -> None:
    print(summary.decode(), detail.decode(), sep="\n", file=sys.stderr)


def main() -> int:
    cmk = ctypes.CDLL("libastra_cmk.so")
    cmk.astra_session_open.restype = POINTER
    cmk.astra_session_open.argtypes = [TEXT, TEXT, TEXT, TEXT, ctypes.c_int32, ctypes.c_double, POINTER, POINTER]
    cmk.astra_session_close.argtypes = [POINTER]
    cmk.astra_aws_key_policy_statement.argtypes = [ctypes.POINTER(TEXT), ctypes.POINTER(TEXT), POINTER]
    cmk.astra_cmk_key_list.argtypes = [POINTER, ctypes.POINTER(TEXT), POINTER]
    cmk.astra_free.argtypes = [POINTER]

    report = ctypes.byref(Report(Add(complain)))
    ids = [each.encode() for each in sys.argv[1:]]
    statement, keys = TEXT(), TEXT()
    # A list goes in as a NULL-terminated array.
    if cmk.astra_aws_key_policy_statement((TEXT * (len(ids) + 1))(*ids, None), ctypes.byref(statement), report):
        return 1
    print(*json.loads(statement.value or b"")["Principal"]["AWS"], sep="\n")
    session = cmk.astra_session_open(None, None, None, None, 5, 60, None, report)
    status = cmk.astra_cmk_key_list(session, ctypes.byref(keys), report) if session else 1
    for key in json.loads(keys.value or b"[]"):
        print(key["id"], key["key_id"])
    for text in (statement, keys):
        cmk.astra_free(text)
    cmk.astra_session_close(session)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
