# SPDX-License-Identifier: Apache-2.0
"""Where the library is looked for, and what is said when none can be used."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

PARSE = """
    import astra_cmk
    with astra_cmk.Client(token="t") as astra:
        print(astra.parse_key_id("projects/p/locations/us-east1/keyRings/r/cryptoKeys/k").region)
        print(astra._product.find().library.path)
"""
FAIL = """
    import astra_cmk
    try:
        astra_cmk.Client(token="t")
    except astra_cmk.LoadError as error:
        print(error)
        print(len(error.tried))
"""


@pytest.fixture
def copy(staged, tmp_path):
    """The package by itself, to be spoilt."""
    return shutil.copytree(staged, tmp_path / "copy")


@pytest.fixture
def bare(copy, monkeypatch):
    """The package as it lies in a checkout: no library, no schemas."""
    shutil.rmtree(copy / "astra_cmk/lib")
    shutil.rmtree(copy / "astra_cmk/schemas")
    return copy


def lines(run_script, program, folder, **env):
    status, out, err = run_script(program, None, PYTHONPATH=str(folder), **env).end()
    assert (status, err) == (0, "")
    return out.splitlines()


def test_own_library(run_script, copy):
    region, path = lines(run_script, PARSE, copy)
    assert region == "us-east1" and path == str(copy / "astra_cmk/lib/libplugin_bridge.so")


def test_chosen_package(run_script, copy, tmp_path):
    other = shutil.copytree(copy / "astra_cmk", tmp_path / "other")
    assert lines(run_script, PARSE, copy, ASTRA_CMK_LIB=str(other))[1] == str(other / "lib/libplugin_bridge.so")


def test_chosen_prefix(run_script, bare, build_dir, tmp_path):
    prefix = tmp_path / "prefix"
    subprocess.run(["cmake", "--install", build_dir, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    region, path = lines(run_script, PARSE, bare, ASTRA_CMK_LIB=str(prefix))
    assert region == "us-east1" and path.startswith(str(prefix / "lib"))


def test_system_library(run_script, python_env, bare, build_dir, tmp_path):
    """Without one of its own, the package takes what is installed beside the interpreter."""
    prefix = tmp_path / "venv"
    subprocess.run(["python3", "-m", "venv", "--without-pip", prefix], check=True)
    subprocess.run(["cmake", "--install", build_dir, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    env = {name: value for name, value in python_env.items() if name in ("LD_PRELOAD", "ASAN_OPTIONS")}  # of a sanitizer
    program = "import sys; sys.path.insert(0, sys.argv[1]); import astra_cmk; print(astra_cmk.Client(token='t')._product.find().library.path)"
    said = subprocess.run([prefix / "bin/python", "-c", program, bare], check=True, capture_output=True, text=True, env=env).stdout
    assert said.startswith(str(prefix / "lib"))


def test_nothing_found(run_script, bare):
    *said, count = lines(run_script, FAIL, bare)
    assert "No usable library of astra_cmk was found" in said[0] and int(count) == len(said) - 1 >= 3
    for place in (bare / "astra_cmk/lib", "/usr/local/lib", "/usr/lib"):
        assert any(f"{place}/libplugin_bridge.so: there is no such file" in line for line in said), place


def test_chosen_and_wrong(run_script, copy, tmp_path):
    """What was asked for is never replaced by something else."""
    *said, _ = lines(run_script, FAIL, copy, ASTRA_CMK_LIB=str(tmp_path / "nowhere"))
    assert said[1:] and all(str(tmp_path / "nowhere") in line for line in said[1:])


def test_no_library(run_script, copy):
    (copy / "astra_cmk/lib/libplugin_bridge.so").write_bytes(b"\x7fELF is not enough")
    assert any("file too short" in line or "invalid ELF" in line for line in lines(run_script, FAIL, copy))


def compile_library(folder, source):
    code = folder / "other.c"
    code.write_text(source)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", folder / "libplugin_bridge.so", code], check=True)


def test_other_library(run_script, copy):
    compile_library(copy / "astra_cmk/lib", "int unused;")
    assert any("it has no function plugin_bridge_abi_version" in line for line in lines(run_script, FAIL, copy))


def test_other_abi(run_script, copy):
    compile_library(copy / "astra_cmk/lib", "unsigned plugin_bridge_abi_version(void) { return 99; }")
    assert any("its ABI version is 99, and this package is for 1" in line for line in lines(run_script, FAIL, copy))


def test_other_abi_of_the_plugin(run_script, copy):
    provider = copy / "astra_cmk/schemas/provider.json"
    text = json.loads(provider.read_text())
    text["abi_version"]["value"] = 99
    provider.write_text(json.dumps(text))
    assert any("has ABI version 1, the schemas" in line and "are for 99" in line for line in lines(run_script, FAIL, copy))


def test_no_plugin(run_script, copy):
    (copy / "astra_cmk/libastra_cmk.so").unlink()
    assert any("libastra_cmk.so: cannot open shared object file" in line for line in lines(run_script, FAIL, copy))


def test_no_schemas(run_script, copy):
    shutil.rmtree(copy / "astra_cmk/schemas")
    assert any("schemas/provider.json is missing" in line for line in lines(run_script, FAIL, copy))


def test_exports(staged, project):
    """The header's functions, and nothing else."""
    import re

    header = re.sub(r"/\*.*?\*/", "", (project / "bridge/embed/plugin_bridge.h").read_text(), flags=re.DOTALL)
    declared = set(re.findall(r"\b(plugin_bridge_\w+)\s*\([^;{}]*\)\s*;", header)) - {"plugin_bridge_log"}
    library = staged / "astra_cmk/lib/libplugin_bridge.so"
    symbols = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    exported = {line.split()[-1].split("@")[0] for line in symbols.splitlines() if line.split()[-2] != "A"}
    assert declared and exported == declared
