# SPDX-License-Identifier: Apache-2.0
"""What Terraform's language and its planning options make of our resources."""

import pytest

from terraform_cli import ARN, ORGANIZATION, OTHER_ARN, REGION, Raw, block, key, output, seat

OTHER_ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000002"
REGIONS = ["us-east-1", "us-east-2", "us-west-2"]


def keys_by_region(**attributes):
    """One key for each of the regions, by for_each."""
    return (block("locals", regions=Raw(f"toset({REGIONS!r})".replace("'", '"')))
            + key("each", **{"for_each": Raw("local.regions"), "region": Raw("each.key"),
                             "key_id": Raw(f'replace("{ARN}", "{REGION}", each.key)')} | attributes))


def registered(simulator):
    return sorted(entry["region"] for entry in simulator.state()["keys"])


def test_for_each(tf, simulator):
    tf.write(keys_by_region(), output("ids", "sort([for item in astra_cmk_key.each : item.id])"))
    tf.apply()
    assert registered(simulator) == REGIONS
    assert tf.output("ids") == [f"aws/{region}" for region in REGIONS]
    tf.plan_clean()


def test_for_each_with_one_less_destroys_that_one(tf, simulator):
    tf.write(keys_by_region())
    tf.apply()
    tf.write(keys_by_region().replace('"us-west-2"', ""))
    assert "1 destroyed" in tf.apply().text
    assert registered(simulator) == REGIONS[:2]


@pytest.mark.simulator("--provider-ids", "new")
def test_count(tf, simulator):
    tf.write(seat(count=3), output("ids", "astra_provider_id.seat[*].provider_id"))
    tf.apply()
    assert len(set(tf.output("ids"))) == 3
    tf.plan_clean()
    tf.write(seat(count=1))
    tf.apply()
    assert list(tf.instances()) == ["astra_provider_id.seat[0]"]


def test_provider_aliases(tf, simulator, new_simulator):
    """Two organizations side by side, each with a token and an address of its own."""
    other = new_simulator(organization=OTHER_ORGANIZATION, token="AstraCS:other")
    tf.write(block("provider", "astra", alias="other", api_url=other.url, token=other.token,
                   organization_id=OTHER_ORGANIZATION),
             key("here"), key("there", provider=Raw("astra.other")))
    tf.apply()
    assert registered(simulator) == registered(other) == [REGION]
    assert tf.instances()["astra_cmk_key.here"]["organization_id"] == ORGANIZATION
    assert tf.instances()["astra_cmk_key.there"]["organization_id"] == OTHER_ORGANIZATION
    tf.plan_clean()


def test_modules(tf, simulator):
    tf.write((tf.folder / "terraform.tf").read_text(),
             block("variable", "region", type=Raw("string")),
             key(region=Raw("var.region"), key_id=Raw(f'replace("{ARN}", "{REGION}", var.region)')),
             output("id", "astra_cmk_key.key.id"), name="byok/main.tf")
    tf.write(block("module", "byok", source="./byok", for_each=Raw('toset(["us-east-1", "us-east-2"])'),
                   region=Raw("each.key")),
             output("ids", "values(module.byok)[*].id"))
    tf.init()
    tf.apply()
    assert tf.output("ids") == ["aws/us-east-1", "aws/us-east-2"]
    assert set(tf.instances()) == {f'module.byok["{region}"].astra_cmk_key.key'
                                   for region in ("us-east-1", "us-east-2")}
    tf.plan_clean()


def test_depends_on(tf, simulator):
    tf.write(seat(), key(depends_on=Raw("[astra_provider_id.seat]")))
    tf.apply()
    paths = [(request["method"], request["path"]) for request in simulator.counts()["log"]]
    asked = paths.index(("GET", f"/v2/kms/provider/aws/region/{REGION}/accounts"))
    assert asked < paths.index(("POST", "/v2/kms"))
    tf.plan_clean()


def test_ignore_changes(tf):
    tf.write(key())
    tf.apply()
    tf.write(key(key_id=OTHER_ARN, body="lifecycle {\n ignore_changes = [key_id]\n}"))
    tf.plan_clean()


def test_prevent_destroy(tf, simulator):
    tf.write(key(body="lifecycle {\n prevent_destroy = true\n}"))
    tf.apply()
    tf.destroy(fails=True).error("Instance cannot be destroyed")
    assert registered(simulator) == [REGION]


def test_replace(tf, simulator):
    tf.write(key())
    tf.apply()
    simulator.reset_counts()
    assert "1 added, 0 changed, 1 destroyed" in tf.apply("-replace=astra_cmk_key.key").text
    methods = [request["method"] for request in simulator.counts()["log"] if request["method"] != "GET"]
    assert methods == ["DELETE", "POST"]
    tf.plan_clean()


def test_create_before_destroy_says_what_is_in_the_way(tf, simulator):
    """There is one key for each cloud and region, so the new one can't come first: an error, and the old one stays."""
    lifecycle = "lifecycle {\n create_before_destroy = true\n}"
    tf.write(key(body=lifecycle))
    tf.apply()
    tf.write(key(key_id=OTHER_ARN, body=lifecycle))
    tf.apply(fails=True).error(ARN)
    assert [entry["key_id"] for entry in simulator.state()["keys"]] == [ARN]
    assert tf.instances()["astra_cmk_key.key"]["key_id"] == ARN


def test_target(tf, simulator):
    tf.write(keys_by_region())
    tf.apply('-target=astra_cmk_key.each["us-west-2"]')
    assert registered(simulator) == ["us-west-2"]
    assert "Plan: 2 to add" in tf.plan().text


def test_refresh_only(tf, simulator):
    tf.write(keys_by_region())
    tf.apply()
    simulator.remove_key("aws", "us-west-2")
    simulator.reset_counts()
    tf.apply("-refresh-only")
    assert sorted(tf.instances()) == [f'astra_cmk_key.each["{region}"]' for region in REGIONS[:2]]
    assert {request["method"] for request in simulator.counts()["log"]} == {"GET"}


def test_parallelism(tf, simulator):
    tf.write(block("locals", regions=Raw('toset([for i in range(60) : "region-${i}"])')),
             key("each", for_each=Raw("local.regions"), region=Raw("each.key"),
                 key_id=Raw(f'replace("{ARN}", "{REGION}", each.key)')))
    assert "60 added" in tf.apply("-parallelism=50").text
    assert len(registered(simulator)) == 60
    assert "60 destroyed" in tf.destroy("-parallelism=50").text
    assert registered(simulator) == []


def test_removed_block_stops_managing_without_a_request_that_changes(tf, simulator):
    tf.write(key())
    tf.apply()
    tf.write("removed {\n from = astra_cmk_key.key\n lifecycle {\n destroy = false\n }\n}\n")
    simulator.reset_counts()
    tf.apply()
    assert tf.instances() == {}
    assert registered(simulator) == [REGION]
    assert {request["method"] for request in simulator.counts()["log"]} <= {"GET"}


def test_output_of_a_whole_resource(tf):
    tf.write(key(), output("key", "astra_cmk_key.key"))
    tf.apply()
    assert tf.output("key")["id"] == f"aws/{REGION}"


def test_terraform_test(tf, simulator):
    """`terraform test` applies, asserts and destroys by itself."""
    tf.write(key(), seat(), output("id", "astra_cmk_key.key.id"))
    tf.write("""\
run "plans" {
  command = plan
  assert {
    condition     = astra_cmk_key.key.on_destroy == "deregister"
    error_message = "the default is planned"
  }
}

run "applies" {
  assert {
    condition     = output.id == "aws/us-east-2"
    error_message = "the id is cloud and region"
  }
  assert {
    condition     = length(astra_provider_id.seat.provider_id) == 12
    error_message = "a provider ID is an account number"
  }
}
""", name="byok.tftest.hcl")
    result = tf.run("test")
    assert "Success! 2 passed, 0 failed." in result.text
    assert registered(simulator) == []


def test_terraform_test_with_a_mock_provider(tf):
    tf.write(key(key_id=Raw("var.key_id")), block("variable", "key_id", default=ARN))
    tf.write("""\
mock_provider "astra" {}

run "with_a_mock" {
  variables {
    key_id = "anything"
  }
  assert {
    condition     = astra_cmk_key.key.key_id == "anything"
    error_message = "a mock calls nothing"
  }
}
""", name="mock.tftest.hcl")
    assert "Success! 1 passed, 0 failed." in tf.run("test").text
