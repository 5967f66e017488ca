# SPDX-License-Identifier: Apache-2.0
"""How program and host find and trust each other."""

import os
import signal
import socket
import ssl
import stat
import subprocess
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from transport import PATIENCE, Identity, Wire, bytes_in


def echo(channel: grpc.Channel, data: bytes) -> bytes:
    return channel.unary_unary("/test.Test/Echo", bytes_in, bytes_in)(data, timeout=PATIENCE)


def refused(program, folder, identity, **options) -> bool:
    """Whether the TLS handshake fails for that client."""
    try:
        with program.tls(folder, identity, **options) as connection:
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            return connection.recv(1) == b""
    except (ssl.SSLError, ConnectionError):
        return True


def test_the_line(secure):
    assert (secure.core, secure.version, secure.network, secure.protocol) == ("1", "6", "unix", "grpc")
    assert "=" not in secure.certificate
    assert secure.line.endswith("\n")
    folder = Path(secure.address).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_ISSOCK(os.stat(secure.address).st_mode)


def test_the_certificate(secure):
    certificate = secure.server_certificate()
    assert certificate.subject.rfc4514_string() == certificate.issuer.rfc4514_string() == "CN=localhost"
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    certificate.verify_directly_issued_by(certificate)
    extension = certificate.extensions.get_extension_for_class
    assert extension(x509.BasicConstraints).value.ca
    assert extension(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName) == ["localhost"]
    assert extension(x509.KeyUsage).value.digital_signature and extension(x509.KeyUsage).value.key_cert_sign
    assert set(extension(x509.ExtendedKeyUsage).value) == {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    }


def test_each_start_makes_its_own_certificate(start, identity):
    assert start(identity=identity).certificate != start(identity=identity).certificate


def test_the_right_client_is_served(secure, tmp_path, identity):
    with secure.tls(tmp_path, identity) as connection:
        assert connection.selected_alpn_protocol() == "h2"
        assert connection.version() == "TLSv1.3"
        assert Wire(connection).call(b"hello") == b"hello"


def test_a_client_with_a_p521_key_is_served(start, tmp_path):
    identity = Identity.make(ec.SECP521R1())  # as Terraform's is
    with start(identity=identity).tls(tmp_path, identity) as connection:
        assert Wire(connection).call(b"hello") == b"hello"


def test_tls_1_2_is_served(secure, tmp_path, identity):
    with secure.tls(tmp_path, identity, maximum_version=ssl.TLSVersion.TLSv1_2) as connection:
        assert Wire(connection).call(b"hello") == b"hello"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_1_1_is_refused_whatever_the_machine_allows(start, tmp_path, identity, lenient_openssl):
    program = start(identity=identity, OPENSSL_CONF=str(lenient_openssl))
    old = {"ciphers": "ALL:@SECLEVEL=0", "minimum_version": ssl.TLSVersion.TLSv1}
    with program.tls(tmp_path, identity, maximum_version=ssl.TLSVersion.TLSv1_2, **old) as connection:
        assert connection.version() == "TLSv1.2"
    for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
        with pytest.raises(ssl.SSLError):
            program.tls(tmp_path, identity, maximum_version=version, **old)


def test_a_client_without_a_certificate_is_refused(secure, tmp_path):
    assert refused(secure, tmp_path, None)
    assert refused(secure, tmp_path, None, maximum_version=ssl.TLSVersion.TLSv1_2)


def test_a_client_with_another_certificate_is_refused(secure, tmp_path):
    assert refused(secure, tmp_path, Identity.make())
    with secure.channel(Identity.make()) as channel, pytest.raises(grpc.RpcError) as error:
        echo(channel, b"hello")
    assert error.value.code() == grpc.StatusCode.UNAVAILABLE


def test_the_certificate_without_its_key_is_refused(secure, tmp_path, identity):
    """Showing what everyone may know is not enough: libraries don't even let us try with another key."""
    stranger = Identity.make()
    with pytest.raises(ssl.SSLError):
        secure.tls(tmp_path, Identity(identity.certificate, stranger.key))
    with secure.channel() as channel:
        assert echo(channel, b"next") == b"next"


def test_a_client_that_speaks_another_protocol_is_refused(secure, tmp_path, identity):
    assert refused(secure, tmp_path, identity, protocols=("http/1.1",))
    assert refused(secure, tmp_path, identity, protocols=())


def test_a_refusal_harms_nobody_else(secure, tmp_path, identity):
    with secure.channel() as channel:
        assert echo(channel, b"before") == b"before"
        assert refused(secure, tmp_path, None)
        with secure.socket() as raw:
            raw.sendall(b"this is no TLS at all, but long enough to be read as a record")
            while raw.recv(4096):
                pass
        with secure.socket():
            assert echo(channel, b"after") == b"after"


def test_a_client_that_never_says_anything_is_not_waited_for(secure):
    """As long as nobody knows who it is."""
    with secure.socket() as silent:
        assert silent.recv(1) == b"", "it is closed after ten seconds"
    with secure.channel() as channel:
        assert echo(channel, b"next") == b"next"


def test_a_refusal_is_logged(start, tmp_path, identity):
    program = start(identity=identity, TF_LOG="WARN")
    assert refused(program, tmp_path, None)
    program.stop()
    assert any("refused in the TLS handshake" in line and '"@level":"warn"' in line for line in program.log)


def test_without_a_client_certificate_there_is_no_tls(plain):
    assert plain.certificate == ""
    with plain.channel() as channel:
        assert echo(channel, b"hello") == b"hello"


def test_a_broken_client_certificate_is_said(serve, tmp_path):
    program = Identity(b"-----BEGIN CERTIFICATE-----\nnot base64 at all!\n", b"")
    environment = {
        "TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
        "PLUGIN_UNIX_SOCKET_DIR": str(tmp_path),
        "PLUGIN_CLIENT_CERT": program.certificate.decode(),
    }
    done = subprocess.run([serve], env=environment, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert b"PLUGIN_CLIENT_CERT does not hold a certificate" in done.stderr


def test_sigterm_ends_it(secure):
    with secure.channel() as channel:
        echo(channel, b"x")
        secure.process.send_signal(signal.SIGTERM)
        assert secure.wait() == 0
    assert not os.path.exists(secure.address)


def test_standard_output_holds_the_line_alone(secure):
    assert secure.stop() == 0
