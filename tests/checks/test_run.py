# SPDX-License-Identifier: Apache-2.0
"""tests/run itself: what it counts, and that it can't end well where something failed."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PASSED = '<testcase classname="a" name="good"/>'
FAILED = '<testcase classname="a" name="bad"><failure message="no"/></testcase>'
BROKEN = '<testcase classname="a" name="worse"><error message="no"/></testcase>'
SKIPPED = '<testcase classname="a" name="left"><skipped message="why"/></testcase>'
MISSING = '<testcase classname="b" name="gone" status="notrun"><skipped message="Unable to find executable: b"/></testcase>'
DISABLED = '<testcase classname="b" name="off" status="disabled"/>'


def summary(project, tmp_path, *reports):
    """Status, last line and all of what summary.py says of these reports; None is one that was not written."""
    paths = []
    for number, cases in enumerate(reports):
        paths.append(tmp_path / f"report{number}.xml")
        if cases is not None:
            paths[-1].write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    result = subprocess.run([sys.executable, project / "tests/lib/summary.py", *paths], capture_output=True, text=True)
    return result.returncode, result.stdout.splitlines()[-1], result.stdout


@pytest.mark.parametrize("reports, status, line", [
    ([PASSED], 0, "1 passed, 0 failed, 0 skipped"),
    ([PASSED + SKIPPED, PASSED + DISABLED], 0, "2 passed, 0 failed, 2 skipped"),
    ([PASSED, PASSED + FAILED], 1, "2 passed, 1 failed, 0 skipped"),
    ([PASSED + BROKEN], 1, "1 passed, 1 failed, 0 skipped"),
    ([PASSED + MISSING], 1, "1 passed, 1 failed, 0 skipped"),
    ([PASSED, None], 1, "1 passed, 1 failed, 0 skipped"),
    ([PASSED, "<"], 1, "1 passed, 1 failed, 0 skipped"),
    ([SKIPPED], 1, "0 passed, 0 failed, 1 skipped"),
    ([""], 1, "0 passed, 0 failed, 0 skipped"),
    ([PASSED + PASSED.replace("/>", '><error message="clean-up"/></testcase>')], 1, "0 passed, 1 failed, 0 skipped"),
])
def test_summary(project, tmp_path, reports, status, line):
    assert summary(project, tmp_path, *reports)[:2] == (status, line)


def test_summary_names_what_failed(project, tmp_path):
    assert "FAILED  report0: a::bad" in summary(project, tmp_path, FAILED)[2]


def row(name, order, result="", **said):
    properties = "".join(f'<property name="{key}" value="{value}"/>' for key, value in {"order": order, **said}.items())
    return f'<testcase classname="t" name="{name}"><properties>{properties}</properties>{result}</testcase>'


def faults(project, *reports):
    result = subprocess.run([sys.executable, project / "tests/lib/faults.py", *reports], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_table_of_faults(project, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text("<testsuites><testsuite>" + PASSED
                      + row("b", 2, '<failure message="no"/>', program="p", fault="late", outcome="y", seen="half")
                      + row("c", 3, '<skipped message="no root"/>', program="p", fault="last", outcome="z")
                      + row("d", 4, program="q", fault="other", outcome="o", seen="fine")
                      + row("a", 1, program="p", fault="early " * 12, outcome="x", seen="2 POST") + "</testsuite></testsuites>")
    lines = [line.split("  ") for line in faults(project, report, tmp_path / "missing.xml").splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert [line for line in cells if line and not line[0].startswith(("-", "fault"))] == [
        ["Faults, 3 rows, driven through p"], [" ".join(["early"] * 7), "x", "2 POST"], [" ".join(["early"] * 5)],
        ["late", "y", "FAILED after: half"], ["last", "z", "skipped: no root"],
        ["Faults, 1 row, driven through q"], ["other", "o", "fine"]]


def test_no_table_where_no_row_ran(project, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites><testsuite>{PASSED}</testsuite></testsuites>")
    assert faults(project, report) == ""


@pytest.mark.parametrize("arguments", [["--sanitize", "msan"], ["--sanitize"], ["--unknown"], ["-k"]])
def test_wrong_arguments(project, arguments):
    result = subprocess.run([project / "tests/run", *arguments], capture_output=True, text=True)
    assert result.returncode != 0 and result.stderr and not result.stdout


def test_help(project):
    result = subprocess.run([project / "tests/run", "--help"], capture_output=True, text=True)
    assert result.returncode == 0
    for option in ("--fast", "-k EXPRESSION", "--sanitize", "--all", "--no-install"):
        assert option in result.stdout


BESIDE = """
set -euo pipefail
. "$1/tests/lib/beside.sh"
both() { sleep 300 & echo $! $BASHPID; wait; }
begin both
attend both
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_nothing_is_left_of_what_was_interrupted(project, name):
    script = subprocess.Popen(["bash", "-c", BESIDE, "bash", project], stdout=subprocess.PIPE, text=True)
    started = [int(number) for _ in range(2) for number in script.stdout.readline().split()]
    assert len(set(started)) == 4 and all(Path(f"/proc/{number}").exists() for number in started)
    script.send_signal(signal.Signals[name])
    # Its end is told when the last one has ended that could write there.
    assert script.communicate(timeout=60)[0] == ""
    assert script.returncode != 0


def test_status_of_what_runs_beside(project):
    script = '. "$1/tests/lib/beside.sh"; begin false; one=$begun; attend true && echo good; finish "$one" || echo "bad $?"'
    result = subprocess.run(["bash", "-euc", script, "bash", project], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (0, "good\nbad 1\n")


LEAKING = """
#include <stdlib.h>
int main(int count, char **arguments)
{
    char *volatile lost = malloc(10);
    lost = NULL;
    return count > 5 || !arguments || lost;
}
"""
STARTS_IT = """
import subprocess

def test_what_is_said_goes_nowhere():
    subprocess.run(["PROGRAM"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def test_another():
    pass
"""


def test_a_report_of_a_sanitizer_fails_its_test(project, tmp_path):
    (tmp_path / "leaking.c").write_text(LEAKING)
    subprocess.run(["gcc", "-g", "-fsanitize=address", tmp_path / "leaking.c", "-o", tmp_path / "leaking"], check=True)
    (tmp_path / "test_it.py").write_text(STARTS_IT.replace("PROGRAM", str(tmp_path / "leaking")))
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{project / 'tests'}:{project / 'tests/terraform'}",
           "SANITIZER_REPORTS": str(tmp_path / "reports")}
    result = subprocess.run([sys.executable, "-B", "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "-rA", "test_it.py"],
                            cwd=tmp_path, env=env, capture_output=True, text=True)
    assert result.returncode == 1, result.stdout
    assert "ERROR test_it.py::test_what_is_said_goes_nowhere" in result.stdout and "detected memory leaks" in result.stdout
    assert re.search(r"#1 main at .*leaking\.c:5 ", result.stdout), result.stdout
    assert "2 passed, 1 error" in result.stdout
