# SPDX-License-Identifier: Apache-2.0
"""The way to the API: TLS that proves nothing, redirects, proxies, names and addresses. The token goes nowhere else."""

import ssl

import pytest

from clients import ARN, SECRET, key, registered, requests
from fronts import Answer

# --- TLS ---


@pytest.fixture
def secure(new_front, simulator, client, authority):
    """Starts a front over TLS for the client, which trusts the authority."""
    def start(context):
        front = new_front(simulator, context=context)
        client.env |= {"ASTRA_API_URL": front.url, "SSL_CERT_FILE": str(authority.file)}
        return front

    return start


def refused(client, simulator, front, *parts):
    """An error of these parts; no request was sent, so no token."""
    client.configure(key(), max_retries=1)
    error = client.apply(fails=True).error("`api_url`", *parts)
    assert client.instances() == {} and front.calls == [] and requests(simulator, "POST") == 0
    return error


def reason(error):
    """What stands behind the address that was tried."""
    return error.split(" at https://")[1].split(": ", 1)[1].split(". ")[0]


@pytest.mark.fault("TLS with a good certificate", "applied (so that the next rows prove something)")
def test_good_certificate(client, simulator, secure, authority, row):
    secure(authority.context())
    client.configure(key(), max_retries=0)
    client.apply()
    assert client.keys() == {"key": ARN}
    row.saw("applied", simulator)


@pytest.mark.fault("the keys of TLS are asked for (SSLKEYLOGFILE)", "applied, and they are written nowhere")
def test_log_of_keys(client, simulator, secure, authority, row, tmp_path):
    """Whoever has recorded the connection reads the token with them, and libcurl lets everybody read the file."""
    secure(authority.context())
    client.env["SSLKEYLOGFILE"] = str(tmp_path / "keys.log")
    client.configure(key(), max_retries=0)
    client.apply()
    assert client.keys() == {"key": ARN} and not (tmp_path / "keys.log").exists()
    row.saw("applied, no file", simulator)


@pytest.mark.fault("TLS with {what}", "refused, said why; the token is not sent")
@pytest.mark.parametrize("what, wrong, said", [
    ("a certificate for another name", {"host": "api.example"}, "127.0.0.1"),
    ("an expired certificate", {"begin": -9, "end": -2}, "certificate has expired"),
    ("a self-signed certificate", {"own": True}, "self-signed certificate"),
    ("a certificate of days to come (our clock is slow)", {"begin": 2, "end": 9}, "clock"),
    ("a certificate of days gone by (our clock is fast)", {"begin": -9, "end": -2}, "clock")])
def test_wrong_certificate(client, simulator, secure, authority, row, what, wrong, said):
    front = secure(authority.context(**wrong))
    error = refused(client, simulator, front, "certificate is not trusted", "SSL_CERT_FILE", said)
    row.saw(reason(error))


@pytest.mark.fault("TLS signed by nobody that is trusted", "refused, said why; the token is not sent")
def test_unknown_authority(client, simulator, secure, authority, row):
    front = secure(authority.context())
    del client.env["SSL_CERT_FILE"]
    error = refused(client, simulator, front, "certificate is not trusted", "SSL_CERT_FILE")
    row.saw(reason(error))


@pytest.mark.fault("TLS 1.{minor} only", "refused, said why; the token is not sent")
@pytest.mark.parametrize("minor", [0, 1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls(client, simulator, secure, authority, row, lenient_openssl, minor):
    """Also on a machine whose OpenSSL is set up to take it."""
    client.env["OPENSSL_CONF"] = str(lenient_openssl)
    context = authority.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1][minor]
    front = secure(context)
    error = refused(client, simulator, front, "No secure connection", "TLS 1.2 or newer is needed")
    row.saw(reason(error))


@pytest.mark.fault("https where plain http is served", "refused, said why; the token is not sent")
def test_tls_to_plain(client, simulator, front, row):
    client.env["ASTRA_API_URL"] = front.url.replace("http:", "https:")
    error = refused(client, simulator, front, "No secure connection", front.url.partition(":")[2])
    row.saw(reason(error))


# --- redirects ---


def points_to(target, status):
    return lambda call: call.send(Answer(status, b"", {"Location": target + call.path}).text()) or True


@pytest.mark.fault("{status} to {where}, on a read", "not followed: the token stays here")
@pytest.mark.parametrize("where", ["another port", "another name", "https of the same port"])
@pytest.mark.parametrize("status", [301, 302, 307])
def test_redirected_read(client, simulator, front, new_front, row, status, where):
    other = new_front(simulator)
    target = {"another port": other.url, "another name": front.url.replace("127.0.0.1", "localhost"),
              "https of the same port": front.url.replace("http:", "https:")}[where]
    client.configure(key(), max_retries=0)
    front.rule(points_to(target, status))
    client.apply(fails=True).error("points to another host", "api_url")
    assert other.calls == [] and len(front.calls) == 1 and simulator.counts()["total"] == 0
    assert client.instances() == {}
    row.saw(f"refused; {len(other.calls)} requests there")


@pytest.mark.fault("{status} to another host, on the registration", "not followed, an error, no state")
@pytest.mark.parametrize("status", [302, 307, 308])
def test_redirected_registration(client, simulator, front, new_front, row, status):
    other = new_front(simulator)
    front.rule(points_to(other.url, status), method="POST")
    client.configure(key(), max_retries=0)
    client.apply(fails=True).error("edirected", "api_url")
    assert other.calls == [] and front.count("POST") == 1
    assert client.instances() == {} and registered(simulator) == []
    row.saw(f"refused; {len(other.calls)} requests there")


@pytest.mark.fault("a redirect in a circle", "an error after few requests")
def test_redirected_in_a_circle(client, front, row):
    front.rule(points_to(front.url, 302))
    client.configure(key(), max_retries=0)
    client.apply(fails=True).error("edirected", "api_url")
    assert len(front.calls) < 10
    row.saw(f"refused after {len(front.calls)} requests")


# --- proxies, names and addresses ---


@pytest.mark.fault("plain http to {host}", "refused before anything is sent")
@pytest.mark.parametrize("host", ["192.0.2.1", "api.example", "[::ffff:127.0.0.1]"])
def test_plain_http(client, simulator, row, host):
    """The last one would reach the simulator: that nothing comes proves that nothing is sent."""
    client.env["ASTRA_API_URL"] = simulator.url.replace("127.0.0.1", host)
    client.configure(key())
    client.plan(fails=True).error("Plain http would show the token", "use https")
    assert simulator.counts()["total"] == 0
    row.saw("refused at plan", simulator)


@pytest.mark.fault("a proxy that is down", "an error that names proxy and address, no state")
def test_proxy_down(client, simulator, secure, authority, row):
    front = secure(authority.context())
    client.env["https_proxy"] = "http://127.0.0.1:1"
    refused(client, simulator, front, "can't be reached", "https_proxy", "127.0.0.1")
    row.saw("refused")


@pytest.mark.fault("a proxy that answers everything itself", "an error; the token is never shown to it")
def test_proxy_that_refuses(client, simulator, secure, authority, new_front, row):
    proxy = new_front()
    proxy.rule(lambda call: call.send(Answer(403, b"<html>no</html>", {}).text()) and False)
    front = secure(authority.context())
    client.env["https_proxy"] = proxy.url
    refused(client, simulator, front, "can't be reached", "proxy")
    assert {call.method for call in proxy.calls} == {"CONNECT"}
    assert not [call for call in proxy.calls if SECRET in str(call.headers) or b"AstraCS" in call.body]
    row.saw(f"refused after {len(proxy.calls)} CONNECT")


@pytest.mark.fault("IPv6 only, {written}", "applied")
@pytest.mark.parametrize("written", ["as an address", "by a name that also means 127.0.0.1"])
def test_ipv6(client, simulator, new_front, row, written):
    front = new_front(simulator, host="::1")
    client.env["ASTRA_API_URL"] = front.url if written == "as an address" else f"http://localhost:{front.port}"
    client.configure(key(), max_retries=0)
    client.apply()
    assert client.keys() == {"key": ARN} and front.count("POST") == 1
    row.saw("applied", simulator)


@pytest.mark.fault("a name that DNS does not know", "an error that names it, no state")
def test_unknown_name(client, row):
    client.env["ASTRA_API_URL"] = "https://nonexistent.invalid"
    client.configure(key(), max_retries=0)
    client.apply(fails=True).error("can't be reached", "nonexistent.invalid", "api_url")
    assert client.instances() == {}
    row.saw("refused")
