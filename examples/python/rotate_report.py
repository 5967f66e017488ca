#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints every registered key of all clouds and regions as a table: what to look through before keys are rotated.

Astra encrypts with the key, or the version of it, that was registered when a database was created. A version that is
named here stays behind when the cloud rotates the key.

usage: ASTRA_API_TOKEN=... rotate_report.py
"""

from __future__ import annotations

import sys

import astra_cmk

HEAD = ("CLOUD", "REGION", "OWNER", "KEY", "VERSION")


def row(astra: astra_cmk.Client, key: astra_cmk.CmkKey) -> tuple[str, ...]:
    try:
        parts = astra.parse_key_id(key.key_id)
    except astra_cmk.InvalidConfig:  # a form that is none of the three clouds'
        return key.cloud_provider, key.region, "?", key.key_id, "?"
    name = "/".join(part for part in (parts.key_ring, parts.name) if part)
    return key.cloud_provider, key.region, parts.account or parts.vault or "-", name, parts.version or "newest"


def main() -> int:
    try:
        with astra_cmk.Client() as astra:
            rows = [HEAD, *(row(astra, key) for key in astra.cmk_key.list())]
    except astra_cmk.Error as error:
        print(error, file=sys.stderr)
        return 1
    widths = [max(map(len, column)) for column in zip(*rows)]
    for each in rows:
        print("  ".join(text.ljust(width) for text, width in zip(each, widths)).rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
