# SPDX-License-Identifier: Apache-2.0
"""Simulators and sessions for the tests of the plugin's library."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

HERE = pathlib.Path(__file__).resolve().parent
# A sanitizer's runtime is preloaded for the library under test, not for the programs that tests start.
os.environ.pop("LD_PRELOAD", None)
sys.path[:0] = [str(HERE), str(HERE.parent / "simulator")]

from astra import Session
from simulator import Simulator


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """No setting of the caller's reaches a session, and no provider ID that was remembered on this machine."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("ASTRA_API_TOKEN", "ASTRA_API_TOKEN_FILE", "ASTRA_API_URL", "CURL_CA_BUNDLE", "SSL_CERT_FILE",
                 "SSL_CERT_DIR"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def simulate() -> Iterator[Callable[..., Simulator]]:
    """Starts simulators with the flags that are given."""
    running: list[Simulator] = []

    def start(*flags: str, **more: Any) -> Simulator:
        simulator = Simulator(*flags, **more)
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
def open_session() -> Iterator[Callable[..., Session]]:
    """Opens sessions, and closes them at the end."""
    sessions: list[Session] = []

    def start(*arguments: Any, **more: Any) -> Session:
        session = Session(*arguments, **more)
        sessions.append(session)
        return session

    yield start
    for session in sessions:
        session.close()


@pytest.fixture
def session(simulator: Simulator, open_session: Callable[..., Session]) -> Session:
    return open_session(simulator)


@pytest.fixture
def background(simulate: object, open_session: object) -> Iterator[Callable[..., Future[Any]]]:
    """Runs calls on threads; ends before sessions are closed."""
    with ThreadPoolExecutor(32) as pool:
        yield pool.submit


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[pathlib.Path, pathlib.Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", made],
        check=True, capture_output=True)  # fmt: skip
    return made, key


@pytest.fixture
def secure(simulate: Callable[..., Simulator], certificate: tuple[pathlib.Path, pathlib.Path]) -> Simulator:
    """A simulator that speaks TLS."""
    return simulate("--tls-certificate", str(certificate[0]), "--tls-key", str(certificate[1]))
