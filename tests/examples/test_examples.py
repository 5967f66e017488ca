# SPDX-License-Identifier: Apache-2.0
"""The configurations in examples/ and in the reference are valid, the clouds' providers being stood in for.

A stand-in is the bridge with schemas of its own and no library: it knows the attributes that the examples use, so that a
misspelt one is an error here, and needs no registry.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.shipped, pytest.mark.installed]

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"
PARTS = HERE.parents[1] / "docs/parts"
CLOUDS = {"aws": "6.0.0", "google": "6.0.0", "azurerm": "4.0.0"}


@pytest.fixture(scope="session")
def stand_ins(prefix, package, tmp_path_factory) -> Path:
    """A share directory with a stand-in for each cloud's provider."""
    share = tmp_path_factory.mktemp("stand-ins")
    for name, version in CLOUDS.items():
        folder = share / f"terraform/plugins/registry.terraform.io/hashicorp/{name}/{version}" / package.name
        shutil.copytree(HERE / "stand-ins" / name / "schemas", folder / "schemas")
        shutil.copy(prefix / "bin/terraform-provider-bridge", folder / f"terraform-provider-{name}_v{version}")
    return share


def run(terraform, folder, env, *arguments):
    return subprocess.run([terraform, *arguments, "-no-color"], cwd=folder, env=env, capture_output=True, text=True)


def validate(terraform, folder, env):
    for command in (["init", "-input=false"], ["validate"]):
        result = run(terraform, folder, env, *command)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", sorted(path.parent.name for path in EXAMPLES.glob("*/main.tf")))
def test_example_is_valid(terraform, terraform_env, stand_ins, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    for path in (EXAMPLES / name).glob("*.tf"):
        # The one block that a stand-in can't have: it knows attributes only.
        (folder / path.name).write_text(path.read_text().replace("  features {}\n", ""))
    env = terraform_env | {"XDG_DATA_DIRS": f"{terraform_env['XDG_DATA_DIRS']}:{stand_ins}"}
    validate(terraform, folder, env)


def test_a_misspelt_attribute_is_noticed(terraform, terraform_env, stand_ins, tmp_path):
    for path in (EXAMPLES / "aws").glob("*.tf"):
        (tmp_path / path.name).write_text(path.read_text().replace("enable_key_rotation", "enable_key_rotations"))
    env = terraform_env | {"XDG_DATA_DIRS": f"{terraform_env['XDG_DATA_DIRS']}:{stand_ins}"}
    assert run(terraform, tmp_path, env, "init", "-input=false").returncode == 0
    result = run(terraform, tmp_path, env, "validate")
    assert result.returncode != 0 and "enable_key_rotations" in result.stderr


@pytest.mark.parametrize("path", sorted(PARTS.rglob("*.tf")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_example_of_the_reference_is_valid(terraform, terraform_env, tmp_path, path):
    folder = tmp_path / "configuration"
    folder.mkdir()
    shutil.copy(path, folder / "main.tf")
    if path.stem != "provider":
        head = (PARTS / "provider.tf").read_text().split("provider ")[0]
        (folder / "versions.tf").write_text(head)
    validate(terraform, folder, terraform_env)
