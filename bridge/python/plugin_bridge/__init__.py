# SPDX-License-Identifier: Apache-2.0
"""Plugins of the bridge in Python: any shared library that is described by JSON schemas, as a client object.

A package for one plugin says where its library and schemas lie (Product) and derives its Client. Everything goes
through libplugin_bridge.so as JSON text.
"""

from .client import Client, DataSource, DataSources, Function, Plan, Product, Resource, ResourceType
from .errors import (
    Cancelled,
    ClientClosed,
    Conflict,
    Diagnostic,
    Error,
    InvalidConfig,
    LoadError,
    NotFound,
    OperationFailed,
    PermissionDenied,
    PluginWarning,
    Unavailable,
)
from .library import Candidate
from .records import UNKNOWN, FrozenMap, Record, Unknown

__all__ = [
    "UNKNOWN",
    "Cancelled",
    "Candidate",
    "Client",
    "ClientClosed",
    "Conflict",
    "DataSource",
    "DataSources",
    "Diagnostic",
    "Error",
    "FrozenMap",
    "Function",
    "InvalidConfig",
    "LoadError",
    "NotFound",
    "OperationFailed",
    "PermissionDenied",
    "Plan",
    "PluginWarning",
    "Product",
    "Record",
    "Resource",
    "ResourceType",
    "Unavailable",
    "Unknown",
]
