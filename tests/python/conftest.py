# SPDX-License-Identifier: Apache-2.0
"""The Python package as the build that is tested gives it, clients of a simulator, and a clean environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from simulator import Simulator

# A sanitizer's, which has to be in a process before the library that was built with it.
RUNTIME = os.environ.get("SANITIZER_RUNTIME")


@pytest.fixture(scope="session")
def staged(project: Path, build_dir: Path, sanitized: bool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a wheel holds, made of the build that is tested."""
    if sanitized and not RUNTIME:
        pytest.skip("a sanitized library needs its runtime before it: tests/run --sanitize NAME --all")
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(["cmake", "--install", build_dir, "--component", "python", "--prefix", folder], check=True, stdout=subprocess.DEVNULL)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(project / "python/astra_cmk", folder / "astra_cmk", dirs_exist_ok=True, ignore=ignored)
    shutil.copytree(project / "bridge/python/plugin_bridge", folder / "plugin_bridge", ignore=ignored)
    return folder


@pytest.fixture(scope="session")
def astra_cmk(staged: Path) -> ModuleType:
    """The package."""
    sys.path.insert(0, str(staged))
    import astra_cmk

    assert Path(astra_cmk.__file__).is_relative_to(staged)
    return astra_cmk


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the caller's, and no provider ID that was remembered on this machine."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("ASTRA_API_TOKEN", "ASTRA_API_TOKEN_FILE", "ASTRA_API_URL", "ASTRA_CMK_LIB", "CURL_CA_BUNDLE",
                 "SSL_CERT_FILE", "SSL_CERT_DIR"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def simulate() -> Iterator[Callable[..., Simulator]]:
    """Starts simulators with the flags that are given."""
    running: list[Simulator] = []

    def start(*flags: str) -> Simulator:
        simulator = Simulator(*flags)
        simulator.start()
        running.append(simulator)
        return simulator

    yield start
    for simulator in running:
        assert simulator.stop() == 0


@pytest.fixture
def simulator(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate()


@pytest.fixture
def connect(astra_cmk: ModuleType, simulate: object) -> Iterator[Callable[..., Any]]:
    """Opens clients, and closes them at the end."""
    clients: list[Any] = []

    def start(simulator: Simulator, **settings: Any) -> Any:
        client = astra_cmk.Client(**{"token": simulator.token, "api_url": simulator.url, **settings})
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def astra(simulator: Simulator, connect: Callable[..., Any]) -> Any:
    """A client of `simulator`."""
    return connect(simulator)


@pytest.fixture
def background(connect: object) -> Iterator[ThreadPoolExecutor]:
    """Threads; end before clients are closed."""
    with ThreadPoolExecutor(32) as pool:
        yield pool


@pytest.fixture
def python_env(staged: Path) -> dict[str, str]:
    """The environment of a Python that sees the package."""
    runtime = {"LD_PRELOAD": RUNTIME} if RUNTIME else {}
    return {**os.environ, "PYTHONPATH": str(staged), "PYTHONDONTWRITEBYTECODE": "1"} | runtime


class Script:
    """A Python program that was started. It says where it is by printing lines."""

    def __init__(self, program: str, arguments: tuple[str, ...], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-X", "faulthandler", "-c", textwrap.dedent(program), *arguments],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().rstrip("\n")

    def end(self, timeout: float = 60) -> tuple[int, str, str]:
        """Status, and what was printed since."""
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            pytest.fail(f"the script did not end: {out}{err}")
        return self.process.returncode, out, err


@pytest.fixture
def run_script(python_env: dict[str, str], simulate: object) -> Iterator[Callable[..., Script]]:
    """Starts Python programs that see the package and a simulator."""
    scripts: list[Script] = []

    def start(program: str, simulator: Simulator | None = None, *arguments: str, **more: str) -> Script:
        api = {"ASTRA_API_URL": simulator.url, "ASTRA_API_TOKEN": simulator.token} if simulator else {}
        scripts.append(Script(program, arguments, python_env | api | more))
        return scripts[-1]

    yield start
    for script in scripts:
        if script.process.poll() is None:
            script.process.kill()
            script.process.communicate()
