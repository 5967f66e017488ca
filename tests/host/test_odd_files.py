# SPDX-License-Identifier: Apache-2.0
"""Paths that users give and that lead to no file, to a link, or to a disk that is full: nothing is replaced that was no file,
nobody waits for ever, and what was done is kept."""

import json
import os
import stat
import subprocess
import threading
from pathlib import Path
from typing import Callable

import pytest
from host_cli import Program, widgets
from prompt import DEADLINE


@pytest.fixture
def made(host: Program) -> Program:
    """A widget is there, and another one is wanted."""
    host.configure(resource=widgets(a={}), output={"name": {"value": "${widget.a.name}"}})
    host.apply()
    host.configure(resource=widgets(a={}, b={}), output={"name": {"value": "${widget.a.name}"}})
    return host


def pipe_read_aside(path: Path) -> Callable[[], str]:
    """Makes a pipe, and reads it meanwhile. Call what is returned for what came through."""
    os.mkfifo(path)
    read: list[str] = []
    thread = threading.Thread(target=lambda: read.append(path.read_text()), daemon=True)
    thread.start()

    def wait() -> str:
        thread.join(DEADLINE)
        assert read, "nobody wrote into the pipe"
        return read[0]
    return wait


# --- what is no file ---


def test_a_backup_goes_into_a_pipe_as_into_a_device(made: Program) -> None:
    """As -backup=/dev/null, which must not become a file."""
    before = (made.folder / "terraform.tfstate").read_text()
    wait = pipe_read_aside(made.folder / "pipe")
    made.apply("-backup=pipe")
    assert wait() == before
    assert stat.S_ISFIFO((made.folder / "pipe").stat().st_mode)


def test_a_plan_goes_into_a_pipe_as_into_a_device(made: Program) -> None:
    wait = pipe_read_aside(made.folder / "pipe")
    made.plan("-out=pipe")
    (made.folder / "plan").write_text(wait())
    assert stat.S_ISFIFO((made.folder / "pipe").stat().st_mode)
    made.apply("plan")
    assert made.objects() == {"a", "b"}


@pytest.mark.parametrize("target", ["there", "not there yet"])
def test_a_plan_goes_where_a_link_leads(made: Program, target: str) -> None:
    if target == "there":
        (made.folder / "real").write_text("old")
    (made.folder / "link").symlink_to("real")
    made.plan("-out=link")
    assert (made.folder / "link").is_symlink()
    assert stat.S_IMODE((made.folder / "real").stat().st_mode) == 0o600
    made.apply("link")
    assert made.objects() == {"a", "b"}


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "directory"])
@pytest.mark.parametrize("flags", [[], ["-lock=false"]], ids=["locked", "unlocked"])
@pytest.mark.parametrize("option", ["-state", "-state-out"])
def test_a_state_that_is_no_file_is_refused_at_once(made: Program, make: Callable[[Path], None], flags: list[str], option: str) -> None:
    make(made.folder / "odd")
    error = made.apply(f"{option}=odd", *flags, fails=True).error("odd")
    assert "no file" in error or "Is a directory" in error
    assert made.objects() == {"a"}


def test_a_state_in_a_device_is_refused_and_the_device_left_alone(made: Program) -> None:
    before = Path("/dev/null").stat()
    made.apply("-state=/dev/null", fails=True).error("/dev/null", "no file")
    made.apply("-state-out=/dev/null", fails=True).error("/dev/null", "no file")
    after = Path("/dev/null").stat()
    assert made.objects() == {"a"} and (before.st_mode, before.st_ino) == (after.st_mode, after.st_ino)


# --- links ---


def test_a_state_behind_a_link_stays_there(host: Program) -> None:
    (host.folder / "elsewhere").mkdir()
    (host.folder / "terraform.tfstate").symlink_to("elsewhere/state")
    host.configure(resource=widgets(a={}))
    host.apply()
    host.configure(resource=widgets(a={}, b={}))
    host.apply()
    assert (host.folder / "terraform.tfstate").is_symlink() and len(host.instances()) == 2
    assert {path.name for path in (host.folder / "elsewhere").iterdir()} == {"state"}


def test_a_state_behind_a_link_to_nowhere_is_refused(made: Program) -> None:
    (made.folder / "link").symlink_to("no/such/folder")
    made.apply("-state=link", fails=True).error("link", "No such file or directory")
    assert made.objects() == {"a"}


# --- standard output ---

COMMANDS = [("plan",), ("plan", "-json"), ("plan", "-detailed-exitcode"), ("apply", "-auto-approve"), ("apply", "-auto-approve", "-json"), ("show",),
            ("show", "-json"), ("output",), ("output", "-json"), ("output", "-raw", "name"), ("state", "list"), ("state", "show", "widget.a"),
            ("refresh",), ("validate",), ("validate", "-json"), ("providers",), ("providers", "schema", "-json"), ("init",), ("version",),
            ("-help",), ("destroy", "-auto-approve")]


def run_into(output: str, program: Program, *command: str) -> subprocess.CompletedProcess:
    with open(output, "w") as file:
        return subprocess.run([program.program, *command], cwd=program.folder, env=program.env, stdout=file, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, text=True, timeout=DEADLINE)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_output_that_finds_no_room_is_a_failure(made: Program, command: tuple[str, ...]) -> None:
    """What was to be done is done all the same, and is in the state."""
    result = run_into("/dev/full", made, *command)
    assert result.returncode == 1
    assert "cannot write to standard output: No space left on device" in result.stderr
    objects = {"apply": {"a", "b"}, "destroy": set()}.get(command[0], {"a"})
    assert made.objects() == objects
    assert set(made.instances()) == {f"widget.{name}" for name in objects}
    if command[0] in ("apply", "destroy"):
        assert "done as asked" in result.stderr
    made.run("plan", expect=(0,))


def test_a_command_that_fails_says_so_beside_the_output(made: Program) -> None:
    """That what was printed is missing does not hide what went wrong."""
    result = run_into("/dev/full", made, "state", "show", "widget.none")
    assert result.returncode == 1 and "No instance found" in result.stderr and "as asked" not in result.stderr


def test_a_reader_that_is_gone_does_not_stop_an_apply(made: Program) -> None:
    """As `apply | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen([made.program, "apply", "-auto-approve"], cwd=made.folder, env=made.env, stdout=writer,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    os.close(writer)
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1 and "cannot write to standard output: Broken pipe" in errors
    assert made.objects() == {"a", "b"} and len(json.loads((made.folder / "terraform.tfstate").read_text())["resources"]) == 2
