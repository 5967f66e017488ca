# SPDX-License-Identifier: Apache-2.0
"""Customer-managed keys (CMEK, BYOK) and provider IDs of Astra DB.

`Client` is where to begin. The classes of results (`CmkKey`, `ProviderId` and more) come from the schemas; what each
has stands in __init__.pyi.
"""

from __future__ import annotations

from typing import Any

from plugin_bridge import (
    UNKNOWN,
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
    Plan,
    PluginWarning,
    Record,
    Unavailable,
)

from ._client import PRODUCT as _PRODUCT, Client

__all__ = [
    "UNKNOWN",
    "Cancelled",
    "Client",
    "ClientClosed",
    "Conflict",
    "Diagnostic",
    "Error",
    "InvalidConfig",
    "LoadError",
    "NotFound",
    "OperationFailed",
    "PermissionDenied",
    "Plan",
    "PluginWarning",
    "Record",
    "Unavailable",
]


def __getattr__(name: str) -> Any:
    return _PRODUCT.record_class(name)
