# SPDX-License-Identifier: Apache-2.0
"""Functions, data sources and lists."""

import pytest
from provider_process import UNKNOWN, decode, diags, errors


def call(provider, function, *arguments):
    return provider.call("CallFunction", name=function, arguments=[provider.value(a) for a in arguments])


@pytest.mark.parametrize(
    ("function", "arguments", "result"),
    [
        ("area", [2, 3], 6),
        ("area", ["0.5", "0.5"], "0.25"),
        ("join", [["a", "b"], ", "], "a, b"),
        ("join", [["a", "b"], None], "ab"),
        ("mirror", [{"x": 1, "y": -2}], {"x": 1, "y": -2}),
    ],
)
def test_results(provider, function, arguments, result):
    response = call(provider, function, *arguments)
    assert not response.HasField("error"), response.error
    assert decode(response.result) == result


@pytest.mark.parametrize(
    ("function", "arguments", "index", "said"),
    [
        ("area", [2, -3], 1, "not negative"),
        ("area", ["x", 3], 0, "decimal"),
        ("area", [2, True], 1, "number"),
        ("join", [[], ","], 0, "nothing to join"),
        ("join", [["a", 1], ","], 0, "string"),
        ("mirror", [{"x": 1, "z": 2}], 0, "z"),
    ],
)
def test_errors_name_the_argument(provider, function, arguments, index, said):
    error = call(provider, function, *arguments).error
    assert error.WhichOneof("argument") and error.function_argument == index
    assert said in error.text


def test_wrong_number_of_arguments(provider):
    error = call(provider, "area", 1).error
    assert error.WhichOneof("argument") is None and "2" in error.text
    assert "gone" in call(provider, "gone").error.text


def look_up(provider, **config):
    schema = provider.call("GetProviderSchema").data_source_schemas["widget"]
    config = dict.fromkeys(a.name for a in schema.block.attributes) | config
    return provider.call("ReadDataSource", type_name="widget", config=provider.value(config))


def test_data_source(configured):
    state = configured.change(None, name="a", size=5, parts=[{"kind": "gear", "amount": 2, "note": None}])
    found = decode(look_up(configured, name="a").state)
    assert (found["size"], found["parts"], found["place"]) == (5, state["parts"], state["place"])


def test_data_source_of_nothing(configured):
    assert errors(look_up(configured, name="nobody"))
    assert [d.path for d in errors(look_up(configured, name="nobody", fault="read"))] == [".fault"]


def test_data_source_of_an_unknown(configured):
    """A client refuses a state with unknowns as a bug of the provider, so it is told what to do instead."""
    response = look_up(configured, name=UNKNOWN)
    assert ["depends_on" in error.detail for error in errors(response)] == [True]
    assert not response.HasField("state")


def listing(provider, **fields):
    request = provider.messages.ListResource.Request(type_name="widget", config=provider.value({}), **fields)
    return list(provider.stub.ListResource(request, timeout=60))


def test_list(configured):
    for name in "cab":
        configured.change(None, name=name)
    events = listing(configured)
    assert [e.display_name for e in events] == ["widget-a/a", "widget-b/b", "widget-c/c"]
    assert [decode(e.identity.identity_data) for e in events] == [{"id": f"widget-{n}", "name": n} for n in "abc"]
    assert not any(e.HasField("resource_object") or e.diagnostic for e in events)
    assert [e.display_name for e in listing(configured, limit=2)] == ["widget-a/a", "widget-b/b"]
    (first, *_) = listing(configured, include_resource_object=True)
    assert decode(first.resource_object)["id"] == "widget-a"


def test_list_of_nothing(configured):
    assert listing(configured) == []


def test_list_that_fails(configured, store):
    store.rmdir()
    (event,) = listing(configured)
    assert event.diagnostic[0].severity == 1


def test_list_configuration_is_empty(provider):
    response = provider.call("ValidateListResourceConfig", type_name="widget", config=provider.value({}))
    assert not diags(response)
    response = provider.call("ValidateListResourceConfig", type_name="widget", config=provider.value({"x": 1}))
    assert errors(response)
