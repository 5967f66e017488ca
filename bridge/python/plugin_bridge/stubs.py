# SPDX-License-Identifier: Apache-2.0
"""Type stubs of a package for one plugin, made from its schemas, as text.

Results have read-only attributes: what is required, has a default or is handed out by the plugin is never None.
Arguments take what can be given: any sequence, collection or mapping.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from . import schemas
from .records import class_name
from .schemas import Schema, Schemas, class_of

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_WIDTH = 120


def _literal(schema: Schema) -> str | None:
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return None if values is None else f"Literal[{', '.join(_quoted(value) for value in values)}]"


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _result_type(name: str, schema: Schema) -> str:
    """The type of a value in a result; `name` is the class that an object in it has."""
    kind = schema["type"]
    if kind == "array":
        item = _result_type(name, schema["items"])
        return f"frozenset[{item}]" if schema.get("uniqueItems") else f"tuple[{item}, ...]"
    if kind == "object":
        return name if "properties" in schema else f"Mapping[str, {_result_type(name, schema['additionalProperties'])}]"
    return _literal(schema) or _SCALARS[kind]


def _argument_type(schema: Schema) -> str:
    kind = schema["type"]
    if kind == "array":
        item = _argument_type(schema["items"])
        return f"Collection[{item}]" if schema.get("uniqueItems") else f"Sequence[{item}]"
    if kind == "object":
        member = "Any" if "properties" in schema else _argument_type(schema["additionalProperties"])
        return f"Mapping[str, {member}]"
    return _literal(schema) or _SCALARS[kind]


def _doc(text: str | None, indent: str) -> list[str]:
    if not text:
        return []
    lines = textwrap.wrap(" ".join(text.split()), _WIDTH - len(indent) - 8)
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    return [f'{indent}"""{lines[0]}', *(indent + line for line in lines[1:]), f'{indent}"""']


def _define(name: str, parameters: Iterable[str], result: str, indent: str = "    ") -> str:
    """The head of a function: on one line where it fits."""
    parameters = list(parameters)
    line = f"{indent}def {name}({', '.join(parameters)}) -> {result}:"
    if len(line) <= _WIDTH:
        return line
    inner = (f"{indent}    {each}," for each in parameters)
    return "\n".join((f"{indent}def {name}(", *inner, f"{indent}) -> {result}:"))


def _nested(name: str, schema: Schema) -> Iterable[str]:
    """Classes of the objects inside a schema, inner ones first."""
    if schema["type"] == "array":
        yield from _nested(name, schema["items"])
    elif schema["type"] == "object" and "properties" in schema:
        yield from _record(name, schema, schema.get("description"))
    elif schema["type"] == "object":
        yield from _nested(name, schema["additionalProperties"])


def _record(name: str, schema: Schema, doc: str | None, top: bool = False) -> Iterable[str]:
    members = schemas.attributes(schema)
    for key, value in members.items():
        yield from _nested(name + class_name(key), value)
    yield "@final"
    yield f"class {name}(Record):"
    yield from _doc(doc, "    ")
    for key, value in members.items():
        sure = key in schema.get("required", ()) or "default" in value or (top and value.get("readOnly"))
        kind = _result_type(name + class_name(key), value) + ("" if sure else " | None")
        yield "    @property"
        yield _define(key, ["self"], kind) + ("" if value.get("description") else " ...")
        if value.get("description"):
            yield from _doc(value["description"], "        ")
    yield ""


def _arguments(schema: Schema, names: Iterable[str], required: bool) -> list[str]:
    members = schemas.attributes(schema)
    lines = []
    for name in names:
        needed = required and name in schema.get("required", ())
        kind = _argument_type(members[name])
        lines.append(f"{name}: {kind}" if needed else f"{name}: {kind} | None = None")
    # Those that must be given first, else in the schema's order.
    return sorted(lines, key=lambda line: line.endswith("= None"))


def _resource(name: str, schema: Schema, known: Schemas) -> Iterable[str]:
    record = class_of(name)
    every, inputs = tuple(schemas.attributes(schema)), schemas.inputs(schema)
    given = f"object: {record} | Mapping[str, Any] | None = None"
    source = known.data_sources.get(f"{name}s")
    yield "@final"
    yield f"class _{record}Resource(ResourceType):"
    yield from _doc(schema.get("description"), "    ")
    yield _define("create", ["self", "*", *_arguments(schema, inputs, True)], record) + " ..."
    yield _define("read", ["self", given, "/", "*", *_arguments(schema, every, False)], record) + " ..."
    changes = _arguments(schema, inputs, False)
    yield _define("update", ["self", f"object: {record} | Mapping[str, Any]", "/", "*", *changes], record) + " ..."
    yield _define("delete", ["self", given, "/", "*", *_arguments(schema, every, False)], "None") + " ..."
    yield "    @overload"
    yield _define("import_", ["self", "id: str", "/"], record) + " ..."
    yield "    @overload"
    identity = _arguments(schema, schema.get("identity", ()), False)
    yield _define("import_", ["self", "*", *identity], record) + " ..."
    if "list" in schema["callbacks"]:
        yield _define("list", ["self"], f"tuple[{record}, ...]") + " ..."
    elif source:
        parameters = ["self", "*", *_arguments(source, schemas.inputs(source), True)]
        yield _define("list", parameters, f"tuple[{record}, ...]") + " ..."
    yield ""


def _data_sources(sources: Mapping[str, Schema]) -> Iterable[str]:
    yield "@final"
    yield "class _Data(DataSources):"
    for name, schema in sources.items():
        arguments = _arguments(schema, schemas.inputs(schema), True)
        yield _define(name, ["self", *(["*", *arguments] if arguments else [])], f"{class_of(name)}Data")
        yield from _doc(schema.get("description"), "        ")
    yield ""


def _or_path(setting: str) -> str:
    """A setting that names a file may be any path: Client takes its text."""
    return setting.replace("_file: str", "_file: str | PathLike[str]", 1)


def _client(known: Schemas) -> Iterable[str]:
    yield "class Client(plugin_bridge.Client):"
    settings = _arguments(known.provider, schemas.inputs(known.provider), True)
    yield _define("__init__", ["self", "*", *map(_or_path, settings)], "None") + " ..."
    for name, schema in known.resources.items():
        yield "    @property"
        yield _define(name, ["self"], f"_{class_of(name)}Resource")
        yield from _doc(schema.get("description"), "        ")
    yield "    @property"
    yield "    def data(self) -> _Data: ..."
    for name, schema in known.functions.items():
        (output,) = schemas.outputs(schema)
        result = _result_type(class_of(name) + class_name(output), schemas.attributes(schema)[output])
        yield _define(name, ["self", *_arguments(schema, schemas.inputs(schema), True)], result)
        yield from _doc(schema.get("description"), "        ")
    yield ""


def generate(known: Schemas, exported: Iterable[str]) -> str:
    """The text of __init__.pyi. exported: the names that the package passes on from plugin_bridge."""
    body: list[str] = []
    for name, schema in known.resources.items():
        body += _record(class_of(name), schema, schema.get("description"), top=True)
    for name, schema in known.data_sources.items():
        body += _record(f"{class_of(name)}Data", schema, schema.get("description"), top=True)
    for name, schema in known.functions.items():
        (output,) = schemas.outputs(schema)
        body += _nested(class_of(name) + class_name(output), schemas.attributes(schema)[output])
    for name, schema in known.resources.items():
        body += _resource(name, schema, known)
    body += [*_data_sources(known.data_sources), *_client(known)]
    text = "\n".join(body)
    typing = [name for name in ("Any", "Literal", "final", "overload") if name in text]
    abstract = [name for name in ("Collection", "Mapping", "Sequence") if f"{name}[" in text]
    names = sorted({*exported, "DataSources", "Record", "ResourceType"}, key=_isort)
    head = [
        "# SPDX-License-Identifier: Apache-2.0",
        "# Made from the schemas: not to be edited.",
        f"from collections.abc import {', '.join(abstract)}",
        *(["from os import PathLike"] if "PathLike[" in text else []),
        f"from typing import {', '.join(typing)}",
        "",
        "import plugin_bridge",
        "from plugin_bridge import (",
        *(f"    {name} as {name}," for name in names),
        ")",
        "",
    ]
    return "\n".join([*head, text.rstrip("\n")]) + "\n"


def _isort(name: str) -> tuple[bool, str]:
    return not name.isupper(), name
