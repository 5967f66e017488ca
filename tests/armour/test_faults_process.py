# SPDX-License-Identifier: Apache-2.0
"""Programs that end too early, and clocks that are wrong."""

import email.utils
import os
import signal
import time
from pathlib import Path

import pytest

from clients import ARN, key, key_in, registered, requests, wait_until

APPLY = ("apply", "-auto-approve", "-input=false")
# How soon a program has to end that was told to. Without the interrupt a request is waited for much longer.
SOON = 2


def two_keys(client, **settings):
    """A key, and another one that waits for it."""
    client.configure(key("first"), key_in("us-west-2", depends_on=["astra_cmk_key.first"]), **settings)


def alive(pid: int) -> bool:
    """Whether the process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# --- Ctrl-C ---


def interrupt(client, process, times: int = 1, tell=os.killpg):
    """Ctrl-C as a terminal sends it, to all of the group. The result, and after how many seconds it came."""
    began = time.monotonic()
    for _ in range(times):
        tell(process.pid, signal.SIGINT)
    result = client.finish(process)
    seconds = time.monotonic() - began
    assert result.returncode == 1, result
    assert seconds < SOON, f"ended only {seconds:.1f} s after the interrupt"
    return result, seconds


@pytest.mark.fault("Ctrl-C once while a registration is under way", "ends within two seconds, what was done is kept")
def test_interrupted_create(client, simulator, row):
    two_keys(client)
    simulator.fault(method="POST", path="/v2/kms", skip=1, hold=True, times=-1)
    process = client.start(*APPLY)
    simulator.wait_until_held()
    result, seconds = interrupt(client, process)
    assert result.errors and client.keys() == {"first": ARN}
    row.saw(f"ended after {seconds:.1f} s, the first key kept", simulator)
    simulator.clear_faults()
    client.apply()
    client.plan_clean()
    assert len(registered(simulator)) == 2


@pytest.mark.fault("an interrupt of the program alone, as a pipeline sends it",
                   "ends within two seconds, what was done is kept")  # fmt: skip
def test_interrupted_alone(client, simulator, row):
    two_keys(client)
    simulator.fault(method="POST", path="/v2/kms", skip=1, hold=True, times=-1)
    process = client.start(*APPLY)
    simulator.wait_until_held()
    result, seconds = interrupt(client, process, tell=os.kill)
    assert result.errors and client.keys() == {"first": ARN}
    row.saw(f"ended after {seconds:.1f} s, the first key kept", simulator)


@pytest.mark.fault("Ctrl-C once after a registration was stored, its answer under way",
                   "ends within two seconds; the next apply adopts")  # fmt: skip
def test_interrupted_after_storing(client, simulator, front, row):
    front.rule(lambda call: call.forward() and call.wait_until_gone(), method="POST", times=1)
    client.configure(key())
    process = client.start(*APPLY)
    front.wait_until_held()
    result, seconds = interrupt(client, process)
    assert any("not known whether" in text for text in result.errors), result
    client.apply().warning("registered already")
    assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 1
    row.saw(f"ended after {seconds:.1f} s, then adopted", simulator)


@pytest.mark.fault("Ctrl-C once while a plan reads", "ends within two seconds, the state as it was")
def test_interrupted_read(client, simulator, row):
    client.configure(key())
    client.apply()
    simulator.fault(method="GET", path="/v2/kms", hold=True, times=-1)
    process = client.start("plan", "-input=false")
    simulator.wait_until_held()
    _, seconds = interrupt(client, process)
    assert client.keys() == {"key": ARN}
    row.saw(f"ended after {seconds:.1f} s", simulator)


@pytest.mark.fault("Ctrl-C once while a removal is under way", "ends within two seconds, the key stays in the state")
def test_interrupted_removal(client, simulator, row):
    client.configure(key())
    client.apply()
    simulator.fault(method="DELETE", hold=True, times=-1)
    process = client.start("apply", "-destroy", "-auto-approve", "-input=false")
    simulator.wait_until_held()
    _, seconds = interrupt(client, process)
    assert client.keys() == {"key": ARN}
    row.saw(f"ended after {seconds:.1f} s, the key kept", simulator)
    simulator.clear_faults()
    client.destroy()
    assert registered(simulator) == []


@pytest.mark.fault("Ctrl-C once while another try is waited for", "ends within two seconds, no state")
def test_interrupted_wait(client, simulator, row):
    simulator.fault(method="POST", path="/v2/kms", status=429, headers={"Retry-After": "200"}, times=-1)
    client.configure(key())
    process = client.start(*APPLY)
    simulator.wait_for("POST", "/v2/kms")
    _, seconds = interrupt(client, process)
    assert client.instances() == {} and requests(simulator, "POST") == 1
    row.saw(f"ended after {seconds:.1f} s", simulator)


@pytest.mark.fault("Ctrl-C twice in mid-request", "ends at once, what was done is kept, no process is left")
def test_interrupted_twice(client, simulator, row):
    two_keys(client)
    simulator.fault(method="POST", path="/v2/kms", skip=1, hold=True, times=-1)
    process = client.start(*APPLY)
    simulator.wait_until_held()
    provider = client.provider_of(process)
    _, seconds = interrupt(client, process, times=2)
    wait_until(lambda: not alive(provider), "the provider's end")
    simulator.wait_until_aborted()
    assert client.keys() == {"first": ARN}
    row.saw(f"ended after {seconds:.1f} s, the first key kept", simulator)
    simulator.clear_faults()
    client.apply()
    client.plan_clean()
    assert len(registered(simulator)) == 2


def read_until(stream, text: str) -> None:
    """Reads what a program prints, until it prints that."""
    while text not in (line := stream.readline()):
        assert line, f"it ended without {text!r}"


@pytest.mark.terraform_only
@pytest.mark.fault("Ctrl-C twice before the provider could hear of it", "ends at once, what was done is kept, no process is left")
def test_interrupted_twice_at_once(client, simulator, row):
    """The provider is stopped meanwhile: it is so quick that Terraform would never see the second one."""
    two_keys(client)
    simulator.fault(method="POST", path="/v2/kms", skip=1, hold=True, times=-1)
    process = client.start(*APPLY)
    simulator.wait_until_held()
    provider = client.provider_of(process)
    os.kill(provider, signal.SIGSTOP)
    try:
        for stream, said in ((process.stdout, "Interrupt received"), (process.stderr, "Two interrupts received")):
            os.killpg(process.pid, signal.SIGINT)
            read_until(stream, said)
    finally:
        os.kill(provider, signal.SIGCONT)
    began = time.monotonic()
    assert client.finish(process).returncode == 1
    seconds = time.monotonic() - began
    wait_until(lambda: not alive(provider), "the provider's end")
    assert seconds < SOON and client.keys() == {"first": ARN}
    row.saw(f"ended after {seconds:.1f} s, the first key kept", simulator)
    simulator.clear_faults()
    client.apply()
    assert len(client.keys()) == len(registered(simulator)) == 2


# --- killed ---


@pytest.mark.terraform_only
@pytest.mark.fault("the provider is killed, a registration {moment}", "what was done is kept, the next apply completes")
@pytest.mark.parametrize("moment", ["not stored yet", "stored"])
def test_killed_provider(client, simulator, front, row, moment):
    store = {"stored": lambda call: call.forward(), "not stored yet": lambda call: True}[moment]
    front.rule(lambda call: store(call) and call.wait_until_gone(), method="POST", skip=1, times=1)
    two_keys(client)
    process = client.start(*APPLY)
    front.wait_until_held()
    provider = client.provider_of(process)
    assert provider != process.pid
    os.kill(provider, signal.SIGKILL)
    result = client.finish(process)
    assert result.returncode == 1 and result.errors, result
    assert client.keys() == {"first": ARN}
    result = client.apply()
    assert ("registered already" in result.text) == (moment == "stored")
    assert requests(simulator, "POST") == 2 and len(client.keys()) == len(registered(simulator)) == 2
    row.saw("the first key kept, then completed", simulator)
    client.plan_clean()


@pytest.mark.fault("the whole program is killed, a registration stored", "what was done is kept, the next apply adopts")
def test_killed_program(client, simulator, front, row):
    front.rule(lambda call: call.forward() and call.wait_until_gone(), method="POST", skip=1, times=1)
    two_keys(client)
    process = client.start(*APPLY)
    front.wait_until_held()
    provider = client.provider_of(process)
    os.killpg(process.pid, signal.SIGKILL)
    client.finish(process)
    wait_until(lambda: not alive(provider), "the provider's end")
    assert client.keys() == {"first": ARN}
    client.apply().warning("registered already")
    assert requests(simulator, "POST") == 2 and len(client.keys()) == 2
    row.saw("the first key kept, then adopted", simulator)


@pytest.mark.terraform_only
@pytest.mark.fault("Terraform alone is killed", "the provider ends too")
def test_killed_terraform(client, simulator, row):
    simulator.fault(method="POST", path="/v2/kms", hold=True, times=-1)
    client.configure(key())
    process = client.start(*APPLY)
    simulator.wait_until_held()
    provider = client.provider_of(process)
    os.kill(process.pid, signal.SIGKILL)
    client.finish(process)
    wait_until(lambda: not alive(provider), "the provider's end")
    simulator.wait_until_aborted()
    row.saw("the provider ended", simulator)


# --- clocks ---


@pytest.mark.fault("a clock that is wrong: Retry-After {when}", "{outcome}")
@pytest.mark.parametrize("when, days, outcome", [
    ("lies two days back", -2, "tried again at once, applied"),
    ("lies two days ahead", 2, "an error at once that says how long, no state")])
def test_retry_after_of_another_clock(client, simulator, row, when, days, outcome):
    date = email.utils.formatdate(int(time.time()) + days * 86400, usegmt=True)
    simulator.fault(method="POST", path="/v2/kms", status=429, headers={"Retry-After": date}, times=1 if days < 0 else -1)
    client.configure(key(), max_retries=1)
    result = client.run(*APPLY, expect=(0,) if days < 0 else (1,))
    if days < 0:
        assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 2
    else:
        result.error("asks to wait for", "seconds")
        assert client.instances() == {} and requests(simulator, "POST") == 1
    row.saw("applied" if days < 0 else "refused", simulator)
