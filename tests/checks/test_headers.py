# SPDX-License-Identifier: Apache-2.0
"""Headers stand alone: each compiles by itself, the public ones as C and C++ of several years, with every warning."""

import shlex
import subprocess

import pytest

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wundef", "-Wwrite-strings", "-Werror"]


def compile_alone(compiler, header, *arguments):
    # Twice, so that a missing include guard shows.
    source = f'#include "{header}"\n#include "{header}"\nextern int unused_but_not_empty;\n'
    language = "c++" if "++" in compiler else "c"
    result = subprocess.run([compiler, "-x", language, "-fsyntax-only", *WARNINGS, *arguments, "-"], input=source,
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


PUBLIC = ["plugin/astra_cmk.h", "bridge/embed/plugin_bridge.h"]


@pytest.mark.parametrize("header", PUBLIC)
@pytest.mark.parametrize("compiler", ["gcc", "clang-14"])
@pytest.mark.parametrize("standard", ["c99", "c11", "c17", "gnu17"])
def test_public_header_as_c(project, header, compiler, standard):
    compile_alone(compiler, project / header, f"-std={standard}", "-Wstrict-prototypes")


@pytest.mark.parametrize("header", PUBLIC)
@pytest.mark.parametrize("compiler", ["g++", "clang++-14"])
@pytest.mark.parametrize("standard", ["c++11", "c++17", "c++20"])
def test_public_header_as_cxx(project, header, compiler, standard):
    compile_alone(compiler, project / header, f"-std={standard}")


def test_inner_headers(project, tree, tmp_path):
    inner = [path for path in tree if path.relative_to(project).parts[0] in ("plugin", "bridge")]
    headers = [path for path in inner if path.suffix == ".h"]
    for path in (path for path in inner if path.suffix == ".proto"):
        subprocess.run(["protoc-c", f"--c_out={tmp_path}", f"-I{path.parent}", path], check=True)
    modules = "json-c libcurl libssl libffi libnghttp2 msgpack libprotobuf-c libpcre2-8"
    flags = subprocess.run(["pkg-config", "--cflags", *modules.split()], check=True, capture_output=True, text=True).stdout
    system = [f"-isystem{tmp_path}", "-std=c17", "-D_GNU_SOURCE", "-Wno-pedantic", *shlex.split(flags)]
    assert headers
    for header in headers:
        folders = (header.parent, project / "bridge", project / "plugin")
        compile_alone("gcc", header, *system, *(f"-I{folder}" for folder in folders))
