# SPDX-License-Identifier: Apache-2.0
"""The package's sources: stubs equal to the schemas, strict types, form, and examples in docstrings that run."""

from __future__ import annotations

import ast
import subprocess
import sys

USE = """
import astra_cmk

with astra_cmk.Client(token="t", request_timeout=5) as astra:
    key = astra.cmk_key.create(cloud_provider="aws", region="us-east-2", key_id="k")
    region: str = key.region
    seats: list[str] = [seat.provider_id for seat in astra.provider_id.list(cloud_provider="aws", region=region)]
    statement: str = astra.aws_key_policy_statement(seats)
    astra.cmk_key.delete(key, force_destroy=True)
    action: str = astra.plan(astra.cmk_key, None, {}).action
    vault: str | None = astra.parse_key_id("k").vault
"""


def check(project, *command):
    return subprocess.run([sys.executable, "-m", *command], cwd=project, capture_output=True, text=True)


def mypy(project, tmp_path, *paths):
    return check(project, "mypy", "--config-file", "pyproject.toml", "--cache-dir", str(tmp_path / "mypy"), *map(str, paths))


def test_stubs_are_what_the_schemas_say(project):
    result = subprocess.run([sys.executable, project / "python/generate-stubs", "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_stubs_follow_the_schemas(project, tmp_path, astra_cmk):
    """A new attribute, and nothing in Python was touched."""
    import json
    import shutil

    from plugin_bridge import schemas, stubs

    copy = shutil.copytree(project / "schemas", tmp_path / "schemas")
    file = copy / "resources/astra_cmk_key.json"
    text = json.loads(file.read_text())
    text["properties"]["tags"] = {"type": "array", "items": {"type": "integer"}}
    file.write_text(json.dumps(text))
    made = stubs.generate(schemas.Schemas(copy, "astra_", "astra_cmk"), astra_cmk.__all__)
    assert "def tags(self) -> tuple[int, ...] | None: ..." in made and "tags: Sequence[int] | None = None," in made


def test_stubs_tell_what_there_is(project, astra, astra_cmk):
    """Each public name of the stubs is there when the package runs."""
    tree = ast.parse((project / "python/astra_cmk/__init__.pyi").read_text())
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for name, node in classes.items():
        if name.startswith("_"):
            continue
        for member in (member.name for member in node.body if isinstance(member, ast.FunctionDef)):
            assert hasattr(astra if name == "Client" else getattr(astra_cmk, name), member), f"{name}.{member}"
    exported = {alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names if alias.asname}
    assert set(astra_cmk.__all__) - {"Client"} <= exported


def test_mypy(project, tmp_path):
    (tmp_path / "use.py").write_text(USE)
    result = mypy(project, tmp_path, "bridge/python/plugin_bridge", "python/astra_cmk/_client.py", "python/astra_cmk/__init__.pyi",
                  "examples/python", tmp_path / "use.py")  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr


WRONG = {
    "astra.cmk_keyy.list()": "has no attribute",
    'astra.cmk_key.create(cloud_provider="aws")': "Missing named argument",
    'astra.cmk_key.create(cloud_provider="ibm", region="r", key_id="k")': "incompatible type",
    'astra.cmk_key.list()[0].region = "r"': "read-only",
    "astra.aws_key_policy_statement(5)": "incompatible type",
}


def test_mypy_finds(project, tmp_path):
    head = "import astra_cmk\nastra = astra_cmk.Client()\n"
    (tmp_path / "wrong.py").write_text(head + "\n".join(WRONG) + "\n")
    result = mypy(project, tmp_path, tmp_path / "wrong.py")
    for number, complaint in enumerate(WRONG.values(), 3):
        said = [line for line in result.stdout.splitlines() if f"wrong.py:{number}: error" in line]
        assert any(complaint in line for line in said), (complaint, result.stdout)


def test_ruff(project):
    result = check(project, "ruff", "check", "--no-cache", "bridge/python", "python", "examples/python")
    assert result.returncode == 0, result.stdout + result.stderr


def test_examples_in_docstrings_and_document(project, python_env, simulate):
    program = """
import astra_cmk._client, doctest, sys
run = [doctest.testmod(astra_cmk._client), doctest.testfile(sys.argv[1], module_relative=False)]
assert all(each.attempted for each in run)
raise SystemExit(sum(each.failed for each in run))
"""
    simulator = simulate("--provider-ids", "several")
    result = subprocess.run([sys.executable, "-c", program, project / "docs/python.md"], capture_output=True, text=True,
                            env=python_env | {"ASTRA_API_URL": simulator.url, "ASTRA_API_TOKEN": simulator.token})  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
