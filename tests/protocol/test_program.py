# SPDX-License-Identifier: Apache-2.0
"""The provider program as a process: how it starts, by whom, and when it ends."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import grpc
import pytest

from transport import COOKIE, PATIENCE, Identity, Program, bytes_in

SCHEMA = "/tfplugin6.Provider/GetProviderSchema"


@pytest.fixture(scope="session")
def program(build_dir: Path) -> Path:
    return build_dir / "bridge/terraform/terraform-provider-bridge"


@pytest.fixture(scope="session")
def schemas(project: Path) -> Path:
    return project / "schemas"


@pytest.fixture
def running(program: Path, schemas: Path, identity: Identity, tmp_path: Path):
    started = Program(program, "--schemas", schemas, identity=identity, folder=tmp_path)
    yield started
    assert started.stop() == 0, started.log
    assert not list(tmp_path.glob("provider-*"))


def schema_size(channel: grpc.Channel) -> int:
    return len(channel.unary_unary(SCHEMA, bytes_in, bytes_in)(b"", timeout=PATIENCE))


def gone(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while condition():
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.02)


def by_hand(program: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([program, *arguments], env={}, capture_output=True, text=True, timeout=PATIENCE)


def test_by_hand_it_says_what_it_is(program):
    done = by_hand(program)
    assert done.returncode == 1 and done.stdout == ""
    assert "provider for Terraform" in done.stderr and "terraform/plugins/" in done.stderr


def test_help_and_version(program):
    assert "--schemas DIR" in by_hand(program, "--help").stdout
    assert by_hand(program, "--help").returncode == 0
    assert by_hand(program, "--version").stdout.count(".") == 2


@pytest.mark.parametrize("arguments", [["--schema", "x"], ["--schemas"], ["more"]])
def test_arguments_it_does_not_know(program, arguments):
    done = by_hand(program, *arguments)
    assert done.returncode == 1 and arguments[0] in done.stderr and "--help" in done.stderr


def test_the_schema_is_served(running):
    with running.channel() as channel:
        assert schema_size(channel) > 1000


def test_schemas_stand_beside_the_program(program, schemas, identity, tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    shutil.copy2(program, package / "terraform-provider-x")
    (package / "schemas").symlink_to(schemas)
    started = Program(package / "terraform-provider-x", identity=identity, folder=tmp_path)
    with started.channel() as channel:
        assert schema_size(channel) > 1000
    assert started.stop() == 0


def test_shutdown_ends_it(running):
    with running.channel() as channel:
        schema_size(channel)
        channel.unary_unary("/plugin.GRPCController/Shutdown", bytes_in, bytes_in)(b"", timeout=PATIENCE)
        assert running.wait() == 0
    assert not os.path.exists(running.address)


def test_ctrl_c_is_left_to_the_host(running):
    with running.channel() as channel:
        schema_size(channel)
        running.process.send_signal(signal.SIGINT)
        assert schema_size(channel) > 1000


def test_nothing_of_it_can_be_dumped(running):
    status = Path(f"/proc/{running.process.pid}")
    limits = (status / "limits").read_text()
    assert [line for line in limits.splitlines() if line.startswith("Max core file size")][0].split()[4:6] == ["0", "0"]
    if os.getuid():
        assert status.stat().st_uid == 0  # what is not dumpable belongs to root


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become another user")
def test_its_memory_is_closed_to_other_programs_of_its_user(program, schemas, identity):
    """As another user than root, who may look into everything."""
    nobody = 65534
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy2(program, folder / "provider")
        shutil.copytree(schemas, folder / "schemas")
        (folder / "sockets").mkdir()
        os.chown(folder / "sockets", nobody, nobody)
        folder.chmod(0o755)
        started = Program(folder / "provider", identity=identity, folder=folder / "sockets", user=nobody)
        as_nobody = {"user": nobody, "cwd": "/", "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, "timeout": PATIENCE}
        try:
            for file in ("mem", "environ"):
                path = Path(f"/proc/{started.process.pid}/{file}")
                assert path.stat().st_uid == 0, "what can't be dumped belongs to root"
                seen = subprocess.run(["head", "-c1", path], capture_output=True, text=True, **as_nobody)
                assert "Permission denied" in seen.stderr
            subprocess.run(["head", "-c1", f"/proc/{started.process.pid}/status"], check=True, **as_nobody)
        finally:
            assert started.stop() == 0, started.log


def test_it_ends_with_its_host(program, schemas, identity, tmp_path):
    """The host is killed: it says no goodbye, and nobody else would end the provider."""
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
        "print(child.pid, child.stdout.readline().decode(), end='', flush=True)\n"
        "sys.stdin.read()\n"
    )
    variables = os.environ | {
        "TF_PLUGIN_MAGIC_COOKIE": COOKIE,
        "PLUGIN_CLIENT_CERT": identity.certificate.decode(),
        "PLUGIN_UNIX_SOCKET_DIR": str(tmp_path),
    }
    host = subprocess.Popen(
        [sys.executable, "-c", script, program, "--schemas", schemas],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    pid, line = host.stdout.readline().split(maxsplit=1)
    address = line.split("|")[3]
    assert stat.S_ISSOCK(os.stat(address).st_mode)
    host.kill()
    host.wait()
    gone(lambda: os.path.exists(address))
    host.stdin.close()
    host.stdout.close()


def test_reattach_serves_until_ctrl_c(program, schemas, tmp_path):
    variables = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    started = subprocess.Popen(
        [program, "--schemas", schemas, "--reattach"],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        providers = json.loads(started.stdout.readline())
        assert {address.split("/")[0] for address in providers} == {"registry.terraform.io", "registry.opentofu.org"}
        for provider in providers.values():
            assert provider["Protocol"] == "grpc" and provider["ProtocolVersion"] == 6 and provider["Test"] is True
            assert provider["Pid"] == started.pid and provider["Addr"]["Network"] == "unix"
        for _ in range(3):
            with grpc.insecure_channel(f"unix:{provider['Addr']['String']}") as channel:
                assert schema_size(channel) > 1000
        started.send_signal(signal.SIGINT)
        assert started.wait(PATIENCE) == 0
        assert not list(tmp_path.glob("provider-*"))
    finally:
        started.kill()
        started.wait()
        started.stdout.close()


def test_a_socket_folder_that_cannot_be_used_is_said(program, tmp_path, schemas):
    environment = {"TF_PLUGIN_MAGIC_COOKIE": COOKIE, "TMPDIR": str(tmp_path)}
    deep = "x" * 120
    environment["PLUGIN_UNIX_SOCKET_DIR"] = f"{tmp_path}/{deep}"  # too long for a socket: the next is taken
    started = subprocess.Popen(
        [program, "--schemas", schemas], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert started.stdout.readline().split("|")[3].startswith((str(tmp_path), "/tmp/"))
    finally:
        started.terminate()
        assert started.wait(PATIENCE) == 0
        started.stdout.close()
