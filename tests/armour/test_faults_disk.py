# SPDX-License-Identifier: Apache-2.0
"""Disks that are full: from the beginning, or from the middle of an apply on; and places where no file can be."""

import functools
import json
import os
import re
import resource
import subprocess
from pathlib import Path

import pytest

from clients import ARN, REGION, key, key_in, registered, requests, seat
from terraform_cli import ORGANIZATION

APPLY = ("apply", "-auto-approve", "-input=false")


# --- a disk that fills up in the middle ---


def fill(pid: int) -> None:
    """From now on every write of a process to a file fails in the kernel, as on a full disk: no file of it may grow beyond
    nothing. Other than mounting a small file system, everybody may do that to his own processes."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0))


def printed_state(result) -> dict:
    """The state that a program prints where it can write it nowhere, without the frame around it."""
    text = re.sub(r"^│ ?", "", result.everything, flags=re.MULTILINE)
    return json.JSONDecoder().raw_decode(text[text.index('{\n  "version": 4'):])[0]


@pytest.mark.fault("disk full from the second of two registrations on", "an error that holds the state; the next apply completes")
def test_disk_fills_up(client, simulator, row):
    client.configure(key("first"), key_in("us-west-2", depends_on=["astra_cmk_key.first"]))
    simulator.fault(method="POST", path="/v2/kms", skip=1, hold=True, times=1)
    process = client.start(*APPLY)
    simulator.wait_until_held()
    fill(process.pid)
    simulator.clear_faults()
    result = client.finish(process)
    assert result.returncode == 1 and "file too large" in result.text.lower(), result
    assert [entry["name"] for entry in printed_state(result)["resources"]] == ["first", "us-west-2"]
    client.apply()
    assert set(client.keys()) == {"first", "us-west-2"}
    assert requests(simulator, "POST") == len(registered(simulator)) == 2
    row.saw("printed with the error; adopted", simulator)
    client.plan_clean()


@pytest.mark.terraform_only
@pytest.mark.fault("disk full for the provider alone, from the middle on", "applied, with a warning that says what is missing")
def test_disk_fills_up_for_the_provider(client, simulator, row):
    """Where no file may grow, the kernel ends a program that does not prepare for it."""
    client.configure(seat())
    simulator.fault(method="GET", path=f"/v2/kms/provider/aws/region/{REGION}/accounts", hold=True, times=1)
    process = client.start(*APPLY)
    simulator.wait_until_held()
    fill(client.provider_of(process))
    simulator.clear_faults()
    result = client.finish(process)
    assert result.returncode == 0 and len(client.seats()) == 1, result
    result.warning("distinct_from")
    row.saw("applied, warned")


# --- a disk that is full from the beginning ---

# Runs a command with a full disk, of a file system of its own that nobody else sees and that ends with it: with room
# for names and none for what is written, or with no room for another name.
FULL_DISK = """\
#!/bin/sh
if [ $# -gt 0 ]; then
  exec unshare --mount %(root)s sh -c '
    mount -t tmpfs -o size=64k,nr_inodes=%(names)d none "$0" || exit 99
    cat /dev/zero >"$0/ballast" 2>/dev/null
    exec "$@"' '%(folder)s' '%(program)s' "$@"
fi
"""
KINDS = {"no room in its files": 64, "no room for another file": 2}


ROOT = "" if os.geteuid() == 0 else "--map-root-user"


@functools.cache
def can_mount() -> bool:
    """Whether a file system can be mounted here. It takes root's rights or user namespaces, which many a container has not:
    the rows that need one are not there then, and those above show the same without."""
    trial = FULL_DISK % {"root": ROOT, "folder": "/tmp", "program": "true", "names": 64}
    return subprocess.run(["sh", "-c", trial, "sh", "version"], capture_output=True).returncode == 0


@pytest.fixture
def full_disk(request, client, tmp_path):
    """Has the client run where a folder lies on a full disk: the folder."""
    folder = tmp_path / "full"
    folder.mkdir()
    script = tmp_path / client.name
    kind = request.node.callspec.params.get("kind", "no room in its files")
    script.write_text(FULL_DISK % {"root": ROOT, "folder": folder, "program": client.program, "names": KINDS[kind]})
    script.chmod(0o755)
    client.program = str(script)
    return folder


if can_mount():

    @pytest.mark.terraform_only
    @pytest.mark.fault("disk full where the state is saved", "an error; errored.tfstate or the next apply brings the key back")
    def test_full_disk_of_the_state(client, simulator, full_disk, row):
        client.configure(key())
        result = client.apply(f"-state={full_disk}/terraform.tfstate", "-lock=false", fails=True)
        assert "no space left on device" in result.text
        errored = json.loads((client.folder / "errored.tfstate").read_text())
        assert [entry["name"] for entry in errored["resources"]] == ["key"]
        client.apply().warning("registered already")
        assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 1
        row.saw("errored.tfstate holds it; adopted", simulator)


    @pytest.mark.fault("disk full where provider IDs are remembered: {kind}",
                       "applied, with a warning that says what is missing")  # fmt: skip
    @pytest.mark.parametrize("kind", KINDS)
    def test_full_disk_of_the_seats(client, full_disk, row, kind):
        client.env["XDG_STATE_HOME"] = str(full_disk)
        client.configure(seat())
        client.apply().warning("distinct_from")
        assert len(client.seats()) == 1
        row.saw("applied, warned")


    @pytest.mark.fault("disk full where temporary files lie: {kind}", "applied: nothing is written there, or elsewhere")
    @pytest.mark.parametrize("kind", KINDS)
    def test_full_disk_of_temporary_files(client, simulator, full_disk, row, kind):
        client.env["TMPDIR"] = str(full_disk)
        client.configure(key())
        client.apply()
        assert client.keys() == {"key": ARN} and requests(simulator, "POST") == 1
        row.saw("applied", simulator)


# --- what can't be written for other reasons ---


@pytest.fixture
def seat_file(client, tmp_path) -> Path:
    """Where the client will remember the provider IDs of a region; its folder is there."""
    path = tmp_path / "state/astra-cmk" / ORGANIZATION / f"aws-{REGION}"
    path.parent.mkdir(parents=True)
    client.env["XDG_STATE_HOME"] = str(tmp_path / "state")
    return path


def a_file_in_place_of_the_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.touch()


ODD = {"a folder": Path.mkdir, "a link to a device that is full": lambda path: path.symlink_to("/dev/full"), "a pipe": os.mkfifo,
       "in a folder that is a file": a_file_in_place_of_the_folder}


@pytest.mark.fault("the file that remembers provider IDs is {what}", "applied, with a warning that says what is missing")
@pytest.mark.parametrize("what", ODD)
def test_odd_seat_file(client, seat_file, row, what):
    ODD[what](seat_file)
    client.configure(seat())
    client.apply().warning("distinct_from")
    assert len(client.seats()) == 1
    row.saw("applied, warned")


@pytest.mark.fault("the file that remembers provider IDs can't grow", "applied, with a warning; the file is as it was")
def test_seat_file_that_is_full(client, seat_file, row):
    """It is longer than files may be that the program writes; all others of a run are shorter."""
    limit = 64 * 1024
    others = "".join(f"{number:012}\n" for number in range(limit // 13 + 1))
    seat_file.write_text(others)
    script = client.folder.parent / client.name
    script.write_text(f'#!/bin/sh\nexec prlimit --fsize={limit} "{client.program}" "$@"\n')
    script.chmod(0o755)
    client.program = str(script)
    client.env.pop("TF_LOG_PATH")
    client.configure(seat())
    client.apply().warning("distinct_from")
    assert len(client.seats()) == 1 and seat_file.read_text() == others
    row.saw("applied, warned")
