# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 where it is offered: a front for the simulator that speaks nothing else."""

from __future__ import annotations

import pathlib
import ssl
from collections.abc import Callable, Iterator

import pytest

from astra import ARN, OK, Session
from http2_front import Http2Front
from simulator import Simulator

PLACE = ("aws", "us-east-2")


@pytest.fixture
def front(
    simulator: Simulator, certificate: tuple[pathlib.Path, pathlib.Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Http2Front]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with Http2Front(simulator, context) as server:
        yield server


def test_http2_where_it_is_offered(
    front: Http2Front, simulator: Simulator, open_session: Callable[..., Session]
) -> None:
    session = open_session(front)
    assert session.key_create(*PLACE, ARN).status == OK
    assert session.key_read(*PLACE).key_id == ARN
    assert session.key_delete(*PLACE, ARN).status == OK
    assert front.protocols == ["h2"], "one connection, of HTTP/2"
    assert simulator.state()["keys"] == []
