# SPDX-License-Identifier: Apache-2.0
"""Servers that fail while something is removed or read, once, thrice and without end."""

import pytest

from clients import ARN, key, registered, requests

DELETE = {"method": "DELETE"}
LISTING = {"method": "GET", "path": "/v2/kms"}
ENDLESS = {"times": -1}
FAILING = [500, 502, 503, 504]


@pytest.mark.fault("{status} to the removal, {times} in a row", "looks, tries again, removed")
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("status", FAILING)
def test_removal_fails_for_a_while(client, simulator, row, status, times):
    client.configure(key(), max_retries=times)
    client.apply()
    simulator.reset_counts()
    simulator.fault(**DELETE, status=status, times=times)
    client.destroy()
    assert client.instances() == {} and registered(simulator) == []
    assert requests(simulator, "DELETE") == times + 1
    row.saw(f"destroyed after {times + 1} tries", simulator)


@pytest.mark.fault("{status} to the removal, without end", "an error, the key stays in the state")
@pytest.mark.parametrize("status", FAILING)
def test_removal_fails_without_end(client, simulator, row, status):
    client.configure(key(), max_retries=1)
    client.apply()
    simulator.reset_counts()
    simulator.fault(**DELETE, **ENDLESS, status=status)
    client.destroy(fails=True).error(f"status {status}", "max_retries")
    assert client.keys() == {"key": ARN} and registered(simulator) == [ARN]
    row.saw("refused, state kept", simulator)


@pytest.mark.fault("{status} to reads, {times} in a row", "tried again, no change is seen")
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("status", FAILING)
def test_reads_fail_for_a_while(client, simulator, row, status, times):
    client.configure(key(), max_retries=times)
    client.apply()
    simulator.reset_counts()
    simulator.fault(**LISTING, status=status, times=times)
    client.plan_clean()
    assert simulator.counts()["by"]["GET /v2/kms"] == times + 1
    row.saw("no changes", simulator)


@pytest.mark.fault("{status} to reads, without end", "the plan fails, nothing is taken for gone")
@pytest.mark.parametrize("status", FAILING)
def test_reads_fail_without_end(client, simulator, row, status):
    client.configure(key(), max_retries=1)
    client.apply()
    simulator.reset_counts()
    simulator.fault(method="GET", path="/v2/kms", **ENDLESS, status=status)
    client.plan(fails=True).error(f"status {status}", "max_retries")
    client.run("apply", "-refresh-only", "-input=false", "-auto-approve", expect=(1,))
    assert client.keys() == {"key": ARN}
    row.saw("refused, state kept", simulator)
