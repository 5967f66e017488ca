# SPDX-License-Identifier: Apache-2.0
"""The token is in no file, no output and no log of the host, and nothing else of the machine gets at it."""

import os
import signal
from pathlib import Path

import pytest
from host_cli import Program
from simulator import Simulator

# In pieces, so that it stands nowhere but in the environment.
SECRET = "AstraCS:a/b=" + "tokenThatNobodySees"
NEEDLE = SECRET.partition("=")[2]
ARN = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = {"provider": "astra", "cloud_provider": "aws", "region": "us-east-2", "key_id": ARN}


@pytest.fixture
def keys(key_prefix: Path, host_env: dict[str, str], api: Simulator, tmp_path: Path) -> Program:
    api.set_token(SECRET)
    return Program(str(key_prefix / "bin/astra-cmk"), tmp_path / "keys",
                   host_env | {"ASTRA_API_URL": api.url, "TF_LOG": "TRACE", "TF_LOG_PATH": str(tmp_path / "keys/trace.log")})


def write(program: Program, **blocks) -> None:
    program.write_json({"terraform": {"required_providers": {"astra": {"source": "astra-cmk/astra-cmk"}}},
                        "resource": {"astra_cmk_key": {"key": KEY}}} | blocks)


def assert_nowhere(program: Program, *results) -> None:
    for path in program.folder.rglob("*"):
        assert not path.is_file() or NEEDLE.encode() not in path.read_bytes(), path
    for result in results:
        assert NEEDLE not in result.everything, result.arguments


def everything(program: Program) -> list:
    """All that a key goes through."""
    return [program.run(*words) for words in (
        ("plan", "-out=p"), ("show", "p"), ("show", "-json", "p"), ("apply", "p"), ("show", "-json"), ("plan", "-json"),
        ("refresh",), ("state", "show", "astra_cmk_key.key"), ("output", "-json"), ("destroy", "-auto-approve", "-json"))]


def test_token_of_the_environment(keys):
    keys.env["ASTRA_API_TOKEN"] = SECRET
    write(keys, output={"key": {"value": "${astra_cmk_key.key}"}})
    results = everything(keys)
    assert "/v2/kms" in (keys.folder / "trace.log").read_text(), "requests are traced"
    assert_nowhere(keys, *results)


def test_token_of_a_variable(keys):
    keys.env["TF_VAR_token"] = SECRET
    write(keys, variable={"token": {"type": "string", "sensitive": True}}, provider={"astra": {"token": "${var.token}"}})
    assert_nowhere(keys, *everything(keys))


def test_token_that_the_api_repeats(keys, api):
    keys.env["ASTRA_API_TOKEN"] = SECRET
    write(keys, provider={"astra": {"max_retries": 0}})
    api.fault(path="*", status=403, times=-1, body='{"errors": [{"ID": 1, "message": "bad token %s"}]}' % SECRET)
    results = [keys.run("apply", "-auto-approve", *more, expect=(1,)) for more in ((), ("-json",))]
    assert_nowhere(keys, *results)


def test_a_host_that_runs_shows_nothing(keys, api):
    """In the middle of a request: neither in its title, nor beside the state, nor as a core dump, nor to other programs."""
    keys.env["ASTRA_API_TOKEN"] = SECRET
    write(keys)
    api.fault(method="POST", path="/v2/kms", hold=True)
    process = keys.start("apply", "-auto-approve", "-input=false")
    try:
        api.wait_until_held()
        own = Path(f"/proc/{process.pid}")
        assert NEEDLE.encode() not in (own / "cmdline").read_bytes() + (own / "comm").read_bytes()
        limits = (own / "limits").read_text().splitlines()
        assert [line.split()[4:6] for line in limits if line.startswith("Max core file size")] == [["0", "0"]]
        if os.getuid():  # what can't be dumped belongs to root
            assert (own / "mem").stat().st_uid == 0
        assert_nowhere(keys)
        api.clear_faults()
        said = "".join(process.communicate(timeout=60))
        assert process.returncode == 0 and NEEDLE not in said
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert_nowhere(keys)
