# SPDX-License-Identifier: Apache-2.0
"""The commands in the READMEs of the examples, run as they stand, on a machine where the bridge is installed."""

import os
import platform
import re
import shutil
import subprocess

import pytest
from terraform_cli import inherited

pytestmark = [pytest.mark.shipped, pytest.mark.installed]


@pytest.fixture
def newcomer(prefix, terraform, tmp_path):
    """An environment in which the bridge and Terraform are on PATH, and questions are answered with yes."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "no.tfrc").touch()
    kept = inherited("LANG", "LC_ALL", "TMPDIR")
    path = [str(prefix / "bin"), os.path.dirname(terraform), os.environ["PATH"]]
    return kept | {"PATH": ":".join(path), "HOME": str(home), "CMAKE_PREFIX_PATH": str(prefix), "CHECKPOINT_DISABLE": "1",
                   "TF_CLI_CONFIG_FILE": str(tmp_path / "no.tfrc"), "TF_CLI_ARGS_apply": "-auto-approve",
                   "HTTPS_PROXY": "http://127.0.0.1:1"}


def commands(readme, count):
    """The first blocks of shell commands, as one script."""
    blocks = re.findall(r"^```sh\n(.*?)^```", readme.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= count
    return "set -e\n" + "\n".join(blocks[:count])


def run(script, folder, env):
    result = subprocess.run(["bash", "-c", script], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_your_own_provider(project, newcomer, tmp_path):
    example = project / "examples/your-own-provider"
    shutil.copytree(example, tmp_path / "your-own-provider")
    said = run(commands(example / "README.md", 3), tmp_path, newcomer)
    assert "garden_bed: delete of what is gone ... ok" in said and "Apply complete! Resources: 1 added" in said
    assert (tmp_path / "garden/configuration/herbs.bed").is_file()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the README writes linux_amd64")
def test_no_code_provider(project, newcomer, tmp_path):
    example = project / "examples/no-code-provider"
    shutil.copytree(example, tmp_path / "example")
    said = run(commands(example / "README.md", 1), tmp_path / "example", newcomer)
    assert "nothing is wrong" in said and "Apply complete! Resources: 1 added" in said and "diagonal = 5" in said
    assert (tmp_path / "example/configuration/logs").is_dir()
