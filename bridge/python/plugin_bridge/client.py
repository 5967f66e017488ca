# SPDX-License-Identifier: Apache-2.0
"""A plugin's resources, data sources and functions as Python objects. Nothing in here knows which plugin."""

from __future__ import annotations

import dataclasses
import functools
import logging
import os
import sys
import warnings
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from . import errors, library, schemas
from .errors import Diagnostic, Error, PluginWarning
from .records import Record, unknown_name
from .session import Session, diagnostics_of

Self = TypeVar("Self", bound="Client")
Attributes = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Product:
    """What makes a package out of a plugin.

    name: of the package, and of its logger. prefix: what resource names begin with, left out in Python.
    candidates: where library and schemas may lie. statuses: the exception for each status of the plugin; 1 is NotFound.
    """

    name: str
    prefix: str
    candidates: Callable[[], Iterable[library.Candidate]]
    statuses: Mapping[int, type[Error]]

    def find(self) -> library.Found:
        return library.find(self.candidates(), self.name)

    def schemas(self) -> schemas.Schemas:
        return _schemas(self.find().schemas, self.prefix, self.name)

    def record_class(self, name: str) -> type[Record]:
        """A class of results by its name. Raises AttributeError, for a module's __getattr__()."""
        if not name.startswith("_"):
            found = self.schemas().classes.get(name)
            if found is not None:
                return found
        raise AttributeError(f"module {self.name!r} has no attribute {name!r}")


@functools.cache
def _schemas(directory: Path, prefix: str, module: str) -> schemas.Schemas:
    # Once for each place, so that all clients give objects of the same classes.
    return schemas.Schemas(directory, prefix, module)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What would be done to one object.

    action: "none", "create", "update", "replace" or "destroy". planned: the object as it would be, UNKNOWN where
    that is only known afterwards; None for destroy. replace: attributes whose change needs a new object.
    """

    resource: str
    action: str
    prior: Any
    planned: Any
    replace: tuple[str, ...]
    private: str | None = dataclasses.field(default=None, repr=False)


class Client:
    """A plugin with its session open. Thread-safe; may be used as a context manager.

    settings: the provider's; a path may stand where text is meant.
    """

    def __init__(self, product: Product, settings: Attributes) -> None:
        self._product = product
        self._schemas = product.schemas()
        self._session = Session(*product.find(), logging.getLogger(product.name))
        self._finalizer = weakref.finalize(self, self._session.close)
        try:
            given = {
                name: os.fspath(value) if isinstance(value, os.PathLike) else value
                for name, value in settings.items()
                if value is not None
            }
            self._call("configure", config=given)
        except BaseException:
            self._finalizer()
            raise

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._session.closed else "open"
        return f"<{self._product.name}.{type(self).__name__} {state}>"

    def close(self) -> None:
        """Cancels calls under way on other threads, and ends the session. May be called again."""
        self._finalizer()

    def cancel(self) -> None:
        """Cancels calls under way on other threads: they raise Cancelled. Later calls are not affected."""
        self._session.cancel()

    def plan(self, resource: ResourceType | str, prior: Any, config: Any) -> Plan:
        """Tells what would be done, and does nothing.

        prior: the object as it is, or None. config: its attributes as wanted, or None to destroy it. UNKNOWN
        stands for what is not known yet.
        """
        chosen = self._resource(resource)
        prior = chosen._whole(prior)
        answer = self._call("plan", type=chosen._type, prior=prior, config=chosen._config(config))
        return Plan(
            chosen._name,
            answer["action"],
            prior,
            chosen._record(answer["planned"]),
            tuple(answer["replace"]),
            answer["private"],
        )

    def apply(self, plan: Plan) -> Any:
        """Carries a plan out. Returns the object as it is then; None when it was destroyed."""
        chosen = self._resource(plan.resource)
        prior = plan.prior
        if plan.action == "replace":
            self._call("apply", type=chosen._type, prior=prior, planned=None, private=plan.private)
            prior = None
        return chosen._change("apply", prior=prior, planned=plan.planned, private=plan.private)

    @property
    def data(self) -> DataSources:
        """The data sources, each to be called with its attributes."""
        return DataSources(self)

    if not TYPE_CHECKING:  # else every name would pass

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__} has no {name!r}")
            if name in self._schemas.resources:
                return Resource(self, name)
            if name in self._schemas.functions:
                return Function(self, name)
            raise AttributeError(unknown_name(type(self).__name__, name, self._names()))

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self._names()]

    def _names(self) -> tuple[str, ...]:
        return (*self._schemas.resources, *self._schemas.functions, "data", "plan", "apply", "cancel", "close")

    def _resource(self, resource: ResourceType | str) -> Resource:
        name = resource._name if isinstance(resource, ResourceType) else self._schemas.short(resource)
        if name not in self._schemas.resources:
            raise ValueError(unknown_name("the plugin", name, tuple(self._schemas.resources)))
        return Resource(self, name)

    def _call(
        self, operation: str, read: Callable[[dict[str, Any]], Any] | None = None, /, **members: Any
    ) -> Any:
        """One request. Returns the answer, or what read() makes of it; raises what its diagnostics say."""
        answer = self._session.call({"operation": operation, **members})
        result = read(answer) if read and (answer["ok"] or answer.get("state")) else answer
        if answer["ok"] and not answer["diagnostics"]:
            return result
        diagnostics = diagnostics_of(answer)
        if not answer["ok"]:
            raise self._exception(answer)(diagnostics, result if read and result is not answer else None)
        self._warn(diagnostics, result)
        return result

    def _exception(self, answer: dict[str, Any]) -> type[Error]:
        if answer["invalid"]:
            return errors.InvalidConfig
        if answer["status"] == 1:
            return errors.NotFound
        return self._product.statuses.get(answer["status"], errors.OperationFailed)

    def _warn(self, diagnostics: Iterable[Diagnostic], result: Any) -> None:
        """Last of all: with warnings made errors, the result is in the exception."""
        own = (__package__, self._product.name)
        level, frame = 1, sys._getframe()
        while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in own:
            level, frame = level + 1, frame.f_back
        for diagnostic in diagnostics:
            warnings.warn(PluginWarning(diagnostic, result), stacklevel=level)


class ResourceType:
    """One type of objects; Resource has the calls. Apart from it so that stubs can give each type's calls."""

    __slots__ = ("_class", "_client", "_name", "_schema", "_type")

    def __init__(self, client: Client, name: str) -> None:
        known = client._schemas
        self._client = client
        self._name = name
        self._type = known.type_name(name)
        self._schema = known.resources[name]
        self._class = known.classes[schemas.class_of(name)]

    def __repr__(self) -> str:
        return f"<resource {self._name} of {self._client!r}>"


class Resource(ResourceType):
    """The objects of one type. Made by a client's attribute of that name."""

    __slots__ = ()

    def create(self, **attributes: Any) -> Any:
        """Makes an object, and returns it as it is then."""
        return self._change("create", config=self._config(attributes))

    def read(self, object: Any = None, /, **attributes: Any) -> Any:
        """The object as it is now: found by an object seen before, or by attributes. Raises NotFound."""
        state = self._state(object, attributes)
        found = self._client._call("read", self._found, type=self._type, state=state)
        if found is None:
            names = [name for name in self._schema.get("required", state) if state.get(name)]
            where = ", ".join(f"{name}={state[name]!r}" for name in names)
            raise errors.NotFound((Diagnostic("error", "Not found", f"There is no {self._name} with {where}."),))
        return found

    def update(self, object: Any, /, **changes: Any) -> Any:
        """Changes attributes of an object, and returns it as it is then. One that would need a new object can't be."""
        state = self._state(object, {})
        self._check(changes)
        config = {name: state[name] for name in schemas.inputs(self._schema) if state.get(name) is not None}
        return self._change("update", state=state, config={**config, **changes})

    def delete(self, object: Any = None, /, **attributes: Any) -> None:
        """Deletes an object: one seen before, or found by attributes. Attributes beside an object replace its own."""
        self._change("delete", state=self._state(object, attributes))

    def import_(self, id: str | None = None, /, **identity: Any) -> Any:
        """Finds an object by its import ID, or by the attributes of its identity. Raises NotFound."""
        self._check(identity)
        by = {"identity": identity} if id is None else {"id": id}
        return self._client._call("import", self._found, type=self._type, **by)

    def list(self, **attributes: Any) -> tuple[Any, ...]:
        """All objects; of a type that can only be listed in part, those with these attributes."""
        if "list" not in self._schema["callbacks"]:
            return self._list_by_data_source(attributes)
        if attributes:
            raise TypeError(f"{self._name}.list() takes no attributes")
        read: Callable[[dict[str, Any]], Any] = lambda answer: tuple(map(self._record, answer["states"]))  # noqa: E731
        found: tuple[Any, ...] = self._client._call("list", read, type=self._type)
        return found

    def _list_by_data_source(self, attributes: Attributes) -> tuple[Any, ...]:
        """Of a type without a list of its own: the data source named in the plural lists one attribute."""
        plural, known = f"{self._name}s", self._client._schemas
        source = known.data_sources.get(plural)
        listed = schemas.outputs(source)[0] if source else ""
        if not source or listed[:-1] not in self._class._names:
            raise NotImplementedError(f"{self._name} can't be listed: the plugin has no call for it")
        missing = [name for name in source.get("required", ()) if name not in attributes]
        if missing:
            raise TypeError(
                f"{self._name}.list() needs {' and '.join(missing)}, as data.{plural} does: {source['description']}"
            )
        found = getattr(DataSource(self._client, plural)(**attributes), listed)
        return tuple(self.read({**attributes, listed[:-1]: value}) for value in found)

    def _record(self, state: Any) -> Any:
        return None if state is None else self._class._make(state)

    def _whole(self, object: Any) -> Any:
        """A record of an object, or of attributes, with defaults for those that are absent."""
        if object is None or isinstance(object, self._class):
            return object
        state, version = self._state(object, {}), self._schema.get("version", 0)
        return self._client._call("upgrade", self._found, type=self._type, version=version, state=state)

    def _found(self, answer: dict[str, Any]) -> Any:
        return self._record(answer.get("state"))

    def _change(self, operation: str, **members: Any) -> Any:
        return self._client._call(operation, self._found, type=self._type, **members)

    def _check(self, attributes: Iterable[str]) -> None:
        for name in attributes:
            if name not in self._class._names:
                raise TypeError(unknown_name(self._name, name, self._class._names))

    def _config(self, attributes: Any) -> dict[str, Any] | None:
        """A configuration: of an object, what may be configured."""
        if attributes is None:
            return None
        if isinstance(attributes, Record):
            names = schemas.inputs(self._schema)
            return {name: value for name, value in _members(attributes).items() if name in names and value is not None}
        self._check(attributes)
        return dict(attributes)

    def _state(self, object: Any, attributes: Attributes) -> dict[str, Any]:
        self._check(attributes)
        if object is None:
            if not attributes:
                raise TypeError("an object, or attributes that it is found by, must be given")
            return dict(attributes)
        if isinstance(object, Record):
            if not isinstance(object, self._class):
                raise TypeError(f"a {type(object).__name__} is no {self._class.__name__}")
            return {**_members(object), **attributes}
        if not isinstance(object, Mapping):
            raise TypeError(f"a {type(object).__name__} is neither a {self._class.__name__} nor a mapping")
        self._check(object)
        return {**object, **attributes}


def _members(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record._names}


class DataSources:
    """A client's data sources, by name."""

    __slots__ = ("_client",)

    def __init__(self, client: Client) -> None:
        self._client = client

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> DataSource:
            known = self._client._schemas.data_sources
            if name not in known:
                raise AttributeError(unknown_name("data", name, tuple(known)))
            return DataSource(self._client, name)

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self._client._schemas.data_sources]


class DataSource:
    """Reads what it is called with."""

    __slots__ = ("_class", "_client", "_inputs", "_name", "_type")

    def __init__(self, client: Client, name: str) -> None:
        known = client._schemas
        self._client = client
        self._name = name
        self._type = known.type_name(name)
        self._class = known.classes[schemas.class_of(name) + "Data"]
        self._inputs = schemas.inputs(known.data_sources[name])

    def __repr__(self) -> str:
        return f"<data source {self._name} of {self._client!r}>"

    def __call__(self, **attributes: Any) -> Any:
        for name in attributes:
            if name not in self._inputs:
                raise TypeError(unknown_name(f"data.{self._name}", name, self._inputs))
        read: Callable[[dict[str, Any]], Any] = lambda answer: self._class._make(answer["state"])  # noqa: E731
        return self._client._call("read_data", read, type=self._type, config=attributes)


class Function:
    """A function of the plugin's; takes its arguments in order or by name."""

    __slots__ = ("_client", "_inputs", "_name", "_required")

    def __init__(self, client: Client, name: str) -> None:
        schema = client._schemas.functions[name]
        self._client = client
        self._name = name
        self._inputs = schemas.inputs(schema)
        self._required = frozenset(schema.get("required", ()))

    def __repr__(self) -> str:
        return f"<function {self._name} of {self._client!r}>"

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if len(arguments) > len(self._inputs):
            raise TypeError(f"{self._name}() takes {len(self._inputs)} arguments, and was given {len(arguments)}")
        given = dict(zip(self._inputs, arguments))
        for name, value in named.items():
            if name not in self._inputs:
                raise TypeError(unknown_name(f"{self._name}()", name, self._inputs))
            if name in given:
                raise TypeError(f"{self._name}() was given {name!r} twice")
            given[name] = value
        missing = [name for name in self._inputs if name in self._required and name not in given]
        if missing:
            raise TypeError(f"{self._name}() needs {' and '.join(map(repr, missing))}")
        reader = self._client._schemas.results[self._name]
        read: Callable[[dict[str, Any]], Any] = lambda answer: reader(answer.get("result"))  # noqa: E731
        values = [given.get(name) for name in self._inputs]
        return self._client._call("call", read, name=self._name, arguments=values)
