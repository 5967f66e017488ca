# SPDX-License-Identifier: Apache-2.0
"""Keeps a Terraform state in memory, for its `http` backend. Terraform's own file would be written anew after every
resource, all of it: with ten thousand that is what a run's time goes into, not the provider.
"""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any


class StateServer:
    """A server on the loopback address, while the block runs."""

    def __init__(self) -> None:
        kept = self._kept = {"body": b""}

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def _answer(self, status: int, body: bytes = b"") -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self._answer(200 if kept["body"] else 404, kept["body"])

            def do_POST(self) -> None:
                kept["body"] = self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(200)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> StateServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def backend(self) -> dict:
        """What goes into a `terraform` block."""
        return {"backend": {"http": {"address": f"http://127.0.0.1:{self._server.server_port}/"}}}

    @property
    def state(self) -> dict:
        return json.loads(self._kept["body"] or b'{"resources": []}')
