# SPDX-License-Identifier: Apache-2.0
"""The program is killed at every point of an apply; the next apply completes, and registers nothing twice."""

import subprocess
import time
from pathlib import Path

import pytest
from host_cli import Program
from simulator import Simulator

KEYS = 20
DEADLINE = 60
ORIGIN = "POST", "/v2/kms"


class Crashing:
    """One folder after the other, each with the same keys to be registered."""

    def __init__(self, prefix: Path, env: dict[str, str], api: Simulator, folder: Path) -> None:
        self.prefix, self.env, self.api, self.parent = prefix, env, api, folder
        self.number = 0
        self.fresh()

    def fresh(self) -> None:
        """A new folder, and no registration."""
        self.number += 1
        env = self.env | {"ASTRA_API_URL": self.api.url, "ASTRA_API_TOKEN": self.api.token}
        self.host = Program(str(self.prefix / "bin/astra-cmk"), self.parent / str(self.number), env)
        self.host.write_json({
            "terraform": {"required_providers": {"astra": {"source": "astra-cmk/astra-cmk"}}},
            "resource": {"astra_cmk_key": {"key": {
                "provider": "astra", "count": KEYS, "cloud_provider": "aws", "region": "region-${count.index}",
                "key_id": "arn:aws:kms:region-${count.index}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}}}})
        self.api.clear_faults()
        for key in self.api.state()["keys"]:
            self.api.remove_key(key["cloud_provider"], key["region"])
        self.api.reset_counts()

    def start(self, parallelism: int) -> subprocess.Popen:
        return self.host.start("apply", "-auto-approve", "-input=false", f"-parallelism={parallelism}")

    def kill(self, process: subprocess.Popen) -> None:
        assert process.poll() is None, process.communicate()
        process.kill()
        process.communicate(timeout=DEADLINE)
        self.api.clear_faults()

    def registered(self) -> int:
        return len(self.api.state()["keys"])

    def saved(self) -> int:
        result = self.host.run("state", "list", expect=(0, 1))
        assert result.returncode == 0 or "No state file was found!" in result.text
        return len(result.stdout.splitlines())

    def posts_carried_out(self) -> int:
        return sum(1 for line in self.api.counts()["log"]
                   if (line["method"], line["path"]) == ORIGIN and line["status"] in (200, 201, 202, 204))

    def check_next_apply(self, posts: int) -> None:
        """The rest is registered, once, and all of it is in the state."""
        missing = KEYS - self.saved()
        result = self.host.apply()
        assert f"Apply complete! Resources: {missing} added, 0 changed, 0 destroyed." in result.text
        assert self.registered() == KEYS
        assert self.posts_carried_out() == posts
        assert len(self.host.instances()) == KEYS
        self.host.plan_clean()
        left = {path.name for path in self.host.folder.iterdir() if ".journal" in path.name}
        assert not left, left


@pytest.fixture
def crashing(key_prefix: Path, host_env: dict[str, str], api: Simulator, tmp_path: Path) -> Crashing:
    return Crashing(key_prefix, host_env, api, tmp_path / "crashes")


def test_killed_before_each_registration(crashing: Crashing) -> None:
    """One after the other: what was registered before is in the state, and nothing else."""
    for done in range(KEYS):
        crashing.fresh()
        crashing.api.fault(method=ORIGIN[0], path=ORIGIN[1], skip=done, hold=True)
        process = crashing.start(parallelism=1)
        crashing.api.wait_until_held(timeout=DEADLINE)
        crashing.kill(process)
        assert crashing.registered() == done
        assert crashing.saved() == done
        crashing.check_next_apply(KEYS)


def test_killed_after_each_registration(crashing: Crashing) -> None:
    """The key is registered, and the answer does not arrive: the next apply finds it there and takes it over."""
    for done in range(KEYS):
        crashing.fresh()
        crashing.api.fault(method=ORIGIN[0], path=ORIGIN[1], skip=done, trickle_ms=DEADLINE * 1000, body="{}")
        process = crashing.start(parallelism=1)
        end = time.monotonic() + DEADLINE
        while crashing.registered() <= done:
            assert time.monotonic() < end
            time.sleep(0.005)
        crashing.kill(process)
        assert crashing.saved() == done
        crashing.check_next_apply(KEYS)


def test_killed_at_each_request_of_many_at_once(crashing: Crashing) -> None:
    process = crashing.start(parallelism=10)
    assert process.wait(timeout=DEADLINE) == 0, process.communicate()
    requests = crashing.api.counts()["total"]
    assert requests > KEYS
    for number in range(requests):
        crashing.fresh()
        crashing.api.fault(skip=number, hold=True)
        process = crashing.start(parallelism=10)
        crashing.api.wait_until_held(timeout=DEADLINE)
        crashing.kill(process)
        before = crashing.registered()
        assert crashing.saved() <= before
        crashing.check_next_apply(KEYS)
