# SPDX-License-Identifier: Apache-2.0
"""What is shipped for Python: an sdist, and the wheel that pip makes of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

pytestmark = pytest.mark.shipped

PROGRAM = """
import astra_cmk, json, plugin_bridge
with astra_cmk.Client() as astra:
    key = astra.cmk_key.create(cloud_provider="aws", region="us-east-2", key_id="arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    print(json.dumps([key.id, astra_cmk.__file__, str(astra._product.find().library.path)]))
"""


@pytest.fixture(scope="session")
def sdist(project, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    # As a frontend would, but with the backend that the tests' environment holds.
    program = "import os, sys, scikit_build_core.build as build; print(build.build_sdist(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", program, folder], cwd=project, check=True, capture_output=True, text=True)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="session")
def wheel(sdist, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    result = subprocess.run([sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-q", "-w", folder, sdist],
                            capture_output=True, text=True)  # fmt: skip
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
    (made,) = folder.iterdir()
    return made


def version_of(project) -> str:
    return re.search(r"^project\(\S+ VERSION (\S+)", (project / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def test_sdist_holds_what_it_needs_and_no_more(sdist, project):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"CMakeLists.txt", "pyproject.toml", "LICENSE", "docs/python.md", "schemas/provider.json", "plugin/astra_cmk.h",
            "python/astra_cmk/__init__.pyi", "bridge/python/plugin_bridge/py.typed"} <= names  # fmt: skip
    assert not {name.partition("/")[0] for name in names} & {"tests", "examples", "build", ".ci"}


def test_wheel_name(wheel, project):
    assert re.fullmatch(rf"astra_cmk-{re.escape(version_of(project))}-py3-none-linux_\w+\.whl", wheel.name)


def test_wheel_contents(wheel, project):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = Parser().parsestr(archive.read(next(name for name in names if name.endswith("/METADATA"))).decode())
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"astra_cmk", "plugin_bridge"}
    assert {"astra_cmk/lib/libplugin_bridge.so", "astra_cmk/libastra_cmk.so", "astra_cmk/__init__.pyi", "astra_cmk/py.typed",
            "plugin_bridge/py.typed"} <= names  # fmt: skip
    schemas = {str(path.relative_to(project)) for path in (project / "schemas").rglob("*.json")}
    assert {name.removeprefix("astra_cmk/") for name in names if name.startswith("astra_cmk/schemas/")} == schemas
    assert metadata["Name"] == "astra-cmk" and metadata["Version"] == version_of(project) and metadata["License-Expression"] == "Apache-2.0"
    assert "astra_cmk.Client" in metadata.get_payload() and metadata["Requires-Dist"] is None


@pytest.fixture(scope="session")
def libraries(wheel, tmp_path_factory) -> list:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return sorted(folder.rglob("*.so"))


def output(*command) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def test_libraries(libraries):
    """They run where libcurl 4, OpenSSL 3 and glibc 2.34 are."""
    allowed = {"libcurl.so.4", "libssl.so.3", "libcrypto.so.3", "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
    assert len(libraries) == 2
    for library in libraries:
        dynamic = output("objdump", "-p", library)
        assert set(re.findall(r"NEEDED\s+(\S+)", dynamic)) <= allowed
        assert "RPATH" not in dynamic and "RUNPATH" not in dynamic
        versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([0-9.]+)", output("objdump", "-T", library))}
        assert max(versions) <= (2, 34)
        assert ".symtab" not in output("readelf", "-W", "-S", library)


def test_no_path_of_the_build_is_left(libraries, project):
    for library in libraries:
        data = library.read_bytes()
        assert os.fsencode(project) not in data and b"/tmp/" not in data


def test_installed(wheel, simulator, tmp_path, monkeypatch):
    """`pip install` in a new environment, and a program that uses it there."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv/bin/python"
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", "-q", wheel], check=True)
    env = {"ASTRA_API_URL": simulator.url, "ASTRA_API_TOKEN": simulator.token, "HOME": str(tmp_path)}
    said = subprocess.run([python, "-c", PROGRAM], cwd=tmp_path, check=True, capture_output=True, text=True, env=env).stdout
    name, package, library = json.loads(said)
    assert name == "aws/us-east-2" and Path(library) == Path(package).parent / "lib/libplugin_bridge.so"
    assert Path(package).is_relative_to(tmp_path / "venv")
