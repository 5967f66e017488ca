# SPDX-License-Identifier: Apache-2.0
"""bridge-check as its users see it: everything at once, headers that compilers hold plugins to, samples, its command line.
What it says of each kind of defective plugin, tests/defects/ has."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def check(build_dir: Path) -> Callable[..., subprocess.CompletedProcess]:
    def run(*arguments: object) -> subprocess.CompletedProcess:
        return subprocess.run([build_dir / "bridge/check/bridge-check", *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture
def plugin(build_dir: Path, tmp_path: Path) -> Path:
    """The schemas of a plugin that is right, its library beside them, to be changed."""
    return Path(shutil.copytree(build_dir / "tests/defects/none", tmp_path / "plugin")) / "schemas"


def change(file: Path, edit: Callable[[dict], object]) -> None:
    document = json.loads(file.read_text())
    edit(document)
    file.write_text(json.dumps(document))


# --- everything in one go ---


def test_all_that_is_wrong_is_said_at_once(check, plugin):
    def break_provider(provider: dict) -> None:
        provider["free"] = "thing_release"
        provider["abi_version"]["value"] = 7
        provider["colour"] = "blue"

    def break_thing(thing: dict) -> None:
        del thing["properties"]["size"]["default"]
        thing["properties"]["labels"]["c"] = "int32_t"
        thing["callbacks"]["delete"]["symbol"] = "thing_remove"
        thing["callbacks"]["read"]["arguments"].append("&weight")

    change(plugin / "provider.json", break_provider)
    change(plugin / "resources/thing.json", break_thing)
    result = check(plugin)
    assert result.returncode == 1 and not result.stderr
    expected = [
        ("provider.json", "/colour", "colour"),
        ("provider.json", "/free", "thing_release"),
        ("provider.json", "/abi_version", "version 1, the schemas are for 7"),
        ("resources/thing.json", "/properties/labels/c", "int32_t"),
        ("resources/thing.json", "/callbacks/create/arguments/2", '"size" may be left out'),
        ("resources/thing.json", "/callbacks/update/arguments/2", '"size" may be left out'),
        ("resources/thing.json", "/callbacks/delete/symbol", "thing_remove"),
        ("resources/thing.json", "/callbacks/read/arguments/9", "weight"),
    ]
    errors = result.stdout.split("error: ")[1:]
    for file, pointer, text in expected:
        assert [error for error in errors if f"{file}: at {pointer}: " in error and text in error], (pointer, result.stdout)
    assert len(errors) == len(expected), result.stdout


def test_a_library_that_is_not_there(check, plugin):
    (plugin.parent / "libthing.so").unlink()
    result = check(plugin)
    assert result.returncode == 1
    assert "provider.json: at /library: " in result.stdout and "cannot open shared object file" in result.stdout


def test_a_file_that_is_not_json_hides_no_other(check, plugin):
    (plugin / "provider.json").write_text("{")
    change(plugin / "resources/thing.json", lambda thing: thing.update(colour="blue"))
    result = check(plugin)
    assert "provider.json: line 1" in result.stdout and "thing.json: at /colour" in result.stdout
    assert result.returncode == 1


def test_one_function_has_one_prototype(check, plugin):
    change(plugin / "resources/thing.json", lambda thing: thing["callbacks"]["update"].update(symbol="thing_delete"))
    result = check(plugin)
    assert result.returncode == 1 and "One function with two prototypes" in result.stdout
    for part in ("at /callbacks/update", "at /callbacks/delete", "thing_delete(PLUGIN_SESSION *, const char *, PLUGIN_REPORT *)"):
        assert part in result.stdout


def test_update_cannot_be_given_what_it_is_to_find_out(check, plugin):
    def edit(thing: dict) -> None:
        thing["callbacks"]["update"]["arguments"][2:2] = ["note", "&note"]

    change(plugin / "resources/thing.json", edit)
    result = check(plugin)
    assert result.returncode == 1
    assert "at /callbacks/update/arguments/2: " in result.stdout and '"$prior.note"' in result.stdout


@pytest.mark.parametrize("edit, text", [
    (lambda thing: thing["callbacks"].pop("read"), 'without "read"'),
    (lambda thing: thing["callbacks"].pop("delete"), 'without "delete"'),
    (lambda thing: thing.pop("import"), 'without "import"'),
    (lambda thing: thing["properties"].update(lost={"type": "string"}), "at /properties/lost: no callback is given it"),
    (lambda thing: thing["properties"].update(lost={"type": "string", "readOnly": True}), "at /properties/lost: it is readOnly"),
])
def test_what_is_seldom_meant_is_a_warning(check, plugin, edit, text):
    change(plugin / "resources/thing.json", edit)
    result = check(plugin)
    assert result.returncode == 0
    assert "warning: " in result.stdout and text in result.stdout and result.stdout.endswith("nothing is wrong\n")


# --- prototypes ---


def compiles(source: str, tmp_path: Path, *flags: object) -> subprocess.CompletedProcess:
    file = tmp_path / "prototypes.c"
    file.write_text(source)
    return subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", *map(str, flags),
                           "-c", file, "-o", tmp_path / "prototypes.o"], capture_output=True, text=True)


ASTRA = """#include "astra_cmk.h"
#define PLUGIN_SESSION astra_session
#define PLUGIN_REPORT const struct astra_report
#define PLUGIN_LOG const struct astra_log
"""


def test_schemas_agree_with_the_public_header(check, project, tmp_path):
    """Two declarations of one function in one file: a compiler takes them only when they are the same."""
    result = check(project / "schemas", "--prototypes")
    assert result.returncode == 0, result.stderr
    for symbol in ("astra_session_open", "astra_cmk_key_create", "astra_provider_id_list", "astra_aws_key_policy", "astra_free"):
        assert f"{symbol}(" in result.stdout
    built = compiles(ASTRA + result.stdout, tmp_path, "-I", project / "plugin")
    assert built.returncode == 0, built.stderr


def test_a_schema_that_disagrees_does_not_compile(check, project, tmp_path):
    shutil.copytree(project / "schemas", tmp_path / "schemas")
    change(tmp_path / "schemas/provider.json", lambda provider: provider["properties"]["max_retries"].update(c="int64_t"))
    built = compiles(ASTRA + check(tmp_path / "schemas", "--prototypes").stdout, tmp_path, "-I", project / "plugin")
    assert built.returncode != 0 and "astra_session_open" in built.stderr


def test_prototypes_stand_alone(check, project, tmp_path):
    """Without any header of the plugin, and for C++ too."""
    header = check(project / "schemas", "--prototypes").stdout
    assert compiles(header, tmp_path).returncode == 0
    built = subprocess.run(["g++", "-Wall", "-Wextra", "-Werror", "-x", "c++", "-fsyntax-only", "-"], input=header,
                           capture_output=True, text=True) if shutil.which("g++") else None
    assert built is None or built.returncode == 0, built.stderr


def test_prototypes_hold_the_example(check, project, tmp_path):
    example = project / "examples/your-own-provider"
    header = check(example / "schemas", "--prototypes").stdout
    source = "#define PLUGIN_SESSION struct session\n" + (example / "garden.c").read_text() + header
    built = compiles(source, tmp_path)
    assert built.returncode == 0, built.stderr


def test_names_of_parameters_are_names_in_c(check, plugin, tmp_path):
    def edit(thing: dict) -> None:
        thing["properties"]["default"] = {"type": "string", "default": "x"}
        thing["properties"]["session"] = {"type": "string", "default": "x"}
        thing["callbacks"]["update"]["arguments"] += ["default", "session", "$prior.session", {"value": 1}, {"value": 2}]

    change(plugin / "resources/thing.json", edit)
    result = check(plugin, "--prototypes")
    assert compiles(result.stdout, tmp_path).returncode == 0, result.stdout
    assert "const char *default_," in result.stdout and "const char *prior_session," in result.stdout


# --- samples ---


def test_a_sample_beside_the_schemas_is_found(check, plugin, tmp_path):
    sample = {"provider": {"directory": str(tmp_path)}, "resources": {"thing": {"config": {"name": "a"}}}}
    (plugin.parent / "sample.json").write_text(json.dumps(sample))
    result = check(plugin, "--run")
    assert result.returncode == 0 and "thing: delete ... ok" in result.stdout
    assert "thing: update" not in result.stdout


@pytest.mark.parametrize("text, complaint", [
    (None, "No such file"), ("{", "ends too early"), ("[]", "it must be"), ("", "nothing in it"),
    ('{"resources": {"thong": {"config": {}}}}', 'no resource type "thong"'),
])
def test_a_sample_that_cannot_be_used(check, plugin, tmp_path, text, complaint):
    sample = tmp_path / "sample.json"
    if text is not None:
        document = json.loads(text) if text.startswith('{"r') else None
        sample.write_text(json.dumps(document | {"provider": {"directory": str(tmp_path)}}) if document else text)
    result = check(plugin, "--run", sample)
    assert result.returncode == 1 and complaint in result.stdout and str(sample) in result.stdout


def test_a_sample_that_the_schema_refuses(check, plugin, tmp_path):
    sample = tmp_path / "sample.json"
    sample.write_text(json.dumps({"provider": {"directory": str(tmp_path)},
                                  "resources": {"thing": {"config": {"name": "a", "size": 101}}}}))
    result = check(plugin, "--run", sample)
    assert result.returncode == 1 and "thing: create ... FAILED" in result.stdout and "at /size" in result.stdout


def test_an_update_that_would_replace_is_no_update(check, plugin, tmp_path):
    sample = tmp_path / "sample.json"
    sample.write_text(json.dumps({"provider": {"directory": str(tmp_path)},
                                  "resources": {"thing": {"config": {"name": "a"}, "update": {"name": "b"}}}}))
    result = check(plugin, "--run", sample)
    assert result.returncode == 1
    assert "thing: update ... FAILED" in result.stdout and "planned as replace because of name" in result.stdout
    assert "thing: delete ... ok" in result.stdout and not list(tmp_path.glob("a"))


def test_functions_are_called(check, project, tmp_path):
    sample = tmp_path / "sample.json"
    functions = {"hypot": {"arguments": [3, 4], "result": 5}, "absolute": {"arguments": [-7], "result": 8}}
    sample.write_text(json.dumps({"functions": functions}))
    result = check(project / "examples/no-code-provider/schemas", "--run", sample)
    assert result.returncode == 1
    assert "hypot: call ... ok" in result.stdout and "absolute: call ... FAILED" in result.stdout
    assert "It is 7, and the sample says 8." in result.stdout


# --- the command line ---


@pytest.mark.parametrize("arguments", [
    [], ["a", "b"], ["--frobnicate", "a"], ["a", "--timeout"], ["a", "--timeout", "soon"], ["a", "--timeout", "0"],
    ["a", "--run", "--prototypes"],
])
def test_a_wrong_command_line(check, arguments):
    result = check(*arguments)
    assert result.returncode == 2 and "--help" in result.stderr and not result.stdout


def test_help_and_version(check, project):
    assert "Usage: bridge-check" in check("--help").stdout
    assert check("--version").stdout.strip() in (project / "CMakeLists.txt").read_text()
    page = (project / "docs/man/bridge-check.1").read_text().replace("\\-", "-")
    for option in ("--run", "--timeout", "--prototypes", "--types", "--version"):
        assert option in page and option in check("--help").stdout


def test_no_such_directory(check, tmp_path):
    result = check(tmp_path / "nowhere")
    assert result.returncode == 1 and "provider.json" in result.stdout and "No such file" in result.stdout
    result = check(tmp_path / "nowhere", "--prototypes")
    assert result.returncode == 1 and "provider.json" in result.stderr and not result.stdout


def test_the_table_of_types_is_in_the_documentation(check, project):
    assert check("--types").stdout in (project / "docs/writing-a-plugin.md").read_text()
