# SPDX-License-Identifier: Apache-2.0
"""What the rows of the table drive: Terraform, or any program with its command line, over `*.tf.json`.

    client.configure(key(), max_retries=1)
    client.apply()
    assert client.keys() == {"key": ARN}
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

from simulator import Simulator
from terraform_cli import ARN, REGION, Result, Terraform, plain

# Told from every other text, so that a search for it proves something.
TOKEN = "AstraCS:table:of:faults"
SECRET = TOKEN.partition(":")[2]

# A program that goes on for so long after it was told to stop, hangs.
HANGS = 60

PROVIDER = "terraform-provider-astra-cmk"


def key(name: str = "key", **attributes: Any) -> tuple[str, str, dict[str, Any]]:
    """A key on AWS, unless the attributes say otherwise."""
    return "astra_cmk_key", name, {"cloud_provider": "aws", "region": REGION, "key_id": ARN} | attributes


def key_in(region: str, **attributes: Any) -> tuple[str, str, dict[str, Any]]:
    """A key that lies in that region, which is its name too."""
    return key(region, region=region, key_id=ARN.replace(REGION, region), **attributes)


def seat(name: str = "seat", **attributes: Any) -> tuple[str, str, dict[str, Any]]:
    """A provider ID on AWS, unless the attributes say otherwise."""
    return "astra_provider_id", name, {"cloud_provider": "aws", "region": REGION} | attributes


def requests(simulator: Simulator, method: str) -> int:
    """How many requests of that method have reached the simulator."""
    return sum(count for name, count in simulator.counts()["by"].items() if name.startswith(f"{method} "))


def tally(simulator: Simulator) -> str:
    """The requests that changed something, or tried to, and how many did not."""
    counts = {method: requests(simulator, method) for method in ("POST", "DELETE", "GET")}
    return ", ".join(f"{count} {method}" for method, count in counts.items() if count) or "no request"


def registered(simulator: Simulator) -> list[str]:
    """The keys that the simulator holds."""
    return [entry["key_id"] for entry in simulator.state()["keys"]]


def unpacked(path: Path) -> bytes:
    """What a file holds; of an archive, as saved plans are, what its members hold."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(map(archive.read, archive.namelist()))


class Client(Terraform):
    """One working folder, and what was said there."""

    def __init__(self, program: str, folder: Path, env: dict[str, str], log: Path) -> None:
        super().__init__(program, folder, env)
        self.log = log
        self.results: list[Result] = []

    @property
    def name(self) -> str:
        return Path(self.program).name

    @property
    def is_host(self) -> bool:
        """Whether the program does the work itself, without a provider beneath it."""
        return self.name != "terraform"

    # --- the folder ---

    def require(self) -> None:
        """Requires the provider, in the syntax that every program here reads."""
        (self.folder / "terraform.tf").unlink(missing_ok=True)
        needed = {"required_providers": {"astra": {"source": "astra-cmk/astra-cmk"}}}
        self.write(json.dumps({"terraform": needed}), name="terraform.tf.json")

    def configure(self, *resources: tuple[str, str, dict[str, Any]], **settings: Any) -> None:
        """Writes these resources and the provider's settings, in the place of earlier ones."""
        # "astra", since Terraform takes the part before the first "_" of astra_cmk_key for the provider's name.
        document: dict[str, Any] = {"provider": {"astra": settings}}
        for kind, name, attributes in resources:
            document.setdefault("resource", {}).setdefault(kind, {})[name] = attributes
        self.write(json.dumps(document, indent=2), name="main.tf.json")

    def keys(self) -> dict[str, str]:
        """The keys of the state: resource's name and key identifier. A tainted one is none."""
        return {address.partition(".")[2]: attributes["key_id"] for address, attributes in self.instances().items()
                if address.startswith("astra_cmk_key.") and "tainted" not in attributes}

    def seats(self) -> list[str]:
        """The provider IDs of the state."""
        return [attributes["provider_id"] for address, attributes in self.instances().items()
                if address.startswith("astra_provider_id.")]

    # --- commands ---

    def run(self, *arguments: str, **options: Any) -> Result:
        result = super().run(*arguments, **options)
        self.results.append(result)
        return result

    def finish(self, process: subprocess.Popen) -> Result:
        """The result of a command that was started."""
        try:
            stdout, stderr = process.communicate(timeout=HANGS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise AssertionError(f"{process.args} still runs after {HANGS} seconds") from None
        result = Result(tuple(process.args[1:]), process.returncode, plain(stdout), plain(stderr))
        self.results.append(result)
        return result

    def provider_of(self, process: subprocess.Popen) -> int:
        """The process that does the work: Terraform's child, or the program itself."""
        children = Path(f"/proc/{process.pid}/task").glob("*/children")
        for child in " ".join(path.read_text() for path in children).split():
            if PROVIDER.startswith(Path(f"/proc/{child}/comm").read_text().strip()):
                return int(child)
        return process.pid

    # --- secrets ---

    def assert_token_nowhere(self) -> None:
        """In nothing that was printed, logged or saved."""
        for result in self.results:
            assert SECRET not in result.everything, result
        for path in [self.log, *self.folder.rglob("*")]:
            if path.is_file() and ".terraform" not in path.relative_to(self.folder.parent).parts:
                assert SECRET.encode() not in unpacked(path), path


def wait_until(reached, what: str, seconds: float = 30) -> None:
    """Waits for an event that nobody tells of."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, f"waited {seconds} s in vain for {what}"
        time.sleep(0.01)
