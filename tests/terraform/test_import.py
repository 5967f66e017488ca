# SPDX-License-Identifier: Apache-2.0
"""Taking over what exists: by command, by import block, with a generated configuration; and IDs that are wrong."""

import pytest

from terraform_cli import ARN, AZURE_KEY, GCP_KEY, ORGANIZATION, REGION, Raw, block, key, seat

OFFICIAL_ID = f"{ORGANIZATION}/cloudProvider/aws/region/{REGION}/keyId/{ARN}"


# What Terraform generates names a provider by its type, whatever it is called in the configuration: to be usable as it
# is, it needs that name.
REQUIRED_BY_TYPE = block("terraform", body='required_providers {\n astra-cmk = { source = "astra-cmk/astra-cmk" }\n}')


def import_block(to, id, **attributes):
    return block("import", to=Raw(to), id=id, **attributes)


@pytest.fixture
def generating(tf):
    """Terraform where the provider's local name is its type."""
    tf.write(REQUIRED_BY_TYPE, name="terraform.tf")
    return tf


@pytest.mark.parametrize("id", [
    pytest.param(f"aws/{REGION}", id="cloud-and-region"),
    pytest.param(OFFICIAL_ID, id="official-provider"),
    pytest.param(f"AWS/{REGION}", id="capitals"),
])
def test_import_by_command(tf, simulator, id):
    simulator.add_key("aws", REGION, ARN)
    tf.write(key())
    tf.import_("astra_cmk_key.key", id)
    assert tf.instances()["astra_cmk_key.key"] == {
        "cloud_provider": "aws", "region": REGION, "key_id": ARN, "on_destroy": "deregister",
        "force_destroy": False, "id": f"aws/{REGION}", "organization_id": ORGANIZATION}
    tf.plan_clean()


@pytest.mark.parametrize("cloud, region, key_id", [
    ("gcp", "us-east1", GCP_KEY), ("azure", "westus2", AZURE_KEY)])
def test_import_of_keys_whose_identifier_has_slashes(tf, simulator, cloud, region, key_id):
    simulator.add_key(cloud, region, key_id)
    tf.write(key(cloud_provider=cloud, region=region, key_id=key_id))
    tf.import_("astra_cmk_key.key", f"{ORGANIZATION}/cloudProvider/{cloud}/region/{region}/keyId/{key_id}")
    tf.plan_clean()


@pytest.mark.parametrize("id", [f"aws/{REGION}", OFFICIAL_ID], ids=["cloud-and-region", "official-provider"])
def test_import_block_with_generated_configuration(generating, simulator, id):
    tf = generating
    simulator.add_key("aws", REGION, ARN)
    tf.write(import_block("astra_cmk_key.key", id, provider=Raw("astra-cmk")))
    tf.plan("-generate-config-out=generated.tf")
    assert "1 imported, 0 added, 0 changed, 0 destroyed" in tf.apply().text
    tf.plan_clean()
    assert simulator.counts()["by"].get("POST /v2/kms") is None


def test_import_block_beside_a_configuration(tf, simulator):
    simulator.add_key("aws", REGION, ARN)
    tf.write(key(), import_block("astra_cmk_key.key", f"aws/{REGION}"))
    assert "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy." in tf.plan().text
    tf.apply()
    tf.plan_clean()


def test_import_block_of_a_provider_id(tf, simulator):
    tf.write(seat(), import_block("astra_provider_id.seat", f"aws/{REGION}/123456789012"))
    tf.apply()
    assert tf.instances()["astra_provider_id.seat"]["provider_id"] == "123456789012"
    assert not [path for path in simulator.counts()["by"] if path.endswith("/accounts")], "asking may mint an ID"
    tf.plan_clean()


def test_import_of_a_provider_id_generates_a_configuration(generating):
    tf = generating
    tf.write(import_block("astra_provider_id.seat", f"aws/{REGION}/123456789012", provider=Raw("astra-cmk")))
    tf.plan("-generate-config-out=generated.tf")
    tf.apply()
    tf.plan_clean()


def test_import_of_what_is_not_there(tf):
    tf.write(key())
    tf.import_("astra_cmk_key.key", f"aws/{REGION}", fails=True).error("Cannot import non-existent remote object")
    assert tf.instances() == {}


@pytest.mark.parametrize("id", ["us-east-2", "aws", f"/{REGION}", "aws/", "aws-us-east-2"])
def test_import_id_of_a_wrong_form_is_told_the_right_one(tf, simulator, id):
    tf.write(key())
    tf.import_("astra_cmk_key.key", id, fails=True).error("Invalid import ID", "{cloud_provider}/{region}")
    assert simulator.counts()["total"] == 0


@pytest.mark.parametrize("id, told", [
    (f"oracle/{REGION}", ["oracle", '"aws"']), (f"aws/{REGION}/key/more", ["region", f"{REGION}/key/more"])])
def test_import_id_with_a_wrong_part(tf, id, told):
    tf.write(key())
    tf.import_("astra_cmk_key.key", id, fails=True).error(*told)


def test_import_id_of_another_key_than_the_registered_one(tf, simulator):
    """The official provider's form names the key: what is registered counts, and the plan shows the difference."""
    simulator.add_key("aws", REGION, ARN)
    tf.write(key())
    tf.import_("astra_cmk_key.key", OFFICIAL_ID.replace("1234abcd", "0000aaaa"))
    assert tf.instances()["astra_cmk_key.key"]["key_id"] == ARN


def test_import_id_of_another_organization(tf, simulator):
    simulator.add_key("aws", REGION, ARN)
    tf.write(key())
    other = "99999999-0000-4000-8000-000000000000"
    tf.import_("astra_cmk_key.key", OFFICIAL_ID.replace(ORGANIZATION, other), fails=True).error(other, ORGANIZATION)
    assert tf.instances() == {}
