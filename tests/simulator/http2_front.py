# SPDX-License-Identifier: Apache-2.0
"""A front for the simulator that speaks HTTP/2 and nothing else; see fronts.py.

    front = Http2Front(simulator, context)   # an ssl.SSLContext with a certificate
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import Any

import h2.config
import h2.connection
import h2.events

from fronts import Answer, Call, Front
from simulator import Simulator


@dataclass
class Http2Call(Call):
    """One request, and the stream that it came on."""

    http2: Any = None
    stream: int = 0

    def answer(self, answer: Answer, *, whole: bool = True) -> bool:
        """Sends an answer; unless it is whole, without its last byte and without an end."""
        headers = [(":status", str(answer.status)), ("content-type", "application/json"), *answer.headers.items()]
        self.http2.send_headers(self.stream, headers)
        self.http2.send_data(self.stream, answer.body if whole else answer.body[:-1], end_stream=whole)
        self.flush()
        return True

    def reset_stream(self, code: int) -> bool:
        """Ends the stream with RST_STREAM."""
        self.http2.reset_stream(self.stream, code)
        self.flush()
        return True

    def go_away(self, last: int) -> bool:
        """Ends the connection with GOAWAY, the last stream that was looked at being `last`."""
        self.http2.close_connection(last_stream_id=last)
        self.flush()
        return False

    def flush(self) -> None:
        self.connection.sendall(self.http2.data_to_send())


class Http2Front(Front):
    """`protocols` are those that connections settled on."""

    def __init__(self, simulator: Simulator, context: ssl.SSLContext) -> None:
        context.set_alpn_protocols(["h2"])
        self.protocols: list[str | None] = []
        super().__init__(simulator, context=context)

    def _talk(self, connection: socket.socket) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        self.protocols.append(connection.selected_alpn_protocol())
        http2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        http2.initiate_connection()
        connection.sendall(http2.data_to_send())
        requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        kept = True
        while kept and (data := connection.recv(65536)):
            for event in http2.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    requests[event.stream_id] = (dict(event.headers), bytearray())
                elif isinstance(event, h2.events.DataReceived):
                    requests[event.stream_id][1].extend(event.data)
                    http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    headers, body = requests.pop(event.stream_id)
                    call = Http2Call(self, connection, headers[":method"], headers[":path"], headers, bytes(body), http2,
                                     event.stream_id)  # fmt: skip
                    kept = self.handler(call)(call)
            connection.sendall(http2.data_to_send())
