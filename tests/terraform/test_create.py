# SPDX-License-Identifier: Apache-2.0
"""Registering a key where something is in the way, or where answers get lost."""

import pytest

from terraform_cli import ARN, OTHER_ARN, REGION, block, key

# Few and quick tries: failures are told soon.
FEW_RETRIES = block("provider", "astra", max_retries=1)


def posts(simulator):
    return simulator.counts()["by"].get("POST /v2/kms", 0)


def test_the_same_key_is_adopted_with_a_warning(tf, simulator):
    simulator.add_key("aws", REGION, ARN)
    tf.write(key())
    tf.apply().warning("registered already")
    assert posts(simulator) == 0
    tf.plan_clean()


def test_another_key_is_an_error_that_names_the_import_command(tf, simulator):
    simulator.add_key("aws", REGION, OTHER_ARN)
    tf.write(key())
    tf.apply(fails=True).error("key_id", OTHER_ARN, "terraform import", f"aws/{REGION}")
    assert tf.instances() == {}
    assert [entry["key_id"] for entry in simulator.state()["keys"]] == [OTHER_ARN]


@pytest.mark.parametrize("fault", [
    {"close": "after-storing"}, {"close": "middle"}, {"status": 500, "store": True},
    {"status": 504, "store": True, "body": "<html>gateway timeout</html>"}],
    ids=["answer-lost", "answer-cut", "500-after-storing", "504-after-storing"])
def test_lost_answer_is_looked_up_before_trying_again(tf, simulator, fault):
    simulator.fault(method="POST", path="/v2/kms", **fault)
    tf.write(key())
    assert "1 added" in tf.apply().text
    assert posts(simulator) == 1
    tf.plan_clean()


@pytest.mark.parametrize("fault", [{"close": "before"}, {"status": 503}], ids=["closed-before", "503"])
def test_registration_that_did_not_happen_is_tried_again(tf, simulator, fault):
    simulator.fault(method="POST", path="/v2/kms", **fault)
    tf.write(key())
    assert "1 added" in tf.apply().text
    assert posts(simulator) == 2
    tf.plan_clean()


def test_trouble_after_the_registration_taints_nothing(tf, simulator):
    """A tainted key would be deregistered by the next apply."""
    simulator.fault(method="GET", path="/v2/kms", skip=1, status=500, times=-1)
    simulator.fault(method="GET", path="/v2/kms/**", status=500, times=-1)
    tf.write(FEW_RETRIES, key())
    assert "1 added" in tf.apply().text
    assert "tainted" not in tf.instances()["astra_cmk_key.key"]
    simulator.clear_faults()
    tf.plan_clean()


def test_garbled_answer_to_the_registration_taints_nothing(tf, simulator):
    """What is no answer proves no registration; the next apply looks, and adopts it."""
    simulator.fault(method="POST", path="/v2/kms", status=200, store=True, body="{{{")
    simulator.fault(method="GET", path="/v2/kms", skip=1, status=500, times=-1)
    simulator.fault(method="GET", path="/v2/kms/**", status=500, times=-1)
    tf.write(FEW_RETRIES, key())
    tf.apply(fails=True).error("It is not known whether the key was registered")
    assert not tf.instances()
    before = posts(simulator)
    simulator.clear_faults()
    assert "1 added" in tf.apply().text
    assert posts(simulator) == before
    tf.plan_clean()


def test_unknown_outcome_is_an_error_without_state_and_the_next_apply_adopts(tf, simulator):
    simulator.fault(method="POST", path="/v2/kms", close="after-storing", times=-1)
    simulator.fault(method="GET", path="/v2/kms", skip=1, status=500, times=-1)
    simulator.fault(method="GET", path="/v2/kms/**", status=500, times=-1)
    tf.write(FEW_RETRIES, key())
    tf.apply(fails=True).error("apply")
    assert tf.instances() == {}
    assert len(simulator.state()["keys"]) == 1
    simulator.clear_faults()
    tf.apply().warning("registered already")
    tf.plan_clean()


def test_the_api_s_own_message_is_quoted(tf, simulator):
    simulator.fault(method="POST", path="/v2/kms", status=400,
                    body='{"errors": [{"ID": 340018, "message": "customer keys need a paid plan"}]}')
    tf.write(key())
    tf.apply(fails=True).error("customer keys need a paid plan")
    assert tf.instances() == {}


def test_registration_beaten_by_somebody_else(tf, simulator):
    """409 after we looked: the other one's key is named."""
    simulator.fault(method="GET", path="/v2/kms", status=200, body="[]")
    simulator.fault(method="GET", path="/v2/kms/**", status=404, body="")
    simulator.add_key("aws", REGION, OTHER_ARN)
    tf.write(key())
    tf.apply(fails=True).error(OTHER_ARN, "terraform import")
    assert tf.instances() == {}
