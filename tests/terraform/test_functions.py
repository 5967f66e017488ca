# SPDX-License-Identifier: Apache-2.0
"""The functions, called in outputs."""

import json

import pytest

from terraform_cli import ARN, AZURE_KEY, GCP_KEY, Raw, key, literal, output, seat

IDS = ["444455556666", "111122223333", "444455556666"]


def call(tf, name, *arguments):
    """What a function gives, by way of an output."""
    tf.write(output("result", f"provider::astra::{name}({', '.join(map(literal, arguments))})"))
    tf.apply()
    return tf.output("result")


def test_aws_key_policy_statement(tf, simulator):
    statement = json.loads(call(tf, "aws_key_policy_statement", IDS))
    assert statement["Effect"] == "Allow" and statement["Resource"] == "*"
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::111122223333:role/creator",
                                              "arn:aws:iam::444455556666:role/creator"]}
    assert "kms:GenerateDataKeyWithoutPlaintext" in statement["Action"]
    assert statement["Action"] == sorted(statement["Action"])
    assert simulator.counts()["total"] == 0


def test_aws_key_policy(tf):
    policy = json.loads(call(tf, "aws_key_policy", "999988887777", IDS))
    root, use, grants = policy["Statement"]
    assert policy["Version"] == "2012-10-17"
    assert root["Principal"] == {"AWS": "arn:aws:iam::999988887777:root"}
    assert use == json.loads(call(tf, "aws_key_policy_statement", IDS))
    assert grants["Principal"] == use["Principal"]
    assert grants["Action"] == ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
    assert grants["Condition"]["Bool"]["kms:GrantIsForAWSResource"] in (True, "true")


def test_order_and_repeats_do_not_show(tf):
    """Else a plan would never settle."""
    assert call(tf, "aws_key_policy", "999988887777", IDS) == call(
        tf, "aws_key_policy", "999988887777", sorted(set(IDS)))


def test_gcp_members(tf):
    assert call(tf, "gcp_members", ["42", "7", "42"]) == sorted(
        f"serviceAccount:{member}" for project in ("42", "7") for member in (
            f"{project}-compute@developer.gserviceaccount.com",
            f"service-{project}@compute-system.iam.gserviceaccount.com",
            f"service-{project}@gs-project-accounts.iam.gserviceaccount.com"))


NONE = dict.fromkeys(["cloud_provider", "region", "account", "key_ring", "vault", "name", "version"])


@pytest.mark.parametrize("key_id, parts", [
    (ARN, {"cloud_provider": "aws", "region": "us-east-2", "account": "111122223333",
           "name": "1234abcd-12ab-34cd-56ef-1234567890ab"}),
    (GCP_KEY, {"cloud_provider": "gcp", "region": "us-east1", "account": "example", "key_ring": "astra",
               "name": "databases"}),
    (AZURE_KEY, {"cloud_provider": "azure", "vault": "example", "name": "databases",
                 "version": "0123456789abcdef0123456789abcdef"}),
], ids=["aws", "gcp", "azure"])
def test_parse_key_id(tf, key_id, parts):
    assert call(tf, "parse_key_id", key_id) == NONE | parts


@pytest.mark.parametrize("name, arguments, parameter", [
    ("aws_key_policy_statement", [[]], "provider_ids"),
    ("aws_key_policy_statement", [["12345"]], "provider_ids"),
    ("aws_key_policy", ["999988887777", []], "provider_ids"),
    ("aws_key_policy", ["99998888777", IDS], "account_id"),
    ("aws_key_policy", ["arn:aws:iam::999988887777:root", IDS], "account_id"),
    ("gcp_members", [[]], "provider_ids"),
    ("parse_key_id", ["not a key"], "key_id"),
    ("parse_key_id", [""], "key_id"),
])
def test_error_points_at_the_argument(tf, name, arguments, parameter):
    tf.write(output("result", f"provider::astra::{name}({', '.join(map(literal, arguments))})"))
    error = tf.plan(fails=True).error("Invalid function argument", f'Invalid value for "{parameter}" parameter', name)
    assert error.endswith(".") and not error.endswith(".."), error


def test_policy_of_the_seats(tf):
    """The way the README goes: seats, their policy, and the key that depends on it."""
    policy = 'provider::astra::aws_key_policy("999988887777", [astra_provider_id.seat.provider_id])'
    tf.write(seat(), output("policy", policy),
             f'resource "terraform_data" "cloud_key" {{\n  input = {policy}\n}}\n',
             key(depends_on=Raw("[terraform_data.cloud_key]")))
    tf.apply()
    assert tf.instances()["astra_provider_id.seat"]["provider_id"] in tf.output("policy")
    tf.plan_clean()
