# SPDX-License-Identifier: Apache-2.0
"""Prints the table of faults: faults.py REPORT... reads what the rows of tests/armour recorded in JUnit reports.

A line for each row: what went wrong, what is to come of it, and what was seen. Prints nothing where no row ran.
"""

import sys
import textwrap
import xml.etree.ElementTree
from pathlib import Path

TITLES = ("fault", "what is to come of it", "seen")
WIDTHS = (44, 48, 60)


def rows(report: Path) -> list:
    """The rows of a report: program, fault, outcome and what was seen."""
    try:
        cases = list(xml.etree.ElementTree.parse(report).iter("testcase"))
    except (OSError, xml.etree.ElementTree.ParseError):
        return []  # summary.py tells
    found = []
    for case in cases:
        said = {item.get("name"): item.get("value", "") for item in case.iter("property")}
        if "fault" in said:
            failed = case.find("failure") is not None or case.find("error") is not None
            skipped = case.find("skipped")
            seen = said.get("seen", "")
            if failed:
                seen = "FAILED" + (f" after: {seen}" if seen else "")
            elif skipped is not None:
                seen = f"skipped: {skipped.get('message', '')}"
            row = (said.get("program", ""), said["fault"], said.get("outcome", ""), seen)
            found.append((int(said.get("order", 0)), row))
    # Tests ran side by side, and ended in any order.
    return [row for _, row in sorted(found, key=lambda entry: entry[0])]


def line(cells: tuple) -> str:
    """The cells side by side, each folded to its column."""
    columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, WIDTHS)]
    height = max(map(len, columns))
    lines = []
    for number in range(height):
        parts = [column[number] if number < len(column) else "" for column in columns]
        lines.append("  " + "  ".join(part.ljust(width) for part, width in zip(parts, WIDTHS)).rstrip())
    return "\n".join(lines)


def main(reports: list) -> int:
    found = [row for report in map(Path, reports) for row in rows(report)]
    for program in dict.fromkeys(row[0] for row in found):
        table = [row[1:] for row in found if row[0] == program]
        print(f"\n  Faults, {len(table)} row{'s' * (len(table) != 1)}, driven through {program or 'no program'}\n")
        print(line(TITLES))
        print("  " + "  ".join("-" * width for width in WIDTHS))
        for cells in table:
            print(line(cells))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
