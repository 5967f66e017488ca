# SPDX-License-Identifier: Apache-2.0
"""Objects of a plugin as Python values: frozen, hashable, made from the schemas; and their way to JSON and back."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Set as AbstractSet
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

Self = TypeVar("Self", bound="Record")
Reader = Callable[[Any], Any]


class Unknown:
    """The type of UNKNOWN."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"


#: A value that is known only after a plan was applied.
UNKNOWN = Unknown()
MARKER = {"$unknown": True}


class FrozenMap(Mapping[str, Any]):
    """A map that never changes and can be hashed."""

    __slots__ = ("_items",)
    _items: dict[str, Any]

    def __init__(self, items: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_items", dict(items))

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"a map of a result can't be changed: {name!r}")

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> Any:
        return type(self), (self._items,)


class Record:
    """An object, or a part of one. Its attributes are those of its schema; none can be set.

    Equal where all attributes are equal; hashable; repr() hides what is sensitive; to_dict() shows it.
    """

    __slots__ = ()
    _readers: ClassVar[tuple[tuple[str, Reader | None], ...]] = ()
    _names: ClassVar[tuple[str, ...]] = ()
    _sensitive: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def _make(cls: type[Self], members: Mapping[str, Any]) -> Self:
        """A record of what JSON text held."""
        record = object.__new__(cls)
        put = object.__setattr__
        for name, read in cls._readers:
            value = members.get(name)
            if value is not None:
                if value == MARKER:
                    value = UNKNOWN
                elif read is not None:
                    value = read(value)
            put(record, name, value)
        return record

    def to_dict(self) -> dict[str, Any]:
        """All attributes as what json.dumps() takes: dictionaries and lists, all the way down.

        Holds what is sensitive, and UNKNOWN where an attribute is not known yet.
        """
        return {name: _thaw(getattr(self, name)) for name in self._names}

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._names)

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} objects come from calls: read(), create(), list()")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        shown = (f"{name}={self._shown(name)}" for name in self._names)
        return f"{type(self).__name__}({', '.join(shown)})"

    def _shown(self, name: str) -> str:
        value = getattr(self, name)
        hidden = name in self._sensitive and value is not None and value is not UNKNOWN
        return "<sensitive>" if hidden else repr(value)

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"{type(self).__name__} can't be changed: {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"{type(self).__name__} can't be changed: {name!r}")

    def __copy__(self: Self) -> Self:
        return self

    def __deepcopy__(self: Self, memo: object) -> Self:
        return self

    def __reduce__(self) -> Any:
        return _restore, (type(self), dump(self))

    if not TYPE_CHECKING:  # else every name would pass

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(unknown_name(type(self).__name__, name, self._names))


def _restore(record: type[Record], text: str) -> Record:
    return record._make(json.loads(text))


def unknown_name(owner: str, name: str, names: tuple[str, ...]) -> str:
    """The complaint about a name that is not among those there are."""
    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names)}"
    return f"{owner} has no {name!r}; {hint}"


# --- to JSON ---


def _sorted(values: AbstractSet[Any]) -> list[Any]:
    return sorted(values, key=lambda value: json.dumps(value, default=_plain, sort_keys=True))


def _plain(value: object) -> Any:
    """What json.dumps() does not know."""
    if isinstance(value, Record):
        return {name: getattr(value, name) for name in value._names}
    if value is UNKNOWN:
        return MARKER
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, AbstractSet):
        return _sorted(value)
    raise TypeError(f"{type(value).__name__} is no value of an attribute: {value!r}")


#: A value as JSON text. Tuples and sets become arrays, records and mappings objects.
dump = json.JSONEncoder(default=_plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _thaw(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: _thaw(member) for name, member in value.items()}
    if isinstance(value, tuple):
        return [_thaw(item) for item in value]
    if isinstance(value, AbstractSet):
        return [_thaw(item) for item in _sorted(value)]
    return value


# --- classes from schemas ---


def class_name(text: str) -> str:
    """cmk_key → CmkKey"""
    return "".join(part[:1].upper() + part[1:] for part in text.replace("-", "_").split("_"))


class Classes:
    """Makes classes of schemas, and knows all that it made by their names."""

    def __init__(self, module: str) -> None:
        self._module = module
        self.made: dict[str, type[Record]] = {}

    def record(self, name: str, schema: Mapping[str, Any]) -> type[Record]:
        """The class of an object schema's values. Attributes keep the schema's order."""
        properties: Mapping[str, Mapping[str, Any]] = schema["properties"]
        names = tuple(properties)
        members = {
            "__slots__": names,
            "__module__": self._module,
            "__doc__": schema.get("description"),
            "_names": names,
            "_sensitive": frozenset(key for key, value in properties.items() if value.get("sensitive")),
            "_readers": tuple((key, self._reader(name + class_name(key), value)) for key, value in properties.items()),
        }
        self.made[name] = type(name, (Record,), members)
        return self.made[name]

    def reader(self, name: str, schema: Mapping[str, Any]) -> Reader:
        """What makes a Python value of a schema's JSON value; `name` is for an object in it."""
        read = self._reader(name, schema) or (lambda value: value)
        return lambda value: None if value is None else UNKNOWN if value == MARKER else read(value)

    def _reader(self, name: str, schema: Mapping[str, Any]) -> Reader | None:
        """None where the JSON value is the Python value."""
        kind = schema.get("type")
        if kind == "number":
            return float
        if kind == "array":
            read = self.reader(name, schema["items"])
            gather: Callable[[Any], Any] = frozenset if schema.get("uniqueItems") else tuple
            return lambda value: gather(map(read, value))
        if kind == "object" and "properties" in schema:
            return self.record(name, schema)._make
        if kind == "object":
            read = self.reader(name, schema["additionalProperties"])
            return lambda value: FrozenMap({key: read(member) for key, member in value.items()})
        return None
