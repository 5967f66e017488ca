# SPDX-License-Identifier: Apache-2.0
"""Frames that a client library would not send, and gRPC's rules about messages."""

import contextlib
import random
import socket
import time
from pathlib import Path

import h2.events
import pytest

from transport import PATIENCE, Wire, message

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9


def ended(wire: Wire) -> bool:
    """Reads to the end of the connection."""
    while wire.receive():
        pass
    return True


def assert_still_serving(program) -> None:
    with program.socket() as connection:
        assert Wire(connection).call(b"still") == b"still"


def test_a_message_in_single_bytes(wire):
    stream = wire.headers()
    for byte in message(b"hello"):
        wire.data(stream, bytes((byte,)))
    wire.data(stream, b"", end=True)
    assert wire.end_of(stream)["grpc-status"] == "0"
    assert wire.body_of(stream) == message(b"hello")


def test_the_answer_has_what_grpc_asks_for(wire):
    stream = wire.headers()
    wire.data(stream, message(b"x"), end=True)
    fields = wire.end_of(stream)
    assert fields[":status"] == "200"
    assert fields["content-type"] == "application/grpc"
    assert fields["grpc-status"] == "0"
    assert "grpc-message" not in fields


@pytest.mark.parametrize("kind", ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"])
def test_content_types_of_grpc(wire, kind):
    stream = wire.headers(content_type=kind)
    wire.data(stream, message(b"x"), end=True)
    assert wire.end_of(stream)["grpc-status"] == "0"


@pytest.mark.parametrize("kind", ["application/json", "application/grpc+json", "application/grpc-web", None])
def test_other_content_types(wire, kind):
    stream = wire.headers(content_type=kind)
    fields = wire.end_of(stream)
    assert fields[":status"] == "415"
    assert fields["grpc-status"] == "13"


def test_other_methods(wire):
    assert wire.end_of(wire.headers(method="GET", end=True))[":status"] == "405"


def test_without_te_a_call_is_served(wire):
    stream = wire.headers(te=None)
    wire.data(stream, message(b"x"), end=True)
    assert wire.end_of(stream)["grpc-status"] == "0"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", "13"),
        (b"\0\0", "13"),
        (message(b"hello")[:-1], "13"),
        (message(b"one") + message(b"two"), "13"),
        (message(b"one") + b"\0", "13"),
        (b"\1" + message(b"hello")[1:], "12"),
        (b"\7" + message(b"hello")[1:], "13"),
        (b"\0\x10\0\0\1", "8"),
        (b"\0\xff\xff\xff\xff" + b"x" * 1000, "8"),
    ],
    ids=["nothing", "half a prefix", "half a message", "two", "more", "compressed", "flag", "257 MiB", "4 GiB"],
)
def test_bodies_that_are_not_one_message(wire, body, status):
    stream = wire.headers()
    wire.data(stream, body, end=True)
    fields = wire.end_of(stream)
    assert fields["grpc-status"] == status
    assert fields["grpc-message"]
    assert wire.call(b"next") == b"next"


def test_a_request_of_headers_alone(wire):
    assert wire.end_of(wire.headers(end=True))["grpc-status"] == "13"


def test_a_refused_call_need_not_be_sent_to_its_end(wire):
    stream = wire.headers("/test.Test/Nothing")
    assert wire.end_of(stream)["grpc-status"] == "12"
    assert wire.until(h2.events.StreamReset, stream).error_code == 0
    assert wire.call(b"next") == b"next"


def test_256_mib_is_not_too_large_to_begin(wire):
    stream = wire.headers()
    wire.data(stream, b"\0\x10\0\0\0" + b"x" * 1000)
    assert wire.call(b"meanwhile") == b"meanwhile"


@pytest.mark.parametrize("timeout", ["1", "S", "-1S", "1s", "123456789S", "1.5S", "1SS"])
def test_malformed_timeouts(wire, timeout):
    stream = wire.headers(grpc_timeout=timeout)
    assert wire.end_of(stream)["grpc-status"] == "13"


@pytest.mark.parametrize("timeout", ["99999999H", "99999999M", "10S", "60000m", "99999999u"])
def test_long_timeouts(wire, timeout):
    stream = wire.headers(grpc_timeout=timeout)
    wire.data(stream, message(b"x"), end=True)
    assert wire.end_of(stream)["grpc-status"] == "0"


@pytest.mark.parametrize("timeout", ["0S", "1n", "50m", "50000u"])
def test_short_timeouts(wire, timeout):
    stream = wire.headers("/test.Test/Block", grpc_timeout=timeout)
    wire.data(stream, message(b""), end=True)
    assert wire.end_of(stream)["grpc-status"] == "4"


def test_a_timeout_ends_a_request_that_never_does(wire):
    stream = wire.headers(grpc_timeout="50m")
    wire.data(stream, message(b"hello")[:-1])
    assert wire.end_of(stream)["grpc-status"] == "4"
    assert wire.call(b"next") == b"next"


def test_a_timeout_ends_an_answer_that_nobody_reads(plain):
    """The window is full, so the deadline finds the answer half sent: nothing but a reset can follow."""
    with plain.socket() as connection:
        wire = Wire(connection)
        stream = wire.headers("/test.Test/Large", grpc_timeout="3S")
        wire.data(stream, message(b"1000000"), end=True)
        wire.h2.acknowledge_received_data = lambda *_: None
        assert wire.until(h2.events.StreamReset, stream).error_code == 8
        wire.h2.increment_flow_control_window(1 << 20)
        assert wire.call(b"next") == b"next"


def most_memory(program) -> int:
    """The most that it had so far, in KiB."""
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def is_at_work(program) -> bool:
    """Whether any of its threads has something to do."""
    stats = [path.read_text() for path in Path(f"/proc/{program.process.pid}/task").glob("*/stat")]
    return any(stat.rpartition(")")[2].split()[0] != "S" for stat in stats)


def test_an_answer_that_nobody_reads_is_not_gathered(plain):
    """400 MB of it: the handler waits, once as much as is kept for a reader waits too."""
    with plain.socket() as connection:
        wire = Wire(connection)
        assert wire.call(b"first") == b"first"
        before, idle = most_memory(plain), 0
        stream = wire.headers("/test.Test/Stream")
        wire.data(stream, message(b"400 1000000"), end=True)
        deadline = time.monotonic() + 5 * PATIENCE
        while idle < 20:
            assert time.monotonic() < deadline, "it goes on and on"
            time.sleep(0.005)
            idle = 0 if is_at_work(plain) else idle + 1
        assert most_memory(plain) - before < 100 << 10
    assert_still_serving(plain)


def test_a_reset_before_during_and_after(wire):
    for cut in (0, 3, 7, 10):
        stream = wire.headers()
        body = message(b"hello")[:cut]
        wire.data(stream, body, end=cut == 10)
        wire.h2.reset_stream(stream, 8)
        wire.flush()
    assert wire.call(b"next") == b"next"


def test_ping(wire):
    wire.h2.ping(b"12345678")
    wire.flush()
    assert wire.until(h2.events.PingAckReceived).ping_data == b"12345678"


def test_the_server_says_goodbye(plain, wire):
    assert wire.call(b"x") == b"x"
    plain.process.terminate()
    assert wire.until(h2.events.ConnectionTerminated).error_code == 0
    assert ended(wire)
    assert plain.wait() == 0


def test_goodbye_from_the_client(plain, wire):
    assert wire.call(b"x") == b"x"
    wire.h2.close_connection()
    wire.flush()
    wire.socket.shutdown(socket.SHUT_WR)
    assert ended(wire)
    assert_still_serving(plain)


def test_settings_allow_what_a_provider_needs(wire):
    wire.until(h2.events.RemoteSettingsChanged)
    settings = wire.h2.remote_settings
    assert settings.max_concurrent_streams >= 100
    assert settings.initial_window_size >= 1 << 20
    assert settings.max_concurrent_streams <= 256 and settings.max_header_list_size <= 1 << 16
    assert wire.call(b"x" * 100) == b"x" * 100
    assert wire.h2.outbound_flow_control_window >= 1 << 20


@pytest.mark.parametrize(
    "garbage",
    [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\0" * 100, b"\x16\x03\x01\x02\x00" + b"x" * 600],
    ids=["http 1", "zeros", "tls"],
)
def test_no_http_2_at_all(plain, garbage):
    with plain.socket() as connection:
        connection.sendall(garbage)
        while connection.recv(65536):
            pass
    assert_still_serving(plain)


def test_frames_that_break_the_rules_end_the_connection(plain):
    cases = [
        (DATA, 0, 0, b"data without a stream"),
        (DATA, 0, 1, b"a stream that was never opened"),
        (HEADERS, 4, 2, b"\x82"),  # an even stream
        (SETTINGS, 0, 0, b"12345"),
        (PING, 0, 0, b"short"),
        (CONTINUATION, 4, 1, b""),
        (HEADERS, 4, 1, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        (DATA, 8, 1, b"\xff"),
        (GOAWAY, 0, 0, b"x"),
        (RST_STREAM, 0, 1, b"1"),
    ]
    for case in cases:
        with plain.socket() as connection:
            wire = Wire(connection)
            wire.frame(*case)
            assert wire.until(h2.events.ConnectionTerminated).error_code != 0, case
            assert ended(wire)
    assert_still_serving(plain)


def test_headers_without_end_are_bounded(plain):
    with plain.socket() as connection:
        wire = Wire(connection)
        wire.frame(HEADERS, 0, 1, b"\x83")
        try:
            for _ in range(100000):
                wire.frame(CONTINUATION, 0, 1, b"\x0f\x11\x7f\x81\x7f" + b"a" * 256)
        except OSError:
            pass  # it stopped listening
        else:
            pytest.fail("the server takes headers without end")
    assert_still_serving(plain)


def test_rapid_resets_are_bounded(plain):
    with plain.socket() as connection:
        wire = Wire(connection)
        try:
            for _ in range(20000):
                stream = wire.headers()
                wire.h2.reset_stream(stream, 8)
                wire.flush()
        except OSError:
            pass
        else:
            pytest.fail("the server takes resets without end")
    assert_still_serving(plain)


def test_pings_that_nobody_reads_are_bounded(plain):
    with plain.socket() as connection:
        connection.settimeout(5)
        wire = Wire(connection)
        with pytest.raises(OSError):
            for _ in range(1000000):
                wire.frame(PING, 0, 0, b"12345678")
    assert_still_serving(plain)


def test_noise(plain):
    """Valid beginnings, then anything: the server may end the connection, and nothing else."""
    dice = random.Random(20240607)
    for _ in range(300):
        with plain.socket() as connection:
            wire = Wire(connection)
            if dice.random() < 0.5:
                stream = wire.headers(("/test.Test/Echo", "/test.Test/Block", "/x")[dice.randrange(3)])
                wire.data(stream, dice.randbytes(dice.randrange(1, 40)), end=dice.random() < 0.3)
            try:
                for _ in range(dice.randrange(1, 6)):
                    wire.frame(dice.randrange(10), dice.randrange(256), dice.randrange(4), dice.randbytes(dice.randrange(60)))
            except OSError:
                pass
    assert_still_serving(plain)


def test_too_many_streams_are_not_served(plain):
    with plain.socket() as connection:
        wire = Wire(connection)
        wire.until(h2.events.RemoteSettingsChanged)
        limit = wire.h2.remote_settings.max_concurrent_streams
        wire.h2.remote_settings[3] = 2 * limit
        wire.h2.remote_settings.acknowledge()
        for _ in range(limit + 1):
            wire.headers()
        assert wire.until(h2.events.ConnectionTerminated).error_code != 0
        assert ended(wire)
    assert_still_serving(plain)


def test_too_many_connections_are_not_served(plain):
    """Sixty-four at a time; a place that becomes free is taken again."""
    with contextlib.ExitStack() as opened:
        served = []
        for _ in range(64):
            served.append(opened.enter_context(plain.socket()))
            assert Wire(served[-1]).call(b"x") == b"x"
        one_more = opened.enter_context(plain.socket())
        assert one_more.recv(1) == b""
        served[0].close()
        deadline = time.monotonic() + PATIENCE
        while True:  # the program may hear of the new one before it hears of the end of the old one
            with plain.socket() as connection, contextlib.suppress(OSError, AssertionError):
                assert Wire(connection).call(b"x") == b"x"
                break
            assert time.monotonic() < deadline, "the place is given to nobody"
            time.sleep(0.01)
