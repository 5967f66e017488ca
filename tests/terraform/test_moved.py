# SPDX-License-Identifier: Apache-2.0
"""`moved` from the official provider's resource. A provider that is schemas alone stands in for the official one:
made of the same program, installed as datastax/astra."""

import platform
import shutil
from pathlib import Path

import pytest

from terraform_cli import ARN, ORGANIZATION, OTHER_ARN, REGION, Raw, key

HERE = Path(__file__).resolve().parent
HOSTS = ["registry.terraform.io", "registry.opentofu.org"]
MOVED = "moved {\n  from = astra_customer_key.old\n  to   = astra_cmk_key.key\n}\n"


@pytest.fixture(scope="session")
def official(package, tmp_path_factory) -> Path:
    """A data directory in which the official provider's stand-in is installed, for both registries."""
    data = tmp_path_factory.mktemp("official")
    (program,) = package.glob("terraform-provider-astra-cmk_*")
    for host in HOSTS:
        folder = data / f"terraform/plugins/{host}/datastax/astra/2.3.3" / package.name
        shutil.copytree(HERE / "official/schemas", folder / "schemas")
        shutil.copy(program, folder / "terraform-provider-astra_v2.3.3")
    return data


def required(host):
    return f"""\
terraform {{
  required_providers {{
    astra     = {{ source = "{host}/datastax/astra" }}
    astra-cmk = {{ source = "astra-cmk/astra-cmk" }}
  }}
}}
"""


def official_state(host, **attributes):
    """A state as the official provider leaves one."""
    values = {"organization_id": ORGANIZATION, "cloud_provider": "aws", "region": REGION, "key_id": ARN} | attributes
    values["id"] = "{organization_id}/cloudProvider/{cloud_provider}/region/{region}/keyId/{key_id}".format(**values)
    return {"mode": "managed", "type": "astra_customer_key", "name": "old",
            "provider": f'provider["{host}/datastax/astra"]',
            "instances": [{"schema_version": 0, "attributes": values, "sensitive_attributes": []}]}


@pytest.fixture
def moving(bare, prefix, official):
    """Terraform that finds both providers; call it to write configuration and state, and to initialize."""
    bare.env["XDG_DATA_DIRS"] = f"{prefix}/share:{official}"

    def prepare(host, *configuration, **attributes):
        bare.write(required(host), *configuration)
        bare.write_state(official_state(host, **attributes))
        bare.init()
        return bare

    return prepare


OURS = key(provider=Raw("astra-cmk"))


@pytest.mark.parametrize("spelling", ["aws", "AWS"])
@pytest.mark.parametrize("host", HOSTS)
def test_moved(moving, simulator, host, spelling):
    simulator.add_key("aws", REGION, ARN)
    tf = moving(host, OURS, MOVED, cloud_provider=spelling)
    result = tf.apply()
    assert "astra_customer_key.old has moved to astra_cmk_key.key" in result.text
    assert "0 added, 0 changed, 0 destroyed" in result.text
    assert tf.instances() == {"astra_cmk_key.key": {
        "cloud_provider": "aws", "region": REGION, "key_id": ARN, "on_destroy": "deregister", "force_destroy": False,
        "id": f"aws/{REGION}", "organization_id": ORGANIZATION}}
    assert {request["method"] for request in simulator.counts()["log"]} == {"GET"}
    tf.plan_clean()


def test_moved_to_another_key_is_shown_as_a_replacement(moving, simulator):
    simulator.add_key("aws", REGION, ARN)
    tf = moving(HOSTS[0], key(provider=Raw("astra-cmk"), key_id=OTHER_ARN), MOVED)
    result = tf.plan()
    assert "# forces replacement" in result.stdout and "key_id" in result.stdout


def test_moved_state_of_another_organization_is_an_error(moving, simulator):
    other = "99999999-0000-4000-8000-000000000000"
    tf = moving(HOSTS[0], OURS, MOVED, organization_id=other)
    tf.plan(fails=True).error(other, ORGANIZATION)


def test_moved_from_what_we_do_not_know_says_what_to_do(moving):
    """The stand-in's resource can't become a provider ID."""
    tf = moving(HOSTS[0], 'resource "astra_provider_id" "seat" {\n  provider       = astra-cmk\n  cloud_provider = "aws"\n'
                '  region         = "us-east-2"\n}\n', MOVED.replace("astra_cmk_key.key", "astra_provider_id.seat"))
    tf.plan(fails=True).error("astra_customer_key", "import")
