# SPDX-License-Identifier: Apache-2.0
"""States that come from elsewhere: older versions, imports, moves; and configurations made from states."""

import json

import pytest
from provider_process import decode, errors


def upgrade(provider, version, state, **raw):
    raw = raw or {"json": json.dumps(state).encode()}
    return provider.call(
        "UpgradeResourceState", type_name="widget", version=version, raw_state=provider.messages.RawState(**raw)
    )


def test_an_equal_version_is_put_in_form(provider):
    response = upgrade(provider, 1, {"name": "a", "size": 7, "weight": 0.1, "gone": 1, "zones": ["x"]})
    state = decode(response.upgraded_state)
    assert not errors(response)
    assert (state["name"], state["size"], state["weight"], state["zones"]) == ("a", 7, "0.1", ["x"])
    assert "gone" not in state
    assert state["enabled"] is True, "what the state lacks takes its default"


def test_numbers_beyond_64_bits(configured):
    """Terraform writes 1e21 as an integer; what is read of it comes back with the digits that it had."""
    state = configured.change(None, name="a", weight=str(2**70 + 1))
    large = upgrade(configured, 1, {"name": "a", "weight": 2**70 + 1})
    assert not errors(large)
    assert decode(large.upgraded_state)["weight"] == state["weight"]
    assert decode(configured.read(state).new_state) == state


def test_an_older_version_is_brought_up(provider):
    assert decode(upgrade(provider, 0, {"name": "a"}).upgraded_state)["name"] == "a"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"flatmap": {"name": "a"}}, "0.11"),
        ({"json": b'{"name": '}, "JSON"),
        ({"json": b"[1]"}, "array"),
        ({"json": b'"x"'}, "string"),
        ({}, "empty"),
    ],
)
def test_states_that_cannot_be_read(provider, raw, said):
    response = provider.call(
        "UpgradeResourceState", type_name="widget", version=1, raw_state=provider.messages.RawState(**raw)
    )
    (error,) = errors(response)
    assert said in error.summary + error.detail


def imported(response):
    (resource,) = response.imported_resources
    return decode(resource.state)


@pytest.mark.parametrize("id_", ["a", "widgets/a"])
def test_import_by_id_then_read(configured, id_):
    state = configured.change(None, name="a", size=3)
    response = configured.call("ImportResourceState", type_name="widget", id=id_)
    assert not errors(response)
    assert imported(response)["name"] == "a"
    assert not response.imported_resources[0].HasField("identity"), "it is whole only after the read"
    assert decode(configured.read(imported(response)).new_state) == state


@pytest.mark.parametrize("id_", [None, "widget-a"])
def test_import_by_identity(configured, id_):
    state = configured.change(None, name="a", size=3)
    identity = configured.messages.ResourceIdentityData(identity_data=configured.value({"name": "a", "id": id_}))
    response = configured.call("ImportResourceState", type_name="widget", identity=identity)
    assert not errors(response)
    assert decode(configured.read(imported(response)).new_state) == state


def test_import_by_half_an_identity(provider):
    identity = provider.messages.ResourceIdentityData(identity_data=provider.value({"name": None, "id": "widget-a"}))
    assert errors(provider.call("ImportResourceState", type_name="widget", identity=identity))


def test_import_of_nothing(provider):
    response = provider.call("ImportResourceState", type_name="widget", id="")
    assert errors(response) and not response.imported_resources


def test_identity_is_upgraded(provider):
    response = provider.call(
        "UpgradeResourceIdentity", type_name="widget", raw_identity=provider.messages.RawState(json=b'{"name": "a", "id": "widget-a"}')
    )
    assert decode(response.upgraded_identity.identity_data) == {"id": "widget-a", "name": "a"}


def move(provider, address, type_="gadget"):
    return provider.call(
        "MoveResourceState",
        source_provider_address=address,
        source_type_name=type_,
        source_state=provider.messages.RawState(json=b'{"title": "a", "extent": 4, "colour": "red"}'),
        target_type_name="widget",
    )


@pytest.mark.parametrize("host", ["registry.terraform.io", "registry.opentofu.org", "example.com"])
def test_move_from_another_provider(provider, host):
    response = move(provider, f"{host}/other/gadget")
    assert not errors(response)
    state = decode(response.target_state)
    assert (state["name"], state["size"]) == ("a", 4)


@pytest.mark.parametrize(("address", "type_"), [("registry.terraform.io/some/gadget", "gadget"), ("registry.terraform.io/other/gadget", "gizmo")])
def test_move_from_anything_else_is_refused(provider, address, type_):
    response = move(provider, address, type_)
    assert errors(response) and not response.target_state.msgpack


def test_configuration_from_a_state(configured):
    state = configured.change(None, name="a", size=3, parts=[{"kind": "gear", "amount": 1, "note": None}])
    response = configured.call("GenerateResourceConfig", type_name="widget", state=configured.value(state))
    expected = configured.full(name="a", size=3, parts=[{"kind": "gear", "amount": None, "note": None}])
    assert decode(response.config) == expected
    planned = configured.plan(state, expected)
    assert decode(planned.planned_state) == state, "what was generated changes nothing"
