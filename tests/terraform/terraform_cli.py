# SPDX-License-Identifier: Apache-2.0
"""Runs Terraform in a folder of its own and reads what it says, for the tests here; and writes configurations.

    tf.write(key(key_id="arn:..."))
    tf.apply()
    tf.plan_clean()
    error = tf.plan("-destroy", fails=True).error("databases live")

Every command asserts its exit code, so that no test goes on after a failure that it did not expect.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000001"
ADDRESS = "registry.terraform.io/astra-cmk/astra-cmk"
REGION = "us-east-2"
ARN = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_ARN = "arn:aws:kms:us-east-2:111122223333:key/ffffffff-12ab-34cd-56ef-1234567890ab"
GCP_KEY = "projects/example/locations/us-east1/keyRings/astra/cryptoKeys/databases"
AZURE_KEY = "https://example.vault.azure.net/keys/databases/0123456789abcdef0123456789abcdef"

# A command that takes longer hangs.
TIMEOUT = 300

REQUIRED = """\
terraform {
  required_providers {
    astra = {
      source = "astra-cmk/astra-cmk"
    }
  }
}
"""


# --- configurations ---


class Raw(str):
    """An expression, written into a configuration as it stands."""


def literal(value: Any) -> str:
    """A value as an HCL expression."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value).replace("${", "$${")


def block(kind: str, *labels: str, body: str = "", **attributes: Any) -> str:
    """One block of a configuration; attributes that are None are left out."""
    lines = [f"  {name} = {literal(value)}" for name, value in attributes.items() if value is not None]
    lines += [body] if body else []
    return "\n".join([" ".join([kind, *(json.dumps(label) for label in labels), "{"]), *lines, "}", ""])


def key(name: str = "key", body: str = "", **attributes: Any) -> str:
    """A key on AWS, unless the attributes say otherwise."""
    return block("resource", "astra_cmk_key", name, body=body,
                 **{"cloud_provider": "aws", "region": REGION, "key_id": ARN} | attributes)


def seat(name: str = "seat", body: str = "", **attributes: Any) -> str:
    """A provider ID on AWS, unless the attributes say otherwise."""
    return block("resource", "astra_provider_id", name, body=body,
                 **{"cloud_provider": "aws", "region": REGION} | attributes)


def output(name: str, expression: str) -> str:
    return block("output", name, value=Raw(expression))


# --- what Terraform says ---


@dataclass(frozen=True)
class Diagnostic:
    """One box of Terraform's output, white space folded: line breaks depend on where words happen to stand."""

    severity: str
    text: str


def plain(text: str) -> str:
    """Without colours. With -no-color there would be no boxes."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def fold(text: str) -> str:
    return " ".join(text.split())


@dataclass(frozen=True)
class Result:
    """What a command came to."""

    arguments: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str

    @property
    def everything(self) -> str:
        return self.stdout + self.stderr

    @property
    def text(self) -> str:
        """All that was printed, white space folded."""
        return fold(self.everything)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        boxes = re.findall(r"^╷\n(.*?)^╵", self.everything, re.MULTILINE | re.DOTALL)
        found = []
        for box in boxes:
            severity, _, text = fold(re.sub(r"^│ ?", "", box, flags=re.MULTILINE)).partition(": ")
            found.append(Diagnostic(severity, text))
        return found

    def error(self, *parts: str) -> str:
        """The one error there is, which holds each of the parts."""
        return self._one("Error", parts)

    def warning(self, *parts: str) -> str:
        """The one warning there is, which holds each of the parts."""
        return self._one("Warning", parts)

    @property
    def warnings(self) -> list[str]:
        return [diagnostic.text for diagnostic in self.diagnostics if diagnostic.severity == "Warning"]

    @property
    def errors(self) -> list[str]:
        return [diagnostic.text for diagnostic in self.diagnostics if diagnostic.severity == "Error"]

    def _one(self, severity: str, parts: tuple[str, ...]) -> str:
        found = [diagnostic.text for diagnostic in self.diagnostics if diagnostic.severity == severity]
        assert len(found) == 1, f"one {severity} expected, not {len(found)}:\n{self}"
        missing = [part for part in parts if part not in found[0]]
        assert not missing, f"{missing} expected in:\n{self}"
        return found[0]

    def __str__(self) -> str:
        return f"terraform {' '.join(self.arguments)}: exit code {self.returncode}\n{self.stdout}\n{self.stderr}"


class Terraform:
    """Terraform in one working folder."""

    timeout = TIMEOUT

    def __init__(self, program: str, folder: Path, env: dict[str, str]) -> None:
        self.program = program
        self.folder = folder
        self.env = env
        folder.mkdir(parents=True, exist_ok=True)

    # --- the folder ---

    def write(self, *blocks: str, name: str = "main.tf") -> None:
        """Writes a file, main.tf unless said otherwise, in the place of an earlier one."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(blocks))

    def start_from(self, template: Path) -> None:
        """Takes an initialized folder over, which saves an init."""
        shutil.copytree(template, self.folder, symlinks=True, dirs_exist_ok=True)

    @property
    def state(self) -> dict[str, Any]:
        """The state file as it is saved."""
        path = self.folder / "terraform.tfstate"
        return json.loads(path.read_text()) if path.exists() else {"resources": []}

    def write_state(self, *resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> None:
        """Saves a state that no apply made."""
        state = {"version": 4, "terraform_version": "1.11.4", "serial": self.state.get("serial", 0) + 1,
                 "lineage": self.state.get("lineage", "00000000-0000-4000-8000-00000000aaaa"),
                 "outputs": outputs or {}, "resources": list(resources)}
        (self.folder / "terraform.tfstate").write_text(json.dumps(state))

    def edit_state(self, address: str, **attributes: Any) -> None:
        """Changes attributes of a resource that has one instance in the saved state."""
        state = self.state
        (entry,) = [entry for entry in state["resources"] if f"{entry['type']}.{entry['name']}" == address]
        entry["instances"][0]["attributes"] |= attributes
        state["serial"] += 1
        (self.folder / "terraform.tfstate").write_text(json.dumps(state))

    def instances(self, state: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
        """The resources of the state: address and attributes; of a tainted one "tainted" is true beside them."""
        found = {}
        for entry in (state or self.state)["resources"]:
            prefix = f"{entry['module']}." if "module" in entry else ""
            prefix += "data." if entry["mode"] == "data" else ""
            for instance in entry["instances"]:
                index = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
                tainted = {"tainted": True} if instance.get("status") == "tainted" else {}
                found[f"{prefix}{entry['type']}.{entry['name']}{index}"] = instance["attributes"] | tainted
        return found

    # --- commands ---

    def run(self, *arguments: str, expect: tuple[int, ...] = (0,), env: dict[str, str] | None = None) -> Result:
        """Any command; asserts its exit code."""
        done = subprocess.run([self.program, *arguments], cwd=self.folder, env=self.env | (env or {}),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=self.timeout)
        result = Result(arguments, done.returncode, plain(done.stdout), plain(done.stderr))
        assert result.returncode in expect, f"exit code {expect} expected:\n{result}"
        return result

    def start(self, *arguments: str) -> subprocess.Popen:
        """A command in the background, in a process group of its own, as a shell starts one."""
        return subprocess.Popen([self.program, *arguments], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def init(self, *arguments: str, **options: Any) -> Result:
        return self.run("init", "-input=false", *arguments, **options)

    def validate(self, *, fails: bool = False) -> Result:
        return self.run("validate", expect=(1,) if fails else (0,))

    def plan(self, *arguments: str, fails: bool = False, **options: Any) -> Result:
        """A plan, which finds changes, or fails."""
        return self.run("plan", "-input=false", "-detailed-exitcode", *arguments,
                        expect=(1,) if fails else (2,), **options)

    def plan_clean(self, *arguments: str) -> Result:
        """A plan that has nothing to do."""
        result = self.run("plan", "-input=false", "-detailed-exitcode", *arguments)
        assert "No changes." in result.text, result
        return result

    def apply(self, *arguments: str, fails: bool = False, **options: Any) -> Result:
        return self.run("apply", "-input=false", "-auto-approve", *arguments,
                        expect=(1,) if fails else (0,), **options)

    def destroy(self, *arguments: str, fails: bool = False) -> Result:
        return self.apply("-destroy", *arguments, fails=fails)

    def import_(self, address: str, id: str, *, fails: bool = False) -> Result:
        return self.run("import", "-input=false", address, id, expect=(1,) if fails else (0,))

    def show_json(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.run("show", "-json", *arguments).stdout)

    def output(self, name: str) -> Any:
        """An output's value, as the state holds it."""
        return self.state["outputs"][name]["value"]


# Where the sanitizers of programs that are built with them report; see tests/conftest.py.
SANITIZERS = ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")


def inherited(*names: str) -> dict[str, str]:
    """Those variables of our own environment that are set, and the sanitizers'."""
    return {name: os.environ[name] for name in (*names, *SANITIZERS) if name in os.environ}
