# SPDX-License-Identifier: Apache-2.0
"""Values that only the apply will know: in a resource, in the provider's settings, in data sources and functions."""

import pytest

from terraform_cli import ARN, OTHER_ARN, REGION, Raw, block, key, output, seat


def later(name, value):
    """Something whose output is known once it was applied."""
    return block("resource", "terraform_data", name, input=value)


def test_key_that_is_made_in_the_same_apply(tf, simulator):
    tf.write(later("cloud_key", ARN), key(key_id=Raw("terraform_data.cloud_key.output")))
    tf.plan("-out", "saved.tfplan")
    changes = {change["address"]: change["change"] for change in tf.show_json("saved.tfplan")["resource_changes"]}
    assert changes["astra_cmk_key.key"]["after_unknown"]["key_id"] is True
    tf.apply("saved.tfplan")
    assert [entry["key_id"] for entry in simulator.state()["keys"]] == [ARN]
    tf.plan_clean()


def test_unknown_change_of_the_key_plans_a_replacement(tf, simulator):
    tf.write(later("cloud_key", ARN), key(key_id=Raw("terraform_data.cloud_key.output")))
    tf.apply()
    tf.write(later("cloud_key", OTHER_ARN), key(key_id=Raw("terraform_data.cloud_key.output")))
    assert "1 added, 1 changed, 1 destroyed" in tf.apply().text
    assert [entry["key_id"] for entry in simulator.state()["keys"]] == [OTHER_ARN]
    tf.plan_clean()


def test_key_that_turns_out_wrong_is_refused_at_apply(tf, simulator):
    tf.write(later("cloud_key", ARN.replace(REGION, "us-west-2")), key(key_id=Raw("terraform_data.cloud_key.output")))
    tf.plan("-out", "saved.tfplan")
    tf.apply("saved.tfplan", fails=True).error("key_id", "us-west-2", REGION)
    assert simulator.state()["keys"] == []
    assert "astra_cmk_key.key" not in tf.instances()


@pytest.mark.parametrize("attribute", ["cloud_provider", "region"])
def test_other_attributes_that_are_unknown(tf, simulator, attribute):
    known = {"cloud_provider": "aws", "region": REGION}
    tf.write(later("given", known[attribute]), key(**{attribute: Raw("terraform_data.given.output")}))
    tf.apply()
    assert len(simulator.state()["keys"]) == 1
    tf.plan_clean()


def test_provider_settings_that_are_unknown_at_the_first_apply(tf, simulator):
    settings = block("provider", "astra", api_url=Raw("terraform_data.api.output.url"),
                     token=Raw("terraform_data.api.output.token"))
    del tf.env["ASTRA_API_URL"], tf.env["ASTRA_API_TOKEN"]
    tf.write(later("api", {"url": simulator.url, "token": simulator.token}), settings, key(), seat())
    assert "Plan: 3 to add" in tf.plan().text
    tf.apply()
    assert len(simulator.state()["keys"]) == len(simulator.state()["provider_ids"]) == 1
    tf.plan_clean()


def test_provider_settings_that_become_unknown_keep_the_state(tf, simulator):
    """Nothing can be read then: the plan says so, and does not take the resources for gone."""
    def configuration(marker):
        return (block("resource", "terraform_data", "api", input=simulator.url, triggers_replace=marker)
                + block("provider", "astra", api_url=Raw("terraform_data.api.output"), token=simulator.token)
                + key())

    tf.write(configuration("first"))
    tf.apply()
    tf.write(configuration("second"))
    simulator.reset_counts()
    result = tf.plan()
    assert "Plan: 1 to add, 0 to change, 1 to destroy" in result.text, "of the terraform_data alone"
    assert any("Not refreshed" in warning for warning in result.warnings)
    assert simulator.counts()["total"] == 0
    tf.apply()
    tf.plan_clean()


def test_destroy_with_settings_that_come_from_a_resource(tf, simulator):
    tf.write(later("api", simulator.url), key(),
             block("provider", "astra", api_url=Raw("terraform_data.api.output"), token=simulator.token))
    tf.apply()
    tf.destroy()
    assert simulator.state()["keys"] == []


def test_function_of_an_unknown_list(tf):
    tf.write(seat(), output("statement", "provider::astra::aws_key_policy_statement([astra_provider_id.seat.provider_id])"))
    result = tf.plan()
    assert "+ statement = (known after apply)" in result.text
    tf.apply()
    assert tf.instances()["astra_provider_id.seat"]["provider_id"] in tf.output("statement")


def test_data_source_of_an_unknown_region(tf):
    tf.write(key(), later("region", REGION),
             block("data", "astra_cmk_key", "found", cloud_provider="aws", region=Raw("terraform_data.region.output"),
                   depends_on=Raw("[astra_cmk_key.key]")),
             output("key_id", "data.astra_cmk_key.found.key_id"))
    tf.apply()
    assert tf.output("key_id") == ARN
    tf.plan_clean()


def test_data_source_of_a_provider_whose_settings_are_unknown(tf, simulator):
    """Terraform itself would call the unknown answer a bug of the provider; ours says what to do, and that works."""
    simulator.add_key("aws", REGION, ARN)

    def configuration(**more):
        return (later("api", simulator.url)
                + block("provider", "astra", api_url=Raw("terraform_data.api.output"), token=simulator.token)
                + block("data", "astra_cmk_key", "found", cloud_provider="aws", region=REGION, **more)
                + output("key_id", "data.astra_cmk_key.found.key_id"))

    tf.write(configuration())
    tf.plan(fails=True).error("Nothing can be read yet")
    tf.write(configuration(depends_on=Raw("[terraform_data.api]")))
    tf.apply()
    assert tf.output("key_id") == ARN
    tf.plan_clean()
