# SPDX-License-Identifier: Apache-2.0
"""Lets `from simulator import Simulator` find the same names, whether this folder is on the path or the one above."""

from .simulator import *
