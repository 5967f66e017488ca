# SPDX-License-Identifier: Apache-2.0
"""What the simulator's own tests share."""

from __future__ import annotations

from typing import Any

from simulator import DEFAULT_ORGANIZATION

ARN = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000002"
AWS_PLACE = "/v2/kms/provider/aws/region/us-east-2"


def registration(
    key_id: str = ARN, region: str = "us-east-2", cloud: str = "aws", organization: str = DEFAULT_ORGANIZATION
) -> dict[str, Any]:
    return {"orgId": organization, cloud: {"keyID": key_id, "region": region}}


def assert_error(answer: tuple[int, Any], status: int, words: str = "") -> None:
    assert answer[0] == status
    (error,) = answer[1]["errors"]
    assert isinstance(error["ID"], int)
    assert words in error["message"]
