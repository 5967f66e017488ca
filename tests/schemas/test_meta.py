# SPDX-License-Identifier: Apache-2.0
"""schemas/meta.json says what the strict reader in bridge/ takes: every schema file obeys it, and it refuses the
broken ones of broken.json, which tests/unit/bridge hands to the reader itself.

An entry of broken.json is a file of tests/unit/bridge/schemas with members set ("-": appended) and removed, or a text
of its own. "meta": false: JSON Schema can't say what is wrong with it; null: it is no JSON.
"""
import copy
import functools
import json
import pathlib

import pytest
from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).resolve().parents[2]
META = json.loads((ROOT / "schemas/meta.json").read_text())
BASE = ROOT / "tests/unit/bridge/schemas"
BROKEN = [entry for entry in json.loads((ROOT / "tests/schemas/broken.json").read_text()) if entry.get("meta", True) is not None]
KINDS = {"resources": "resource", "data-sources": "dataSource", "functions": "function"}


def schema_files():
    """Every file of every schemas directory in the sources, with its kind."""
    for folder in ("schemas", "tests", "examples"):
        for provider in sorted((ROOT / folder).rglob("provider.json")):
            yield provider, "provider"
            for part, kind in KINDS.items():
                for file in sorted((provider.parent / part).glob("*.json")):
                    yield file, kind


@functools.cache
def validator(kind=None):
    return Draft202012Validator({**META, "$ref": f"#/$defs/{kind}"} if kind else META)


def step(parent, key):
    return parent[int(key)] if isinstance(parent, list) else parent[key]


def locate(document, pointer):
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for key in path:
        document = step(document, key)
    return document, last


def broken_document(entry):
    if "text" in entry:
        return json.loads(entry["text"])
    document = json.loads((BASE / (entry["file"] + ".json")).read_text())
    for pointer, value in entry.get("set", {}).items():
        parent, last = locate(document, pointer)
        if isinstance(parent, dict):
            parent[last] = copy.deepcopy(value)
        elif last == "-" or int(last) == len(parent):
            parent.append(value)
        else:
            parent[int(last)] = value
    for pointer in entry.get("remove", []):
        parent, last = locate(document, pointer)
        del parent[int(last) if isinstance(parent, list) else last]
    return document


def test_meta_is_json_schema():
    Draft202012Validator.check_schema(META)


@pytest.mark.parametrize("file, kind", [pytest.param(*pair, id=str(pair[0].relative_to(ROOT))) for pair in schema_files()])
def test_file_obeys_meta(file, kind):
    document = json.loads(file.read_text())
    for errors in (validator().iter_errors(document), validator(kind).iter_errors(document)):
        assert [f"/{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("entry", BROKEN, ids=lambda entry: entry["name"])
def test_broken_file_is_refused(entry):
    """An entry that meta.json learns to refuse loses its "meta": false."""
    assert validator().is_valid(broken_document(entry)) is (entry.get("meta", True) is False)


def keywords(schema):
    """(name, subschema) of every keyword that meta.json defines."""
    for definition in schema["$defs"].values():
        for name, subschema in definition.get("properties", {}).items():
            if isinstance(subschema, dict):
                yield name, subschema


def test_every_keyword_is_described():
    """Editors show the description while one types."""
    described = {name for name, subschema in keywords(META) if "description" in subschema
                 or "description" in META["$defs"].get(subschema.get("$ref", "").rpartition("/")[2], {})}
    assert {name for name, _ in keywords(META)} - described == set()
