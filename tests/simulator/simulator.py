# SPDX-License-Identifier: Apache-2.0
"""Starts and steers the DevOps API simulator, for every Python test.

    with Simulator("--provider-ids", "new") as simulator:
        simulator.add_database("orders", "aws", "us-east-2")
        run_something(ASTRA_API_URL=simulator.url, ASTRA_API_TOKEN=simulator.token)
        assert simulator.counts()["by"]["POST /v2/kms"] == 1

The program is found by the environment variable ASTRA_SIMULATOR, else in the build that BUILD_DIR names,
else in build/debug.
What the simulator can do: `astra-simulator --help`, admin.c and faults.h.
"""

from __future__ import annotations

import fnmatch
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import time
import urllib.parse
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_TOKEN = "AstraCS:simulator"
DEFAULT_ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000001"
ALL_PERMISSIONS = ("read-cmk", "write-cmk", "db-view")


class SimulatorError(Exception):
    """The simulator refused an admin request, or did not start."""


def program() -> pathlib.Path:
    """The simulator's executable."""
    build = pathlib.Path(ROOT, os.environ.get("BUILD_DIR") or "build/debug")
    return pathlib.Path(os.environ.get("ASTRA_SIMULATOR") or build / "tests/simulator/astra-simulator")


class Simulator:
    """One simulator process. Ends with the `with` block, and with the process that started it."""

    def __init__(self, *flags: str, token: str = DEFAULT_TOKEN, organization: str = DEFAULT_ORGANIZATION) -> None:
        self.token = token
        self.organization = organization
        self.url = ""
        self._flags = [*flags, "--token", token, "--organization", organization]
        self._process: subprocess.Popen[str] | None = None
        # Only loopback, and tests bring certificates of their own.
        self._unchecked = ssl.create_default_context()
        self._unchecked.check_hostname = False
        self._unchecked.verify_mode = ssl.CERT_NONE

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(program()), "--exit-with-stdin", *self._flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            status = self._process.wait(timeout=30)
            self.stop()
            raise SimulatorError(f"{program()} did not start: status {status}; its errors stand above")

    def stop(self) -> int:
        """Ends the process by closing its standard input, and returns its status."""
        process, self._process = self._process, None
        if not process:
            return 0
        assert process.stdin and process.stdout
        process.stdin.close()
        try:
            return process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            process.stdout.close()

    # --- the API itself ---

    def connect(self) -> http.client.HTTPConnection:
        """A connection, to be closed by the caller; proxies and certificates are not looked at."""
        address = urllib.parse.urlsplit(self.url)
        assert address.hostname
        if address.scheme == "http":
            return http.client.HTTPConnection(address.hostname, address.port, timeout=120)
        return http.client.HTTPSConnection(address.hostname, address.port, timeout=120, context=self._unchecked)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        connection: http.client.HTTPConnection | None = None,
    ) -> tuple[int, Any]:
        """One request, on a connection of its own unless one is given. Returns status and body: read
        as JSON where it is JSON, None where it is empty, else bytes."""
        used = connection or self.connect()
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            used.request(method, path, data, {"Authorization": f"Bearer {token or self.token}"})
            answer = used.getresponse()
            text = answer.read()
        finally:
            if not connection:
                used.close()
        try:
            return answer.status, json.loads(text) if text else None
        except ValueError:
            return answer.status, text

    # --- what there is ---

    def add_key(self, cloud_provider: str, region: str, key_id: str, organization: str | None = None) -> None:
        """Registers a key behind the client's back, or replaces it."""
        self._admin("PUT", "keys", _given(locals()))

    def remove_key(self, cloud_provider: str, region: str, organization: str | None = None) -> None:
        """Removes a registration behind the client's back."""
        self._admin("DELETE", "keys", query=_given(locals()))

    def add_database(
        self,
        name: str,
        cloud_provider: str,
        region: str,
        status: str | None = None,
        id: str | None = None,
        extra_regions: list[str] | None = None,
        organization: str | None = None,
    ) -> str:
        """Adds a database, which claims a provider ID in each region, or changes the one with
        that ID. Returns its ID."""
        return str(self._admin("PUT", "databases", _given(locals()))["id"])

    def remove_database(self, id: str) -> None:
        self._admin("DELETE", "databases", query={"id": id})

    def set_token(
        self, token: str, permissions: list[str] | tuple[str, ...] = ALL_PERMISSIONS, organization: str | None = None
    ) -> None:
        """Adds a token, or changes its permissions and organization."""
        self._admin("PUT", "tokens", _given(locals()))

    def revoke_token(self, token: str) -> None:
        self._admin("DELETE", "tokens", query={"token": token})

    def state(self) -> dict[str, Any]:
        """keys, provider_ids, databases and tokens: lists of dictionaries."""
        return self._admin("GET", "state")

    # --- faults ---

    def fault(self, **fault: Any) -> None:
        """Scripts a fault; faults.h tells which members there are."""
        self._admin("POST", "faults", fault)

    def faults(self) -> dict[str, Any]:
        """faults, each with remaining, used and held, and held of them all."""
        return self._admin("GET", "faults")

    def clear_faults(self) -> None:
        """Drops all faults and releases the requests that they hold or delay."""
        self._admin("DELETE", "faults")

    # --- requests ---

    def counts(self) -> dict[str, Any]:
        """total, aborted, by ("GET /v2/kms": 1, …) and log, since the last reset."""
        return self._admin("GET", "requests")

    def reset_counts(self) -> None:
        self._admin("DELETE", "requests")

    def most_at_once(self, method: str, path: str = "*") -> int:
        """The largest number of such requests that were under way together, as far as the log goes
        back. An asterisk in `path` also stands for slashes."""
        changes = []
        for line in self.counts()["log"]:
            if line["method"] == method and fnmatch.fnmatchcase(line["path"], path):
                changes.append((line["began"], 1))
                if line["ended"]:
                    changes.append((line["ended"], -1))
        most = now = 0
        for _, change in sorted(changes):
            now += change
            most = max(most, now)
        return most

    def wait_for(self, method: str | None, path: str | None, count: int = 1, timeout: float = 30) -> None:
        """Waits until so many matching requests have arrived since the last reset, answered or not."""
        query = {"method": method, "path": path, "count": count, "timeout_ms": int(timeout * 1000)}
        self._admin("GET", "wait", query=_given(query))

    def wait_until_held(self, count: int = 1, timeout: float = 30) -> None:
        """Waits until so many requests are held or delayed by faults."""
        self._poll(lambda: self.faults()["held"] >= count, f"{count} held requests", timeout)

    def wait_until_aborted(self, count: int = 1, timeout: float = 30) -> None:
        """Waits until so many requests were given up by their client while held or delayed."""
        self._poll(lambda: self.counts()["aborted"] >= count, f"{count} aborted requests", timeout)

    def _poll(self, reached: Any, what: str, timeout: float) -> None:
        end = time.monotonic() + timeout
        while not reached():
            if time.monotonic() > end:
                raise SimulatorError(f"waited {timeout} s in vain for {what}")
            time.sleep(0.01)

    def _admin(
        self, method: str, name: str, body: dict[str, Any] | None = None, query: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        path = f"/_admin/{name}"
        if query:
            path += "?" + urllib.parse.urlencode(query)
        status, answer = self.ask(method, path, body)
        if status != 200:
            raise SimulatorError(f"{method} /_admin/{name}: {status} {answer!r}")
        result: dict[str, Any] = answer
        return result


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that were given, without self."""
    return {name: value for name, value in arguments.items() if name != "self" and value is not None}
