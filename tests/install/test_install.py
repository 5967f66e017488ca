# SPDX-License-Identifier: Apache-2.0
"""What an installation of the release build puts where, and what the shipped binaries are made of."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.shipped

# The glibc that the shipped binaries must run on, and the libraries that they may load.
NEWEST_GLIBC = (2, 34)
SHARED = {"libcurl.so.4", "libssl.so.3", "libcrypto.so.3", "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2",
          "ld-linux-aarch64.so.1"}
MAIN_TF = """
terraform {
  required_providers {
    astra = { source = "%s" }
  }
}
output "parts" { value = provider::astra::parse_key_id("projects/p/locations/us-east1/keyRings/r/cryptoKeys/k").region }
"""


def output(*command) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"}).stdout


@pytest.fixture(scope="session")
def library(prefix) -> Path:
    return prefix / "lib/libastra_cmk.so"


@pytest.fixture(scope="session")
def program(package) -> Path:
    (program,) = package.glob("terraform-provider-astra-cmk_v*")
    return program


@pytest.fixture(scope="session")
def binaries(prefix, library, program, release_dir, tmp_path_factory) -> list:
    """Every program and shared library that is installed, found by what it is, each once; those of a wheel too."""
    wheel = tmp_path_factory.mktemp("wheel")
    subprocess.run(["cmake", "--install", release_dir, "--prefix", wheel, "--component", "python"], check=True,
                   stdout=subprocess.DEVNULL)
    found = sorted(path for folder in (prefix, wheel) for path in folder.rglob("*") if not path.is_symlink()
                   and path.is_file() and path.read_bytes()[:4] == b"\x7fELF")
    assert {library.resolve(), program, prefix / "bin/terraform-provider-bridge",
            wheel / "astra_cmk/libastra_cmk.so"} <= set(found)
    return found


def is_library(binary) -> bool:
    return ".so" in binary.name


# --- where things are ---


def test_layout(prefix):
    for path in ("include/astra_cmk.h", "lib/pkgconfig/astra-cmk.pc", "share/astra-cmk/schemas/provider.json",
                 "share/astra-cmk/schemas/meta.json", "bin/terraform-provider-bridge", "share/doc/astra-cmk/LICENSE",
                 "share/doc/astra-cmk/SECURITY.md",
                 "share/man/man1/terraform-provider-bridge.1", "bin/astra-cmk", "share/man/man1/astra-cmk.1",
                 "share/bash-completion/completions/astra-cmk", "share/zsh/site-functions/_astra-cmk"):
        assert (prefix / path).is_file(), path


def test_links_survive_a_move(prefix):
    """No link is absolute, so that a prefix can be packed, moved, or mounted elsewhere."""
    links = [path for path in prefix.rglob("*") if path.is_symlink()]
    assert links
    for link in links:
        assert not os.readlink(link).startswith("/") and link.exists(), link


def test_schemas_of_the_library_reach_it(prefix, library):
    assert (prefix / "share/astra-cmk/schemas" / "../libastra_cmk.so").resolve() == library.resolve()


def test_package_holds_real_files_only(package):
    """Terraform's lock file covers what lies in the package, and nothing that a link leads to."""
    assert not [path for path in package.rglob("*") if path.is_symlink()]
    assert {path.name for path in package.iterdir()} == {
        f"terraform-provider-astra-cmk_v{package.parent.name}", "libastra_cmk.so", "schemas"}


def test_no_path_of_the_build_is_left(prefix, project):
    needles = [os.fsencode(project), os.fsencode(Path.home())]
    for path in (path for path in prefix.rglob("*") if path.is_file()):
        data = path.read_bytes()
        assert not [needle for needle in needles if len(needle) > 1 and needle in data], path


def test_destdir_is_honoured(release_dir, tmp_path):
    subprocess.run(["cmake", "--install", release_dir, "--prefix", "/usr"], check=True, capture_output=True,
                   env=os.environ | {"DESTDIR": str(tmp_path)})
    assert {path.name for path in tmp_path.iterdir()} == {"usr"}
    link = tmp_path / "usr/share/astra-cmk/libastra_cmk.so"
    assert link.is_symlink() and link.exists()


def test_install_twice(release_dir, tmp_path):
    for _ in range(2):
        subprocess.run(["cmake", "--install", release_dir, "--prefix", tmp_path], check=True, capture_output=True)


def test_pkg_config(prefix, library, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(prefix, moved, symlinks=True)
    env = {"PATH": os.environ["PATH"], "PKG_CONFIG_PATH": str(moved / "lib/pkgconfig")}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "astra-cmk"], check=True, capture_output=True, text=True, env=env)
    source = tmp_path / "use.c"
    source.write_text('#include <astra_cmk.h>\n#include <stdio.h>\nint main(void) { return puts(astra_cmk_version()) < 0; }\n')
    subprocess.run(["gcc", "-Werror", source, "-o", tmp_path / "use", *flags.stdout.split()], check=True)
    said = subprocess.run([tmp_path / "use"], check=True, capture_output=True, text=True,
                          env={"LD_LIBRARY_PATH": str(moved / "lib")})
    version = subprocess.run(["pkg-config", "--modversion", "astra-cmk"], check=True, capture_output=True, text=True, env=env)
    assert said.stdout == version.stdout


# --- Terraform finds it ---


@pytest.mark.parametrize("source", ["astra-cmk/astra-cmk", "registry.opentofu.org/astra-cmk/astra-cmk"])
def test_terraform_finds_the_provider(terraform, terraform_env, tmp_path, source):
    folder = tmp_path / "configuration"
    folder.mkdir()
    (folder / "main.tf").write_text(MAIN_TF % source)
    for command in (["init", "-input=false"], ["validate"], ["plan", "-input=false"], ["apply", "-auto-approve"]):
        result = subprocess.run([terraform, *command, "-no-color"], cwd=folder, env=terraform_env, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
    assert 'parts = "us-east1"' in result.stdout


def test_lock_file_covers_library_and_schemas(terraform, terraform_env, prefix, package, tmp_path):
    copy = tmp_path / "prefix"
    shutil.copytree(prefix, copy, symlinks=True)
    env = terraform_env | {"XDG_DATA_DIRS": str(copy / "share")}
    folder = tmp_path / "configuration"
    folder.mkdir()
    (folder / "main.tf").write_text(MAIN_TF % "astra-cmk/astra-cmk")
    subprocess.run([terraform, "init", "-input=false"], cwd=folder, env=env, check=True, capture_output=True)
    schema = copy / package.relative_to(prefix) / "schemas/provider.json"
    schema.write_text(schema.read_text() + "\n")
    result = subprocess.run([terraform, "plan", "-input=false", "-no-color"], cwd=folder, env=env, capture_output=True, text=True)
    assert result.returncode != 0
    assert "does not match any of the checksums" in " ".join(result.stderr.replace("│", " ").split())


def test_program_without_terraform_explains_itself(program):
    result = subprocess.run([program], capture_output=True, text=True, env={}, timeout=60)
    assert result.returncode == 1
    assert "Terraform" in result.stdout + result.stderr


# --- what the binaries are made of ---


@pytest.mark.parametrize("name, header, prefixed", [
    ("libastra_cmk.so", "astra_cmk.h", "astra_"), ("libplugin_bridge.so", "plugin_bridge.h", "plugin_bridge_")])
def test_library_exports_its_header_and_nothing_else(prefix, name, header, prefixed):
    text = re.sub(r"/\*.*?\*/", "", (prefix / "include" / header).read_text(), flags=re.DOTALL)
    declared = set(re.findall(rf"\b({prefixed}\w+)\s*\([^;{{}}]*\)\s*;", text))
    symbols = [line.split()[-2:] for line in output("nm", "-D", "--defined-only", prefix / "lib" / name).splitlines()]
    exported = {symbol.split("@")[0] for kind, symbol in symbols if kind != "A"}  # A: the version itself
    assert declared and exported == declared


def test_every_library_is_looked_at(binaries):
    assert {path.name.split(".so")[0] for path in binaries if is_library(path)} == {"libastra_cmk", "libplugin_bridge"}


def test_programs_export_nothing(binaries):
    """But for libc's own data, such as stderr, of which every program holds a copy."""
    for binary in (path for path in binaries if not is_library(path)):
        symbols = [line.split()[-1] for line in output("nm", "-D", "--defined-only", binary).splitlines()]
        assert [name for name in symbols if "@GLIBC_" not in name] == [], binary


def test_shared_libraries(binaries):
    for binary in binaries:
        needed = set(re.findall(r"NEEDED\s+(\S+)", output("objdump", "-p", binary)))
        assert "libc.so.6" in needed and needed <= SHARED, (binary, needed)


def test_a_start_loads_neither_libcurl_nor_the_library(program):
    """Asking for the schema needs no request, and loading libcurl takes longer than all the rest."""
    assert not re.search(r"NEEDED\s+(libcurl|libastra)", output("objdump", "-p", program))


def test_glibc(binaries):
    for binary in binaries:
        found = re.findall(r"GLIBC_([0-9.]+)", output("objdump", "-T", binary))
        versions = {tuple(map(int, version.split("."))) for version in found}
        assert versions and max(versions) <= NEWEST_GLIBC, binary


def test_hardening(binaries):
    for binary in binaries:
        header, dynamic, segments = (output("readelf", "-W", flag, binary) for flag in ("-h", "-d", "-l"))
        assert "DYN" in re.search(r"Type:.*", header)[0], f"{binary} is not position independent"
        assert is_library(binary) or re.search(r"FLAGS_1.*\bPIE\b", dynamic), f"{binary} is not a PIE"
        assert re.search(r"FLAGS_1.*\bNOW\b", dynamic), f"{binary} binds late"
        assert "GNU_RELRO" in segments, f"{binary} has writable relocations"
        assert re.search(r"GNU_STACK.*\sRW\s", segments), f"{binary} has an executable stack"
        assert not re.search(r"TEXTREL|RPATH|RUNPATH", dynamic), binary
        used = output("nm", "-D", "--undefined-only", binary)
        assert "__stack_chk_fail" in used, f"{binary} has no stack protector"
        assert re.search(r"__\w+_chk\b", used.replace("__stack_chk_fail", "")), f"{binary} has nothing fortified"


def test_stripped(binaries):
    for binary in binaries:
        assert not re.search(r"\.symtab|\.debug_info", output("readelf", "-W", "-S", binary)), binary


def test_size(library, program):
    assert library.stat().st_size + program.stat().st_size < 1_500_000
