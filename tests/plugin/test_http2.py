# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 where it is offered: a front for the simulator that speaks nothing else."""

from __future__ import annotations

import http.client
import pathlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.events
import pytest

from astra import ARN, OK, Session
from simulator import Simulator

PLACE = ("aws", "us-east-2")


class Front:
    """Takes HTTP/2 over TLS on a loopback port, and passes each request on to the simulator."""

    def __init__(self, simulator: Simulator, certificate: tuple[pathlib.Path, pathlib.Path]) -> None:
        self.token = simulator.token
        self._target = urlsplit(simulator.url).netloc
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._context.set_alpn_protocols(["h2"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self.protocols: list[str | None] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with self._context.wrap_socket(plain, server_side=True) as connection:
            self.protocols.append(connection.selected_alpn_protocol())
            http2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
            http2.initiate_connection()
            connection.sendall(http2.data_to_send())
            requests: dict[int, tuple[dict[str, str], bytearray]] = {}
            while data := connection.recv(65536):
                for event in http2.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        requests[event.stream_id] = (dict(event.headers), bytearray())
                    elif isinstance(event, h2.events.DataReceived):
                        requests[event.stream_id][1].extend(event.data)
                        http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    elif isinstance(event, h2.events.StreamEnded):
                        self._answer(http2, event.stream_id, *requests.pop(event.stream_id))
                connection.sendall(http2.data_to_send())

    def _answer(
        self, http2: h2.connection.H2Connection, stream: int, headers: dict[str, str], body: bytearray
    ) -> None:
        onward = http.client.HTTPConnection(self._target)
        passed = {name: value for name, value in headers.items() if not name.startswith(":")}
        passed.pop("accept-encoding", None)
        onward.request(headers[":method"], headers[":path"], bytes(body) or None, passed)
        answer = onward.getresponse()
        content = answer.read()
        onward.close()
        http2.send_headers(stream, [(":status", str(answer.status)), ("content-type", "application/json")])
        http2.send_data(stream, content, end_stream=True)


@pytest.fixture
def front(
    simulator: Simulator, certificate: tuple[pathlib.Path, pathlib.Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Front]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    server = Front(simulator, certificate)
    yield server
    server.close()


def test_http2_where_it_is_offered(
    front: Front, simulator: Simulator, open_session: Callable[..., Session]
) -> None:
    session = open_session(front)
    assert session.key_create(*PLACE, ARN).status == OK
    assert session.key_read(*PLACE).key_id == ARN
    assert session.key_delete(*PLACE, ARN).status == OK
    assert front.protocols == ["h2"], "one connection, of HTTP/2"
    assert simulator.state()["keys"] == []
