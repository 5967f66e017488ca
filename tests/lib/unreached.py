# SPDX-License-Identifier: Apache-2.0
"""Prints what gcovr counted: unreached.py REPORT reads its JSON and prints, folder by folder, how many
lines were reached, and then each file with the lines that were not.

A line counts as reached where any program, library or test that was built of it came there.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath


def lines_of(report: Path) -> dict[str, dict[int, int]]:
    """How often each line of each file ran. Lines that are no code are left out."""
    files: dict[str, dict[int, int]] = {}
    for file in json.loads(report.read_text())["files"]:
        lines = files.setdefault(file["file"], {})
        for line in file["lines"]:
            if not line.get("gcovr/noncode") and not line.get("gcovr/excluded"):
                lines[line["line_number"]] = lines.get(line["line_number"], 0) + line["count"]
    return files


def ranges(numbers: Iterable[int], code: list[int]) -> str:
    """Line numbers, those that follow each other (what is no code in between aside) as one: 3-7, 12."""
    place = {number: at for at, number in enumerate(code)}
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and place[parts[-1][-1]] + 1 == place[number]:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)


def share(files: dict[str, dict[int, int]]) -> str:
    counts = [count for lines in files.values() for count in lines.values()]
    reached = sum(count > 0 for count in counts)
    return f"{reached:>6} of {len(counts):>6} lines  {100 * reached / max(len(counts), 1):5.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description="Says which lines were reached, and which were not.")
    parser.add_argument("report", type=Path, help="written by gcovr --json")
    files = lines_of(parser.parse_args().report)
    folders: dict[str, dict[str, dict[int, int]]] = defaultdict(dict)
    for name, lines in files.items():
        folders[str(PurePosixPath(name).parent)][name] = lines
    print("Lines that were not reached:")
    for folder in sorted(folders):
        for name, lines in sorted(folders[folder].items()):
            missing = [number for number, count in lines.items() if count == 0]
            if missing:
                print(f"  {name}: {ranges(missing, sorted(lines))}")
    print("\nLines that were reached:")
    for folder in sorted(folders):
        print(f"  {folder + '/':<26}{share(folders[folder])}")
    for top in ("plugin", "bridge"):
        print(f"  {'all of ' + top + '/':<26}{share({n: l for n, l in files.items() if n.startswith(top + '/')})}")


if __name__ == "__main__":
    main()
