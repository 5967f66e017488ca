# SPDX-License-Identifier: Apache-2.0
"""The way every user goes: init, validate, plan, apply, a second plan, show, destroy."""

import pytest

from terraform_cli import (ADDRESS, ARN, AZURE_KEY, GCP_KEY, ORGANIZATION, OTHER_ARN, REGION, REQUIRED, block, key,
                           output, seat)

CLOUDS = (
    key("aws")
    + key("gcp", cloud_provider="gcp", region="us-east1", key_id=GCP_KEY)
    + key("azure", cloud_provider="azure", region="westus2", key_id=AZURE_KEY)
)


def test_init_needs_no_registry_and_no_settings(bare):
    bare.write(REQUIRED, key())
    result = bare.init()
    assert "Installing astra-cmk/astra-cmk" in result.text
    lock = (bare.folder / ".terraform.lock.hcl").read_text()
    assert f'provider "{ADDRESS}"' in lock
    assert '"h1:' in lock, "the lock file covers the package"


def test_init_again_accepts_the_lock_file(tf):
    assert "Reusing previous version of astra-cmk/astra-cmk from the dependency lock file" in tf.init().text


def test_validate(tf):
    tf.write(block("provider", "astra", max_retries=3, request_timeout=0.5), CLOUDS, seat())
    assert "The configuration is valid." in tf.validate().text


@pytest.mark.parametrize("attributes, name, complaint", [
    ({"cloud_provider": "oracle"}, "cloud_provider", "aws"),
    ({"cloud_provider": "AWS"}, "cloud_provider", '"aws"'),
    ({"region": "us east"}, "region", "^[A-Za-z0-9-]+$"),
    ({"region": None}, "region", "required"),
    ({"key_id": ""}, "key_id", "1"),
    ({"on_destroy": "delete"}, "on_destroy", "forget"),
    ({"id": "aws/us-east-2"}, "id", ""),
], ids=lambda value: "-".join(value) if isinstance(value, dict) else "")
def test_validate_names_the_attribute(tf, simulator, attributes, name, complaint):
    tf.write(key(**attributes))
    tf.validate(fails=True).error(name, complaint)
    assert simulator.counts()["total"] == 0


@pytest.mark.parametrize("attributes, name", [
    ({"max_retries": -1}, "max_retries"),
    ({"max_retries": 21}, "max_retries"),
    ({"request_timeout": 0}, "request_timeout"),
    ({"retries": 1}, "retries"),
])
def test_validate_looks_at_the_provider_too(tf, attributes, name):
    tf.write(block("provider", "astra", **attributes), key())
    tf.validate(fails=True).error(name)


def test_plan_shows_what_is_known_and_changes_nothing(tf, simulator):
    tf.write(key(), seat())
    tf.plan("-out", "saved.tfplan")
    changes = {change["address"]: change["change"] for change in tf.show_json("saved.tfplan")["resource_changes"]}
    assert changes["astra_cmk_key.key"]["actions"] == ["create"]
    assert changes["astra_cmk_key.key"]["after"] == {
        "cloud_provider": "aws", "region": REGION, "key_id": ARN, "on_destroy": "deregister", "force_destroy": False}
    assert changes["astra_cmk_key.key"]["after_unknown"] == {"id": True, "organization_id": True}
    assert changes["astra_provider_id.seat"]["after_unknown"] == {
        "id": True, "organization_id": True, "provider_id": True}
    assert simulator.state()["keys"] == simulator.state()["provider_ids"] == []


def test_apply_registers_keys_on_every_cloud(tf, simulator):
    tf.write(CLOUDS)
    assert "Apply complete! Resources: 3 added, 0 changed, 0 destroyed." in tf.apply().text
    assert {(entry["cloud_provider"], entry["region"], entry["key_id"]) for entry in simulator.state()["keys"]} == {
        ("aws", REGION, ARN), ("gcp", "us-east1", GCP_KEY), ("azure", "westus2", AZURE_KEY)}
    assert tf.instances()["astra_cmk_key.gcp"] == {
        "cloud_provider": "gcp", "region": "us-east1", "key_id": GCP_KEY, "on_destroy": "deregister",
        "force_destroy": False, "id": "gcp/us-east1", "organization_id": ORGANIZATION}


def test_apply_of_a_saved_plan(tf, simulator):
    tf.write(key(), seat())
    tf.plan("-out", "saved.tfplan")
    assert "2 added" in tf.apply("saved.tfplan").text
    assert len(simulator.state()["keys"]) == len(simulator.state()["provider_ids"]) == 1
    tf.plan_clean()


@pytest.mark.parametrize("flags", [
    pytest.param((), id="as-documented"),
    pytest.param(("--create-status", "201", "--create-body", "off"), id="201-without-a-body"),
    pytest.param(("--read-shape", "flat", "--letter-case", "upper"), id="flat-and-capitals"),
    pytest.param(("--list", "off"), id="listing-refused"),
])
def test_second_plan_has_no_changes(tf, new_simulator, flags):
    tf.env["ASTRA_API_URL"] = new_simulator(*flags).url
    tf.write(CLOUDS, seat())
    tf.apply()
    tf.plan_clean()


def test_show_json_holds_what_the_state_does(tf, simulator):
    tf.write(key(), seat())
    tf.apply()
    resources = tf.show_json()["values"]["root_module"]["resources"]
    values = {resource["address"]: resource["values"] for resource in resources}
    (given,) = simulator.state()["provider_ids"]
    assert values == {
        "astra_cmk_key.key": {
            "cloud_provider": "aws", "region": REGION, "key_id": ARN, "on_destroy": "deregister",
            "force_destroy": False, "id": f"aws/{REGION}", "organization_id": ORGANIZATION},
        "astra_provider_id.seat": {
            "cloud_provider": "aws", "region": REGION, "distinct_from": None, "force_destroy": False,
            "id": f"aws/{REGION}/{given['provider_id']}", "provider_id": given["provider_id"],
            "organization_id": ORGANIZATION}}
    assert {resource["provider_name"] for resource in resources} == {ADDRESS}


def test_destroy_removes_the_registrations(tf, simulator):
    tf.write(CLOUDS)
    tf.apply()
    result = tf.destroy()
    assert "0 added, 0 changed, 3 destroyed" in result.text
    assert simulator.state()["keys"] == []
    assert tf.instances() == {}


def test_a_changed_key_replaces_the_registration(tf, simulator):
    tf.write(key())
    tf.apply()
    tf.write(key(key_id=OTHER_ARN))
    result = tf.apply()
    assert "# forces replacement" in result.stdout
    assert "1 added, 0 changed, 1 destroyed" in result.text
    assert [entry["key_id"] for entry in simulator.state()["keys"]] == [OTHER_ARN]
    tf.plan_clean()


def test_changed_settings_ask_nothing_of_the_api(tf, simulator):
    tf.write(key(), seat())
    tf.apply()
    tf.write(key(on_destroy="forget", force_destroy=True), seat(force_destroy=True, distinct_from=["999999999999"]))
    simulator.reset_counts()
    result = tf.apply("-refresh=false")
    assert "0 added, 2 changed, 0 destroyed" in result.text
    assert simulator.counts()["total"] == 0
    assert tf.instances()["astra_cmk_key.key"]["on_destroy"] == "forget"
    assert tf.instances()["astra_cmk_key.key"]["force_destroy"] is True
    assert tf.instances()["astra_provider_id.seat"]["distinct_from"] == ["999999999999"]


def test_changed_settings_only_read_where_the_plan_refreshes(tf, simulator):
    tf.write(key())
    tf.apply()
    tf.write(key(on_destroy="forget"))
    simulator.reset_counts()
    tf.apply()
    assert {request["method"] for request in simulator.counts()["log"]} == {"GET"}
    tf.plan_clean()


def test_resources_beside_the_official_provider_name_theirs(bare, simulator):
    """The local name `astra` belongs to somebody else there."""
    bare.write(block("terraform", body='required_providers {\n astra-cmk = { source = "astra-cmk/astra-cmk" }\n}'),
               key(body="  provider = astra-cmk"),
               output("members", 'provider::astra-cmk::gcp_members(["1"])'))
    bare.init()
    bare.apply()
    assert len(simulator.state()["keys"]) == 1


def test_what_was_made_before_a_failure_stays(tf, simulator):
    """What was made before the failure stays in the state, and the next apply makes the rest."""
    tf.write(key(), key("other", region="us-west-2", key_id=ARN.replace(REGION, "us-west-2")))
    simulator.fault(method="POST", path="/v2/kms", status=400, body='{"errors": [{"ID": 1, "message": "no"}]}')
    tf.apply("-parallelism=1", fails=True)
    assert len(tf.instances()) == 1
    assert "1 added" in tf.apply().text
    tf.plan_clean()
