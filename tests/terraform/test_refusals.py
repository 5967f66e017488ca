# SPDX-License-Identifier: Apache-2.0
"""Settings and keys that can't work: each an error that names the attribute and what to do."""

import socket

import pytest

from terraform_cli import ARN, GCP_KEY, ORGANIZATION, REGION, block, key, seat

OTHER_ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000002"
# Without a provider block, Terraform adds an error of its own to each of the provider's.
PROVIDER = block("provider", "astra")
FEW_RETRIES = block("provider", "astra", max_retries=1)


@pytest.fixture
def closed_port():
    """A port of the loopback address on which nobody listens, and which nobody else gets."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def test_no_token(tf):
    del tf.env["ASTRA_API_TOKEN"]
    tf.write(PROVIDER, key())
    tf.plan(fails=True).error("token", "ASTRA_API_TOKEN")


def test_wrong_token(tf):
    tf.env["ASTRA_API_TOKEN"] = "AstraCS:wrong"
    tf.write(key())
    result = tf.apply(fails=True)
    result.error("401", "token", "ASTRA_API_TOKEN")
    assert "AstraCS:wrong" not in result.everything


def test_token_that_expires_is_told_at_plan(tf, simulator):
    tf.write(key())
    tf.apply()
    simulator.revoke_token(simulator.token)
    tf.plan(fails=True).error("401", "token")
    assert "astra_cmk_key.key" in tf.instances()


@pytest.mark.parametrize("missing, permission", [
    ("read-cmk", "Read CMK Key"), ("write-cmk", "Write CMK Key")])
def test_token_without_a_permission(tf, simulator, missing, permission):
    given = {"read-cmk", "write-cmk", "db-view"} - {missing}
    simulator.set_token(simulator.token, permissions=sorted(given))
    tf.write(key())
    tf.apply(fails=True).error("403", "token", permission)
    assert tf.instances() == {}
    assert simulator.state()["keys"] == []


def test_token_that_may_not_see_databases_can_register(tf, simulator):
    simulator.set_token(simulator.token, permissions=["read-cmk", "write-cmk"])
    tf.write(key())
    tf.apply()
    tf.plan_clean()


def test_token_without_read_permission_gets_no_seat(tf, simulator):
    simulator.set_token(simulator.token, permissions=["write-cmk", "db-view"])
    tf.write(seat())
    tf.apply(fails=True).error("403", "token", "Read CMK Key")


def test_no_network(tf, closed_port):
    tf.env["ASTRA_API_URL"] = f"http://127.0.0.1:{closed_port}"
    tf.write(FEW_RETRIES, key())
    tf.apply(fails=True).error(f"127.0.0.1:{closed_port}", "api_url")


def test_no_network_at_plan_keeps_the_state(tf, closed_port):
    tf.write(FEW_RETRIES, key())
    tf.apply()
    tf.env["ASTRA_API_URL"] = f"http://127.0.0.1:{closed_port}"
    tf.plan(fails=True).error(f"127.0.0.1:{closed_port}")
    assert "astra_cmk_key.key" in tf.instances()


def test_name_that_does_not_resolve(tf):
    tf.env["ASTRA_API_URL"] = "https://api.astra.invalid"
    del tf.env["HTTPS_PROXY"]
    tf.write(FEW_RETRIES, key())
    tf.apply(fails=True).error("api.astra.invalid", "api_url")


def test_organization_of_the_settings(tf, simulator):
    tf.write(block("provider", "astra", organization_id=OTHER_ORGANIZATION), key())
    tf.apply(fails=True).error("organization_id", OTHER_ORGANIZATION, ORGANIZATION)
    assert simulator.state()["keys"] == []


def test_organization_of_the_settings_that_matches(tf):
    tf.write(block("provider", "astra", organization_id=ORGANIZATION), key())
    tf.apply()
    tf.plan_clean()


@pytest.mark.parametrize("address", ["http://api.astra.example", "http://192.0.2.1:8080", "ftp://127.0.0.1", "nonsense",
                                     "https://user:secret@api.astra.example"])
def test_address_that_would_give_the_token_away(tf, address):
    tf.env.pop("ASTRA_API_URL")
    tf.write(block("provider", "astra", api_url=address), key())
    tf.plan(fails=True).error("api_url", "https")


def test_address_of_the_environment(tf):
    tf.env["ASTRA_API_URL"] = "http://api.astra.example"
    tf.write(PROVIDER, key())
    tf.plan(fails=True).error("ASTRA_API_URL", "https")


@pytest.mark.parametrize("attributes, told", [
    pytest.param({"key_id": ARN.replace(REGION, "eu-west-1")}, ["eu-west-1", REGION], id="region-in-an-arn"),
    pytest.param({"cloud_provider": "gcp", "region": "us-central1", "key_id": GCP_KEY}, ["us-east1", "us-central1"],
                 id="location-of-a-google-key"),
    pytest.param({"key_id": GCP_KEY}, ["gcp", "aws"], id="google-key-on-aws"),
    pytest.param({"cloud_provider": "azure", "region": "westus2"}, ["aws", "azure"], id="arn-on-azure"),
    pytest.param({"key_id": ARN + "\n"}, ["blank"], id="line-break"),
    pytest.param({"key_id": " " + ARN}, ["blank"], id="blank-before"),
    pytest.param({"key_id": ARN.replace("key/", "key/ ")}, ["blank"], id="blank-inside"),
])
def test_key_that_contradicts_is_refused_at_plan(tf, simulator, attributes, told):
    tf.write(key(**attributes))
    tf.plan(fails=True).error("key_id", *told)
    assert simulator.counts()["by"].get("POST /v2/kms") is None


@pytest.mark.parametrize("attributes", [
    pytest.param({"key_id": "arn:aws:kms:us-east-2:111122223333:alias/astra"}, id="alias"),
    pytest.param({"key_id": "1234abcd-12ab-34cd-56ef-1234567890ab"}, id="bare-uuid"),
    pytest.param({"cloud_provider": "azure", "region": "westus2", "key_id": "https://example.com/databases"},
                 id="no-key-vault"),
])
def test_key_of_an_odd_shape_is_warned_of(tf, attributes):
    tf.write(key(**attributes))
    tf.plan().warning("key_id")


@pytest.mark.parametrize("key_id", [
    ARN, "arn:aws-us-gov:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:kms:us-east-2:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"])
def test_key_of_a_known_shape_is_not_warned_of(tf, key_id):
    tf.write(key(key_id=key_id))
    assert tf.plan().warnings == []


def test_state_of_another_organization(tf, simulator):
    tf.write(key())
    tf.apply()
    tf.edit_state("astra_cmk_key.key", organization_id=OTHER_ORGANIZATION)
    tf.plan(fails=True).error(OTHER_ORGANIZATION, ORGANIZATION, "token")
    tf.destroy(fails=True)
    assert len(simulator.state()["keys"]) == 1
