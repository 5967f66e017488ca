# SPDX-License-Identifier: Apache-2.0
"""The README's commands and programs are run as they stand there, against the simulator."""

import os
import re
import subprocess

import pytest
from simulator import Simulator

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"^(?:#|/\*|//) ([\w-]+\.(?:tf|c|py))\b")


def sections(project) -> dict:
    """Heading → its code blocks as (language, text)."""
    text = (project / "README.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    return {heading: BLOCK.findall(body) for heading, body in zip(["", *parts[1::2]], parts[0::2])}


def packages(project, name) -> list:
    script = f'. "{project}/tests/lib/packages.sh"; echo "${{{name}[@]}}"'
    return subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True).stdout.split()


def test_the_two_commands(project):
    commands = [text.strip() for language, text in sections(project)[""] if language == "sh"]
    # Others run the first one; this is run by the second.
    assert commands == ["examples/quickstart/run", "tests/run"]
    assert all(os.access(project / command, os.X_OK) for command in commands)


def test_every_block_belongs_to_a_test(project):
    assert [heading for heading, blocks in sections(project).items() if blocks] == [
        "", "Install", "Three commands", "The Terraform way", "The C way", "The Python way"]


@pytest.mark.shipped
def test_install_commands(project, release_dir, tmp_path):
    """Each line but the installing of packages, which tests/run has done: its list is compared."""
    ((language, text),) = sections(project)["Install"]
    lines = text.strip().splitlines()
    assert language == "sh"
    assert lines[0].removeprefix("sudo apt-get install ").split() == packages(project, "PACKAGES_BUILD")
    assert [line.split()[0] for line in lines[1:3]] == ["cmake", "cmake"] and lines[4] == "sudo ldconfig"
    install = lines[3].removeprefix("sudo ")
    assert install.endswith("--prefix /usr/local")
    # In a copy of the tree, so that the release build that others are testing stays as it is.
    copy = tmp_path / "copy"
    names = ("CMakeLists.txt", "CMakePresets.json", "cmake", "plugin", "bridge", "schemas", "docs", "README.md", "CHANGELOG.md",
             "SECURITY.md", "LICENSE")  # fmt: skip
    copy.mkdir()
    for name in names:
        subprocess.run(["cp", "-r", project / name, copy / name], check=True)
    for command in [*lines[1:3], install.replace("/usr/local", str(tmp_path / "prefix"))]:
        result = subprocess.run(command, shell=True, cwd=copy, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
    assert (tmp_path / "prefix/include/astra_cmk.h").exists()


@pytest.fixture
def api(release_dir, monkeypatch):
    monkeypatch.setenv("ASTRA_SIMULATOR", str(release_dir / "tests/simulator/astra-simulator"))
    with Simulator("--provider-ids", "several") as running:
        yield running


@pytest.mark.shipped
def test_three_commands(project, prefix, api, tmp_path):
    """With the host alone: no Terraform is on PATH."""
    (language, text), (_, commands) = sections(project)["Three commands"]
    assert language == "json" and len(commands.strip().splitlines()) == 3
    (tmp_path / "main.tf.json").write_text(text)
    env = {"PATH": f"{prefix}/bin:/usr/bin:/bin", "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"),
           "ASTRA_API_URL": api.url, "ASTRA_API_TOKEN": api.token, "no_proxy": "127.0.0.1"}
    result = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Plan: 1 to add, 0 to change, 0 to destroy." in result.stdout
    assert "Apply complete! Resources: 1 added, 0 changed, 0 destroyed." in result.stdout
    assert "# astra_cmk_key.key:" in result.stdout


def follow(project, heading, folder, env) -> str:
    """Writes a section's files, runs its commands, and returns what they printed."""
    printed = ""
    folder.mkdir()
    for language, text in sections(project)[heading]:
        if language == "sh":
            result = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=env, capture_output=True, text=True)
            assert result.returncode == 0, result.stdout + result.stderr
            printed += result.stdout
        elif name := NAME.match(text):
            (folder / name[1]).write_text(text)
    return printed


def api_env(api) -> dict:
    return {"ASTRA_API_URL": api.url, "ASTRA_API_TOKEN": api.token}


@pytest.mark.shipped
def test_terraform_way(project, terraform_env, terraform, api, tmp_path):
    env = terraform_env | api_env(api) | {"TF_CLI_ARGS_apply": "-auto-approve -no-color", "TF_CLI_ARGS_init": "-no-color"}
    printed = follow(project, "The Terraform way", tmp_path / "here", env)
    assert "Apply complete! Resources: 3 added" in printed
    assert [(key["cloud_provider"], key["region"]) for key in api.state()["keys"]] == [("aws", "us-east-2")]
    for seat in api.state()["provider_ids"]:
        assert f"arn:aws:iam::{seat['provider_id']}:role/creator" in printed


@pytest.mark.shipped
def test_beside_the_official_provider(project, terraform_env, terraform, tmp_path):
    """The block with `provider = astra-cmk` is accepted by a Terraform that knows our provider alone."""
    (text,) = [text for language, text in sections(project)["The Terraform way"] if language == "hcl" and not NAME.match(text)]
    assert "datastax/astra" in text
    without = "\n".join(line for line in text.splitlines() if "datastax/astra" not in line) + "\n"
    (tmp_path / "here").mkdir()
    (tmp_path / "here/main.tf").write_text(without)
    for command in ("init", "validate"):
        result = subprocess.run([terraform, command, "-no-color"], cwd=tmp_path / "here", env=terraform_env, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


def test_c_block_has_the_form_of_our_sources(project):
    ((_, text),) = [block for block in sections(project)["The C way"] if block[0] == "c"]
    formatted = subprocess.run(["clang-format-14", "--assume-filename=keys.c"], cwd=project, input=text, check=True,
                               capture_output=True, text=True)
    assert text == formatted.stdout


@pytest.mark.shipped
def test_c_way(project, prefix, api, tmp_path):
    env = api_env(api) | {"PATH": os.environ["PATH"], "PKG_CONFIG_PATH": f"{prefix}/lib/pkgconfig",
                          "LD_LIBRARY_PATH": f"{prefix}/lib"}
    printed = follow(project, "The C way", tmp_path / "here", env)
    assert '"gcp/us-east1"' in printed.replace("\\/", "/")


@pytest.mark.shipped
def test_python_way(project, prefix, api, tmp_path):
    api.add_key("aws", "us-east-2", "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    env = api_env(api) | {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": f"{prefix}/lib", "ASTRA_CMK_LIB": str(prefix),
                          "PYTHONPATH": f"{project}/python:{project}/bridge/python", "PYTHONDONTWRITEBYTECODE": "1",
                          "XDG_STATE_HOME": str(tmp_path / "state")}
    printed = follow(project, "The Python way", tmp_path / "here", env)
    aws = "aws/us-east-2 arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\n"
    azure = "azure/eastus https://vault.vault.azure.net/keys/databases\n"
    assert printed == 2 * (aws + azure)
