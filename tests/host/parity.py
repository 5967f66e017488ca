# SPDX-License-Identifier: Apache-2.0
"""Runs the same steps with real Terraform, with the host, and with either in turn, and compares at each step what they say
and what they save.

A step is a dict (a configuration that is written, without the terraform block), a tuple (a command), or a function that is
called with the folder (what somebody else does meanwhile). Paths are relative, so that three folders look the same.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from host_cli import Program, configuration, neutral
from terraform_cli import Result

Step = dict[str, Any] | tuple[str, ...] | Callable[[Path], None]

APPLY = ("apply", "-auto-approve")
PLAN = ("plan", "-detailed-exitcode")
DESTROY = ("destroy", "-auto-approve")
# Commands that take these options; the others compare their plain output.
PLANNING = {"plan", "apply", "destroy", "refresh", "import"}
CHANGING = {"apply", "destroy", "refresh", "import"}

# What is meant to differ, and how it is made alike: the pattern and what stands for it. Terraform names itself where the
# host names itself: host_cli.neutral does that.
INTENDED = [
    # Random names of deposed objects.
    (r"\(deposed object [0-9a-f]{8}\)", "(deposed object ........)"),
    (r"\(deposed [0-9a-f]{8}\)", "(deposed ........)"),
    # The host has no console, and gives no advice about it.
    (r" If you are\nusing interpolation,(?s:.*?)to assist\.", ""),
    # To destroy, the host reads no data sources.
    (r"data\.\S+: (Reading|Read complete).*\n(?=(?s:.*)(No objects need to be destroyed|Destroy complete|# \S+ will be .{0,10}destroyed))", ""),
    # Terraform tells which nodes of its graph a cycle has in the summary.
    (r"Error: Cycle: .*", "Error: Cycle"),
]


def alike(text: str) -> str:
    """What is printed, without what may differ."""
    for pattern, replacement in INTENDED:
        text = re.sub(pattern, replacement, text)
    return neutral(text)


def diagnostics(text: str) -> list[str]:
    """What is told on standard error: the summaries of errors and warnings, in any order. Details are worded by each program
    in its own way where they are not the provider's, and the host names the object where Terraform does not."""
    return sorted(re.findall(r"^(?:Error|Warning): .*$", alike(text), flags=re.MULTILINE))


def number_text(text: str) -> str:
    """A number as it is spelled."""
    return f"number {text}"


def saved(folder: Path) -> str:
    """The state's text, without what differs from run to run."""
    path = folder / "terraform.tfstate"
    if not path.exists():
        return ""
    state = json.loads(path.read_text(), parse_int=number_text, parse_float=number_text)
    state["serial"] = state["lineage"] = None
    for resource in state["resources"]:
        for instance in resource["instances"]:
            if "deposed" in instance:
                instance["deposed"] = "........"
            # Terraform writes them in the order of a Go map.
            instance.get("sensitive_attributes", []).sort(key=json.dumps)
        # Deposed objects are in the order of their random names.
        resource["instances"].sort(key=lambda one: (json.dumps(one.get("index_key")), json.dumps(one) if "deposed" in one else ""))
    return json.dumps(state, indent=1, ensure_ascii=False)


def difference(what: str, theirs: str, ours: str) -> str:
    lines = difflib.unified_diff(theirs.split("\n"), ours.split("\n"), f"{what} (first)", f"{what} (second)", lineterm="")
    return "\n".join(lines)


class Lane:
    """One folder, and who works in it."""

    def __init__(self, name: str, *programs: Program) -> None:
        self.name, self.programs, self.turn = name, programs, 0
        self.folder = programs[0].folder

    def write(self, content: dict[str, Any]) -> None:
        self.programs[0].write_json(content)

    def run(self, *arguments: str) -> Result:
        program = self.programs[self.turn % len(self.programs)]
        self.turn += 1
        return program.run(*arguments, expect=(0, 1, 2))


class Parity:
    """Three folders: Terraform's, the host's, and one in which they take turns."""

    def __init__(self, terraform: Program, host: Program, alternate: bool = True) -> None:
        self.terraform, self.host = terraform, host
        root = terraform.folder.parent
        programs = {"Terraform": (terraform.program,), "host": (host.program,)}
        if alternate:
            programs["in turn"] = (host.program, terraform.program)
        self.lanes = []
        for name, paths in programs.items():
            folder = root / f"lane-{name.replace(' ', '-').lower()}"
            lane = Lane(name, *(Program(path, folder, terraform.env) for path in paths))
            lane.programs[0].start_from(terraform.folder)
            for name in ("objects", "more"):
                (folder / name).mkdir(exist_ok=True)
            self.lanes.append(lane)
        self.log: list[str] = []

    def play(self, steps: list[Step], settle: bool = True) -> None:
        """Takes all steps in each folder. With `settle`, whoever did not make the last state finds nothing to do, where
        Terraform finds nothing."""
        for step in steps:
            self.take(step)
        if settle:
            self.settle()

    def take(self, step: Step) -> None:
        if callable(step):
            self.log.append(f"({step.__name__})")
            for lane in self.lanes:
                step(lane.folder)
        elif isinstance(step, dict):
            self.log.append(json.dumps(step))
            for lane in self.lanes:
                lane.write(configuration(**step))
        else:
            self.log.append(" ".join(step))
            self.command(*step)

    def command(self, *arguments: str) -> None:
        options = ["-input=false"] if arguments[0] in PLANNING else []
        options += ["-no-color"] if arguments[0] in PLANNING | {"show", "validate", "output"} or arguments[:2] == (
            "state", "show") else []
        words = 2 if arguments[0] == "state" else 1
        first = None
        for lane in self.lanes:
            result = lane.run(*arguments[:words], *options, *arguments[words:])
            if first is None:
                first, state = result, saved(lane.folder)
                continue
            found = []
            if result.returncode != first.returncode:
                found.append(f"exit code {first.returncode} and {result.returncode}")
            found.append(difference("standard output", alike(first.stdout), alike(result.stdout)))
            found.append(difference("diagnostics", "\n".join(diagnostics(first.stderr)),
                                    "\n".join(diagnostics(result.stderr))))
            found.append(difference("state", state, saved(lane.folder)))
            self.expect_nothing(f"Terraform and {lane.name}", found, first, result)

    def settle(self) -> None:
        first = self.lanes[0].run(*PLAN, "-input=false", "-no-color")
        for lane in self.lanes[1:]:
            program = Program(self.terraform.program, lane.folder, self.terraform.env)
            result = program.run(*PLAN, "-input=false", "-no-color", expect=(0, 1, 2))
            found = [difference("Terraform's plan afterwards", alike(first.stdout), alike(result.stdout))]
            self.expect_nothing(f"Terraform after itself and after {lane.name}", found, first, result)
        program = Program(self.host.program, self.lanes[0].folder, self.host.env)
        result = program.run(*PLAN, "-input=false", "-no-color", expect=(0, 1, 2))
        found = [difference("the host's plan afterwards", alike(first.stdout), alike(result.stdout))]
        self.expect_nothing("Terraform's plan and the host's", found, first, result)

    def expect_nothing(self, who: str, found: list[str], first: Result, second: Result) -> None:
        text = "\n".join(line for line in found if line)
        if text:
            steps = "\n".join(f"  {number}. {line}" for number, line in enumerate(self.log, 1))
            raise AssertionError(f"{who} differ after\n{steps}\n{text}\n--- first\n{first}\n--- second\n{second}")


# --- what somebody else does meanwhile ---


def edit_state(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """Changes the saved state, as another program would."""

    def edit(folder: Path) -> None:
        path = folder / "terraform.tfstate"
        state = json.loads(path.read_text())
        change(state)
        state["serial"] += 1
        path.write_text(json.dumps(state, indent=2) + "\n")

    return edit


def taint(name: str, index: int = 0) -> Callable[[Path], None]:
    def change(state: dict[str, Any]) -> None:
        for entry in state["resources"]:
            if entry["name"] == name and entry["mode"] == "managed":
                entry["instances"][index]["status"] = "tainted"

    return edit_state(change)


def lose(name: str) -> Callable[[Path], None]:
    """A widget goes behind everybody's back."""

    def remove(folder: Path) -> None:
        (folder / "objects" / name).unlink(missing_ok=True)

    return remove


def drift(name: str, key: str, value: str) -> Callable[[Path], None]:
    """A widget changes behind everybody's back."""

    def change(folder: Path) -> None:
        path = folder / "objects" / name
        if path.exists():
            path.write_text(re.sub(rf"^{key}=.*$", lambda _: f"{key}={value}", path.read_text(), flags=re.MULTILINE))

    return change
