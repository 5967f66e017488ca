# SPDX-License-Identifier: Apache-2.0
"""What every test here gets: real Terraform, the installed provider, and a simulated DevOps API of its own."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "simulator")]

from terraform_fixtures import *  # noqa: E402, F403


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "simulator(*flags): flags that the test's simulator is started with")
