# SPDX-License-Identifier: Apache-2.0
"""The transport of a provider program, with methods made for tests (serve.c), on each kind of connection."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from provider_process import (  # noqa: E402, F401
    configured,
    provider,
    schemas_copy,
    start_provider,
    store,
    stubs,
    widget_schemas,
)
from transport import Identity, Program, Wire  # noqa: E402


@pytest.fixture(scope="session")
def identity() -> Identity:
    """The client that the program expects."""
    return Identity.make()


@pytest.fixture(scope="session")
def serve(build_dir: Path) -> Path:
    return build_dir / "tests/protocol/protocol-serve"


@pytest.fixture
def start(serve: Path, tmp_path: Path):
    """Starts the test server; what a test has not ended is ended after it, and must end well."""
    running = []

    def launch(*, identity: Identity | None, **environment: str) -> Program:
        program = Program(serve, identity=identity, folder=tmp_path, **environment)
        running.append(program)
        return program

    yield launch
    for program in running:
        assert program.stop() == 0, program.log
    assert not list(tmp_path.glob("provider-*")), "the socket's directory is left behind"


@pytest.fixture
def secure(start, identity: Identity) -> Program:
    """A program that serves over mutual TLS."""
    return start(identity=identity)


@pytest.fixture
def plain(start) -> Program:
    """A program that serves without TLS, for frames made by hand."""
    return start(identity=None)


@pytest.fixture
def wire(plain: Program):
    connection = plain.socket()
    yield Wire(connection)
    connection.close()
