# SPDX-License-Identifier: Apache-2.0
"""What every test of the host program gets: the program with the widget plugin as an installation has it, a folder of its
own, and real Terraform with the same plugin beside it."""

import platform
import shutil
import sys
from pathlib import Path
from typing import Iterator

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "terraform"), str(HERE.parent / "simulator")]

from host_cli import NAME, TERRAFORM_BLOCK, Both, Program  # noqa: E402
from simulator import Simulator  # noqa: E402
from terraform_cli import inherited  # noqa: E402

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="session")
def widget_prefix(build_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix with the host under its own name, and with the provider's package for Terraform."""
    prefix = tmp_path_factory.mktemp("widgets")
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = prefix / f"share/terraform/plugins/registry.terraform.io/example/widget/1.0.0/linux_{machine}"
    shared = prefix / f"share/{NAME}"
    for folder in (package, shared, prefix / "bin"):
        folder.mkdir(parents=True)
    for folder in (package, shared):
        shutil.copytree(build_dir / "tests/plugins/widget/schemas", folder / "schemas")
        shutil.copy(build_dir / "tests/plugins/widget/libwidget.so", folder)
    shutil.copy(build_dir / "bridge/terraform/terraform-provider-bridge", package / "terraform-provider-widget_v1.0.0")
    shutil.copy(build_dir / "bridge/host/commands/bridge-host", prefix / "bin" / NAME)
    return prefix


@pytest.fixture
def host_env(widget_prefix: Path, tmp_path: Path) -> dict[str, str]:
    """An environment with nothing of the caller's settings."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "no.tfrc").touch()
    return inherited("PATH", "TMPDIR") | {
        "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "LC_ALL": "C.UTF-8",
        "TF_CLI_CONFIG_FILE": str(home / "no.tfrc"), "CHECKPOINT_DISABLE": "1",
        "XDG_DATA_DIRS": str(widget_prefix / "share"), "HTTPS_PROXY": NOWHERE}


@pytest.fixture
def host(widget_prefix: Path, host_env: dict[str, str], tmp_path: Path) -> Program:
    """The host in a folder of its own."""
    return Program(str(widget_prefix / "bin" / NAME), tmp_path / "host", host_env)


@pytest.fixture(scope="session")
def initialized(terraform: str, widget_prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `terraform init` was run, to be copied."""
    home = tmp_path_factory.mktemp("init")
    (home / "no.tfrc").touch()
    env = inherited("PATH", "TMPDIR") | {
        "HOME": str(home), "TF_CLI_CONFIG_FILE": str(home / "no.tfrc"), "CHECKPOINT_DISABLE": "1",
        "XDG_DATA_DIRS": str(widget_prefix / "share"), "HTTPS_PROXY": NOWHERE}
    program = Program(terraform, home / "folder", env)
    program.write_json({"terraform": TERRAFORM_BLOCK})
    program.init()
    return program.folder


@pytest.fixture
def tf(terraform: str, initialized: Path, host_env: dict[str, str], tmp_path: Path) -> Program:
    """Real Terraform with the widget plugin, in an initialized folder of its own."""
    program = Program(terraform, tmp_path / "terraform", host_env)
    program.start_from(initialized)
    return program


@pytest.fixture
def both(tf: Program, host: Program) -> Both:
    """Both programs, each in its folder."""
    return Both(tf, host)


@pytest.fixture(scope="session")
def key_prefix(build_dir: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix with the host under its own name and the project's plugin."""
    prefix = tmp_path_factory.mktemp("keys")
    shared = prefix / "share/astra-cmk"
    (prefix / "bin").mkdir()
    shutil.copytree(project / "schemas", shared / "schemas")
    shutil.copy(build_dir / "plugin/libastra_cmk.so", shared)
    shutil.copy(build_dir / "bridge/host/commands/bridge-host", prefix / "bin/astra-cmk")
    return prefix


@pytest.fixture
def api(build_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("ASTRA_SIMULATOR", str(build_dir / "tests/simulator/astra-simulator"))
    with Simulator() as simulator:
        yield simulator
