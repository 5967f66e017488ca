# SPDX-License-Identifier: Apache-2.0
"""The examples in Python and for Node.js do what they say, against the simulator."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ARN = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GCP = "projects/p/locations/us-east1/keyRings/ring/cryptoKeys/name"
AZURE = "https://vault.vault.azure.net/keys/name/0123456789abcdef0123456789abcdef"


def api(simulator) -> dict:
    return {"ASTRA_API_URL": simulator.url, "ASTRA_API_TOKEN": simulator.token}


@pytest.fixture
def example(project, python_env, staged):
    """Runs an example in Python."""

    def run(name, simulator, *arguments):
        return subprocess.run([sys.executable, project / "examples/python" / name, *arguments], capture_output=True, text=True,
                              env=python_env | api(simulator) | {"LD_LIBRARY_PATH": str(staged / "astra_cmk")}, timeout=60)  # fmt: skip

    return run


def test_plain_ctypes(example, simulator, project):
    simulator.add_key("aws", "us-east-2", ARN)
    result = example("plain_ctypes.py", simulator, "999999999999")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"arn:aws:iam::999999999999:role/creator\naws/us-east-2 {ARN}\n"
    source = (project / "examples/python/plain_ctypes.py").read_text()
    assert len(source.splitlines()) < 60 and "import astra_cmk" not in source


def test_plain_ctypes_complains(example, simulator):
    result = example("plain_ctypes.py", simulator)
    assert result.returncode == 1 and "No provider IDs" in result.stderr


def test_rotate_report(example, simulator):
    for cloud, region, key in (("aws", "us-east-2", ARN), ("gcp", "us-east1", GCP), ("azure", "eastus", AZURE)):
        simulator.add_key(cloud, region, key)
    result = example("rotate_report.py", simulator)
    assert (result.returncode, result.stderr) == (0, "")
    head, *rows = [line.split() for line in result.stdout.splitlines()]
    assert head == ["CLOUD", "REGION", "OWNER", "KEY", "VERSION"]
    assert rows == [["aws", "us-east-2", "111122223333", ARN.rpartition("/")[2], "newest"],
                    ["azure", "eastus", "vault", "name", "0123456789abcdef0123456789abcdef"],
                    ["gcp", "us-east1", "p", "ring/name", "newest"]]  # fmt: skip


def test_rotate_report_fails_with_a_reason(example, simulator):
    simulator.revoke_token(simulator.token)
    result = example("rotate_report.py", simulator)
    assert result.returncode == 1 and "error:" in result.stderr and "Traceback" not in result.stderr


# --- an AWS key, in moto's KMS ---


@pytest.fixture
def boto3_key(project, astra_cmk, monkeypatch):
    """The example as a module, and moto in the place of AWS."""
    moto = pytest.importorskip("moto")
    for name, value in (("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x"), ("AWS_EC2_METADATA_DISABLED", "true")):
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("boto3_key", project / "examples/python/boto3_key.py")
    module = importlib.util.module_from_spec(spec)
    with moto.mock_aws():
        spec.loader.exec_module(module)
        yield module


def test_boto3_key(boto3_key, simulator, monkeypatch, capsys):
    import boto3

    for name, value in api(simulator).items():
        monkeypatch.setenv(name, value)
    assert boto3_key.main(["us-east-2"]) == 0
    ((key,), (seat,)) = simulator.state()["keys"], simulator.state()["provider_ids"]
    assert key["key_id"] in capsys.readouterr().out
    kms = boto3.client("kms", region_name="us-east-2")
    made = kms.describe_key(KeyId=key["key_id"])["KeyMetadata"]
    assert made["Enabled"] and made["Arn"] == key["key_id"]
    policy = kms.get_key_policy(KeyId=key["key_id"], PolicyName="default")["Policy"]
    assert f"arn:aws:iam::{seat['provider_id']}:role/creator" in policy
    # As AWS would: the policy is one that a key takes.
    kms.put_key_policy(KeyId=key["key_id"], PolicyName="default", Policy=policy)
    root = [each for each in json.loads(policy)["Statement"] if each["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}]
    assert root and root[0]["Action"] == ["kms:*"]


def test_boto3_key_leaves_nothing_behind(boto3_key, simulator, monkeypatch, capsys):
    import boto3

    simulator.add_key("aws", "us-east-2", ARN)
    for name, value in api(simulator).items():
        monkeypatch.setenv(name, value)
    assert boto3_key.main(["us-east-2"]) == 1 and "Another key" in capsys.readouterr().err
    kms = boto3.client("kms", region_name="us-east-2")
    (made,) = kms.list_keys()["Keys"]
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert boto3_key.main([]) == 2


# --- Node.js ---


@pytest.fixture(scope="session")
def node(project) -> Path:
    """The example for Node.js with koffi beside it, which is kept in build/ from one run to the next."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not on PATH")
    source, folder = project / "examples/node", project / "build/node"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, lockfile = folder / "installed", (source / "package-lock.json").read_text()
        for name in ("package.json", "package-lock.json", "keys.mjs"):
            shutil.copy(source / name, folder / name)
        if not stamp.exists() or stamp.read_text() != lockfile:
            result = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, capture_output=True, text=True)
            if result.returncode != 0:
                (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"koffi can't be installed: {result.stderr}")
            stamp.write_text(lockfile)
    return folder / "keys.mjs"


@pytest.fixture(params=["http", "https"])
def served(request, simulate, tmp_path, monkeypatch):
    """A simulator with and without TLS, its certificate trusted by the environment."""
    if request.param == "http":
        return simulate()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "made.pem"],
        check=True, capture_output=True)  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "made.pem"))
    return simulate("--tls-certificate", str(tmp_path / "made.pem"), "--tls-key", str(tmp_path / "key.pem"))


def test_node(node, served, staged, sanitized):
    if sanitized:
        pytest.skip("Node.js does not run with a sanitizer's runtime before it")

    def run(*arguments):
        return subprocess.run(["node", node, *arguments], capture_output=True, text=True, timeout=60,
                              env={**os.environ, **api(served), "LD_LIBRARY_PATH": str(staged / "astra_cmk")})  # fmt: skip

    result = run("aws", "us-east-2", ARN)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"aws/us-east-2 {ARN}\n", "")
    result = run("aws", "us-east-2", ARN[:-1] + "c")
    assert result.returncode == 5 and "error: Another key is registered there" in result.stderr


def test_package_in_python_over_https(connect, served):
    served.add_key("aws", "us-east-2", ARN)
    assert [key.key_id for key in connect(served).cmk_key.list()] == [ARN]
