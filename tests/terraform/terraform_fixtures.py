# SPDX-License-Identifier: Apache-2.0
"""Fixtures of every folder whose tests drive real Terraform: the installed provider, and a simulated DevOps API.

The provider comes from ASTRA_PREFIX, a prefix into which it was installed, else from the release build, or with
tests/run --fast from the build that is tested.
"""

import os
import subprocess
from pathlib import Path

import pytest

from simulator import Simulator
from terraform_cli import REQUIRED, Terraform, inherited

# A proxy that refuses every connection: no test may need a registry.
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="session")
def prefix(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix into which the provider was installed."""
    given = os.environ.get("ASTRA_PREFIX")
    if given:
        return Path(given)
    fast = "not shipped" in request.config.getoption("markexpr")
    build = request.getfixturevalue("build_dir" if fast else "release_dir")
    folder = tmp_path_factory.mktemp("prefix")
    subprocess.run(["cmake", "--install", build, "--prefix", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="session")
def simulator_program(request: pytest.FixtureRequest) -> None:
    """Has simulator.py find its program in the build that is tested."""
    if not os.environ.get("ASTRA_SIMULATOR"):
        build = request.getfixturevalue("build_dir")
        os.environ["ASTRA_SIMULATOR"] = str(build / "tests/simulator/astra-simulator")


@pytest.fixture
def new_simulator(simulator_program: None):
    """Starts further simulators: new_simulator("--provider-ids", "several")."""
    running = []

    def start(*flags: str, **options) -> Simulator:
        simulator = Simulator(*flags, **options)
        simulator.start()
        running.append(simulator)
        return simulator

    yield start
    for simulator in running:
        simulator.stop()


@pytest.fixture
def simulator(request: pytest.FixtureRequest, new_simulator) -> Simulator:
    """The DevOps API of this test."""
    marker = request.node.get_closest_marker("simulator")
    return new_simulator(*(marker.args if marker else ()))


@pytest.fixture(scope="session")
def initialized(terraform: str, prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `terraform init` was run, to be copied."""
    home = tmp_path_factory.mktemp("init")
    (home / "no.tfrc").touch()
    env = inherited("PATH", "TMPDIR") | {
        "HOME": str(home), "TF_CLI_CONFIG_FILE": str(home / "no.tfrc"), "CHECKPOINT_DISABLE": "1",
        "XDG_DATA_DIRS": str(prefix / "share"), "HTTPS_PROXY": NOWHERE}
    tf = Terraform(terraform, home / "folder", env)
    tf.write(REQUIRED, name="terraform.tf")
    tf.init()
    return tf.folder


@pytest.fixture
def bare(terraform: str, terraform_env: dict, simulator: Simulator, tmp_path: Path) -> Terraform:
    """Terraform in an empty folder, its environment's API and token being the simulator's."""
    env = terraform_env | {"ASTRA_API_URL": simulator.url, "ASTRA_API_TOKEN": simulator.token, "HTTPS_PROXY": NOWHERE,
                           "TF_IN_AUTOMATION": "1"}
    return Terraform(terraform, tmp_path / "configuration", env)


@pytest.fixture
def tf(bare: Terraform, initialized: Path) -> Terraform:
    """Likewise in an initialized folder, whose terraform.tf requires the provider under the name `astra`."""
    bare.start_from(initialized)
    return bare
