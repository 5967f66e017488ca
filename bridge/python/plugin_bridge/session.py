# SPDX-License-Identifier: Apache-2.0
"""A bridge that is open: requests and answers, threads, signals, fork, logs and the end.

Signals. Python runs signal handlers on its main thread and only between two steps of the script, so a Ctrl-C
during a C call would wait for the call's end. On the main thread calls are therefore begun on a thread of the
library's own, and waited for; the wait ends as soon as a signal arrived. That costs about 4 microseconds; handing a
call to a thread of Python's costs 14 and more, and a wakeup descriptor (signal.set_wakeup_fd) would belong to
us instead of to asyncio, and could not tell what the handler will do. If the handler raises, be it
KeyboardInterrupt or a timeout of the program's own, the call is cancelled and the exception goes on. Other threads
get no signals, and call directly.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import logging
import os
import threading
import time
import weakref
from pathlib import Path
from typing import Any

from . import records
from .errors import ClientClosed, Diagnostic, InvalidConfig
from .library import Library, LogFunction

TRACE = 5
if logging.getLevelName(TRACE) == f"Level {TRACE}":
    logging.addLevelName(TRACE, "TRACE")
_LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG, 5: TRACE}

#: Milliseconds. Waiting ends early when a signal arrived, but for one that came just before.
_SLICE, _CANCEL_SLICE = 100, 10
#: The operations that may leave an object that their caller does not know yet.
_MAKING = ("create", "apply")
#: Seconds that close() waits for calls that it has cancelled.
_PATIENCE = 10.0

_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


def _after_fork() -> None:
    for session in list(_sessions):
        session._start_over()


os.register_at_fork(after_in_child=_after_fork)


def diagnostics_of(answer: dict[str, Any]) -> tuple[Diagnostic, ...]:
    return tuple(Diagnostic(**item) for item in answer["diagnostics"])


def _level(logger: logging.Logger) -> int:
    """The most verbose of the library's levels that the logger wants."""
    return max((level for level, number in _LEVELS.items() if logger.isEnabledFor(number)), default=0)


def _log_function(logger: logging.Logger) -> Any:
    def write(_: object, level: int, message: bytes | None, fields: bytes | None) -> None:
        # What is raised here has nowhere to go.
        with contextlib.suppress(Exception):
            members = json.loads(fields) if fields else {}
            text = (message or b"").decode("utf-8", "replace")
            shown = "".join(f" {name}={value}" for name, value in members.items())
            logger.log(_LEVELS.get(level, logging.ERROR), "%s%s", text, shown, extra={"fields": members})

    return LogFunction(write)


class Session:
    """Thread-safe."""

    def __init__(self, library: Library, schemas: Path, logger: logging.Logger) -> None:
        self._library = library
        self._logger = logger
        self._ids = itertools.count(1)
        self._closed = False
        self._stuck = False  # a call that can't be waited for any more still uses the bridge
        self._start_over()
        self._log = _log_function(logger)
        answer = ctypes.c_void_p()
        self._bridge = library.open(os.fsencode(schemas), self._log, None, _level(logger), ctypes.byref(answer))
        problems = diagnostics_of(library.take(answer))
        if not self._bridge:
            raise InvalidConfig(problems)
        _sessions.add(self)

    def _start_over(self) -> None:
        """Also in a forked child, which has none of its parent's other threads."""
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._running = 0

    @property
    def closed(self) -> bool:
        return self._closed

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Carries one request out, and returns the answer."""
        text = records.dump(request).encode()
        with self._lock:
            if self._closed:
                raise ClientClosed("The client is closed. Open another one.")
            self._running += 1
        try:
            if threading.get_ident() == threading.main_thread().ident:
                return self._call_interruptibly(text, request["operation"] in _MAKING)
            return self._call_directly(text)
        finally:
            with self._lock:
                self._running -= 1
                if not self._running and self.closed:
                    self._ended.notify_all()

    def _call_directly(self, text: bytes) -> dict[str, Any]:
        answer = self._library.call(self._bridge, text, next(self._ids))
        return self._library.take(ctypes.c_void_p(answer))

    def _call_interruptibly(self, text: bytes, making: bool) -> dict[str, Any]:
        # An exception may come between any two steps: the library itself stores what it hands out.
        library, number = self._library, next(self._ids)
        job, answer = ctypes.c_void_p(), ctypes.c_void_p()
        at_job, at_answer = ctypes.byref(job), ctypes.byref(answer)
        try:
            if not library.begin(self._bridge, text, number, at_job):
                return self._call_directly(text)
            while not library.wait(at_job, _SLICE, at_answer):
                pass
        except BaseException:
            left = self._abandon(number, job, answer)
            if making and left and left.get("state"):
                # Nobody else will tell.
                identity = left["state"].get("id", "it has no id yet")
                self._logger.warning("The interrupted call left an object behind: %s", identity)
            raise
        return library.take(answer)

    def _abandon(self, number: int, job: ctypes.c_void_p, answer: ctypes.c_void_p) -> dict[str, Any] | None:
        """Cancels a call, waits for its end, and returns the answer that it came to."""
        library = self._library
        try:
            while job.value and not library.wait(ctypes.byref(job), _CANCEL_SLICE, ctypes.byref(answer)):
                library.cancel(self._bridge, number)
        finally:
            # Interrupted again: the call goes on by itself, and the bridge has to stay.
            self._stuck = self._stuck or bool(job.value)
        return library.take(answer) if answer.value else None

    def cancel(self) -> None:
        """Cancels all calls under way."""
        with self._lock:
            if not self._closed:
                self._library.cancel(self._bridge, 0)

    def close(self) -> None:
        """Cancels what is under way, waits for its end, and closes. Does nothing the second time."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            end = time.monotonic() + _PATIENCE
            while self._running and time.monotonic() < end:
                self._library.cancel(self._bridge, 0)
                self._ended.wait(_CANCEL_SLICE / 1000)
            if self._running or self._stuck:
                _forever.append(self)  # it is still used: better kept than pulled away
                return
        self._library.close(self._bridge)


_forever: list[Session] = []
