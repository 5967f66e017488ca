# SPDX-License-Identifier: Apache-2.0
"""The schemas of a plugin, as far as Python needs them: names, descriptions and types.

What they mean is decided by the library, which reads them strictly; here they are taken to be right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import records

Schema = Mapping[str, Any]


def attributes(schema: Schema) -> Mapping[str, Schema]:
    members: Mapping[str, Schema] = schema["properties"]
    return members


def inputs(schema: Schema) -> tuple[str, ...]:
    """The attributes that a configuration may set."""
    return tuple(name for name, value in attributes(schema).items() if not value.get("readOnly"))


def outputs(schema: Schema) -> tuple[str, ...]:
    return tuple(name for name, value in attributes(schema).items() if value.get("readOnly"))


def class_of(name: str) -> str:
    """The name of the class of a resource's objects; of a data source's it ends in Data."""
    return records.class_name(name)


class Schemas:
    """One plugin's schemas. Resources and data sources go by their names without the prefix."""

    def __init__(self, directory: Path, prefix: str, module: str) -> None:
        self.directory = directory
        self.prefix = prefix
        self.module = module
        self._full: dict[str, str] = {}
        self.provider: Schema = json.loads((directory / "provider.json").read_text(encoding="utf-8"))
        self.resources = self._read("resources")
        self.data_sources = self._read("data-sources")
        self.functions = self._read("functions")
        self._make_classes()

    def _read(self, folder: str) -> dict[str, Schema]:
        files = sorted((self.directory / folder).glob("*.json"))
        self._full.update({self.short(file.stem): file.stem for file in files})
        return {self.short(file.stem): json.loads(file.read_text(encoding="utf-8")) for file in files}

    def short(self, name: str) -> str:
        return name[len(self.prefix) :] if name.startswith(self.prefix) else name

    def type_name(self, name: str) -> str:
        """The name that the library knows a resource or data source by."""
        return self._full[name]

    def _make_classes(self) -> None:
        made = records.Classes(self.module)
        for kind, end in ((self.resources, ""), (self.data_sources, "Data")):
            for name, schema in kind.items():
                made.record(class_of(name) + end, schema)
        #: What reads each function's result.
        self.results: dict[str, records.Reader] = {}
        for name, schema in self.functions.items():
            (output,) = outputs(schema)
            own = class_of(name) + records.class_name(output)
            self.results[name] = made.reader(own, attributes(schema)[output])
        #: Every class of results, by its name.
        self.classes = made.made
