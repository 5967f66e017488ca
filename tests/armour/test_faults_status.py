# SPDX-License-Identifier: Apache-2.0
"""Registrations that are refused: too many requests, and servers that fail, once, thrice and without end."""

import email.utils
import time

import pytest

from clients import ARN, key, registered, requests

POST = {"method": "POST", "path": "/v2/kms"}
ENDLESS = {"times": -1}
FAILING = [500, 502, 503, 504]


def waited(began: float, least: float) -> str:
    """A floor, which no slow machine can miss."""
    seconds = time.monotonic() - began
    assert seconds >= least, f"{seconds} s, not {least}"
    return f"waited {least:.0f} s or longer"


# --- too many requests ---


@pytest.mark.fault("429, Retry-After in seconds", "waits that long, registers once")
def test_retry_after_in_seconds(client, simulator, row):
    simulator.fault(**POST, status=429, headers={"Retry-After": "2"})
    client.configure(key(), max_retries=1)
    began = time.monotonic()
    client.apply()
    assert client.keys() == {"key": ARN} and registered(simulator) == [ARN] and requests(simulator, "POST") == 2
    row.saw(f"applied, {waited(began, 2)}", simulator)


@pytest.mark.fault("429, Retry-After as a date", "waits until then, registers once")
def test_retry_after_as_a_date(client, simulator, row):
    client.configure(key(), max_retries=1)
    until = email.utils.formatdate(int(time.time()) + 4, usegmt=True)
    simulator.fault(**POST, status=429, headers={"Retry-After": until})
    client.apply()
    assert time.time() >= email.utils.parsedate_to_datetime(until).timestamp() - 1
    assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 2
    row.saw("applied, after that date", simulator)


@pytest.mark.fault("429 without end", "an error that names max_retries, no state")
def test_429_without_end(client, simulator, row):
    simulator.fault(**POST, **ENDLESS, status=429)
    client.configure(key(), max_retries=2)
    client.apply(fails=True).error("refuses so many requests", "max_retries")
    assert client.instances() == {} and registered(simulator) == [] and requests(simulator, "POST") == 3
    row.saw("refused after 3 tries", simulator)
    simulator.clear_faults()
    client.apply()
    assert client.keys() == {"key": ARN}


@pytest.mark.fault("429 that asks to wait an hour", "an error at once, which says so")
def test_429_that_asks_too_much(client, simulator, row):
    simulator.fault(**POST, **ENDLESS, status=429, headers={"Retry-After": "3600"})
    client.configure(key())
    client.apply(fails=True).error("asks to wait for 3600 seconds", "again later")
    assert client.instances() == {} and requests(simulator, "POST") == 1
    row.saw("refused at once", simulator)


@pytest.mark.fault("429, Retry-After: {said}", "taken for none: tried again, registered once")
@pytest.mark.parametrize("said", ["soon", "-5", "(empty)", "0", "1e3", "99999999999999999999",
                                  "Thu, 99 Foo 2026 99:99:99 GMT"])  # fmt: skip
def test_retry_after_that_is_none(client, simulator, row, said):
    simulator.fault(**POST, status=429, headers={"Retry-After": said.replace("(empty)", " ")})
    client.configure(key(), max_retries=1)
    client.apply()
    assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 2
    row.saw("applied", simulator)


@pytest.mark.fault("429, Retry-After: 9223372036854775807", "an error at once, no state")
def test_retry_after_that_never_ends(client, simulator, row):
    simulator.fault(**POST, **ENDLESS, status=429, headers={"Retry-After": "9223372036854775807"})
    client.configure(key(), max_retries=1)
    client.apply(fails=True).error("asks to wait for")
    assert client.instances() == {} and requests(simulator, "POST") == 1
    row.saw("refused", simulator)


# --- servers that fail ---


@pytest.mark.fault("{status} to the registration, {times} in a row", "looks, tries again, registers once")
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("status", FAILING)
def test_registration_fails_for_a_while(client, simulator, row, status, times):
    simulator.fault(**POST, status=status, times=times, body="<html>bad gateway</html>")
    client.configure(key(), max_retries=times)
    client.apply()
    assert client.keys() == {"key": ARN} and registered(simulator) == [ARN]
    assert requests(simulator, "POST") == times + 1
    row.saw(f"applied after {times + 1} tries", simulator)
    client.plan_clean()


@pytest.mark.fault("{status} to the registration, without end", "an error that says what is known, no state")
@pytest.mark.parametrize("status", FAILING)
def test_registration_fails_without_end(client, simulator, row, status):
    simulator.fault(**POST, **ENDLESS, status=status)
    client.configure(key(), max_retries=1)
    client.apply(fails=True).error(f"status {status}", "max_retries")
    assert client.instances() == {} and registered(simulator) == []
    row.saw("refused after 2 tries", simulator)
    simulator.clear_faults()
    client.apply()
    assert client.keys() == {"key": ARN} and registered(simulator) == [ARN]
