# SPDX-License-Identifier: Apache-2.0
"""The host program, to which memory is refused at its n-th allocation: it ends with an error in words, or it did all that was
asked. It never crashes, the state is the old one or a whole new one, and the next run completes what was begun, making
nothing twice. Every STRIDE-th n; with ASTRA_ALLOCATION_STRIDE=1 every one."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from host_cli import Program, widgets
from simulator import Simulator

STRIDE = int(os.environ.get("ASTRA_ALLOCATION_STRIDE") or 101)
KEY_STRIDE = 5 * STRIDE if STRIDE > 1 else 1
LIMIT = 100_000  # allocations of one run
DEADLINE = 60

ONE = {"a": {"tags": ["x"], "labels": {"k": "v"}, "zones": ["z"], "position": {"x": 1}, "parts": [{"kind": "gear"}], "secret": "s"},
       "b": {"size": 2}}
TWO = {"b": {"size": 3}, "c": {"depends_on": ["widget.b"]}}
OUTPUTS = {"names": {"value": ["${widget.b.name}"]}}


@dataclass
class Scene:
    """A command, upon what was applied before; `changes` says whether it may change anything."""

    command: tuple[str, ...]
    before: dict[str, Any] | None = None
    wanted: dict[str, Any] = field(default_factory=lambda: TWO)
    changes: bool = False


APPLY = ("apply", "-auto-approve", "-parallelism=1")
SCENES = {
    "plan of a creation": Scene(("plan",), wanted=ONE),
    "plan of changes": Scene(("plan", "-parallelism=1"), ONE),
    "plan for other programs": Scene(("plan", "-json"), ONE),
    "saved plan": Scene(("plan", "-out=plan"), ONE),
    "first apply": Scene(APPLY, wanted=ONE, changes=True),
    "apply of changes": Scene(APPLY, ONE, changes=True),
    "apply for other programs": Scene((*APPLY, "-json"), ONE, changes=True),
    "destroy": Scene(("destroy", "-auto-approve"), ONE, ONE, changes=True),
    "refresh": Scene(("refresh",), ONE, ONE, changes=True),
    "import": Scene(("import", "widget.b", "b"), {"a": ONE["a"]}, {"a": ONE["a"], "b": {}}, changes=True),
    "state mv": Scene(("state", "mv", "widget.b", "widget.d"), ONE, changes=True),
    "state rm": Scene(("state", "rm", "widget.b"), ONE, changes=True),
    "state list": Scene(("state", "list"), ONE),
    "state show": Scene(("state", "show", "widget.a"), ONE),
    "show": Scene(("show",), ONE),
    "show for other programs": Scene(("show", "-json"), ONE),
    "output": Scene(("output",), ONE),
    "output for other programs": Scene(("output", "-json"), ONE),
    "validate": Scene(("validate",), ONE),
    "validate for other programs": Scene(("validate", "-json"), ONE),
    "providers": Scene(("providers", "schema", "-json"), ONE),
    "help": Scene(("-help",), ONE),
}


def preload(build_dir: Path) -> Path:
    """What refuses the memory; sanitizers bring allocators of their own."""
    library = build_dir / "tests/robust/librobust-preload.so"
    if not library.exists():
        pytest.skip("this build has an allocator of its own")
    return library


def steady(output: bytes) -> bytes:
    """Without times, and without the order of what comes as it comes."""
    return b"\n".join(sorted(re.sub(rb'"(@timestamp|timestamp|elapsed_seconds)":[^,}]*|after \d+s', b"", output).splitlines()))


class Sweep:
    """One scene, again and again."""

    def __init__(self, host: Program, scene: Scene, library: Path) -> None:
        self.host, self.scene, self.library = host, scene, library
        self.base = host.folder.parent / "base"
        self.report = host.folder.parent / "report"
        if scene.before is not None:
            self.configure(scene.before)
            host.apply()
            if scene.command[0] == "import":
                (host.folder / "objects/b").write_bytes((host.folder / "objects/a").read_bytes())
        self.configure(scene.wanted)
        shutil.copytree(host.folder, self.base)

    def configure(self, named: dict[str, Any]) -> None:
        outputs = OUTPUTS if "b" in named else {}
        self.host.configure(resource=widgets(**named), output=outputs)

    def run(self, n: int, lasting: bool) -> subprocess.CompletedProcess:
        shutil.rmtree(self.host.folder)
        shutil.copytree(self.base, self.host.folder)
        self.report.unlink(missing_ok=True)
        # Without a name of the user there, glibc would be asked for it, which crashes without memory.
        env = self.host.env | {"USER": "somebody", "LD_PRELOAD": str(self.library), "REFUSE_AT": str(n), "REFUSE_REPORT": str(self.report)}
        if lasting:
            env["REFUSE_ALL_AFTER"] = "1"
        return subprocess.run([self.host.program, *self.scene.command], cwd=self.host.folder, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=DEADLINE)

    def state(self) -> dict[str, Any] | None:
        path = self.host.folder / "terraform.tfstate"
        return json.loads(path.read_text()) if path.exists() and path.stat().st_size else None

    def resources(self) -> Any:
        state = self.state()
        return (state["resources"], state["outputs"]) if state else None

    def forget_unanswered(self, said: str) -> None:
        """Takes away what the plugin made and could not answer with, so that it was begun, and never said to be there: widgets,
        other than keys, are not found there and taken over."""
        listed = self.host.run("state", "list", expect=(0, 1)).stdout
        for name in self.host.objects():
            if f"widget.{name}\n" not in listed and self.scene.command[0] == "apply":
                assert f"widget.{name}: Creating" in said and f"widget.{name}: Creation complete" not in said, f"{name} was lost"
                path = self.host.folder / "objects" / name
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def check_rest(self, said: str) -> None:
        """What is there is in the state, and the same command, or an apply, completes it."""
        journal = self.host.folder / ".terraform.tfstate.journal"
        old = (self.base / "terraform.tfstate")
        if not self.scene.changes:
            now = self.host.folder / "terraform.tfstate"
            assert not journal.exists() and (now.read_bytes() if now.exists() else b"") == (old.read_bytes() if old.exists() else b"")
            assert self.host.objects() == {path.name for path in (self.base / "objects").iterdir() if not path.name.startswith(".")}
            return
        if self.scene.command[0] == "import" and "widget.b" not in self.host.run("state", "list").stdout:
            self.host.run(*self.scene.command)
        self.forget_unanswered(said)
        self.host.run(*APPLY, expect=(0,))
        self.host.plan_clean()
        assert self.host.objects() == set(self.scene.wanted)
        assert {entry["instances"][0]["attributes"]["name"] for entry in self.state()["resources"]} == self.host.objects()


@pytest.mark.parametrize("lasting", [False, True], ids=["one", "all from there"])
@pytest.mark.parametrize("name", SCENES)
def test_refused_memory(host: Program, build_dir: Path, record_property, name: str, lasting: bool) -> None:
    sweep = Sweep(host, SCENES[name], preload(build_dir))
    good = sweep.run(LIMIT, False)
    assert good.returncode == 0, good
    count, resources, objects = int(sweep.report.read_text()), sweep.resources(), host.objects()
    wrong, told, done = [], 0, 0
    for n in range(STRIDE // 2, count + STRIDE, STRIDE):
        result = sweep.run(n, lasting)
        try:
            if result.returncode == 0:
                done += 1
                assert steady(result.stdout) == steady(good.stdout)
                assert sweep.resources() == resources and host.objects() == objects
            else:
                told += 1
                assert result.returncode == 1, "crashed"
                assert b"rror" in result.stderr + result.stdout, "says nothing"
                sweep.check_rest((result.stdout + result.stderr).decode())
        except AssertionError as error:
            wrong.append((n, str(error)[:2000], result))
    record_property("figures", f"{name}: {count} allocations, {told} errors, {done} right, {len(wrong)} wrong")
    assert not wrong, "\n".join(f"allocation {n}: {error}\n{result}" for n, error, result in wrong[:5]) + f"\n{len(wrong)} in all"


@pytest.mark.parametrize("lasting", [False, True], ids=["one", "all from there"])
def test_refused_memory_registers_nothing_twice(key_prefix: Path, host_env: dict[str, str], api: Simulator, tmp_path: Path, build_dir: Path,
                                                record_property, lasting: bool) -> None:
    """Keys that were registered are in the state, or the next apply finds them there and takes them over."""
    env = host_env | {"ASTRA_API_URL": api.url, "ASTRA_API_TOKEN": api.token, "USER": "somebody"}
    host = Program(str(key_prefix / "bin/astra-cmk"), tmp_path / "keys", env)
    regions = [f"region-{number}" for number in range(2)]
    host.write_json({
        "terraform": {"required_providers": {"astra": {"source": "astra-cmk/astra-cmk"}}},
        "provider": {"astra": {"max_retries": 0}},
        "resource": {"astra_cmk_key": {region: {
            "provider": "astra", "cloud_provider": "aws", "region": region,
            "key_id": f"arn:aws:kms:{region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"} for region in regions}}})
    report, state = tmp_path / "report", host.folder / "terraform.tfstate"
    refusing = env | {"LD_PRELOAD": str(preload(build_dir)), "REFUSE_REPORT": str(report)} | ({"REFUSE_ALL_AFTER": "1"} if lasting else {})
    n, count, told = LIMIT, 0, 0
    while n == LIMIT or n < count + KEY_STRIDE:
        for path in (*host.folder.glob("*.tfstate*"), *host.folder.glob(".*.tfstate*")):
            path.unlink()
        for key in api.state()["keys"]:
            api.remove_key(key["cloud_provider"], key["region"])
        api.reset_counts()
        result = subprocess.run([host.program, *APPLY], cwd=host.folder, env=refusing | {"REFUSE_AT": str(n)}, stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=DEADLINE)
        where = f"allocation {n}: {result}"
        assert result.returncode in (0, 1), where
        assert result.returncode == 0 or b"rror" in result.stderr + result.stdout, where
        told += result.returncode
        before = len(api.state()["keys"])
        assert result.returncode == 1 or before == len(json.loads(state.read_text())["resources"]) == len(regions), where
        host.apply()
        posts = sum(1 for line in api.counts()["log"] if line["method"] == "POST" and line["status"] in (200, 201, 202, 204))
        assert posts == len(api.state()["keys"]) == len(host.instances()) == len(regions), where
        count, n = (int(report.read_text()), KEY_STRIDE // 2) if n == LIMIT else (count, n + KEY_STRIDE)
    record_property("figures", f"{count} allocations, {told} errors")
