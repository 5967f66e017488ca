# SPDX-License-Identifier: Apache-2.0
"""Runs the host program, and real Terraform beside it on the same files, with the widget plugin of the tests.

    host.configure(resource={"widget": {"a": {"name": "a"}}})
    host.apply()
    error = host.plan(fails=True).error("Unknown")

It has the commands of terraform_cli.Terraform. The program is installed under a name of nine letters, so that lines
wrap where Terraform's do.
"""

from __future__ import annotations

import difflib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from terraform_cli import Result, Terraform

NAME = "widgetize"
ADDRESS = "registry.terraform.io/example/widget"
TERRAFORM_BLOCK = {"required_providers": {"widget": {"source": "example/widget"}}}

# What is said while things go on; its order is nobody's promise.
EVENT = re.compile(r"^\S.*: (Refreshing state|Reading|Read complete|Creating|Creation complete|Modifying|Modifications complete|"
                   r"Destroying|Destruction complete|Importing|Import complete|Preparing import|Import prepared)\b.*$")


def widgets(**named: dict[str, Any]) -> dict[str, Any]:
    """Widgets by name, each with that name unless it says otherwise."""
    return {"widget": {name: {"name": name} | attributes for name, attributes in named.items()}}


def configuration(**blocks: Any) -> dict[str, Any]:
    """A whole configuration, whose widgets lie in the folder "objects" of the working folder."""
    return {"terraform": TERRAFORM_BLOCK, "provider": {"widget": {"directory": "objects"}}} | blocks


def neutral(text: str) -> str:
    """Texts of either program with one name for it, and events in the order of the alphabet."""
    text = re.sub(rf"{NAME}|terraform\b(?!\.)", "Terraform", text, flags=re.IGNORECASE)
    lines, events = [], []
    for line in text.split("\n"):
        if EVENT.match(line):
            events.append(re.sub(r"after \d+s", "after 0s", line))
            continue
        lines += sorted(events) + [line]
        events = []
    return "\n".join(lines + sorted(events))


class Program(Terraform):
    """Terraform's commands, of either program."""

    def configure(self, **blocks: Any) -> None:
        """Writes main.tf.json, with the provider of the widgets in it."""
        self.write_json(configuration(**blocks))

    def write_json(self, content: Any, name: str = "main.tf.json") -> None:
        (self.folder / "objects").mkdir(exist_ok=True)
        (self.folder / name).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def objects(self) -> set[str]:
        """The widgets that there are."""
        return {path.name for path in (self.folder / "objects").iterdir() if not path.name.startswith(".")}

    def lines(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> list[dict[str, Any]]:
        """The machine-readable lines of a command."""
        return [json.loads(line) for line in self.run(*arguments, "-json", expect=expect).stdout.splitlines()]


class Both:
    """Two folders with the same content, one for each program."""

    def __init__(self, terraform: Program, host: Program) -> None:
        self.terraform, self.host = terraform, host

    def configure(self, **blocks: Any) -> None:
        self.terraform.configure(**blocks)
        self.host.configure(**blocks)

    def remove_object(self, name: str) -> None:
        for program in (self.terraform, self.host):
            path = program.folder / "objects" / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def run(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> tuple[Result, Result]:
        """Runs both; the exit code must be the same."""
        theirs = self.terraform.run(*arguments, expect=expect)
        ours = self.host.run(*arguments, expect=(theirs.returncode,))
        return theirs, ours

    def same(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> str:
        """Runs both; exit code and standard output must be the same. Returns it."""
        theirs, ours = self.run(*arguments, expect=expect)
        difference = "\n".join(difflib.unified_diff(neutral(theirs.stdout).split("\n"), neutral(ours.stdout).split("\n"),
                                                    "Terraform", "host", lineterm=""))
        assert not difference, f"{' '.join(arguments)}\n{difference}\n{ours.stderr}"
        return ours.stdout


def start_in(program: Program, folder: Path) -> Program:
    """The same program in another folder."""
    return Program(program.program, folder, program.env)
