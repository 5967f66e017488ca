# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C: requests under way are given up at once, and what was done stays in the state."""

import os
import signal
import subprocess

import pytest

from terraform_cli import ARN, REGION, Raw, Result, key, plain, seat

# Far below what the provider's own limits (60 seconds for each of 6 tries) would let it wait.
SOON = 30


def interrupt(process):
    """Ctrl-C, as a terminal sends it: to Terraform and to the provider."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        stdout, stderr = process.communicate(timeout=SOON)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        pytest.fail(f"still running {SOON} seconds after the interrupt")
    return Result(tuple(process.args), process.returncode, plain(stdout), plain(stderr))


def test_interrupted_create(tf, simulator):
    other = ARN.replace(REGION, "us-west-2")
    tf.write(key("first"), key("second", region="us-west-2", key_id=other, depends_on=Raw("[astra_cmk_key.first]")))
    simulator.fault(method="POST", path="/v2/kms", skip=1, hold=True, times=-1)
    process = tf.start("apply", "-auto-approve", "-input=false")
    simulator.wait_until_held()
    result = interrupt(process)
    assert result.returncode == 1
    assert any("ancelled" in error or "stopped" in error for error in result.errors), result
    simulator.wait_until_aborted()
    assert list(tf.instances()) == ["astra_cmk_key.first"]
    simulator.clear_faults()
    tf.apply()
    tf.plan_clean()


def test_interrupted_creates_side_by_side(tf, simulator):
    tf.write(key("each", for_each=Raw('toset([for i in range(10) : "region-${i}"])'), region=Raw("each.key"),
                 key_id=Raw(f'replace("{ARN}", "{REGION}", each.key)')))
    simulator.fault(method="POST", path="/v2/kms", hold=True, times=-1)
    process = tf.start("apply", "-auto-approve", "-input=false")
    simulator.wait_until_held(10)
    assert interrupt(process).returncode == 1
    simulator.wait_until_aborted(10)
    assert tf.instances() == {}


def test_interrupted_refresh(tf, simulator):
    tf.write(key(), seat())
    tf.apply()
    simulator.fault(method="GET", path="/v2/kms", hold=True, times=-1)
    process = tf.start("plan", "-input=false")
    simulator.wait_until_held()
    assert interrupt(process).returncode == 1
    simulator.clear_faults()
    assert set(tf.instances()) == {"astra_cmk_key.key", "astra_provider_id.seat"}
    tf.plan_clean()


def test_interrupted_wait_before_another_try(tf, simulator):
    """Back-off ends too."""
    simulator.fault(method="GET", path="/v2/kms", status=503, headers={"Retry-After": "300"}, times=-1)
    tf.write(key())
    process = tf.start("apply", "-auto-approve", "-input=false")
    simulator.wait_for("GET", "/v2/kms")
    assert interrupt(process).returncode == 1


def test_interrupted_destroy_keeps_the_state(tf, simulator):
    tf.write(key())
    tf.apply()
    simulator.fault(method="DELETE", path="/v2/organizations/**", hold=True, times=-1)
    process = tf.start("apply", "-destroy", "-auto-approve", "-input=false")
    simulator.wait_until_held()
    assert interrupt(process).returncode == 1
    assert list(tf.instances()) == ["astra_cmk_key.key"]
    simulator.clear_faults()
    tf.destroy()
    assert simulator.state()["keys"] == []
