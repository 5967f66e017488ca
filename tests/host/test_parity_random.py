# SPDX-License-Identifier: Apache-2.0
"""Scenarios that a seed makes, run by Terraform and by the host: what they say and save is the same after each step. More
than the few that are always run: PARITY_SEEDS=1-500 tests/run -k parity_random."""

import os

import pytest
from parity import Parity
from parity_random import scenario

SEEDS = "203,204,209"


def seeds():
    """A list of numbers and ranges."""
    found = []
    for part in os.environ.get("PARITY_SEEDS", SEEDS).split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


@pytest.mark.parametrize("seed", seeds())
def test_parity_random(tf, host, seed):
    Parity(tf, host, alternate=seed % 4 == 0).play(scenario(seed))
