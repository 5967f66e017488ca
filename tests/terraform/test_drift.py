# SPDX-License-Identifier: Apache-2.0
"""What a plan makes of changes behind the tool's back; and reads that fail, which are no changes."""

import pytest

from terraform_cli import ARN, OTHER_ARN, REGION, block, key, seat

OTHER_ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000002"
# Failures are told at once.
NO_RETRIES = block("provider", "astra", max_retries=0)


def test_registration_that_is_gone_is_made_again(tf, simulator):
    tf.write(key())
    tf.apply()
    simulator.remove_key("aws", REGION)
    assert "Plan: 1 to add, 0 to change, 0 to destroy." in tf.plan().text
    tf.apply()
    assert [entry["key_id"] for entry in simulator.state()["keys"]] == [ARN]
    tf.plan_clean()


def test_other_key_is_a_replacement_with_a_warning(tf, simulator):
    tf.write(key())
    tf.apply()
    simulator.add_key("aws", REGION, OTHER_ARN)
    result = tf.plan()
    assert "Plan: 1 to add, 0 to change, 1 to destroy." in result.text
    assert OTHER_ARN in result.text and "# forces replacement" in result.text
    result.warning("databases")
    tf.apply()
    assert [entry["key_id"] for entry in simulator.state()["keys"]] == [ARN]


@pytest.mark.parametrize("configured, reported", [
    (ARN, ARN.rpartition("/")[2]),
    ("projects/p/locations/us-east1/keyRings/r/cryptoKeys/k",
     "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k/cryptoKeyVersions/3"),
    ("https://vault.vault.azure.net/keys/name/0123456789abcdef0123456789abcdef",
     "https://VAULT.vault.azure.net/keys/name/0123456789abcdef0123456789abcdef"),
], ids=["bare-uuid", "key-version", "case-of-a-host"])
def test_other_spelling_of_the_key_is_no_change(tf, simulator, configured, reported):
    cloud = "aws" if configured.startswith("arn") else "gcp" if configured.startswith("projects") else "azure"
    region = {"aws": REGION, "gcp": "us-east1", "azure": "westus2"}[cloud]
    tf.write(key(cloud_provider=cloud, region=region, key_id=configured))
    tf.apply()
    simulator.add_key(cloud, region, reported)
    tf.plan_clean()
    assert tf.instances()["astra_cmk_key.key"]["key_id"] == configured


def test_a_listing_that_misses_a_key_is_not_believed(tf, simulator):
    """An absence is confirmed by asking for that very key."""
    tf.write(key())
    tf.apply()
    simulator.fault(method="GET", path="/v2/kms", status=200, body="[]", times=-1)
    tf.plan_clean()


@pytest.mark.parametrize("fault", [
    {"status": 500}, {"status": 503, "body": "<html>gateway</html>"}, {"status": 200, "body": "no JSON"},
    {"close": "before"}], ids=["500", "html", "no-json", "closed"])
def test_a_read_that_fails_is_no_absence(tf, simulator, fault):
    tf.write(NO_RETRIES, key())
    tf.apply()
    simulator.fault(method="GET", path="/v2/kms/**", times=-1, **fault)
    simulator.fault(method="GET", path="/v2/kms", times=-1, **fault)
    assert tf.plan(fails=True).errors
    simulator.clear_faults()
    tf.plan_clean()


def test_faults_that_pass_are_not_seen(tf, simulator):
    tf.write(key())
    tf.apply()
    simulator.fault(method="GET", path="/v2/kms", status=503)
    simulator.fault(method="GET", path="/v2/kms", status=429, headers={"Retry-After": "0"})
    simulator.fault(method="GET", path="/v2/kms", close="before")
    tf.plan_clean()


def test_token_of_another_organization_is_an_error_not_a_thousand_deletions(tf, simulator):
    tf.write(key(), seat())
    tf.apply()
    simulator.set_token("AstraCS:elsewhere", organization=OTHER_ORGANIZATION)
    result = tf.plan(fails=True, env={"ASTRA_API_TOKEN": "AstraCS:elsewhere"})
    assert len(result.errors) == 2
    for error in result.errors:
        assert OTHER_ORGANIZATION in error and simulator.organization in error and "token" in error
    assert set(tf.instances()) == {"astra_cmk_key.key", "astra_provider_id.seat"}


def test_claimed_seat_stays(tf, simulator):
    """It is no longer listed, and its principal must stay in the key's policy."""
    tf.write(seat())
    tf.apply()
    simulator.add_database("orders", "aws", REGION)
    simulator.reset_counts()
    tf.plan_clean()
    assert not [path for path in simulator.counts()["by"] if path.endswith("/accounts")], "asking may mint an ID"
