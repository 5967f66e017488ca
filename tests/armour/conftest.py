# SPDX-License-Identifier: Apache-2.0
"""The table of faults: each test here is a row of it, and says what it saw.

    @pytest.mark.fault("{status} once", "tried again, registered once")
    @pytest.mark.parametrize("status", [500, 502])
    def test_once(client, simulator, row, status):
        ...
        row.saw("applied, 2 POST")

tests/run prints the rows (tests/lib/faults.py). `client` is whatever declares keys as code: Terraform, and the
embedded program where the build has one; @pytest.mark.terraform_only marks what only Terraform's own doing shows.
"""

import functools
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "terraform"), str(HERE.parent / "simulator")]

from certificates import Authority  # noqa: E402
from clients import TOKEN, Client, tally  # noqa: E402
from fronts import Front  # noqa: E402
from terraform_fixtures import *  # noqa: E402, F403


def pytest_configure(config: pytest.Config) -> None:
    for line in ("simulator(*flags): flags that the test's simulator is started with",
                 "fault(name, outcome): the row's fault, and what is to come of it; {parameter} stands for its value",
                 "terraform_only: no row for the embedded program"):
        config.addinivalue_line("markers", line)


# The embedded program, below the prefix into which all is installed.
HOST = "bin/astra-cmk"


@functools.cache
def installs_host() -> bool:
    """Whether the build that is tested has an embedded program to install."""
    install = Path(HERE.parent.parent, os.environ.get("BUILD_DIR") or "build/debug") / "cmake_install.cmake"
    return install.exists() and f'RENAME "{Path(HOST).name}"' in install.read_text()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Collects no row for a program that does not exist: nothing is skipped."""
    if "program" not in metafunc.fixturenames:
        return
    programs = ["terraform"]
    if installs_host() and metafunc.definition.get_closest_marker("terraform_only") is None:
        programs.append("host")
    metafunc.parametrize("program", programs)


# --- rows ---


class Row:
    """One line of the table."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def saw(self, text: str, simulator=None) -> None:
        """Adds to what was seen; with a simulator, the requests that reached it."""
        self.seen.append(text if simulator is None else f"{text}; {tally(simulator)}")


@pytest.fixture
def row(request: pytest.FixtureRequest, record_property):
    """This test's row. A test that says nothing of what it saw fails."""
    marker = request.node.get_closest_marker("fault")
    assert marker is not None, "a test here is a row of the table: @pytest.mark.fault(name, outcome)"
    values = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    name, outcome = (text.format(**values) for text in marker.args)
    record_property("order", request.session.items.index(request.node))
    record_property("fault", name)
    record_property("outcome", outcome)
    record_property("program", values.get("program", ""))
    one = Row()
    yield one
    record_property("seen", ", ".join(one.seen))
    report = request.node.stash.get(FAILED, False)
    assert one.seen or report, "row.saw() was not called"


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = not report.passed
    return report


# --- what a row works with ---


@pytest.fixture
def simulator(request: pytest.FixtureRequest, new_simulator):
    """The DevOps API of this row, with a token that can be told from every other text."""
    marker = request.node.get_closest_marker("simulator")
    return new_simulator(*(marker.args if marker else ()), token=TOKEN)


@pytest.fixture
def new_client(program: str, terraform_env: dict, initialized: Path, terraform: str, prefix: Path, simulator,
               tmp_path: Path):  # fmt: skip
    """Makes clients: new_client("second"). At the end each one is searched for the token."""
    made = []

    def make(name: str = "client") -> Client:
        home = tmp_path / f"home-{name}"
        home.mkdir()
        folder = tmp_path / name
        log = tmp_path / f"{name}.log"
        env = terraform_env | {"ASTRA_API_URL": simulator.url, "ASTRA_API_TOKEN": simulator.token, "HOME": str(home),
                               "TF_LOG_PROVIDER": "TRACE", "TF_LOG_PATH": str(log)}
        client = Client(terraform if program == "terraform" else str(prefix / HOST), folder, env, log)
        if program == "terraform":
            client.start_from(initialized)
        client.require()
        made.append(client)
        return client

    yield make
    for client in made:
        client.assert_token_nowhere()


@pytest.fixture
def client(new_client) -> Client:
    """What declares keys as code in this row: terraform, or the embedded program."""
    return new_client()


@pytest.fixture
def new_front():
    """Starts fronts for simulators: new_front(simulator, context=...)."""
    running = []

    def start(*arguments, **options) -> Front:
        front = Front(*arguments, **options)
        running.append(front)
        return front

    yield start
    for front in running:
        front.close()


@pytest.fixture
def front(new_front, simulator, client) -> Front:
    """A front that the client talks to in place of its simulator."""
    front = new_front(simulator)
    client.env["ASTRA_API_URL"] = front.url
    return front


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs the certificates of fronts that speak TLS."""
    return Authority(tmp_path_factory.mktemp("authority"))
