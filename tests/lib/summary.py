# SPDX-License-Identifier: Apache-2.0
"""Sums JUnit reports up: summary.py REPORT... prints a line for each, what failed, and the total.

A report that is missing counts as one failure: its suite did not get as far as writing it.
Status 0 only when something passed and nothing failed. Status 2 is left to Python itself.
"""

import sys
import xml.etree.ElementTree
from pathlib import Path


def outcome(case) -> str:
    """What a <testcase> came to. To ctest a program that is not there is a skipped test: here it failed."""
    skipped = case.find("skipped")
    missing = skipped is not None and "Unable to find executable" in skipped.get("message", "")
    if missing or case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if skipped is not None or case.get("status") in ("disabled", "notrun"):
        return "skipped"
    return "passed"


def main(reports: list) -> int:
    total = {"passed": 0, "failed": 0, "skipped": 0}
    failures = []
    for report in map(Path, reports):
        counts = dict.fromkeys(total, 0)
        try:
            cases = list(xml.etree.ElementTree.parse(report).iter("testcase"))
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            counts["failed"] = 1
            failures.append(f"{report.stem}: no report ({error})")
            cases = []
        # A test whose body and whose clean-up both fail is two <testcase> elements of one name.
        worst = {}
        for case in cases:
            name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
            worst.setdefault(name, set()).add(outcome(case))
        for name, outcomes in worst.items():
            result = next(kind for kind in ("failed", "skipped", "passed") if kind in outcomes)
            counts[result] += 1
            if result == "failed":
                failures.append(f"{report.stem}: {name}")
        print(f"  {report.stem:<20}" + "".join(f"{counts[kind]:>6} {kind}" for kind in counts))
        for kind, number in counts.items():
            total[kind] += number
    for failure in failures:
        print(f"  FAILED  {failure}")
    print(", ".join(f"{number} {kind}" for kind, number in total.items()))
    return 0 if total["passed"] > 0 and total["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
