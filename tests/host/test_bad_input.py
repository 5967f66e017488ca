# SPDX-License-Identifier: Apache-2.0
"""What the host says of configurations and values that are wrong.

Each folder of bad_input/ is a case: the files of a configuration; `args`, the command line, one argument a line
(else: validate); `env`, NAME=VALUE lines; `expected`, lines each of which the program must say, whatever its line
breaks. Configurations too large, too deep or too broken to be kept are made here.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Callable

import pytest

CASES = Path(__file__).parent / "bad_input"
DESCRIPTION = {"args", "env", "expected"}
HEAD = {"terraform": {"required_providers": {"widget": {"source": "example/widget"}}}}

Run = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def run(widget_prefix: Path, host_env: dict[str, str], tmp_path: Path) -> Run:
    """Runs the program in the folder "work", and returns what it said with single blanks instead of line breaks."""
    program = next((widget_prefix / "bin").iterdir())
    work = tmp_path / "work"
    work.mkdir()
    (work / "widgets").mkdir()

    def call(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
        result = subprocess.run([program, *(arguments or ["validate"]), "-no-color"], cwd=work, env=host_env | (env or {}),
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        said = (result.stdout + result.stderr).decode("utf-8")  # whatever it was given
        result.stdout = " ".join(said.translate({ord(c): " " for c in "╷│╵"}).split())
        return result

    call.work = work
    return call


def fails(result: subprocess.CompletedProcess, *expected: str) -> None:
    """Fails unless the program refused, saying all of this, and not by a crash."""
    assert result.returncode == 1, result.stdout
    for line in expected:
        assert line in result.stdout, f"{line}\nis missing in\n{result.stdout}"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str, run: Run) -> None:
    folder = CASES / case
    for path in folder.iterdir():
        if path.name not in DESCRIPTION:
            shutil.copy(path, run.work)
    arguments = (folder / "args").read_text().splitlines() if (folder / "args").exists() else []
    env = dict(line.split("=", 1) for line in (folder / "env").read_text().splitlines()) if (folder / "env").exists() else {}
    expected = (folder / "expected").read_text(encoding="utf-8").splitlines()
    assert expected
    fails(run(*arguments, env=env), *expected)
    assert not (run.work / "terraform.tfstate").exists()


def test_there_are_many_cases() -> None:
    assert len(list(CASES.iterdir())) >= 140


BROKEN = {
    "utf-8": (b'{"output": {"x": {"value": "\xff"}}}', "line 1, column 29: not UTF-8"),
    "overlong": (b'{"output": {"x": {"value": "\xc0\xaf"}}}', "line 1, column 29: not UTF-8"),
    "cut": (b'{"output": {"x": {"value": "\xe2\x82"}}}', "line 1, column 29: not UTF-8"),
    "nul": (b'{"output": {}}\0{}', "line 1, column 15: a character that does not belong here"),
    "utf-16": ('{"output": {}}'.encode("utf-16"), "line 1, column 1: not UTF-8. The file is UTF-16; save it as UTF-8."),
    "mark": (b'\xef\xbb\xbf{"output": {}}', "The file begins with a byte order mark; save it as UTF-8 without one."),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_bytes(name: str, run: Run) -> None:
    data, expected = BROKEN[name]
    (run.work / "main.tf.json").write_bytes(data)
    fails(run(), "Error: Invalid JSON", "main.tf.json, " if name != "mark" else "main.tf.json", expected)


def test_the_line_of_a_nul_is_shown_whole(run: Run) -> None:
    (run.work / "main.tf.json").write_bytes(b'{"output": {}}\0{}')
    fails(run(), 'line 1: 1: {"output": {}}?{} main.tf.json, line 1, column 15')


@pytest.mark.parametrize("data", [b"\xff = 1\n", b"n = 1\0\n"])
def test_broken_bytes_of_a_variable_file(data: bytes, run: Run) -> None:
    (run.work / "terraform.tfvars").write_bytes(data)
    (run.work / "main.tf.json").write_text(json.dumps({"variable": {"n": {"default": 1}}}))
    fails(run("plan"), "Error: Invalid character encoding", "terraform.tfvars is not UTF-8 text: byte")


def test_a_variable_file_that_sets_a_value_twice(run: Run) -> None:
    (run.work / "terraform.tfvars").write_text("n = 1\nn = 2\n")
    (run.work / "main.tf.json").write_text(json.dumps({"variable": {"n": {"default": 1}}}))
    fails(run("plan"), "Error: Attribute redefined", 'terraform.tfvars line 2: "n" was already set at line 1. Remove one.')


def test_deep_json(run: Run) -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000, "[" * 100 + "]" * 100):
        (run.work / "main.tf.json").write_text(f'{{"output": {{"x": {{"value": {text}}}}}}}')
        fails(run(), "Error: Invalid JSON", "nesting too deep")


DEEP = {
    "parentheses": "(" * 5000 + "1" + ")" * 5000,
    "lists": "[" * 5000 + "]" * 5000,
    "objects": "{a=" * 5000 + "1" + "}" * 5000,
    "templates": '"${' * 5000 + "1" + '}"' * 5000,
    "attributes": "local.x" + ".a" * 5000,
    "indexes": "local.x" + "[0]" * 5000,
    "indexes in indexes": "local.x[" * 5000 + "0" + "]" * 5000,
    "splats": "local.x" + "[*]" * 5000,
    "old indexes": "local.x" + ".a.0" * 5000,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_expression(name: str, run: Run) -> None:
    document = HEAD | {"locals": {"x": 1}, "output": {"x": {"value": "${" + DEEP[name] + "}"}}}
    (run.work / "main.tf.json").write_text(json.dumps(document))
    fails(run(), "Error: Expression too deep", "split it")


def test_deep_type(run: Run) -> None:
    document = {"variable": {"x": {"type": "list(" * 5000 + "string" + ")" * 5000}}}
    (run.work / "main.tf.json").write_text(json.dumps(document))
    fails(run(), "Error: Invalid type specification", "Types may be nested 64 levels.")


def test_deep_value_of_a_variable(run: Run) -> None:
    (run.work / "main.tf.json").write_text(json.dumps({"variable": {"x": {"type": "any"}}}))
    fails(run("plan", "-input=false", "-var", "x=" + "[" * 5000 + "]" * 5000), "Error: Expression too deep")


def test_large_file(run: Run) -> None:
    with open(run.work / "main.tf.json", "wb") as file:
        file.truncate((64 << 20) + 1)
    fails(run(), "Error: File too large", "main.tf.json is larger than 64 MiB; split it into several files.")


def test_no_file(run: Run) -> None:
    os.mkfifo(run.work / "main.tf.json")
    fails(run(), "Error: Not a file", "main.tf.json is no regular file")


def test_a_folder_with_the_name_of_a_file_is_none(run: Run) -> None:
    (run.work / "main.tf.json").mkdir()
    (run.work / "more.tf.json").write_text('{"output": {"x": {"value": "${var.y}"}}}')
    fails(run(), "on more.tf.json line 1", "Error: Reference to undeclared input variable")


def test_files_that_editors_leave_are_not_read(run: Run) -> None:
    for name in (".main.tf.json", "main.tf.json~", "#main.tf.json#", "main.tf.json.bak"):
        (run.work / name).write_text("{")
    (run.work / "main.tf.json").write_text('{"output": {"x": {"value": 1}}}')
    assert run().returncode == 0


def test_thousands_of_mistakes_are_all_said(run: Run, sanitized: bool) -> None:
    count = 200 if sanitized else 2000  # each is said with its line, and all are in one, which takes a sanitizer minutes
    names = {f"widget_{i:04}": {"name": f"${{var.size_{i:04}}}"} for i in range(count)}
    document = HEAD | {"variable": {f"seize_{i:04}": {} for i in range(count)}, "resource": {"widget": names}}
    (run.work / "main.tf.json").write_text(json.dumps(document))
    result = run()
    fails(result, f'An input variable with the name "size_{count - 1:04}" has not been declared.')
    assert result.stdout.count("Error: Reference to undeclared input variable") == count


def test_a_secret_value_is_not_said(run: Run) -> None:
    variable = {"password": {"type": "number", "sensitive": True}, "list": {"type": "list(string)", "sensitive": True}}
    (run.work / "main.tf.json").write_text(json.dumps({"variable": variable}))
    for name in variable:
        result = run("plan", "-input=false", env={f"TF_VAR_{name}": "hunter2 + correct'horse", "TF_VAR_list": "hunter2 horse"})
        assert result.returncode == 1
        assert "hunter2" not in result.stdout and "horse" not in result.stdout, result.stdout
