# SPDX-License-Identifier: Apache-2.0
"""A large configuration against an API of which one request in ten fails: in the end everything is in the state, and
nothing was made twice.

ASTRA_LOAD=full runs the size that is promised (10,000 provider IDs, 1,000 keys); otherwise it is a twentieth of it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from memory_state import StateServer
from simulator import Simulator
from terraform_cli import Terraform
from watch import Peak

FULL = os.environ.get("ASTRA_LOAD") == "full"
SEATS, KEYS, REGIONS = (10000, 1000, 100) if FULL else (500, 50, 5)
PARALLELISM = 50
HOST = "bin/astra-cmk"
APPLIES = 5  # a resource whose tries all fail is left for the next one
COMMAND_SECONDS = 3600 if FULL else 600

# The provider's largest memory, in MiB: a base, and so much for each resource.
MEMORY_BASE, MEMORY_EACH = 48, 16 / 1024

# Each hits one request in fifty, and all together one in ten, of registrations as of all else.
FAULTS = (
    {"status": 500, "body": '{"errors":[{"ID":1,"message":"internal error"}]}'},
    {"status": 503, "headers": {"Retry-After": "1"}},
    {"status": 429},
    {"close": "before"},
    {"close": "after-storing"},
)

REGISTRATION = {"method": "POST", "path": "/v2/kms"}
QUESTION = {"method": "GET", "path": "/v2/**"}

ARN = "arn:aws:kms:key-{0}:111122223333:key/{0:08x}-12ab-34cd-56ef-1234567890ab"

# Without a function or an operator, so that every front end reads it. Keys lie in regions of their own, provider IDs in a few.
# In pieces that Terraform can take: it looks through all of a `for_each` again for each of its instances, so that with ten
# thousand of them in one it would be busy with that for far longer than the provider with them all.
CONFIGURATION = {
    "locals": {"keys": {f"key-{number}": ARN.format(number) for number in range(KEYS)}},
    "resource": {
        "astra_cmk_key": {"key": {
            "for_each": "${local.keys}", "cloud_provider": "aws", "region": "${each.key}", "key_id": "${each.value}"}},
        "astra_provider_id": {f"seats-{number}": {
            "count": SEATS // REGIONS, "cloud_provider": "gcp", "region": f"seats-{number}"} for number in range(REGIONS)}},
}


class Runner:
    """A front end under load: Terraform, or the embedded program. `worker` is the name of the process that does the work,
    whose program lies below a folder."""

    def __init__(self, tf: Terraform, worker: str, below: Path, server: StateServer) -> None:
        self.tf, self.worker, self.below, self._server = tf, worker, below, server
        tf.timeout = COMMAND_SECONDS
        tf.env["NO_PROXY"] = "127.0.0.1"

    def write(self, configuration: dict) -> None:
        (self.tf.folder / "terraform.tf").unlink(missing_ok=True)
        terraform = {"required_providers": {"astra": {"source": "astra-cmk/astra-cmk"}}} | self._server.backend
        self.tf.write(json.dumps({"terraform": terraform} | configuration), name="main.tf.json")
        self.tf.init()

    def instances(self) -> dict:
        return self.tf.instances(self._server.state)

    def apply(self) -> bool:
        """Applies; whether all of it succeeded."""
        done = self.tf.run("apply", "-input=false", "-auto-approve", f"-parallelism={PARALLELISM}", expect=(0, 1))
        return done.returncode == 0

    def is_settled(self) -> bool:
        """Whether a plan finds nothing to do."""
        done = self.tf.run("plan", "-input=false", "-detailed-exitcode", f"-parallelism={PARALLELISM}", expect=(0, 2))
        return done.returncode == 0


@pytest.fixture(params=["terraform", "host"])
def runner(request: pytest.FixtureRequest, bare: Terraform, prefix: Path) -> Iterator[Runner]:
    """What declares the resources."""
    with StateServer() as server:
        if request.param == "terraform":
            yield Runner(request.getfixturevalue("tf"), "terraform-provider-astra-cmk", prefix, server)
        else:
            yield Runner(Terraform(str(prefix / HOST), bare.folder, bare.env), Path(HOST).name, prefix, server)


@pytest.mark.simulator("--provider-ids", "new")
@pytest.mark.timeout(4 * COMMAND_SECONDS)
def test_everything_arrives_and_nothing_twice(runner: Runner, simulator: Simulator, figures, sanitized: bool) -> None:
    runner.write(CONFIGURATION)
    for kind in (REGISTRATION, QUESTION):
        for fault in FAULTS:
            simulator.fault(times=-1, every=10 * len(FAULTS), **kind, **fault)
    begin = time.monotonic()
    with Peak(runner.worker, runner.below) as peak:
        applies = next((number for number in range(1, APPLIES + 1) if runner.apply()), None)
    seconds = time.monotonic() - begin
    uses = [fault["used"] for fault in simulator.faults()["faults"]]
    used = sum(uses)
    counts = simulator.counts()
    figures(f"{SEATS} provider IDs and {KEYS} keys: {applies} applies, {seconds:.1f} s, {counts['total']} requests of which "
            f"{used} failed, the provider's peak {peak.kib / 1024:.1f} MiB")
    assert applies, "did not succeed"
    assert used >= counts["total"] / 20

    simulator.clear_faults()
    instances = runner.instances()
    assert len(instances) == SEATS + KEYS
    assert not [name for name, instance in instances.items() if instance.get("tainted")]
    seats = [instance["id"] for name, instance in instances.items() if "provider_id" in instance]
    assert len(seats) == len(set(seats)) == SEATS
    state = simulator.state()
    assert set(seats) <= {f"gcp/{seat['region']}/{seat['provider_id']}" for seat in state["provider_ids"]}
    registered = [(key["region"], key["key_id"]) for key in state["keys"]]
    assert len(registered) == KEYS
    assert sorted(registered) == sorted(
        (instance["region"], instance["key_id"]) for instance in instances.values() if "key_id" in instance)
    # A registration that was stored and whose answer was lost is followed by a look, never by another one.
    without_effect = sum(use for use, fault in zip(uses, FAULTS) if fault.get("close") != "after-storing")
    assert all(uses[:len(FAULTS)]) and counts["by"]["POST /v2/kms"] == KEYS + without_effect
    begin = time.monotonic()
    with Peak(runner.worker, runner.below) as settled:
        assert runner.is_settled()
    figures(f"the plan after it: {time.monotonic() - begin:.1f} s, the provider's peak {settled.kib / 1024:.1f} MiB")
    if not sanitized:  # a sanitizer has notes of its own there
        assert max(peak.kib, settled.kib) / 1024 <= MEMORY_BASE + MEMORY_EACH * (SEATS + KEYS)
