#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes an AWS key for the databases of one region from nothing: asks Astra for a provider ID, makes a key whose policy
lets that ID in, and registers the key.

usage: ASTRA_API_TOKEN=... boto3_key.py REGION; AWS credentials as for any program with boto3 (pip install boto3)
"""

from __future__ import annotations

import sys
from typing import Any

import astra_cmk
import boto3  # type: ignore[import-untyped, unused-ignore]


def make_key(astra: astra_cmk.Client, session: Any, region: str) -> astra_cmk.CmkKey:
    seat = astra.provider_id.create(cloud_provider="aws", region=region)
    account = session.client("sts").get_caller_identity()["Account"]
    kms = session.client("kms")
    made = kms.create_key(
        Description=f"Astra databases in {region}",
        Policy=astra.aws_key_policy(account, [seat.provider_id]),
        Tags=[{"TagKey": "astra-provider-id", "TagValue": seat.provider_id}],
    )["KeyMetadata"]
    try:
        return astra.cmk_key.create(cloud_provider="aws", region=region, key_id=made["Arn"])
    except astra_cmk.Error:
        # Nothing uses it: where another key is registered, say, this one is not to be paid for.
        kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)
        raise


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: boto3_key.py REGION", file=sys.stderr)
        return 2
    try:
        with astra_cmk.Client() as astra:
            key = make_key(astra, boto3.Session(region_name=arguments[0]), arguments[0])
    except astra_cmk.Error as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{key.id} is encrypted with {key.key_id} from now on")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
