# SPDX-License-Identifier: Apache-2.0
"""examples/quickstart/run, whole: what it shows, what it leaves behind, and what an interrupt does to it."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from simulator import Simulator

pytestmark = pytest.mark.shipped


@pytest.fixture
def env(release_dir, tmp_path) -> dict:
    """A caller's environment, with settings that must not get through to the program."""
    temporary, home = tmp_path / "tmp", tmp_path / "home"
    temporary.mkdir()
    home.mkdir()
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(temporary),
            "TF_CLI_CONFIG_FILE": str(tmp_path / "missing.tfrc"), "TF_DATA_DIR": str(tmp_path / "elsewhere"),
            "TF_VAR_unused": "1", "ASTRA_API_URL": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}


def processes_of(folder) -> list:
    """Command lines of the processes that mention a folder, in their arguments or by their working directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                place = os.readlink(entry / "cwd")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if any(str(folder) in text for text in (command, place, environment)):
                found.append(command)
    return found


def nothing_is_left(env, tmp_path):
    assert list(Path(env["TMPDIR"]).iterdir()) == []
    assert list(Path(env["HOME"]).iterdir()) == []
    assert not (tmp_path / "elsewhere").exists()
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("program", ["astra-cmk", "terraform"])
def test_all_of_it(project, env, tmp_path, program, request):
    if program == "terraform":
        request.getfixturevalue("terraform")
    command = [project / "examples/quickstart/run"] + (["--with", program] if program != "astra-cmk" else [])
    result = subprocess.run(command, cwd="/", env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    said = result.stdout
    assert result.returncode == 0, said + result.stderr
    assert "\033[" not in said, "colours, and no terminal"
    headings = re.findall(r"^== (.*)$", said, re.MULTILINE)
    assert headings[0] == "Build and install" and headings[-1] == "All of it worked"
    parts = dict(zip(headings, re.split(r"^== .*$", said, flags=re.MULTILINE)[1:]))
    assert "Plan: 5 to add, 0 to change, 0 to destroy" in parts[f"{program} plan"]
    assert "Apply complete! Resources: 5 added" in parts[f"{program} apply"]
    shown = parts[f"{program} show"]
    assert {"aws/us-east-2", "gcp/us-east1", "azure/westus2"} <= set(re.findall(r'\bid\s+= "([^"]+)"', shown))
    seats = re.findall(r'\bprovider_id\s+= "([^"]+)"', shown)
    assert len(set(seats)) == 2 and all(f"arn:aws:iam::{seat}:role/creator" in shown for seat in seats)
    # The drift, and nothing but the drift.
    notices = parts[f"{program} plan notices"]
    assert 'astra_cmk_key.key["gcp"]' in notices and "Plan: 1 to add, 0 to change, 0 to destroy" in notices
    assert "Destroy complete!" in parts[f"{program} destroy"]
    assert "AstraCS:" not in said + result.stderr
    nothing_is_left(env, tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["== Start a simulated DevOps API", "== astra-cmk apply"])
def test_interrupted(project, env, tmp_path, number, moment):
    with subprocess.Popen([project / "examples/quickstart/run"], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, start_new_session=True) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith(moment):
                os.killpg(process.pid, number)  # what a terminal does on Ctrl-C
        assert process.wait() == 128 + number, "".join(lines)
    nothing_is_left(env, tmp_path)


def test_live_stops_after_the_plan(project, env, release_dir, monkeypatch, tmp_path):
    monkeypatch.setenv("ASTRA_SIMULATOR", str(release_dir / "tests/simulator/astra-simulator"))
    with Simulator() as api:
        env |= {"ASTRA_API_URL": api.url, "ASTRA_API_TOKEN": api.token, "no_proxy": "127.0.0.1"}
        result = subprocess.run([project / "examples/quickstart/run", "--live"], env=env, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "Plan: 5 to add" in result.stdout and "== astra-cmk apply" not in result.stdout
        assert api.state()["keys"] == [] and api.state()["provider_ids"] == []
        assert not [name for name in api.counts()["by"] if not name.startswith("GET ")]
    nothing_is_left(env, tmp_path)


@pytest.mark.parametrize("arguments, needle", [
    (["--live"], "ASTRA_API_TOKEN"), (["--unknown"], "usage:"), (["--live", "x"], "usage:"), (["--with"], "usage:"),
    (["--with", "pulumi"], "usage:")])
def test_refusals(project, env, arguments, needle):
    result = subprocess.run([project / "examples/quickstart/run", *arguments], env=env, capture_output=True, text=True)
    assert result.returncode != 0 and needle in result.stderr


def test_help(project, env):
    result = subprocess.run([project / "examples/quickstart/run", "--help"], env=env, capture_output=True, text=True)
    assert result.returncode == 0 and result.stdout.startswith("usage:")


@pytest.mark.parametrize("program", ["terraform", "tofu"])
def test_without_terraform_it_says_so(project, env, tmp_path, program):
    """Asked for by name, with the usual tools on PATH, and neither of the two."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "env", "dirname", "cat"):
        (path,) = [folder for folder in ("/usr/bin", "/bin") if Path(folder, name).exists()][:1]
        (tools / name).symlink_to(Path(path, name))
    result = subprocess.run([project / "examples/quickstart/run", "--with", program], env=env | {"PATH": str(tools)},
                            capture_output=True, text=True)
    assert result.returncode == 1, result.stderr
    assert f"{program} is not on PATH" in result.stderr
