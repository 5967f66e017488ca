# SPDX-License-Identifier: Apache-2.0
"""A client's life: threads, signals, fork, closing, and the end of the program."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import weakref

import pytest

ARN = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PLACE = {"cloud_provider": "aws", "region": "us-east-2"}


# --- threads ---


def test_calls_run_at_once(simulate, connect, background):
    """20 calls at 100 ms each: were one to hold the interpreter, no two requests would meet."""
    slow = simulate("--latency", "100")
    astra = connect(slow)
    regions = [f"region-{number}" for number in range(20)]
    keys = list(background.map(lambda region: astra.cmk_key.create(cloud_provider="aws", region=region, key_id=ARN.replace("us-east-2", region)), regions))
    assert sorted(key.region for key in keys) == sorted(regions)
    assert slow.most_at_once("POST", "/v2/kms") >= 10


def test_main_thread_lets_others_run(astra, simulator, background):
    simulator.fault(method="GET", path="/v2/kms", hold=True, times=1)
    ran = threading.Event()

    def release():
        simulator.wait_until_held()
        ran.set()
        simulator.clear_faults()

    future = background.submit(release)
    assert astra.cmk_key.list() == () and ran.is_set()
    future.result()


def test_one_client_for_16_threads(astra, background, simulator):
    simulator.add_key("aws", "us-east-2", ARN)
    start = threading.Barrier(16)

    def work(number):
        start.wait()
        for turn in range(20):
            assert astra.cmk_key.read(**PLACE).key_id == ARN
            assert astra.parse_key_id(ARN.replace("us-east-2", f"r-{number}-{turn}")).region == f"r-{number}-{turn}"
        return True

    assert all(background.map(work, range(16)))


def test_cancel(astra, astra_cmk, background, simulator):
    simulator.fault(method="GET", hold=True, times=100)
    future = background.submit(astra.cmk_key.list)
    simulator.wait_until_held()
    astra.cancel()
    with pytest.raises(astra_cmk.Cancelled):
        future.result(timeout=30)
    simulator.clear_faults()
    assert astra.cmk_key.list() == ()


# --- signals ---

LIST = """
import astra_cmk, signal
def quiet(number, frame): print("handled")
def alarm(number, frame): raise TimeoutError
signal.signal(signal.SIGUSR1, quiet)
signal.signal(signal.SIGALRM, alarm)
with astra_cmk.Client() as astra:
    print("ready")
    try:
        astra.cmk_key.list()
    except {kind}:
        print("interrupted")
    print(len(astra.cmk_key.list()))
"""


def test_ctrl_c(simulator, run_script):
    simulator.fault(method="GET", hold=True, times=100)
    script = run_script(LIST.format(kind="KeyboardInterrupt"), simulator)
    assert script.line() == "ready"
    simulator.wait_until_held()
    begin = time.monotonic()
    script.process.send_signal(signal.SIGINT)
    assert script.line() == "interrupted"
    assert time.monotonic() - begin < 30, "the request was waited for"  # its timeout is 60 s
    simulator.wait_until_aborted()
    simulator.clear_faults()
    assert script.end()[:2] == (0, "0\n")


def test_ctrl_c_ends_a_program(simulator, run_script):
    simulator.fault(method="GET", hold=True, times=100)
    script = run_script("import astra_cmk\nprint('ready')\nastra_cmk.Client().cmk_key.list()", simulator)
    assert script.line() == "ready"
    simulator.wait_until_held()
    script.process.send_signal(signal.SIGINT)
    status, _, err = script.end()
    assert status == -signal.SIGINT and "KeyboardInterrupt" in err


def test_any_handler_runs_during_a_request(simulator, run_script):
    """One that raises ends the call; one that does not leaves it alone."""
    simulator.fault(method="GET", hold=True, times=100)
    script = run_script(LIST.format(kind="TimeoutError"), simulator)
    assert script.line() == "ready"
    simulator.wait_until_held()
    script.process.send_signal(signal.SIGUSR1)
    assert script.line() == "handled"
    assert simulator.faults()["held"] >= 1
    script.process.send_signal(signal.SIGALRM)
    assert script.line() == "interrupted"
    simulator.clear_faults()
    assert script.end()[:2] == (0, "0\n")


# --- fork ---


def in_child(run):
    """Runs something in a forked child, and returns its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if run() else 2
        finally:
            os._exit(status)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    pytest.fail("the child did not end")


def test_fork(astra, simulator):
    key = astra.cmk_key.create(**PLACE, key_id=ARN)
    assert in_child(lambda: astra.cmk_key.read(key) == key) == 0
    assert astra.cmk_key.read(key) == key


def test_fork_while_other_threads_call(astra, background, simulator):
    """The child has the locks of the parent's threads, and none of the threads."""
    simulator.fault(method="GET", path="/v2/kms", hold=True, times=1)
    future = background.submit(astra.cmk_key.list)
    simulator.wait_until_held()
    assert in_child(lambda: astra.parse_key_id(ARN).region == "us-east-2" and astra.provider_id.create(**PLACE)) == 0
    assert in_child(lambda: astra.close() is None) == 0
    simulator.clear_faults()
    assert future.result() == ()


def test_fork_in_the_middle_of_many_calls(astra, background):
    stop = threading.Event()

    def work():
        while not stop.is_set():
            assert astra.parse_key_id(ARN).region == "us-east-2"

    futures = [background.submit(work) for _ in range(4)]
    try:
        assert [in_child(lambda: astra.parse_key_id(ARN).region == "us-east-2") for _ in range(10)] == [0] * 10
    finally:
        stop.set()
    for future in futures:
        future.result()


# --- the end ---


def test_close_twice_and_use_after(astra, astra_cmk):
    astra.close()
    astra.close()
    assert "closed" in repr(astra)
    for call in (astra.cmk_key.list, lambda: astra.parse_key_id(ARN), lambda: astra.data.cmk_keys()):
        with pytest.raises(astra_cmk.ClientClosed, match="client is closed"):
            call()
    astra.cancel()


def test_close_cancels_what_is_under_way(astra, astra_cmk, background, simulator):
    simulator.fault(method="GET", hold=True, times=100)
    future = background.submit(astra.cmk_key.list)
    simulator.wait_until_held()
    astra.close()
    with pytest.raises(astra_cmk.Cancelled):
        future.result(timeout=30)


def test_with_block_closes(astra_cmk, simulator):
    with pytest.raises(ZeroDivisionError), astra_cmk.Client(token="t", api_url=simulator.url) as astra:
        1 / 0  # noqa: B018
    with pytest.raises(astra_cmk.ClientClosed):
        astra.cmk_key.list()


def test_collected(astra_cmk, simulator):
    """Without close() too nothing stays: no cycle holds a client."""
    client = astra_cmk.Client(token=simulator.token, api_url=simulator.url)
    client.cmk_key.list()
    session = client._session
    gone = weakref.ref(client)
    gc.disable()
    try:
        del client
        assert gone() is None and session.closed
    finally:
        gc.enable()


def test_a_resource_holds_its_client(astra_cmk, simulator):
    keys = astra_cmk.Client(token=simulator.token, api_url=simulator.url).cmk_key
    assert keys.list() == ()


@pytest.mark.parametrize("program", [
    "astra = astra_cmk.Client(); astra.cmk_key.list()",
    "astra = astra_cmk.Client(); astra.cmk_key.list(); import sys; sys.modules['keep'] = astra",
    "import atexit\nastra = astra_cmk.Client(); atexit.register(lambda: print(len(astra.cmk_key.list())))",
    "import atexit\natexit.register(lambda: astra.close())\nastra = astra_cmk.Client(); astra.cmk_key.list()",
    "import threading, time\nastra = astra_cmk.Client()\n"
    "def work():\n    try:\n        while True: astra.parse_key_id('projects/p/locations/us-east1/keyRings/r/cryptoKeys/k')\n"
    "    except astra_cmk.ClientClosed: pass\n"
    "for _ in range(3):\n    threading.Thread(target=work, daemon=True).start()\nastra.cmk_key.list()",
    "class Holder:\n    def __del__(self): self.astra.close()\nholder = Holder(); holder.astra = astra_cmk.Client()",
    "import logging\nlogging.basicConfig(level=5)\nastra = astra_cmk.Client(); astra.cmk_key.list()",
])  # fmt: skip
def test_end_of_the_program(simulator, run_script, program):
    status, _, err = run_script("import astra_cmk\n" + program, simulator).end()
    assert status == 0 and "Traceback" not in err and "Fatal" not in err


def test_end_of_the_program_during_a_call(simulator, run_script):
    simulator.fault(method="GET", hold=True, times=100)
    script = run_script("""
        import astra_cmk, threading, time, urllib.request, os
        astra = astra_cmk.Client()
        def work():
            try:
                astra.cmk_key.list()
            except astra_cmk.Cancelled:
                pass
        threading.Thread(target=work, daemon=True).start()
        urllib.request.urlopen(os.environ["ASTRA_API_URL"] + "/_admin/wait?method=GET&count=1&timeout_ms=30000").read()
    """, simulator)
    status, _, err = script.end()
    assert (status, err) == (0, "")
