# SPDX-License-Identifier: Apache-2.0
"""What Terraform is told of the schemas, compared with the files that they come from."""

import json

import pytest

from terraform_cli import ADDRESS


@pytest.fixture(scope="module")
def told(terraform, initialized, prefix, tmp_path_factory):
    """`terraform providers schema -json`, our part."""
    from terraform_cli import Terraform, inherited

    home = tmp_path_factory.mktemp("schema")
    (home / "no.tfrc").touch()
    env = inherited("PATH", "TMPDIR") | {"HOME": str(home), "TF_CLI_CONFIG_FILE": str(home / "no.tfrc"),
                                         "CHECKPOINT_DISABLE": "1", "XDG_DATA_DIRS": str(prefix / "share")}
    tf = Terraform(terraform, home / "folder", env)
    tf.start_from(initialized)
    return json.loads(tf.run("providers", "schema", "-json").stdout)["provider_schemas"][ADDRESS]


def folder_of_schemas(project, folder):
    return {path.stem: json.loads(path.read_text()) for path in sorted((project / "schemas" / folder).glob("*.json"))}


def terraform_type(schema):
    """The type as Terraform writes it."""
    kind = schema["type"]
    if kind == "array":
        return ["set" if schema.get("uniqueItems") else "list", terraform_type(schema["items"])]
    if kind == "object" and "properties" in schema:
        return ["object", {name: terraform_type(item) for name, item in schema["properties"].items()}]
    if kind == "object":
        return ["map", terraform_type(schema["additionalProperties"])]
    return {"string": "string", "boolean": "bool", "integer": "number", "number": "number"}[kind]


def expected_flags(name, schema, attribute, *, provider=False):
    """Which of required, optional, computed, sensitive and deprecated are set."""
    flags = {flag for flag in ("sensitive", "deprecated") if attribute.get(flag)}
    if attribute.get("readOnly"):
        flags.add("computed")
    elif name in schema.get("required", []):
        flags.add("required")
    else:
        # A default is the provider's to fill in; a provider's own settings are never computed.
        flags |= {"optional", "computed"} if "default" in attribute and not provider else {"optional"}
    return flags


def compare(told, schema, *, provider=False):
    block = told["block"]
    assert set(block["attributes"]) == set(schema["properties"])
    assert not block.get("block_types")
    for name, attribute in schema["properties"].items():
        given = block["attributes"][name]
        flags = {flag for flag in ("required", "optional", "computed", "sensitive", "deprecated") if given.get(flag)}
        assert flags == expected_flags(name, schema, attribute, provider=provider), name
        assert given["description"] == attribute["description"], name
        if "nested_type" not in given:
            assert given["type"] == terraform_type(attribute), name
        else:
            assert set(given["nested_type"]["attributes"]) == set(attribute["items"]["properties"]), name
    assert told.get("version", 0) == schema.get("version", 0)


def test_provider(told, project):
    compare(told["provider"], json.loads((project / "schemas/provider.json").read_text()), provider=True)


@pytest.mark.parametrize("member, folder", [
    ("resource_schemas", "resources"), ("data_source_schemas", "data-sources")])
def test_resources_and_data_sources(told, project, member, folder):
    schemas = folder_of_schemas(project, folder)
    assert schemas and set(told[member]) == set(schemas)
    for name, schema in schemas.items():
        compare(told[member][name], schema)
        assert told[member][name]["block"]["description"] == schema["description"]
        assert told[member][name]["block"]["description_kind"] == "markdown"


def test_functions(told, project):
    schemas = folder_of_schemas(project, "functions")
    assert schemas and set(told["functions"]) == set(schemas)
    for name, schema in schemas.items():
        given = told["functions"][name]
        parameters = [item for item in schema["properties"] if not schema["properties"][item].get("readOnly")]
        (result,) = [item for item in schema["properties"].values() if item.get("readOnly")]
        assert [parameter["name"] for parameter in given["parameters"]] == parameters, "in the order of the file"
        for parameter in given["parameters"]:
            assert parameter["type"] == terraform_type(schema["properties"][parameter["name"]])
            assert parameter["description"] == schema["properties"][parameter["name"]]["description"]
        assert given["return_type"] == terraform_type(result)
        assert given["summary"] == schema["title"]
        assert given["description"] == schema["description"]
