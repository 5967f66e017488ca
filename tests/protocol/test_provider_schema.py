# SPDX-License-Identifier: Apache-2.0
"""What the provider says it has: schemas, identities, functions, capabilities; and what is wrong with them."""

import json

import pytest
from provider_process import diags, errors

CAPABILITIES = ("plan_destroy", "get_provider_schema_optional", "move_resource_state", "generate_resource_config")


@pytest.fixture
def schema(provider):
    return provider.call("GetProviderSchema")


def attributes(block) -> dict:
    return {attribute.name: attribute for attribute in block.attributes}


def test_capabilities(schema):
    assert all(getattr(schema.server_capabilities, name) for name in CAPABILITIES)
    assert not schema.diagnostics


@pytest.mark.parametrize(
    ("name", "required", "optional", "computed"),
    [
        ("name", True, False, False),
        ("size", False, True, True),
        ("labels", False, True, False),
        ("id", False, False, True),
        ("place", False, False, True),
    ],
)
def test_flags(schema, name, required, optional, computed):
    attribute = attributes(schema.resource_schemas["widget"].block)[name]
    assert (attribute.required, attribute.optional, attribute.computed) == (required, optional, computed)


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("name", "string"),
        ("size", "number"),
        ("weight", "number"),
        ("enabled", "bool"),
        ("tags", ["list", "string"]),
        ("zones", ["set", "string"]),
        ("labels", ["map", "string"]),
    ],
)
def test_types(schema, name, type_):
    assert json.loads(attributes(schema.resource_schemas["widget"].block)[name].type) == type_


def test_nested_attributes(schema):
    block = attributes(schema.resource_schemas["widget"].block)
    assert block["position"].nested_type.nesting == 1
    assert block["parts"].nested_type.nesting == 2
    parts = {a.name: a for a in block["parts"].nested_type.attributes}
    assert parts["kind"].required and parts["amount"].optional and parts["amount"].computed
    place = {a.name: a for a in block["place"].nested_type.attributes}
    assert all(a.computed and not a.optional and not a.required for a in place.values())
    assert json.loads(place["depth"].type) == ["list", "number"]


def test_texts_and_marks(schema):
    widget = schema.resource_schemas["widget"]
    assert widget.version == 1
    assert widget.block.description == "A *widget*."
    assert widget.block.description_kind == 1
    block = attributes(widget.block)
    assert block["secret"].sensitive
    assert block["name"].description == "Its name."
    assert attributes(schema.provider.block)["password"].sensitive


def test_provider_settings_are_never_computed(schema):
    assert not any(attribute.computed for attribute in schema.provider.block.attributes)


def test_functions(provider, schema):
    join = schema.functions["join"]
    assert [(p.name, json.loads(p.type), p.allow_null_value) for p in join.parameters] == [
        ("texts", ["list", "string"], False),
        ("separator", "string", True),
    ]
    assert json.loads(getattr(join, "return").type) == "string"
    assert (join.summary, join.description) == ("Texts in a row", "Joins texts, with a separator between.")
    mirror = schema.functions["mirror"]
    assert json.loads(getattr(mirror, "return").type) == ["object", {"x": "number", "y": "number"}]
    assert provider.call("GetFunctions").functions == schema.functions


def test_identity(provider):
    identity = provider.call("GetResourceIdentitySchemas").identity_schemas["widget"]
    assert [
        (a.name, json.loads(a.type), a.required_for_import, a.optional_for_import) for a in identity.identity_attributes
    ] == [("id", "string", False, True), ("name", "string", True, False)]


def test_metadata(provider):
    metadata = provider.call("GetMetadata")
    assert [r.type_name for r in metadata.resources] == ["widget"]
    assert [r.type_name for r in metadata.list_resources] == ["widget"]
    assert [d.type_name for d in metadata.data_sources] == ["widget"]
    assert [f.name for f in metadata.functions] == ["area", "join", "mirror"]
    assert metadata.server_capabilities.plan_destroy


def test_schema_needs_no_library(start_provider, schemas_copy, store):
    provider = start_provider(schemas_copy)
    assert not provider.call("GetProviderSchema").diagnostics
    assert not provider.validate(name="a")
    (error,) = errors(provider.configure(store))
    assert "libwidget.so" in error.summary + error.detail


def test_wrong_schemas_are_told_by_every_call(start_provider, schemas_copy, store):
    file = schemas_copy / "resources/widget.json"
    file.write_text(file.read_text().replace('"minLength"', '"minimumLength"'))
    provider = start_provider(schemas_copy)
    for response in (
        provider.call("GetProviderSchema"),
        provider.call("GetResourceIdentitySchemas"),
        provider.configure(store),
        provider.call("ReadResource", type_name="widget"),
    ):
        assert any("widget.json" in d.summary + d.detail and "minimumLength" in d.summary + d.detail for d in diags(response))
    assert "widget.json" in provider.call("CallFunction", name="area").error.text
    provider.call("StopProvider")


def test_unknown_type_is_an_error(provider):
    (error,) = errors(provider.call("ReadResource", type_name="gadget"))
    assert "gadget" in error.detail
