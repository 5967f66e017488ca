# SPDX-License-Identifier: Apache-2.0
"""Starts a plugin program as a host does, and talks to it: with gRPC, or with frames made by hand."""

from __future__ import annotations

import base64
import datetime
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import grpc
import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
PATIENCE = 60  # seconds, for what ought to take milliseconds


def bytes_in(data: bytes) -> bytes:
    return data


def message(data: bytes) -> bytes:
    """A gRPC message: prefix and bytes."""
    return b"\0" + len(data).to_bytes(4, "big") + data


@dataclass
class Identity:
    """A self-signed certificate and its key, in PEM."""

    certificate: bytes
    key: bytes

    @staticmethod
    def make(curve: ec.EllipticCurve | None = None) -> Identity:
        key = ec.generate_private_key(curve or ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        return Identity(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )


class Program:
    """A plugin program that runs. With an identity it serves that client over mutual TLS; with none, in plain text."""

    def __init__(
        self, *command: str | Path, identity: Identity | None, folder: Path, user: int | None = None, **environment: str
    ):
        self.identity = identity
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "PLUGIN_"))}
        variables |= {
            "TF_PLUGIN_MAGIC_COOKIE": COOKIE,
            "PLUGIN_PROTOCOL_VERSIONS": "5,6",
            "PLUGIN_UNIX_SOCKET_DIR": str(folder),
        }
        if identity:
            variables["PLUGIN_CLIENT_CERT"] = identity.certificate.decode()
        self.process = subprocess.Popen(
            [str(part) for part in command],
            env=variables | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            user=user,
        )
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self.line = self.process.stdout.readline().decode()
        fields = self.line.rstrip("\n").split("|")
        assert len(fields) == 6, (self.line, self.log)
        self.core, self.version, self.network, self.address, self.protocol, self.certificate = fields

    def _read_log(self) -> None:
        for line in self.process.stderr:
            self.log.append(line.decode())

    def server_certificate(self) -> x509.Certificate:
        padding = "=" * (-len(self.certificate) % 4)
        return x509.load_der_x509_certificate(base64.b64decode(self.certificate + padding, validate=True))

    def channel(self, identity: Identity | None = None, **options: int) -> grpc.Channel:
        """A gRPC channel, as `identity` (the right one unless given)."""
        unlimited = {"grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1}
        arguments = list({**unlimited, "grpc.use_local_subchannel_pool": 1, **options}.items())
        if not self.certificate:
            return grpc.insecure_channel(f"unix:{self.address}", arguments)
        identity = identity or self.identity
        credentials = grpc.ssl_channel_credentials(
            self.server_certificate().public_bytes(serialization.Encoding.PEM), identity.key, identity.certificate
        )
        arguments.append(("grpc.ssl_target_name_override", "localhost"))
        return grpc.secure_channel(f"unix:{self.address}", credentials, arguments)

    def socket(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                connection.connect(self.address)
                return connection
            except BlockingIOError:  # more wait to be accepted than the listener holds
                assert time.monotonic() < deadline, "the program accepts nobody"
                time.sleep(0.01)

    def tls(
        self, folder: Path, identity: Identity | None, protocols: tuple[str, ...] = ("h2",), ciphers: str = "", **limits
    ) -> ssl.SSLSocket:
        """A TLS connection that shows `identity`, or none."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(
            cadata=self.server_certificate().public_bytes(serialization.Encoding.PEM).decode()
        )
        if ciphers:
            context.set_ciphers(ciphers)
        for name, value in limits.items():
            setattr(context, name, value)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        if identity:
            pem = folder / "client.pem"
            pem.write_bytes(identity.key + identity.certificate)
            context.load_cert_chain(pem)
        return context.wrap_socket(self.socket(), server_hostname="localhost")

    def wait(self) -> int:
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def stop(self) -> int:
        """Ends the program as a user's kill would; its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.wait()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()


class Wire:
    """HTTP/2 by hand, on a connection: what a client library would never send."""

    HEADERS = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/test.Test/Echo"),
        (":authority", "localhost"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ]

    def __init__(self, connection: socket.socket):
        self.socket = connection
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=True, validate_outbound_headers=False, header_encoding="utf-8")
        )
        self.h2.initiate_connection()
        self.flush()
        self.events: list[h2.events.Event] = []

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def headers(self, path: str | None = None, end: bool = False, **changed: str | None) -> int:
        """Opens a stream; a header is named with _ for -, and left out when None."""
        stream = self.h2.get_next_available_stream_id()
        fields = dict(self.HEADERS)
        if path:
            fields[":path"] = path
        for name, value in changed.items():
            name = name.replace("_", "-")
            name = f":{name}" if f":{name}" in fields else name
            fields[name] = value
        self.h2.send_headers(stream, [(n, v) for n, v in fields.items() if v is not None], end_stream=end)
        self.flush()
        return stream

    def data(self, stream: int, data: bytes, end: bool = False) -> None:
        self.h2.send_data(stream, data, end_stream=end)
        self.flush()

    def frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        """A frame of any kind, as it is."""
        self.socket.sendall(
            len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
        )

    def receive(self) -> bool:
        """More events; False at the end of the connection."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if data:
            for event in self.h2.receive_data(data):
                if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                self.events.append(event)
            self.flush_quietly()
        return bool(data)

    def flush_quietly(self) -> None:
        try:
            self.flush()
        except OSError:
            pass  # the server has gone; what it said before is what matters

    def until(self, kind: type, stream: int | None = None) -> h2.events.Event:
        """The first event of a kind (of a stream), received now or before."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for event in self.events:
                if isinstance(event, kind) and stream in (None, getattr(event, "stream_id", None)):
                    return event
            assert self.receive(), f"the connection ended before {kind.__name__}; {self.events}"
        raise TimeoutError(kind.__name__)

    def end_of(self, stream: int) -> dict[str, str]:
        """Waits for the end of a call: all its headers and trailers."""
        self.until(h2.events.StreamEnded, stream)
        fields: dict[str, str] = {}
        for event in self.events:
            if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                if event.stream_id == stream:
                    fields |= dict(event.headers)
        return fields

    def body_of(self, stream: int) -> bytes:
        return b"".join(
            e.data for e in self.events if isinstance(e, h2.events.DataReceived) and e.stream_id == stream
        )

    def call(self, data: bytes, path: str = "/test.Test/Echo") -> bytes:
        """A whole call that succeeds; its reply's message."""
        stream = self.headers(path)
        self.data(stream, message(data), end=True)
        fields = self.end_of(stream)
        assert fields["grpc-status"] == "0", fields
        return self.body_of(stream)[5:]
