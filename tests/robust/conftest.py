# SPDX-License-Identifier: Apache-2.0
"""Long runs: many operations of one process, many resources of one apply. What each came to is printed, and kept in the
report that tests/run sums up."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / name) for name in ("terraform", "protocol", "plugin", "simulator"))]

from terraform_fixtures import *  # noqa: E402, F403


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "simulator(*flags): flags that the test's simulator is started with")


@pytest.fixture
def figures(record_property, capsys):
    """Prints a line of figures, also where the test passes, and keeps it in the report."""

    def show(text: str) -> None:
        record_property("figures", text)
        with capsys.disabled():
            print(f"\n  {text}", flush=True)

    return show
