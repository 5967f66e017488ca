# SPDX-License-Identifier: Apache-2.0
"""examples/no-code-provider/: a provider that is schemas over libc and libm, and what its README says of its limits."""

import json
import math
import platform
import re
import shutil

import pytest
from terraform_cli import block

pytestmark = [pytest.mark.shipped, pytest.mark.installed]


@pytest.fixture
def tf(project, prefix, new_terraform, tmp_path):
    """The package put together as the README says, and the example's own configuration, initialized."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = tmp_path / "share/terraform/plugins/registry.terraform.io/example/posix/1.0.0" / f"linux_{machine}"
    package.mkdir(parents=True)
    shutil.copy(prefix / "bin/terraform-provider-bridge", package / "terraform-provider-posix_v1.0.0")
    shutil.copytree(project / "examples/no-code-provider/schemas", package / "schemas")
    tf = new_terraform(tmp_path / "share")
    shutil.copy(project / "examples/no-code-provider/configuration/main.tf", tf.folder)
    tf.init()
    return tf


@pytest.fixture
def logs(tf):
    return tf.folder / "logs"


def mode(path):
    return path.stat().st_mode & 0o7777


def test_no_code(project):
    example = project / "examples/no-code-provider"
    kinds = {path.suffix for path in example.rglob("*") if path.is_file()}
    assert kinds == {".json", ".md", ".tf"}
    assert sum(len(path.read_text().splitlines()) for path in example.rglob("*.json")) < 80


def test_the_example_itself(tf, logs):
    tf.apply()
    assert logs.is_dir() and mode(logs) == 0o750
    assert tf.output("diagonal") == 5 and tf.output("libc") == platform.libc_ver()[1]
    tf.plan_clean()
    tf.destroy()
    assert not logs.exists()


def test_drift(tf, logs):
    """Gone, or a file in its place: it is to be made again."""
    tf.apply()
    logs.rmdir()
    assert "1 to add" in tf.plan().text
    tf.apply()
    assert logs.is_dir()
    logs.rmdir()
    logs.touch()
    assert "1 to add" in tf.plan().text
    found = tf.apply(fails=True).error("The object exists already", "terraform import posix_directory")
    assert f"{logs}/" in found
    assert logs.is_file()
    tf.import_("posix_directory.logs", f"{logs}/", fails=True)


def test_what_is_gone_is_destroyed(tf, logs):
    """rmdir says ENOENT, where Terraform was told not to look first."""
    tf.apply()
    logs.rmdir()
    tf.destroy("-refresh=false")
    assert not tf.instances()


def test_what_is_not_empty_stays(tf, logs):
    tf.apply()
    (logs / "file").touch()
    tf.destroy(fails=True).error("rmdir", "Directory not empty")
    assert "posix_directory.logs" in tf.instances()


def test_what_exists_is_not_taken_over(tf, logs):
    logs.mkdir()
    tf.apply(fails=True).error("The object exists already", f"'{logs}/'")
    assert not tf.instances()
    tf.import_("posix_directory.logs", f"{logs}/")
    assert tf.instances()["posix_directory.logs"] == {"path": f"{logs}/", "mode": 0o755}


def test_mode(tf, logs):
    """It is changed in place; what others make of it is not seen, as the README says."""
    tf.apply()
    inode = logs.stat().st_ino
    main = tf.folder / "main.tf"
    main.write_text(main.read_text().replace('"0750"', '"0711"'))
    assert re.search(r"~ mode += 488 -> 457", tf.plan().text)
    tf.apply()
    assert mode(logs) == 0o711 and logs.stat().st_ino == inode
    logs.chmod(0o700)
    tf.plan_clean()


@pytest.mark.parametrize("attributes, complaint", [
    ({"path": "/tmp/x"}, "path"), ({"path": "x/"}, "path"), ({"path": "/x/", "mode": 4096}, "mode"),
])
def test_refusals(tf, attributes, complaint):
    tf.write(block("resource", "posix_directory", "other", **attributes), name="other.tf")
    tf.plan(fails=True).error(f'"{complaint}"')


def test_a_parent_that_is_missing(tf):
    tf.write(block("resource", "posix_directory", "other", path=f"{tf.folder}/no/such/"), name="other.tf")
    tf.apply(fails=True).error("The object could not be made", "mkdir: No such file or directory")


def test_functions(tf, logs):
    calls = {"hypot": "hypot(1.5, 2)", "absolute": "absolute(-7)", "error": "error_text(2)"}
    tf.write(*(block("output", name, body=f"  value = provider::posix::{call}") for name, call in calls.items()), name="calls.tf")
    tf.apply()
    assert tf.output("hypot") == pytest.approx(math.hypot(1.5, 2)) and tf.output("absolute") == 7
    assert tf.output("error") == "No such file or directory"
    tf.write(block("output", "wrong", body="  value = provider::posix::absolute(4294967296)"), name="calls.tf")
    tf.plan(fails=True)


def test_embedded(embedded, project, tmp_path):
    bridge = embedded(project / "examples/no-code-provider/schemas")
    assert bridge("configure", config={})["ok"]
    made = bridge("create", type="posix_directory", config={"path": f"{tmp_path}/d/"})
    assert made["ok"] and (tmp_path / "d").is_dir(), json.dumps(made)
    assert bridge("call", name="hypot", arguments=[3, 4])["result"] == 5
    assert bridge("delete", type="posix_directory", state=made["state"])["ok"] and not (tmp_path / "d").exists()
