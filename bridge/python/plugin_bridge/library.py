# SPDX-License-Identifier: Apache-2.0
"""libplugin_bridge.so: found, loaded, and given its prototypes."""

from __future__ import annotations

import ctypes
import json
import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .errors import LoadError

ABI_VERSION = 1
NAME = "libplugin_bridge.so"

#: Receives log lines: context, level, message, fields.
LogFunction = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p)

_PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "abi_version": (ctypes.c_uint32, []),
    "open": (ctypes.c_void_p, [ctypes.c_char_p, LogFunction, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]),
    "call": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64]),
    "begin": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_void_p]),
    "wait": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]),
    "cancel": (None, [ctypes.c_void_p, ctypes.c_uint64]),
    "close": (None, [ctypes.c_void_p]),
    "free": (None, [ctypes.c_void_p]),
}


# Unlike json.loads() it does not look for white space around the text.
_decode = json.JSONDecoder().raw_decode


class Candidate(NamedTuple):
    """A place where library and schemas may lie."""

    library: Path
    schemas: Path


class Library:
    """The library's functions, without their prefix. Calls let other Python threads run meanwhile."""

    abi_version: Any
    open: Any
    call: Any
    begin: Any
    wait: Any
    cancel: Any
    close: Any
    free: Any

    def __init__(self, path: Path) -> None:
        """Raises OSError where it can't be loaded, or is another library."""
        self.path = path
        loaded = ctypes.CDLL(os.fspath(path))
        # Releasing memory is too short for handing the interpreter over.
        holding = ctypes.PyDLL(os.fspath(path))
        for name, (result, arguments) in _PROTOTYPES.items():
            try:
                function = getattr(holding if name == "free" else loaded, f"plugin_bridge_{name}")
            except AttributeError:
                raise OSError(f"it has no function plugin_bridge_{name}") from None
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
            if name == "abi_version" and function() != ABI_VERSION:
                raise OSError(f"its ABI version is {function()}, and this package is for {ABI_VERSION}")

    def take(self, text: ctypes.c_void_p) -> dict[str, Any]:
        """An answer of the library's, released."""
        if not text.value:
            raise MemoryError("the library had no memory for an answer")
        try:
            answer: dict[str, Any] = _decode(ctypes.string_at(text.value).decode())[0]
            return answer
        finally:
            self.free(text)


class Found(NamedTuple):
    library: Library
    schemas: Path


def _try(candidate: Candidate) -> Found | str:
    """What a place has to offer, or why it is not taken."""
    for path in (candidate.library, candidate.schemas / "provider.json"):
        if not path.exists():
            return "there is no such file" if path is candidate.library else f"{path} is missing"
    try:
        library = Library(candidate.library)
    except OSError as error:
        return str(error)
    # A trial, so that a plugin of another version, or none, is seen here already.
    answer = ctypes.c_void_p()
    bridge = library.open(os.fsencode(candidate.schemas), LogFunction(), None, 0, ctypes.byref(answer))
    problems = library.take(answer)["diagnostics"]
    if bridge:
        library.close(bridge)
        return Found(library, candidate.schemas)
    return "; ".join(f"{problem['summary']}: {problem['detail']}" for problem in problems)


_found: dict[Sequence[Candidate], Found] = {}
_lock = threading.Lock()
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def find(candidates: Iterable[Candidate], what: str) -> Found:
    """The first place that can be used. Raises LoadError, which tells about every one."""
    key = tuple(candidates)
    tried = []
    with _lock:
        if key in _found:
            return _found[key]
        for candidate in key:
            result = _try(candidate)
            if isinstance(result, Found):
                _found[key] = result
                return result
            tried.append((str(candidate.library), result))
    raise LoadError(f"No usable library of {what} was found", tried)
