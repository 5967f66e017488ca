# SPDX-License-Identifier: Apache-2.0
"""Calls, made with Python's gRPC over mutual TLS as Terraform makes them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from transport import PATIENCE, Program, bytes_in

ECHO, STREAM, LARGE = "/test.Test/Echo", "/test.Test/Stream", "/test.Test/Large"
BLOCK, FAIL, COUNT = "/test.Test/Block", "/test.Test/Fail", "/test.Test/Count"


@pytest.fixture
def channel(secure: Program):
    with secure.channel() as channel:
        yield channel


def unary(channel: grpc.Channel, path: str) -> grpc.UnaryUnaryMultiCallable:
    return channel.unary_unary(path, bytes_in, bytes_in)


def counted(channel: grpc.Channel) -> tuple[int, int]:
    """How many calls of Block wait, and how many were cancelled."""
    waiting, cancelled = unary(channel, COUNT)(b"", timeout=PATIENCE).split()
    return int(waiting), int(cancelled)


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def test_a_call_is_answered(channel):
    assert unary(channel, ECHO)(b"hello", timeout=PATIENCE) == b"hello"


def test_an_empty_message_is_a_message(channel):
    assert unary(channel, ECHO)(b"", timeout=PATIENCE) == b""


@pytest.mark.parametrize("size", [1, 16379, 16384, 65536, 1 << 20, 64 << 20])
def test_messages_of_any_size_come_back_whole(channel, size):
    sent = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    assert unary(channel, ECHO)(sent, timeout=PATIENCE) == sent


def test_calls_run_at_once(channel):
    call = unary(channel, ECHO)
    with ThreadPoolExecutor(50) as pool:
        replies = pool.map(lambda i: call(str(i).encode() * 100, timeout=PATIENCE), range(1000))
        assert [r for r in replies] == [str(i).encode() * 100 for i in range(1000)]


def test_a_stream_keeps_its_order(channel):
    stream = channel.unary_stream(STREAM, bytes_in, bytes_in)
    assert [int(part) for part in stream(b"5000", timeout=PATIENCE)] == list(range(5000))


def test_a_stream_may_be_empty(channel):
    assert list(channel.unary_stream(STREAM, bytes_in, bytes_in)(b"0", timeout=PATIENCE)) == []


def test_a_slow_reader_gets_every_part(channel):
    """What waits for it is bounded: the handler is held up, and nobody else."""
    stream = channel.unary_stream(STREAM, bytes_in, bytes_in)(b"10000 4000", timeout=PATIENCE)
    assert int(next(stream)) == 0
    assert unary(channel, ECHO)(b"meanwhile", timeout=PATIENCE) == b"meanwhile"
    assert [int(part) for part in stream] == list(range(1, 10000))


def test_a_failure_carries_status_and_text(channel):
    with pytest.raises(grpc.RpcError) as error:
        unary(channel, FAIL)("Schlüssel 100% kaputt\nline two".encode(), timeout=PATIENCE)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert error.value.details() == "Schlüssel 100% kaputt\nline two"


def test_a_long_failure_is_cut_between_characters(channel):
    with pytest.raises(grpc.RpcError) as error:
        unary(channel, FAIL)(("x" + "ü" * 5000).encode(), timeout=PATIENCE)
    assert error.value.details() == "x" + "ü" * 1023


@pytest.mark.parametrize("path", ["/test.Test/Nothing", "/plugin.GRPCStdio/StreamStdio", "/"])
def test_an_unknown_method_is_unimplemented(channel, path):
    with pytest.raises(grpc.RpcError) as error:
        unary(channel, path)(b"x" * 100000, timeout=PATIENCE)
    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert unary(channel, ECHO)(b"still", timeout=PATIENCE) == b"still"


def test_a_cancelled_call_is_told_so(channel):
    call = unary(channel, BLOCK).future(b"", timeout=PATIENCE)
    wait_until(lambda: counted(channel) == (1, 0))
    call.cancel()
    wait_until(lambda: counted(channel) == (0, 1))


def test_a_deadline_ends_a_call(channel):
    call = unary(channel, BLOCK).future(b"", timeout=2)
    wait_until(lambda: counted(channel) == (1, 0))
    assert call.exception(PATIENCE).code() == grpc.StatusCode.DEADLINE_EXCEEDED
    wait_until(lambda: counted(channel) == (0, 1))


def test_a_lost_connection_cancels_its_calls_only(secure):
    with secure.channel() as other:
        kept = unary(other, BLOCK).future(b"", timeout=PATIENCE)
        with secure.channel() as lost:
            calls = [unary(lost, BLOCK).future(b"", timeout=PATIENCE) for _ in range(5)]
            wait_until(lambda: counted(other) == (6, 0))
        wait_until(lambda: counted(other) == (1, 5))
        assert all(call.done() for call in calls)
        kept.cancel()


def test_a_call_overtakes_many_that_wait(channel):
    calls = [unary(channel, BLOCK).future(b"", timeout=PATIENCE) for _ in range(100)]
    wait_until(lambda: counted(channel) == (100, 0))
    assert unary(channel, ECHO)(b"first", timeout=PATIENCE) == b"first"
    for call in calls:
        call.cancel()
    wait_until(lambda: counted(channel) == (0, 100))


def test_a_call_overtakes_large_answers(channel):
    size = 64 << 20
    large = [unary(channel, LARGE).future(str(size).encode(), timeout=PATIENCE) for _ in range(2)]
    for i in range(20):
        assert unary(channel, ECHO)(b"%d" % i, timeout=PATIENCE) == b"%d" % i
    assert all(answer.result(PATIENCE) == b"x" * size for answer in large)


def test_many_connections_at_once(secure):
    channels = [secure.channel() for _ in range(30)]
    with ThreadPoolExecutor(30) as pool:
        replies = list(pool.map(lambda c: unary(c, ECHO)(b"x", timeout=PATIENCE, wait_for_ready=True), channels))
    assert replies == [b"x"] * 30
    for channel in channels:
        channel.close()


def test_connections_come_and_go(secure):
    for i in range(30):
        with secure.channel() as channel:
            assert unary(channel, ECHO)(b"%d" % i, timeout=PATIENCE) == b"%d" % i


def test_health(channel):
    health = unary(channel, "/grpc.health.v1.Health/Check")
    assert health(b"\x0a\x06plugin", timeout=PATIENCE) == b"\x08\x01"
    assert health(b"", timeout=PATIENCE) == b"\x08\x01"
    with pytest.raises(grpc.RpcError) as error:
        health(b"\x0a\x05other", timeout=PATIENCE)
    assert error.value.code() == grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.RpcError) as error:
        health(b"\x0a\x06plug", timeout=PATIENCE)
    assert error.value.code() == grpc.StatusCode.INTERNAL


def test_shutdown_answers_and_ends(secure):
    with secure.channel() as channel:
        assert unary(channel, "/plugin.GRPCController/Shutdown")(b"", timeout=PATIENCE) == b""
        assert secure.wait() == 0


def test_shutdown_cancels_what_is_under_way(secure):
    with secure.channel() as channel:
        calls = [unary(channel, BLOCK).future(b"", timeout=PATIENCE) for _ in range(10)]
        wait_until(lambda: counted(channel) == (10, 0))
        unary(channel, "/plugin.GRPCController/Shutdown")(b"", timeout=PATIENCE)
        assert secure.wait() == 0
        for call in calls:
            assert call.exception(PATIENCE).code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)


def test_cancellations_from_all_sides(channel):
    """Calls that are cancelled at any moment, beside others that are not."""
    stop = threading.Event()

    def cancel_some(seed: int) -> None:
        for i in range(40):
            call = unary(channel, (BLOCK, ECHO, LARGE)[(i + seed) % 3]).future(b"100000", timeout=PATIENCE)
            if i % 4 < 3:
                time.sleep(0.0003 * (i % 5))
            call.cancel()
        stop.set()

    threads = [threading.Thread(target=cancel_some, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    while not stop.is_set():
        assert unary(channel, ECHO)(b"x" * 5000, timeout=PATIENCE) == b"x" * 5000
    for thread in threads:
        thread.join(PATIENCE)
    wait_until(lambda: counted(channel)[0] == 0)
