# SPDX-License-Identifier: Apache-2.0
"""A provider program as its host sees it: started with a handshake, driven by RPC, values in msgpack.

The stubs are made from bridge/terraform/tfplugin6.proto when the tests run.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import grpc
import grpc_tools.protoc
import msgpack
import pytest
from transport import PATIENCE, Identity, Program

UNKNOWN = msgpack.ExtType(0, b"\0")


@dataclass(frozen=True)
class Stubs:
    """The modules that protoc makes."""

    messages: ModuleType
    services: ModuleType


@dataclass(frozen=True)
class Diag:
    """A diagnostic, its path as text: `.parts[1].kind`."""

    severity: str
    summary: str
    detail: str
    path: str


def path_text(path) -> str:
    text = ""
    for step in path.steps:
        kind = step.WhichOneof("selector")
        value = getattr(step, kind)
        text += f".{value}" if kind == "attribute_name" else f"[{json.dumps(value)}]"
    return text


def diags(response) -> list[Diag]:
    names = {1: "error", 2: "warning"}
    return [Diag(names[d.severity], d.summary, d.detail, path_text(d.attribute)) for d in response.diagnostics]


def errors(response) -> list[Diag]:
    return [d for d in diags(response) if d.severity == "error"]


def decode(value) -> object:
    """A DynamicValue's value; None also where there is none."""
    return msgpack.unpackb(value.msgpack, strict_map_key=False) if value.msgpack else None


class Provider:
    """A provider program that runs, and a client of it."""

    def __init__(self, program: Program, stubs: Stubs):
        self.program = program
        self.messages = stubs.messages
        self.channel = program.channel()
        self.stub = stubs.services.ProviderStub(self.channel)
        self._attributes: dict[str, list[str]] = {}

    def value(self, value: object):
        return self.messages.DynamicValue(msgpack=msgpack.packb(value))

    def request(self, rpc: str, **fields):
        return getattr(self.messages, rpc).Request(**fields)

    def call(self, rpc: str, **fields):
        return getattr(self.stub, rpc)(self.request(rpc, **fields), timeout=PATIENCE)

    def full(self, type_name: str = "widget", **given: object) -> dict:
        """An object with every attribute of the type, null where not given, as a host sends it."""
        if type_name not in self._attributes:
            schema = self.call("GetProviderSchema").resource_schemas[type_name]
            self._attributes[type_name] = [attribute.name for attribute in schema.block.attributes]
        assert set(given) <= set(self._attributes[type_name]), given
        return dict.fromkeys(self._attributes[type_name]) | given

    def configure(self, directory: object, **settings: object):
        config = {"directory": str(directory), "password": None, "attempts": None} | settings
        if directory is UNKNOWN:
            config["directory"] = UNKNOWN
        return self.call("ConfigureProvider", terraform_version="1.11.4", config=self.value(config))

    def validate(self, **config: object) -> list[Diag]:
        config = self.full(**config)
        return diags(self.call("ValidateResourceConfig", type_name="widget", config=self.value(config)))

    def plan(self, prior: dict | None, config: dict | None, **fields):
        return self.call(
            "PlanResourceChange",
            type_name="widget",
            prior_state=self.value(prior),
            proposed_new_state=self.value(config),
            config=self.value(config),
            **fields,
        )

    def apply(self, prior: dict | None, planned, config: dict | None):
        """Carries a reply of plan() out."""
        return self.call(
            "ApplyResourceChange",
            type_name="widget",
            prior_state=self.value(prior),
            planned_state=planned.planned_state,
            planned_private=planned.planned_private,
            config=self.value(config),
        )

    def change(self, prior: dict | None, **config: object) -> dict:
        """Plans and applies, and both succeed; the new state, which keeps every known value of the plan."""
        wanted = self.full(**config)
        planned = self.plan(prior, wanted)
        assert not errors(planned), diags(planned)
        applied = self.apply(prior, planned, wanted)
        assert not errors(applied), diags(applied)
        state = decode(applied.new_state)
        for name, value in decode(planned.planned_state).items():
            assert value == UNKNOWN or state[name] == value, name
        assert UNKNOWN not in state.values()
        return state

    def destroy(self, prior: dict):
        planned = self.plan(prior, None)
        assert not errors(planned), diags(planned)
        assert decode(planned.planned_state) is None
        return self.apply(prior, planned, None)

    def read(self, state: dict, **fields):
        return self.call("ReadResource", type_name="widget", current_state=self.value(state), **fields)

    def stop(self) -> None:
        self.channel.close()
        assert self.program.stop() == 0, self.program.log


@pytest.fixture(scope="session")
def stubs(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Stubs:
    folder = tmp_path_factory.mktemp("stubs")
    source = project / "bridge/terraform"
    status = grpc_tools.protoc.main(
        ["protoc", f"-I{source}", f"--python_out={folder}", f"--grpc_python_out={folder}", str(source / "tfplugin6.proto")]
    )
    assert status == 0
    sys.path.insert(0, str(folder))
    try:
        return Stubs(importlib.import_module("tfplugin6_pb2"), importlib.import_module("tfplugin6_pb2_grpc"))
    finally:
        sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def widget_schemas(build_dir: Path) -> Path:
    """The schemas of a plugin that only tests use, beside its library."""
    return build_dir / "tests/plugins/widget/schemas"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The directory where that plugin keeps its widgets."""
    folder = tmp_path / "widgets"
    folder.mkdir()
    return folder


@pytest.fixture
def start_provider(build_dir: Path, widget_schemas: Path, stubs: Stubs, identity: Identity, tmp_path: Path) -> Iterator:
    """Starts the provider program; what a test has not ended is ended after it, and must end well."""
    running: list[Provider] = []

    def launch(schemas: Path = widget_schemas, **environment: str) -> Provider:
        program = Program(
            build_dir / "bridge/terraform/terraform-provider-bridge",
            "--schemas",
            schemas,
            identity=identity,
            folder=tmp_path,
            **environment,
        )
        running.append(Provider(program, stubs))
        return running[-1]

    yield launch
    for provider in running:
        provider.stop()


@pytest.fixture
def provider(start_provider) -> Provider:
    """A provider of widgets, not configured yet."""
    return start_provider()


@pytest.fixture
def configured(provider: Provider, store: Path) -> Provider:
    """A provider of widgets that keeps them in the store."""
    assert not diags(provider.configure(store))
    return provider


@pytest.fixture
def schemas_copy(widget_schemas: Path, tmp_path: Path) -> Path:
    """The schemas without their library, for tests that change them."""
    return Path(shutil.copytree(widget_schemas, tmp_path / "plugin/schemas"))


def status_of(error: pytest.ExceptionInfo) -> tuple[grpc.StatusCode, str]:
    return error.value.code(), error.value.details()
