# SPDX-License-Identifier: Apache-2.0
"""The simulator's own tests start one each, and see that it ends well."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from simulator import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running
        assert running.stop() == 0
