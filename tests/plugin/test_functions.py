# SPDX-License-Identifier: Apache-2.0
"""The pure functions: key policies, members, and the parts of an identifier."""

from __future__ import annotations

import json

import pytest

from astra import ARN, AZURE_KEY, GCP_KEY, INVALID, OK, UUID, Answer, Out, call, load

ONE, TWO = "900000000001", "900000000002"
USE = {
    "Sid": "Allow an external account to use this KMS key",
    "Effect": "Allow",
    "Principal": {"AWS": [f"arn:aws:iam::{ONE}:role/creator", f"arn:aws:iam::{TWO}:role/creator"]},
    "Action": [
        "kms:Decrypt", "kms:DescribeKey", "kms:EnableKey", "kms:Encrypt", "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
    "Resource": "*",
}  # fmt: skip


def statement(ids: list[str] | None) -> Answer:
    return call(load(), "astra_aws_key_policy_statement", ids, Out("json"))


def policy(account: str | None, ids: list[str] | None) -> Answer:
    return call(load(), "astra_aws_key_policy", account, ids, Out("json"))


def members(ids: list[str] | None) -> Answer:
    return call(load(), "astra_gcp_members", ids, Out("json"))


def test_statement() -> None:
    answer = statement([TWO, ONE, TWO])
    assert answer.status == OK and json.loads(answer.json or "") == USE
    assert answer.json == statement([ONE, TWO]).json and " kms" not in (answer.json or "") and "\\/" not in (answer.json or "")


def test_policy() -> None:
    document = json.loads(policy("111122223333", [ONE, TWO]).json or "")
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": ["kms:*"],
                "Resource": "*",
            },
            USE,
            {
                "Sid": "Allow attachment of persistent resources",
                "Effect": "Allow",
                "Principal": USE["Principal"],
                "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
                "Resource": "*",
                "Condition": {"Bool": {"kms:GrantIsForAWSResource": True}},
            },
        ],
    }
    assert policy("111122223333", [TWO, ONE]).json == policy("111122223333", [ONE, TWO, ONE]).json


def test_members() -> None:
    assert json.loads(members(["42", "7", "42"]).json or "") == sorted(
        f"serviceAccount:{text}"
        for number in ("42", "7")
        for text in (
            f"{number}-compute@developer.gserviceaccount.com",
            f"service-{number}@compute-system.iam.gserviceaccount.com",
            f"service-{number}@gs-project-accounts.iam.gserviceaccount.com",
        )
    )


@pytest.mark.parametrize("ids", [None, [], [""], ["12345678901"], ["1234567890123"], ["12345678901x"], ["９" * 12]])
def test_ids_that_are_none(ids: list[str] | None) -> None:
    for answer in (statement(ids), policy("111122223333", ids)):
        assert answer.status == INVALID and answer.attribute == "provider_ids" and answer.json is None
    if not ids or not ids[0].isascii() or "x" in ids[0] or not ids[0]:
        assert members(ids).attribute == "provider_ids"


@pytest.mark.parametrize("account", [None, "", "1111", "arn:aws:iam::111122223333:root"])
def test_accounts_that_are_none(account: str | None) -> None:
    answer = policy(account, [ONE])
    assert answer.status == INVALID and answer.attribute == "account_id"


def parts(key_id: str | None) -> Answer:
    return call(load(), "astra_parse_key_id", key_id, Out("json"))


@pytest.mark.parametrize("key_id, expected", [
    (ARN, {"cloud_provider": "aws", "region": "us-east-2", "account": "111122223333", "name": UUID}),
    ("arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1", {
        "cloud_provider": "aws", "region": "cn-north-1", "account": "111122223333", "name": "mrk-1"}),
    (GCP_KEY, {"cloud_provider": "gcp", "region": "us-east1", "account": "p", "key_ring": "r", "name": "k"}),
    (GCP_KEY + "/cryptoKeyVersions/4", {
        "cloud_provider": "gcp", "region": "us-east1", "account": "p", "key_ring": "r", "name": "k", "version": "4"}),
    (AZURE_KEY, {"cloud_provider": "azure", "vault": "vault1", "name": "name", "version": "0123456789abcdef"}),
    ("HTTPS://V.managedhsm.azure.net/keys/n", {"cloud_provider": "azure", "vault": "V", "name": "n"})])  # fmt: skip
def test_parts(key_id: str, expected: dict[str, str]) -> None:
    names = ("cloud_provider", "region", "account", "key_ring", "vault", "name", "version")
    answer = parts(key_id)
    assert answer.status == OK and json.loads(answer.json or "") == {name: expected.get(name) for name in names}


@pytest.mark.parametrize("key_id", [
    None, "", UUID, "arn:aws:kms:us-east-2:1:key/x", "arn:aws:kms::111122223333:key/x", "arn:aws:kms:r:111122223333:alias/x",
    "arn:aws:s3:r:111122223333:key/x", ARN + "/x", ARN[: ARN.index("key/") + 4], "projects/p/locations/l/keyRings/r/cryptoKeys/",
    GCP_KEY + "/", GCP_KEY + "/cryptoKeyVersions/", GCP_KEY + "/cryptoKeyVersions/1/2", "projects//locations/l/keyRings/r/cryptoKeys/k",
    "http://v.vault.azure.net/keys/n", "https://vault/keys/n", "https://v.example.com/keys/n", "https://v.vault.azure.net/secrets/n",
    AZURE_KEY + "/x", "https://v.vault.azure.net/keys/"])  # fmt: skip
def test_what_has_no_parts(key_id: str | None) -> None:
    answer = parts(key_id)
    assert answer.status == INVALID and answer.attribute == "key_id" and answer.json is None
