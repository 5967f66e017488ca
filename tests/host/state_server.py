# SPDX-License-Identifier: Apache-2.0
"""A server of states, as Terraform's http backend speaks with: GET, POST, DELETE, LOCK and UNLOCK of one address.

It remembers each request, and can be told to fail: `server.answers` holds, by method, the status codes (or "close", which
ends the connection without an answer) of the next requests; `server.retry_after` goes with those from 500 on.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: Message
    body: bytes


@dataclass
class StateServer:
    """Start it with `with StateServer() as server`."""

    user: str | None = None
    password: str | None = None
    state: bytes | None = None
    lock: dict[str, Any] | None = None
    locked_status: int = 423
    answers: dict[str, list[int | str]] = field(default_factory=dict)
    retry_after: str | None = None
    requests: list[Request] = field(default_factory=list)
    history: list[bytes] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> StateServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def handle_any(self) -> None:
                owner.handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_LOCK = do_UNLOCK = handle_any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/states/example"

    def backend(self, **settings: Any) -> dict[str, Any]:
        """The backend block's settings, with locking."""
        return {"address": self.address, "lock_address": self.address, "unlock_address": self.address} | settings

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        request = Request(handler.command, url.path, parse_qs(url.query), handler.headers, body)
        with self.changed:
            self.requests.append(request)
            planned = self.answers.get(request.method)
            answer = planned.pop(0) if planned else None
            status, content = (answer, b"") if answer is not None else self.answer(request)
            self.changed.notify_all()
        if status == "close":
            handler.close_connection = True
            return
        handler.send_response(status)
        if self.retry_after is not None and status >= 500:
            handler.send_header("Retry-After", self.retry_after)
        if status in (301, 302, 307):
            handler.send_header("Location", self.address)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def answer(self, request: Request) -> tuple[int, bytes]:
        if self.user is not None:
            wanted = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            given = request.headers.get("Authorization")
            if given is None:
                return 401, b""
            if given != f"Basic {wanted}":
                return 403, b""
        if request.method == "GET":
            return (200, self.state) if self.state is not None else (404, b"")
        if request.method in ("POST", "PUT"):
            digest = base64.b64encode(hashlib.md5(request.body).digest()).decode()
            if request.headers.get("Content-MD5") != digest:
                return 400, b""
            if self.lock is not None and request.query.get("ID") != [self.lock["ID"]]:
                return 409, b""
            self.state = request.body
            self.history.append(request.body)
            return 200, b""
        if request.method == "LOCK":
            if self.lock is not None:
                return self.locked_status, json.dumps(self.lock).encode()
            self.lock = json.loads(request.body)
            return 200, b""
        if request.method == "UNLOCK":
            # Terraform's force-unlock sends no body.
            if self.lock is None or (request.body and json.loads(request.body)["ID"] != self.lock["ID"]):
                return 409, b""
            self.lock = None
            return 200, b""
        if request.method == "DELETE":
            self.state = None
            return 200, b""
        return 405, b""

    def methods(self) -> list[str]:
        return [request.method for request in self.requests]
