# SPDX-License-Identifier: Apache-2.0
"""No schema and no library is loaded that somebody else could write."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SOMEBODY, CROWD = 64321, 64322  # a user and a group that are not ours

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
Check = Callable[[], subprocess.CompletedProcess]


@pytest.fixture
def plugin(build_dir: Path, tmp_path: Path) -> Path:
    """A plugin that is right: schemas, its library beside them, and a program that loads them."""
    plugin = Path(shutil.copytree(build_dir / "tests/defects/none", tmp_path / "plugin"))
    shutil.copy2(build_dir / "bridge/check/bridge-check", plugin / "program")
    for path in (plugin, *plugin.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o022)
    return plugin


@pytest.fixture
def check(plugin: Path) -> Check:
    def run() -> subprocess.CompletedProcess:
        return subprocess.run([plugin / "program", plugin / "schemas"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120)  # fmt: skip

    return run


def give(plugin: Path, user: int, group: int) -> None:
    for path in (plugin, *plugin.rglob("*")):
        os.chown(path, user, group)


def library(plugin: Path) -> Path:
    (path,) = plugin.glob("*.so")
    return path


def assert_refused(result: subprocess.CompletedProcess, path: Path, *parts: str) -> None:
    assert result.returncode == 1 and not result.stderr, result
    lines = [line for line in result.stdout.splitlines() if str(path) in line]
    assert [line for line in lines if all(part in line for part in parts)], result.stdout


PARTS = pytest.mark.parametrize("part", ["schemas", "schemas/provider.json", "schemas/resources",
                                         "schemas/resources/thing.json", "library", "."])  # fmt: skip


def find(plugin: Path, part: str) -> Path:
    return library(plugin) if part == "library" else plugin / part


def test_what_is_ours_is_loaded(check: Check) -> None:
    result = check()
    assert result.returncode == 0, result.stdout


@PARTS
def test_what_everybody_may_write_is_refused(check: Check, plugin: Path, part: str) -> None:
    path = find(plugin, part)
    path.chmod(path.stat().st_mode | 0o002)
    assert_refused(check(), path, "everybody", f"chmod -R go-w '{path}")


@as_root
@PARTS
def test_what_is_another_users_is_refused(check: Check, plugin: Path, part: str) -> None:
    path = find(plugin, part)
    os.chown(path, SOMEBODY, 0)
    assert_refused(check(), path, str(SOMEBODY), "chown")


@as_root
@pytest.mark.parametrize("part", ["schemas", "schemas/provider.json", "schemas/resources/thing.json", "library"])
def test_what_a_group_may_write_is_refused(check: Check, plugin: Path, part: str) -> None:
    path = find(plugin, part)
    os.chown(path, 0, CROWD)
    path.chmod(path.stat().st_mode | 0o020)
    assert_refused(check(), path, "a group", str(CROWD), "chmod")


def test_all_is_said_in_one_go(check: Check, plugin: Path) -> None:
    paths = [plugin / "schemas/resources/thing.json", library(plugin)]
    for path in paths:
        path.chmod(0o666)
    result = check()
    for path in paths:
        assert_refused(result, path, "0666")


@as_root
def test_the_programs_owner_is_trusted(check: Check, plugin: Path) -> None:
    """A checkout of another user in a container, say: who owns the program has it do what he wants anyway."""
    give(plugin, SOMEBODY, CROWD)
    result = check()
    assert result.returncode == 0, result.stdout
    os.chown(plugin / "program", 0, 0)
    assert_refused(check(), plugin / "schemas/provider.json", str(SOMEBODY))


@as_root
def test_a_users_own_group_may_write(check: Check, plugin: Path) -> None:
    """As with umask 002, where each user has a group of the same number."""
    give(plugin, SOMEBODY, SOMEBODY)
    for path in (plugin, *plugin.rglob("*")):
        path.chmod(path.stat().st_mode | 0o020)
    result = check()
    assert result.returncode == 0, result.stdout


def test_the_librarys_folder_may_be_sticky(check: Check, plugin: Path) -> None:
    """As /tmp is: what others put there does not replace the library."""
    plugin.chmod(0o1777)
    result = check()
    assert result.returncode == 0, result.stdout


@as_root
def test_the_librarys_folder_may_be_shared_by_root(check: Check, plugin: Path) -> None:
    """As /usr/local is on Debian, with the group staff."""
    os.chown(plugin, 0, CROWD)
    plugin.chmod(0o2775)
    result = check()
    assert result.returncode == 0, result.stdout


def test_where_a_link_leads_is_looked_at(check: Check, plugin: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = library(plugin)
    moved = path.rename(elsewhere / path.name)
    path.symlink_to(moved)
    assert check().returncode == 0
    elsewhere.chmod(0o777)
    assert_refused(check(), elsewhere, "everybody")
    elsewhere.chmod(0o755)
    plugin.chmod(0o777)  # the link itself could be exchanged
    assert_refused(check(), plugin, "everybody")
