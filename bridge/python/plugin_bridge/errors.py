# SPDX-License-Identifier: Apache-2.0
"""What can go wrong: diagnostics, the exceptions that carry them, and the category of warnings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple


class Diagnostic(NamedTuple):
    """One error or warning.

    severity is "error" or "warning"; summary is one line; detail says what to do next;
    attribute is a JSON pointer to what is at fault ("/tags/0"), or None.
    """

    severity: str
    summary: str
    detail: str = ""
    attribute: str | None = None

    def __str__(self) -> str:
        where = f" [{self.attribute}]" if self.attribute else ""
        return f"{self.severity}: {self.summary}{where}" + (f"\n{self.detail}" if self.detail else "")


class Error(Exception):
    """The base of all exceptions here.

    diagnostics: everything that was reported, warnings too, in order.
    state: what a failed create left behind, or what a failed change found; else None.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic] | str, state: Any = None) -> None:
        if isinstance(diagnostics, str):
            diagnostics = (Diagnostic("error", diagnostics),)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        self.state = state
        super().__init__(self.diagnostics, state)

    def __str__(self) -> str:
        return "\n".join(map(str, self.diagnostics))


class OperationFailed(Error):
    """Anything that none of the others names."""


class InvalidConfig(Error):
    """An argument or a setting is wrong."""


class NotFound(Error):
    """There is no such object."""


class PermissionDenied(Error):
    """The token may not do this, or belongs elsewhere."""


class Conflict(Error):
    """Something else is there, or a guard refused."""


class Unavailable(Error):
    """The API could not be reached, or kept failing."""


class Cancelled(Error):
    """The call was cancelled from another thread, or by close()."""


class ClientClosed(Error, RuntimeError):
    """The client was closed before."""


class LoadError(Error):
    """No usable library was found.

    tried: every place as (path, why it was not taken).
    """

    def __init__(self, summary: str, tried: Iterable[tuple[str, str]] = ()) -> None:
        self.tried: tuple[tuple[str, str], ...] = tuple(tried)
        self.summary = summary
        detail = "\n".join(f"  {path}: {reason}" for path, reason in self.tried)
        super().__init__((Diagnostic("error", summary, detail),))

    def __reduce__(self) -> Any:
        return type(self), (self.summary, self.tried)


class PluginWarning(UserWarning):
    """A plugin's warning, as it arrives through the module `warnings`.

    diagnostic: the warning. result: what the call came to, for those who turn warnings into errors.
    """

    def __init__(self, diagnostic: Diagnostic, result: Any = None) -> None:
        self.diagnostic = diagnostic
        self.result = result
        super().__init__(diagnostic, result)

    def __str__(self) -> str:
        return str(self.diagnostic).partition(": ")[2]
