# SPDX-License-Identifier: Apache-2.0
"""Taking keys away, and the guard that keeps databases from losing theirs."""

import pytest

from terraform_cli import ARN, OTHER_ARN, REGION, Raw, block, key, seat

FEW_RETRIES = block("provider", "astra", max_retries=1)
CLOUD_KEY = block("resource", "terraform_data", "cloud_key", input=ARN)
KEY_OF_IT = {"key_id": Raw("terraform_data.cloud_key.output")}


def deletes(simulator):
    return sum(count for path, count in simulator.counts()["by"].items() if path.startswith("DELETE "))


@pytest.fixture
def applied(tf, simulator):
    """A key whose cloud key is a resource beside it."""
    def apply(**attributes):
        tf.write(FEW_RETRIES, CLOUD_KEY, key(**KEY_OF_IT | attributes))
        tf.apply()
        return tf

    return apply


@pytest.mark.parametrize("on_destroy", ["deregister", "forget"])
def test_destroy_is_refused_at_plan_while_a_database_lives(applied, simulator, on_destroy):
    """`forget` too: Terraform would go on and destroy the cloud's key itself."""
    tf = applied(on_destroy=on_destroy)
    simulator.add_database("orders", "aws", REGION)
    tf.plan("-destroy", fails=True).error("orders", "force_destroy", REGION)
    tf.destroy(fails=True)
    assert set(tf.instances()) == {"astra_cmk_key.key", "terraform_data.cloud_key"}
    assert deletes(simulator) == 0


def test_removing_it_from_the_configuration_is_refused_too(applied, simulator):
    tf = applied()
    simulator.add_database("orders", "aws", REGION)
    tf.write(FEW_RETRIES)
    tf.plan(fails=True).error("orders", "force_destroy")


def test_replacement_is_refused_at_plan_while_a_database_lives(tf, simulator):
    tf.write(key())
    tf.apply()
    simulator.add_database("orders", "aws", REGION)
    tf.write(key(key_id=OTHER_ARN))
    assert "orders" in tf.plan(fails=True).error("force_destroy")
    tf.write(key())
    tf.plan_clean()


def test_forced_replacement_is_refused_at_apply_while_a_database_lives(tf, simulator):
    """Of -replace the provider learns only when it is to destroy."""
    tf.write(key())
    tf.apply()
    simulator.add_database("orders", "aws", REGION)
    tf.apply("-replace=astra_cmk_key.key", fails=True).error("orders", "force_destroy")
    assert len(simulator.state()["keys"]) == 1
    assert list(tf.instances()) == ["astra_cmk_key.key"]


def test_refusal_at_apply_keeps_the_cloud_s_key(applied, simulator):
    """A database that came to life between plan and apply: what the key depends on is not destroyed either."""
    tf = applied()
    tf.plan("-destroy", "-out", "saved.tfplan")
    simulator.add_database("orders", "aws", REGION)
    tf.apply("saved.tfplan", fails=True).error("orders", "force_destroy", "destroy = false")
    assert set(tf.instances()) == {"astra_cmk_key.key", "terraform_data.cloud_key"}
    assert len(simulator.state()["keys"]) == 1
    assert deletes(simulator) == 0


@pytest.mark.parametrize("cloud, region", [("aws", "us-west-2"), ("azure", REGION)])
def test_databases_elsewhere_do_not_matter(applied, simulator, cloud, region):
    tf = applied()
    simulator.add_database("orders", cloud, region)
    tf.destroy()
    assert simulator.state()["keys"] == []


def test_further_regions_of_a_database_matter(applied, simulator):
    tf = applied()
    simulator.add_database("global", "aws", "us-west-2", extra_regions=["eu-west-1", REGION])
    tf.plan("-destroy", fails=True).error("global")


def test_terminated_databases_do_not_matter(applied, simulator):
    tf = applied()
    simulator.add_database("orders", "aws", REGION, status="TERMINATED")
    tf.destroy()
    assert simulator.state()["keys"] == []


def test_a_database_on_a_later_page_is_found(applied, simulator):
    tf = applied()
    for number in range(120):
        simulator.add_database(f"other-{number}", "aws", "us-west-2")
    simulator.add_database("orders", "aws", REGION)
    tf.plan("-destroy", fails=True).error("orders")


def test_force_destroy_is_applied_first(applied, simulator):
    tf = applied()
    simulator.add_database("orders", "aws", REGION)
    tf.write(FEW_RETRIES, CLOUD_KEY, key(force_destroy=True, **KEY_OF_IT))
    tf.apply()
    tf.destroy()
    assert simulator.state()["keys"] == []
    assert tf.instances() == {}


def test_force_destroy_lets_a_replacement_through(tf, simulator):
    tf.write(key(force_destroy=True))
    tf.apply()
    simulator.add_database("orders", "aws", REGION)
    tf.write(key(force_destroy=True, key_id=OTHER_ARN))
    tf.apply()
    assert [entry["key_id"] for entry in simulator.state()["keys"]] == [OTHER_ARN]


def test_force_destroy_in_the_same_apply_comes_too_late(tf, simulator):
    """The old state is what counts."""
    tf.write(key())
    tf.apply()
    simulator.add_database("orders", "aws", REGION)
    tf.write(key(force_destroy=True, key_id=OTHER_ARN))
    tf.plan(fails=True).error("force_destroy", "apply")


def test_databases_that_can_not_be_seen_count_as_living(applied, simulator):
    tf = applied()
    simulator.set_token(simulator.token, permissions=["read-cmk", "write-cmk"])
    tf.plan("-destroy", fails=True).error("force_destroy", "db-view")
    assert deletes(simulator) == 0


def test_no_database_seen_warns_that_seeing_is_limited(applied, simulator):
    tf = applied()
    result = tf.destroy()
    assert any("token" in warning and "database" in warning for warning in result.warnings), result


def test_forget_leaves_the_registration(applied, simulator):
    tf = applied(on_destroy="forget")
    result = tf.destroy()
    assert any("forget" in warning or "left" in warning for warning in result.warnings), result
    assert tf.instances() == {}
    assert len(simulator.state()["keys"]) == 1
    assert deletes(simulator) == 0


@pytest.mark.parametrize("status", ["403", "405", "501"])
def test_api_without_removal_names_support_and_forget(applied, new_simulator, status):
    tf = applied()
    without = new_simulator("--delete", "off", "--delete-status", status)
    without.add_key("aws", REGION, ARN)
    tf.env["ASTRA_API_URL"] = without.url
    tf.destroy(fails=True).error("upport", 'on_destroy = "forget"')
    assert set(tf.instances()) == {"astra_cmk_key.key", "terraform_data.cloud_key"}


def test_what_is_gone_already_is_destroyed(applied, simulator):
    tf = applied()
    tf.plan("-destroy", "-out", "saved.tfplan")
    simulator.remove_key("aws", REGION)
    tf.apply("saved.tfplan")
    assert tf.instances() == {}


def test_another_key_is_not_removed(applied, simulator):
    tf = applied()
    tf.plan("-destroy", "-out", "saved.tfplan")
    simulator.add_key("aws", REGION, OTHER_ARN)
    tf.apply("saved.tfplan", fails=True).error(OTHER_ARN)
    assert [entry["key_id"] for entry in simulator.state()["keys"]] == [OTHER_ARN]
    assert "astra_cmk_key.key" in tf.instances()


@pytest.mark.parametrize("fault", [{"close": "after-storing"}, {"status": 500, "store": True}],
                         ids=["answer-lost", "500-after-storing"])
def test_lost_answer_is_looked_up(applied, simulator, fault):
    tf = applied()
    simulator.fault(method="DELETE", path="/v2/organizations/**", **fault)
    tf.destroy()
    assert simulator.state()["keys"] == []
    assert tf.instances() == {}


def test_removal_that_keeps_failing_keeps_the_state(applied, simulator):
    tf = applied()
    simulator.fault(method="DELETE", path="/v2/organizations/**", status=500, times=-1)
    tf.destroy(fails=True).error("500")
    assert set(tf.instances()) == {"astra_cmk_key.key", "terraform_data.cloud_key"}


# --- provider IDs ---


def test_seat_can_not_be_given_back(tf, simulator):
    tf.write(seat())
    tf.apply()
    result = tf.destroy()
    assert any("given back" in warning for warning in result.warnings), result
    assert tf.instances() == {}
    assert len(simulator.state()["provider_ids"]) == 1


def test_seat_is_guarded_like_a_key(tf, simulator):
    tf.write(seat())
    tf.apply()
    simulator.add_database("orders", "aws", REGION)
    tf.plan("-destroy", fails=True).error("orders", "force_destroy")
    tf.write(seat(region="us-west-2"))
    tf.plan(fails=True).error("orders", "force_destroy")
    tf.write(seat(force_destroy=True))
    tf.apply()
    tf.destroy()
    assert tf.instances() == {}
