# SPDX-License-Identifier: Apache-2.0
"""Certificates that are wrong in one way each, and an authority that signs them."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Signs certificates; `file` is what clients that trust it are given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = name("Authority of a test")
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (self._builder(self._name, self._name, self._key.public_key(), now - 30 * DAY, now + 30 * DAY)
                       .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
                       .sign(self._key, hashes.SHA256()))  # fmt: skip
        self.file = folder / "authority.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _builder(self, subject: x509.Name, issuer: x509.Name, key, begin, end) -> x509.CertificateBuilder:
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
                .serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end))  # fmt: skip

    def context(self, *, host: str = "127.0.0.1", begin: int = -1, end: int = 1, own: bool = False) -> ssl.SSLContext:
        """What a server needs whose certificate is for `host`, valid from and until so many days from now, and
        signed by the authority, or by itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.timezone.utc)
        try:
            names = [x509.IPAddress(ipaddress.ip_address(host))]
        except ValueError:
            names = [x509.DNSName(host)]
        signed = (self._builder(name(host), name(host) if own else self._name, key.public_key(), now + begin * DAY,
                                now + end * DAY)
                  .add_extension(x509.SubjectAlternativeName(names), critical=False)
                  .sign(key if own else self._key, hashes.SHA256()))  # fmt: skip
        file = self.folder / f"{host}{begin}{end}{own}.pem"
        file.write_bytes(
            signed.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption()))  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context
