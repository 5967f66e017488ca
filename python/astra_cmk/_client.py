# SPDX-License-Identifier: Apache-2.0
"""The client for Astra: where its library lies, what its settings are, and which status is which exception."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import plugin_bridge
from plugin_bridge import Candidate

_HERE = Path(__file__).resolve().parent
_LIBRARY = "libplugin_bridge.so"


def _package(root: Path) -> Iterator[Candidate]:
    """As a wheel lays things out."""
    yield Candidate(root / "lib" / _LIBRARY, root / "schemas")


def _prefix(root: Path) -> Iterator[Candidate]:
    """As `cmake --install` lays things out below a prefix."""
    folders = ["lib", "lib64"]
    multiarch = sysconfig.get_config_var("MULTIARCH")
    if multiarch:
        folders.append(f"lib/{multiarch}")
    for folder in folders:
        yield Candidate(root / folder / _LIBRARY, root / "share/astra-cmk/schemas")


def _candidates() -> Iterator[Candidate]:
    chosen = os.environ.get("ASTRA_CMK_LIB")
    if chosen:
        # Said outright: no other is taken in its place.
        root = Path(chosen).absolute()
        yield from _package(root)
        yield from _prefix(root)
        return
    yield from _package(_HERE)
    for prefix in dict.fromkeys((sys.prefix, "/usr/local", "/usr")):
        yield from _prefix(Path(prefix))


# The values of enum astra_status in astra_cmk.h.
PRODUCT = plugin_bridge.Product(
    name="astra_cmk",
    prefix="astra_",
    candidates=_candidates,
    statuses={
        3: plugin_bridge.InvalidConfig,
        4: plugin_bridge.PermissionDenied,
        5: plugin_bridge.Conflict,
        6: plugin_bridge.Unavailable,
        7: plugin_bridge.Cancelled,
    },
)


class Client(plugin_bridge.Client):
    """Customer keys and provider IDs of one Astra organization.

    >>> import astra_cmk
    >>> with astra_cmk.Client() as astra:
    ...     seat = astra.provider_id.create(cloud_provider="aws", region="us-east-2")
    ...     key = astra.cmk_key.create(
    ...         cloud_provider="aws",
    ...         region="us-east-2",
    ...         key_id="arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ...     )
    ...     [each.id for each in astra.cmk_key.list()]
    ['aws/us-east-2']
    >>> key.on_destroy
    'deregister'

    token: an application token; else token_file, ASTRA_API_TOKEN, or the file that ASTRA_API_TOKEN_FILE names.
    token_file: path of a file that holds the token and that nobody else may read or write; instead of token.
    api_url: of the DevOps API; else ASTRA_API_URL, else the public one. Plain http only to a loopback address.
    organization_id: the organization that the token must belong to; another one is refused.
    max_retries: how often a request that is safe to repeat is tried again, 0 to 20; 5 unless said.
    request_timeout: seconds for one try of one request; 60 unless said.

    Opening asks the API nothing. Any number of threads may share a client, and a forked child may go on with
    it. Each resource is an attribute (`cmk_key`, `provider_id`), each function a method, each data source an
    attribute of `data`. Errors are exceptions below `Error`, warnings arrive as `PluginWarning`, and logs in the
    logger "astra_cmk", whose level at this moment decides what is logged.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        api_url: str | None = None,
        organization_id: str | None = None,
        max_retries: int | None = None,
        request_timeout: float | None = None,
    ) -> None:
        settings = {
            "token": token,
            "token_file": token_file,
            "api_url": api_url,
            "organization_id": organization_id,
            "max_retries": max_retries,
            "request_timeout": request_timeout,
        }
        super().__init__(PRODUCT, settings)
