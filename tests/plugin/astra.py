# SPDX-License-Identifier: Apache-2.0
"""libastra_cmk.so for the tests of this folder: its whole interface over ctypes, with reports and logs collected.

    with Session(simulator) as session:
        answer = session.key_create("aws", "us-east-2", ARN)
        assert answer.status == OK and answer.id == "aws/us-east-2"

The library is the one of the build that BUILD_DIR names, else build/debug.
"""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = pathlib.Path(ROOT, os.environ.get("BUILD_DIR") or "build/debug") / "plugin/libastra_cmk.so"

OK, GONE, FAILED, INVALID, PERMISSION_DENIED, CONFLICT, UNAVAILABLE, CANCELLED = range(8)
ERROR, WARNING = 1, 2
DEBUG, TRACE = 4, 5

UUID = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:us-east-2:111122223333:key/{UUID}"
OTHER_ARN = "arn:aws:kms:us-east-2:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab"
GCP_KEY = "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k"
AZURE_KEY = "https://vault1.vault.azure.net/keys/name/0123456789abcdef"

ADD = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)
WRITE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p)


class CReport(ctypes.Structure):
    _fields_ = [("add", ADD)]


class CLog(ctypes.Structure):
    _fields_ = [("write", WRITE), ("level", ctypes.c_int)]


def load(path: pathlib.Path = LIBRARY) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    library.astra_session_open.restype = ctypes.c_void_p
    library.astra_session_close.argtypes = [ctypes.c_void_p]
    library.astra_session_close.restype = None
    library.astra_session_cancel.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    library.astra_session_cancel.restype = None
    library.astra_free.argtypes = [ctypes.c_void_p]
    library.astra_free.restype = None
    library.astra_cmk_abi_version.restype = ctypes.c_uint32
    library.astra_cmk_version.restype = ctypes.c_char_p
    return library


class Report:
    """A struct astra_report that keeps what it is told."""

    def __init__(self) -> None:
        self.items: list[tuple[int, str | None, str, str]] = []
        self._add = ADD(self._take)
        self.c = CReport(self._add)

    def _take(self, _: Any, severity: int, attribute: bytes | None, summary: bytes, detail: bytes) -> None:
        self.items.append((severity, attribute.decode() if attribute else None, summary.decode(), detail.decode()))

    @property
    def address(self) -> int:
        return ctypes.addressof(self.c)


class Answer:
    """What a call came to: its status, its outputs by name, and its reports."""

    def __init__(self, status: int, outputs: dict[str, str | None], report: Report) -> None:
        self.status = status
        self.outputs = outputs
        self.items = report.items

    def __getattr__(self, name: str) -> str | None:
        try:
            return self.outputs[name]
        except KeyError:
            raise AttributeError(name) from None

    def _of(self, severity: int) -> list[tuple[int, str | None, str, str]]:
        return [item for item in self.items if item[0] == severity]

    @property
    def errors(self) -> list[tuple[int, str | None, str, str]]:
        return self._of(ERROR)

    @property
    def warnings(self) -> list[tuple[int, str | None, str, str]]:
        return self._of(WARNING)

    @property
    def attribute(self) -> str | None:
        """The attribute of the only error."""
        assert len(self.errors) == 1, self.items
        return self.errors[0][1]

    @property
    def text(self) -> str:
        """All summaries and details."""
        return "\n".join(f"{item[2]}: {item[3]}" for item in self.items)

    def __repr__(self) -> str:
        return f"<{self.status} {self.outputs} {self.items}>"


class Out:
    """Stands for a `char **` argument of that name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.c = ctypes.c_void_p()


def call(library: ctypes.CDLL, name: str, *arguments: Any, report: Report | None = None) -> Answer:
    """Calls a function of the library; str, None, bool, list of str and Out are turned into what C wants. The
    report is added as the last argument."""
    used = report or Report()
    converted: list[Any] = []
    outs: list[Out] = []
    for argument in arguments:
        if isinstance(argument, Out):
            outs.append(argument)
            converted.append(ctypes.byref(argument.c))
        elif isinstance(argument, bool):
            converted.append(ctypes.c_bool(argument))
        elif isinstance(argument, str):
            converted.append(ctypes.c_char_p(argument.encode()))
        elif isinstance(argument, bytes):
            converted.append(ctypes.c_char_p(argument))
        elif isinstance(argument, list):
            converted.append((ctypes.c_char_p * (len(argument) + 1))(*[item.encode() for item in argument], None))
        else:
            converted.append(argument)
    status = getattr(library, name)(*converted, ctypes.byref(used.c))
    outputs: dict[str, str | None] = {}
    for out in outs:
        outputs[out.name] = ctypes.string_at(out.c.value).decode() if out.c.value else None
        library.astra_free(out.c)
    return Answer(status, outputs, used)


class Refused(Exception):
    """The session could not be opened."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.items)
        self.answer = Answer(INVALID, {}, report)


class Session:
    """A session; `server` is a Simulator, or anything with url and token."""

    def __init__(
        self,
        server: Any = None,
        *,
        token: str | None = None,
        token_file: str | None = None,
        url: str | None = None,
        organization: str | None = None,
        retries: int = 2,
        timeout: float = 20,
        log_level: int = 0,
    ) -> None:
        self.library = load()
        self.lines: list[tuple[int, str, dict[str, Any]]] = []
        self._write = WRITE(self._take)
        self._log = CLog(self._write, log_level)
        report = Report()
        chosen_token = token if token is not None or token_file is not None else getattr(server, "token", None)
        chosen_url = url if url is not None else getattr(server, "url", None)
        self.handle = self.library.astra_session_open(
            ctypes.c_char_p(chosen_token.encode() if chosen_token is not None else None),
            ctypes.c_char_p(token_file.encode() if token_file is not None else None),
            ctypes.c_char_p(chosen_url.encode() if chosen_url is not None else None),
            ctypes.c_char_p(organization.encode() if organization is not None else None),
            ctypes.c_int32(retries),
            ctypes.c_double(timeout),
            ctypes.byref(self._log),
            ctypes.byref(report.c),
        )
        if not self.handle:
            raise Refused(report)

    def _take(self, _: Any, level: int, message: bytes, fields: bytes | None) -> None:
        self.lines.append((level, message.decode(), json.loads(fields) if fields else {}))

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.library.astra_session_close(self.handle)
        self.handle = None

    def cancel(self, report: Report | None = None) -> None:
        self.library.astra_session_cancel(self.handle, report.address if report else None)

    def _call(self, name: str, *arguments: Any, report: Report | None = None) -> Answer:
        handle = ctypes.c_void_p(self.handle)
        return call(self.library, name, handle, *arguments, report=report)

    def key_create(self, cloud: str, region: str, key_id: str, **more: Any) -> Answer:
        return self._call("astra_cmk_key_create", cloud, region, key_id, Out("id"), Out("organization_id"), **more)

    def key_read(
        self, cloud: str, region: str, known: str | None = None, organization: str | None = None, **more: Any
    ) -> Answer:
        outs = (Out("id"), Out("key_id"), Out("organization_id"))
        return self._call("astra_cmk_key_read", cloud, region, known, organization, *outs, **more)

    def key_delete(
        self,
        cloud: str,
        region: str,
        key_id: str | None,
        organization: str | None = None,
        on_destroy: str | None = "deregister",
        force: bool = False,
        **more: Any,
    ) -> Answer:
        return self._call("astra_cmk_key_delete", cloud, region, key_id, organization, on_destroy, force, **more)

    def key_list(self, **more: Any) -> Answer:
        return self._call("astra_cmk_key_list", Out("json"), **more)

    def seat_check(
        self,
        operation: str,
        cloud: str,
        region: str,
        provider_id: str | None = None,
        earlier: str | None = None,
        **more: Any,
    ) -> Answer:
        arguments = (operation, cloud, region, provider_id, earlier, Out("known"))
        return self._call("astra_provider_id_check", *arguments, **more)

    def seat_create(
        self, cloud: str, region: str, distinct_from: list[str] | None = None, known: str | None = None, **more: Any
    ) -> Answer:
        outs = (Out("id"), Out("provider_id"), Out("organization_id"))
        return self._call("astra_provider_id_create", cloud, region, distinct_from, known, *outs, **more)

    def seat_read(
        self, cloud: str, region: str, provider_id: str, organization: str | None = None, **more: Any
    ) -> Answer:
        outs = (Out("id"), Out("organization_id"))
        return self._call("astra_provider_id_read", cloud, region, provider_id, organization, *outs, **more)

    def seat_delete(
        self,
        cloud: str,
        region: str,
        provider_id: str,
        organization: str | None = None,
        force: bool = False,
        **more: Any,
    ) -> Answer:
        return self._call("astra_provider_id_delete", cloud, region, provider_id, organization, force, **more)

    def seat_list(self, cloud: str, region: str, **more: Any) -> Answer:
        return self._call("astra_provider_id_list", cloud, region, Out("json"), **more)

    def guard(self, operation: str, cloud: str, region: str, force: bool = False, **more: Any) -> Answer:
        return self._call("astra_database_guard", operation, cloud, region, force, **more)
