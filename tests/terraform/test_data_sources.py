# SPDX-License-Identifier: Apache-2.0
"""Data sources."""

from terraform_cli import ARN, GCP_KEY, ORGANIZATION, REGION, block, output


def test_one_key(tf, simulator):
    simulator.add_key("aws", REGION, ARN)
    tf.write(block("data", "astra_cmk_key", "found", cloud_provider="aws", region=REGION),
             output("found", "data.astra_cmk_key.found"))
    tf.apply()
    assert tf.output("found") == {"cloud_provider": "aws", "region": REGION, "id": f"aws/{REGION}", "key_id": ARN,
                                  "organization_id": ORGANIZATION}
    tf.plan_clean()


def test_one_key_that_is_not_there(tf):
    tf.write(block("data", "astra_cmk_key", "found", cloud_provider="aws", region=REGION))
    tf.plan(fails=True).error("astra_cmk_key")


def test_all_keys(tf, simulator):
    simulator.add_key("gcp", "us-east1", GCP_KEY)
    simulator.add_key("aws", REGION, ARN)
    simulator.add_key("aws", "us-west-2", ARN, organization="0a1b2c3d-0000-4000-8000-000000000002")
    tf.write(block("data", "astra_cmk_keys", "all"), output("keys", "data.astra_cmk_keys.all.keys"))
    tf.apply()
    assert tf.output("keys") == [
        {"id": f"aws/{REGION}", "cloud_provider": "aws", "region": REGION, "key_id": ARN,
         "organization_id": ORGANIZATION},
        {"id": "gcp/us-east1", "cloud_provider": "gcp", "region": "us-east1", "key_id": GCP_KEY,
         "organization_id": ORGANIZATION}]
    tf.plan_clean()


def test_all_keys_where_there_is_none(tf):
    tf.write(block("data", "astra_cmk_keys", "all"), output("keys", "data.astra_cmk_keys.all.keys"))
    tf.apply()
    assert tf.output("keys") == []


def test_provider_ids(tf, simulator):
    tf.write(block("data", "astra_provider_ids", "open", cloud_provider="aws", region=REGION),
             output("ids", "data.astra_provider_ids.open.provider_ids"))
    tf.apply()
    assert tf.output("ids") == [entry["provider_id"] for entry in simulator.state()["provider_ids"]] != []
