# SPDX-License-Identifier: Apache-2.0
"""A front for the simulator: passes requests on, and does to connections and answers what a web server would not.

    with Front(simulator) as front:
        front.rule(reset, method="POST", times=1)
        run_something(ASTRA_API_URL=front.url)

A rule's handler is given the Call, and sends whatever it likes. It returns whether the connection is kept.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from simulator import Simulator

# A client that says nothing for so long is gone.
SILENCE = 120


@dataclass
class Answer:
    """What the simulator said."""

    status: int
    body: bytes
    headers: dict[str, str]

    def text(self, version: str = "HTTP/1.1", **more: str) -> bytes:
        """The whole answer as it goes over the wire; more headers with `_` for `-`."""
        headers = {"Content-Type": "application/json", "Content-Length": str(len(self.body))} | self.headers
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        lines = [f"{version} {self.status} Answer", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass
class Call:
    """One request, and the connection that it came on."""

    front: Front
    connection: socket.socket
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def forward(self) -> Answer:
        """Has the simulator carry the request out."""
        onward = http.client.HTTPConnection(urlsplit(self.front.target).netloc, timeout=SILENCE)
        try:
            kept = {name: self.headers[name] for name in ("authorization", "content-type") if name in self.headers}
            onward.request(self.method, self.path, self.body or None, kept)
            answer = onward.getresponse()
            return Answer(answer.status, answer.read(), {})
        finally:
            onward.close()

    def answer(self, answer: Answer) -> bool:
        """Sends an answer, after which the connection is kept."""
        self.send(answer.text())
        return True

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def reset(self) -> bool:
        """Ends the connection with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def wait_until_gone(self) -> bool:
        """Says nothing more until the client has gone away, or the front closes."""
        self.front.held.release()
        while self.connection.recv(65536):
            pass
        return False


Handler = Callable[[Call], Any]


@dataclass
class Rule:
    handler: Handler
    method: str | None
    path: str | None
    skip: int
    times: int


def pass_on(call: Call) -> bool:
    """What happens to a request that no rule is about."""
    return call.answer(call.forward())


class Front:
    """Listens on a loopback port. `calls` are all that came."""

    def __init__(self, simulator: Simulator | None = None, *, host: str = "127.0.0.1",
                 context: ssl.SSLContext | None = None) -> None:  # fmt: skip
        self.target = simulator.url if simulator else ""
        self.token = simulator.token if simulator else ""
        self.calls: list[Call] = []
        self.held = threading.Semaphore(0)
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._context = context
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family, backlog=128)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"
        self._connections: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Front:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):  # the other side was faster
                    connection.shutdown(socket.SHUT_RDWR)

    def rule(self, handler: Handler, *, method: str | None = None, path: str | None = None, skip: int = 0,
             times: int = -1) -> None:  # fmt: skip
        """Has a handler do with so many matching calls (-1: all) as it likes, the first `skip` excepted. `path` is
        how the path ends."""
        with self._lock:
            self._rules.append(Rule(handler, method, path, skip, times))

    def clear(self) -> None:
        """Drops all rules."""
        with self._lock:
            self._rules.clear()

    def count(self, method: str) -> int:
        return sum(call.method == method for call in self.calls)

    def wait_until_held(self, count: int = 1, timeout: float = 30) -> None:
        """Waits until so many calls are in wait_until_gone()."""
        for _ in range(count):
            assert self.held.acquire(timeout=timeout), f"waited {timeout} s in vain for {count} held calls"

    def handler(self, call: Call) -> Handler:
        """What is to be done with a call."""
        with self._lock:
            self.calls.append(call)
            for rule in self._rules:
                if rule.times and rule.method in (None, call.method) and call.path.endswith(rule.path or ""):
                    if rule.skip:
                        rule.skip -= 1
                        continue
                    rule.times -= rule.times > 0
                    return rule.handler
        return pass_on

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(SILENCE)
        if self._context:
            try:
                connection = self._context.wrap_socket(connection, server_side=True)
            except OSError:
                return  # the client did not like the certificate
        with self._lock:
            self._connections.add(connection)
        try:
            self._talk(connection)
        except (OSError, ValueError):
            pass  # the client went away in the middle
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _talk(self, connection: socket.socket) -> None:
        """Answers the requests of one connection, as long as it is kept."""
        while (call := self._read(connection)) and self.handler(call)(call):
            pass

    def _read(self, connection: socket.socket) -> Call | None:
        """The next request on a connection; None at its end."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                return None
            data += part
            if not data[:1].isalpha():  # TLS, where none is spoken
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return None
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            part = connection.recv(65536)
            if not part:
                return None
            body += part
        return Call(self, connection, method, path, headers, body)
