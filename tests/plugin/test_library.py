# SPDX-License-Identifier: Apache-2.0
"""The shared library itself: what it exports, its name, its version, and the C example."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess

from astra import ARN, LIBRARY, ROOT, load
from simulator import Simulator


def run(*command: object, **more: object) -> str:
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, capture_output=True, text=True, **more).stdout  # type: ignore[call-overload,no-any-return]


def test_it_exports_its_header_and_nothing_else() -> None:
    header = re.sub(r"/\*.*?\*/", "", (ROOT / "plugin/astra_cmk.h").read_text(), flags=re.DOTALL)
    declared = set(re.findall(r"\b(astra_\w+)\s*\(", header))
    defined = run("nm", "-D", "--defined-only", "--format=posix", "--without-symbol-versions", LIBRARY)
    exported = {line.split()[0] for line in defined.splitlines() if line.split()[1] != "A"}
    assert exported == declared and len(declared) == 21


def test_its_name() -> None:
    assert "[libastra_cmk.so.0]" in run("readelf", "-d", LIBRARY)
    assert LIBRARY.resolve().name.startswith("libastra_cmk.so.0.")


def test_its_version() -> None:
    library = load()
    assert library.astra_cmk_abi_version() == 1
    version = re.search(r"^project\(.*?VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert version and library.astra_cmk_version().decode() == version[1]


def test_the_c_example(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    folder = LIBRARY.parent
    program = tmp_path / "register_key"
    run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", ROOT / "examples/c/register_key.c", "-o", program,
        f"-I{ROOT / 'plugin'}", f"-L{folder}", "-lastra_cmk", f"-Wl,-rpath,{folder}", *sanitizers())  # fmt: skip
    settings = os.environ | {"ASTRA_API_URL": simulator.url, "ASTRA_API_TOKEN": simulator.token}
    settings.pop("LD_PRELOAD", None)
    shown = run(program, "aws", "us-east-2", ARN, env=settings)
    assert "aws/us-east-2 is registered" in shown and simulator.state()["keys"][0]["key_id"] == ARN


def sanitizers() -> list[str]:
    """The flags that a program needs to link a sanitized library."""
    cache = (LIBRARY.parents[1] / "CMakeCache.txt").read_text()
    names = re.search(r"^SANITIZE:\w+=(.+)$", cache, re.MULTILINE)
    return [f"-fsanitize={names[1]}"] if names else []
