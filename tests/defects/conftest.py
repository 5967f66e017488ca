# SPDX-License-Identifier: Apache-2.0
"""Plugins that are each wrong in one way, and the hosts that meet them: bridge-check, the provider program, Terraform."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "protocol"), str(HERE.parent / "terraform")]

from provider_process import Provider, stubs  # noqa: E402, F401
from terraform_cli import Terraform, inherited  # noqa: E402
from transport import Identity, Program  # noqa: E402

HEAD = 'terraform {\n  required_providers {\n    thing = { source = "example/thing" }\n  }\n}\n'


@pytest.fixture(autouse=True)
def crashes_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sanitizer explains the signals that defective plugins raise, before our programs can, nor asks for the threads
    that nobody joins when a plugin calls exit()."""
    for name, more in (("ASAN_OPTIONS", ""), ("TSAN_OPTIONS", ":report_thread_leaks=0")):
        monkeypatch.setenv(name, ":".join(filter(None, (os.environ.get(name), f"handle_segv=0:handle_abort=0{more}"))))


@pytest.fixture(autouse=True)
def heap_is_glibcs(request: pytest.FixtureRequest, sanitized: bool) -> None:
    """Leaves out what is said of a heap that glibc finds corrupted: a sanitizer finds it first, and ends the program."""
    values = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()
    if sanitized and "freed_twice" in values:
        pytest.skip("a sanitizer reports it")


@pytest.fixture(scope="session")
def schemas_of(build_dir: Path) -> Callable[[str], Path]:
    """The schemas of a defective plugin, which lies beside them."""
    return lambda defect: build_dir / "tests/defects" / defect / "schemas"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where plugins keep their things."""
    folder = tmp_path / "things"
    folder.mkdir()
    return folder


@pytest.fixture
def check(build_dir: Path, store: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Runs bridge-check with a sample of one thing, called "bad"."""
    sample = tmp_path / "sample.json"
    sample.write_text(json.dumps({
        "provider": {"directory": str(store)},
        "resources": {"thing": {"config": {"name": "bad", "labels": {"a": "b"}}, "update": {"size": 7}}},
    }))

    def run(schemas: Path, *options: str) -> subprocess.CompletedProcess:
        options = tuple(str(sample) if option == "SAMPLE" else option for option in options)
        return subprocess.run([build_dir / "bridge/check/bridge-check", schemas, *options], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture(scope="session")
def identity() -> Identity:
    return Identity.make()


@pytest.fixture
def serve(build_dir: Path, schemas_of, stubs, identity: Identity, tmp_path: Path):  # noqa: F811
    """Starts the provider program over a defective plugin; it must end well."""
    running = []

    def start(defect: str) -> Provider:
        program = Program(build_dir / "bridge/terraform/terraform-provider-bridge", "--schemas", schemas_of(defect),
                          identity=identity, folder=tmp_path)
        running.append(Provider(program, stubs))
        return running[-1]

    yield start
    for provider in running:
        provider.stop()


@pytest.fixture
def terraform_with(build_dir: Path, schemas_of, terraform: str, tmp_path: Path, store: Path) -> Callable[[str], Terraform]:
    """Terraform in an initialized folder, with a defective plugin behind its provider."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    (tmp_path / "no.tfrc").touch()
    (tmp_path / "home").mkdir()

    def prepare(defect: str) -> Terraform:
        package = tmp_path / "share/terraform/plugins/registry.terraform.io/example/thing/1.0.0" / f"linux_{machine}"
        shutil.copytree(schemas_of(defect).parent, package)
        shutil.copy(build_dir / "bridge/terraform/terraform-provider-bridge", package / "terraform-provider-thing_v1.0.0")
        env = inherited("PATH", "LANG", "LC_ALL", "TMPDIR") | {
            "HOME": str(tmp_path / "home"), "TF_CLI_CONFIG_FILE": str(tmp_path / "no.tfrc"), "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1", "XDG_DATA_DIRS": str(tmp_path / "share"), "HTTPS_PROXY": "http://127.0.0.1:1"}
        tf = Terraform(terraform, tmp_path / "configuration", env)
        tf.write(HEAD, f'provider "thing" {{\n  directory = {json.dumps(str(store))}\n}}\n', name="terraform.tf")
        tf.init()
        return tf

    return prepare
