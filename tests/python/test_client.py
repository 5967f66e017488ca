# SPDX-License-Identifier: Apache-2.0
"""What people do with a client: every call of both resources, data sources, functions, plans."""

from __future__ import annotations

import json

import pytest

ARN = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_ARN = ARN[:-1] + "c"
KEY = {"cloud_provider": "aws", "region": "us-east-2", "key_id": ARN}
PLACE = {"cloud_provider": "aws", "region": "us-east-2"}


def registered(simulator):
    return [(key["cloud_provider"], key["region"], key["key_id"]) for key in simulator.state()["keys"]]


# --- keys ---


def test_create_registers(astra, simulator):
    key = astra.cmk_key.create(**KEY)
    assert registered(simulator) == [("aws", "us-east-2", ARN)]
    assert (key.id, key.key_id, key.on_destroy, key.force_destroy) == ("aws/us-east-2", ARN, "deregister", False)
    assert key.organization_id == simulator.organization


def test_read_by_object_and_by_attributes(astra, simulator):
    key = astra.cmk_key.create(**KEY)
    assert astra.cmk_key.read(key) == key
    assert astra.cmk_key.read(key.to_dict()) == key
    assert astra.cmk_key.read(**PLACE) == key
    simulator.add_key("aws", "us-east-2", OTHER_ARN)
    with_new_listing = astra.cmk_key.create(cloud_provider="gcp", region="us-east1", key_id="projects/p/locations/us-east1/keyRings/r/cryptoKeys/k")
    assert with_new_listing.id == "gcp/us-east1"
    assert astra.cmk_key.read(key).key_id == OTHER_ARN


def test_read_of_nothing(astra, astra_cmk):
    with pytest.raises(astra_cmk.NotFound, match="no cmk_key with cloud_provider='aws', region='us-east-2'"):
        astra.cmk_key.read(**PLACE)


def test_delete(astra, astra_cmk, simulator):
    key = astra.cmk_key.create(**KEY)
    with pytest.warns(astra_cmk.PluginWarning, match="No database was seen"):
        assert astra.cmk_key.delete(key) is None
    assert registered(simulator) == []


def test_delete_by_attributes(astra, astra_cmk, simulator):
    astra.cmk_key.create(**KEY)
    with pytest.warns(astra_cmk.PluginWarning):
        astra.cmk_key.delete(**KEY)
    assert registered(simulator) == []


def test_delete_is_guarded_and_can_be_forced(astra, astra_cmk, simulator):
    key = astra.cmk_key.create(**KEY)
    simulator.add_database("orders", "aws", "us-east-2")
    with pytest.raises(astra_cmk.Conflict, match="orders") as caught:
        astra.cmk_key.delete(key)
    assert caught.value.state == key and registered(simulator)
    astra.cmk_key.delete(key, force_destroy=True)
    assert registered(simulator) == []


def test_update_stores_what_needs_no_call(astra, simulator):
    key = astra.cmk_key.create(**KEY)
    simulator.reset_counts()
    changed = astra.cmk_key.update(key, on_destroy="forget")
    assert (changed.on_destroy, changed.id, changed != key) == ("forget", key.id, True)
    assert [line["method"] for line in simulator.counts()["log"] if line["method"] != "GET"] == []


def test_update_never_replaces(astra, astra_cmk, simulator):
    key = astra.cmk_key.create(**KEY)
    with pytest.raises(astra_cmk.InvalidConfig, match="replaces the object") as caught:
        astra.cmk_key.update(key, key_id=OTHER_ARN)
    assert caught.value.state == key and registered(simulator) == [("aws", "us-east-2", ARN)]


def test_import(astra, astra_cmk, simulator):
    simulator.add_key("aws", "us-east-2", ARN)
    key = astra.cmk_key.import_("aws/us-east-2")
    assert key.key_id == ARN and key.on_destroy == "deregister"
    assert astra.cmk_key.import_(organization_id=simulator.organization, **PLACE) == key
    with pytest.raises(astra_cmk.NotFound):
        astra.cmk_key.import_("aws/us-west-2")
    with pytest.raises(astra_cmk.InvalidConfig):
        astra.cmk_key.import_("nonsense")


def test_list(astra, simulator):
    assert astra.cmk_key.list() == ()
    simulator.add_key("gcp", "us-east1", "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k")
    key = astra.cmk_key.create(**KEY)
    assert [each.id for each in astra.cmk_key.list()] == ["aws/us-east-2", "gcp/us-east1"]
    assert astra.cmk_key.list()[0] == key


# --- provider IDs ---


def test_provider_id(astra, astra_cmk, simulator):
    seat = astra.provider_id.create(**PLACE)
    assert seat.id == f"aws/us-east-2/{seat.provider_id}" and seat.distinct_from is None
    assert astra.provider_id.read(seat) == seat == astra.provider_id.import_(seat.id)
    assert astra.provider_id.list(**PLACE) == (seat,)
    with pytest.warns(astra_cmk.PluginWarning, match="(?i)given back"):
        astra.provider_id.delete(seat)


def test_provider_id_distinct_from(astra, astra_cmk):
    seat = astra.provider_id.create(**PLACE)
    with pytest.raises(astra_cmk.Conflict):
        astra.provider_id.create(**PLACE, distinct_from=(seat.provider_id,))


def test_provider_ids_are_listed_for_one_place(astra):
    """Asking may mint: there is no asking everywhere."""
    with pytest.raises(TypeError, match="needs cloud_provider and region, as data.provider_ids"):
        astra.provider_id.list()


# --- data sources and functions ---


def test_data_sources(astra, simulator):
    key = astra.cmk_key.create(**KEY)
    assert astra.data.cmk_key(**PLACE).key_id == ARN
    (listed,) = astra.data.cmk_keys().keys
    assert (listed.id, listed.key_id) == (key.id, ARN)
    ids = astra.data.provider_ids(**PLACE).provider_ids
    assert isinstance(ids, tuple) and set(ids) == {seat["provider_id"] for seat in simulator.state()["provider_ids"]}


def test_data_source_of_nothing(astra, astra_cmk):
    with pytest.raises(astra_cmk.NotFound):
        astra.data.cmk_key(**PLACE)


def test_functions(astra, simulator):
    statement = json.loads(astra.aws_key_policy_statement(["999999999999"]))
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::999999999999:role/creator"]}
    policy = astra.aws_key_policy("111122223333", provider_ids=["999999999999"])
    assert statement["Principal"] in [each["Principal"] for each in json.loads(policy)["Statement"]]
    assert astra.gcp_members(["12"]) and all(each.startswith("serviceAccount:") for each in astra.gcp_members(["12"]))
    parts = astra.parse_key_id(ARN)
    assert (parts.cloud_provider, parts.region, parts.vault) == ("aws", "us-east-2", None)
    assert simulator.counts()["total"] == 0


def test_function_arguments(astra, astra_cmk):
    with pytest.raises(TypeError, match="needs 'account_id' and 'provider_ids'"):
        astra.aws_key_policy()
    with pytest.raises(TypeError, match="takes 1 arguments, and was given 2"):
        astra.parse_key_id("a", "b")
    with pytest.raises(TypeError, match="twice"):
        astra.parse_key_id("a", key_id="b")
    with pytest.raises(TypeError, match="did you mean 'key_id'"):
        astra.parse_key_id(keyid="b")
    with pytest.raises(astra_cmk.InvalidConfig) as caught:
        astra.aws_key_policy_statement([])
    assert caught.value.diagnostics[0].attribute == "/provider_ids"
    with pytest.raises(astra_cmk.InvalidConfig, match="/key_id"):
        astra.parse_key_id(7)


# --- plans ---


def test_plan_create(astra, astra_cmk, simulator):
    plan = astra.plan(astra.cmk_key, None, KEY)
    assert (plan.action, plan.resource, plan.prior, plan.replace) == ("create", "cmk_key", None, ())
    assert plan.planned.key_id == ARN and plan.planned.id is astra_cmk.UNKNOWN
    assert simulator.state()["keys"] == []
    assert astra.apply(plan) == astra.cmk_key.read(**PLACE)


def test_plan_none_replace_destroy(astra, astra_cmk, simulator):
    key = astra.cmk_key.create(**KEY)
    assert astra.plan("cmk_key", key, KEY).action == astra.plan("astra_cmk_key", key, key).action == "none"
    with pytest.warns(astra_cmk.PluginWarning):
        replace = astra.plan(astra.cmk_key, key, KEY | {"key_id": OTHER_ARN})
    assert (replace.action, replace.replace, replace.prior) == ("replace", ("key_id",), key)
    with pytest.warns(astra_cmk.PluginWarning):
        assert astra.apply(replace).key_id == OTHER_ARN
    destroy = astra.plan(astra.cmk_key, astra.cmk_key.read(**PLACE), None)
    assert (destroy.action, destroy.planned) == ("destroy", None)
    with pytest.warns(astra_cmk.PluginWarning):
        assert astra.apply(destroy) is None
    assert registered(simulator) == []


def test_plan_with_unknowns(astra, astra_cmk):
    plan = astra.plan(astra.cmk_key, None, KEY | {"key_id": astra_cmk.UNKNOWN})
    assert plan.action == "create" and plan.planned.key_id is astra_cmk.UNKNOWN
    assert "key_id=UNKNOWN" in repr(plan)


def test_plan_checks_the_configuration(astra, astra_cmk):
    with pytest.raises(astra_cmk.InvalidConfig, match="cloud_provider"):
        astra.plan(astra.cmk_key, None, KEY | {"cloud_provider": "none"})
    with pytest.raises(ValueError, match="did you mean 'cmk_key'"):
        astra.plan("cmk_keys", None, KEY)


# --- the client ---


def test_settings_from_the_environment(astra_cmk, simulator, monkeypatch):
    monkeypatch.setenv("ASTRA_API_URL", simulator.url)
    monkeypatch.setenv("ASTRA_API_TOKEN", simulator.token)
    with astra_cmk.Client() as astra:
        assert astra.cmk_key.list() == ()


def test_settings(connect, astra_cmk, simulator):
    with pytest.raises(astra_cmk.InvalidConfig, match="max_retries"):
        connect(simulator, max_retries=21)
    with pytest.raises(astra_cmk.InvalidConfig, match="(?i)loopback|http"):
        connect(simulator, api_url="http://192.0.2.1")
    with pytest.raises(astra_cmk.InvalidConfig, match="(?i)token"):
        connect(simulator, token=None)
    other = connect(simulator, organization_id="0a1b2c3d-0000-4000-8000-00000000000f")
    with pytest.raises(astra_cmk.PermissionDenied):
        other.cmk_key.list()


def test_token_of_a_file(astra_cmk, simulator, monkeypatch, tmp_path):
    file = tmp_path / "token"
    file.touch(0o600)
    file.write_text(simulator.token + "\n")
    for path in (str(file), file):
        with astra_cmk.Client(token_file=path, api_url=simulator.url) as astra:
            assert astra.cmk_key.list() == ()
    monkeypatch.setenv("ASTRA_API_TOKEN_FILE", str(file))
    with astra_cmk.Client(api_url=simulator.url) as astra:
        assert astra.cmk_key.list() == ()
    file.chmod(0o644)
    with pytest.raises(astra_cmk.InvalidConfig, match="chmod 600") as caught:
        astra_cmk.Client(token_file=str(file), api_url=simulator.url)
    assert caught.value.diagnostics[0].attribute == "/token_file" and simulator.token not in str(caught.value)
    with pytest.raises(astra_cmk.InvalidConfig, match="token_file"):
        astra_cmk.Client(token=simulator.token, token_file=str(file), api_url=simulator.url)


def test_signature_is_the_schema(astra_cmk, project):
    import inspect

    settings = json.loads((project / "schemas/provider.json").read_text())["properties"]
    parameters = inspect.signature(astra_cmk.Client).parameters
    assert list(parameters) == list(settings) and all(each.default is None for each in parameters.values())


def test_names(astra):
    assert {"cmk_key", "provider_id", "parse_key_id", "data", "close"} <= set(dir(astra))
    assert {"cmk_key", "cmk_keys", "provider_ids"} <= set(dir(astra.data))
    for owner, name, near in ((astra, "cmk_keyy", "cmk_key"), (astra.data, "cmk_keyss", "cmk_keys")):
        with pytest.raises(AttributeError, match=f"did you mean '{near}'"):
            getattr(owner, name)
    with pytest.raises(TypeError, match="did you mean 'region'"):
        astra.cmk_key.create(regin="us-east-2")
    for call in (astra.cmk_key.read, astra.cmk_key.delete):
        with pytest.raises(TypeError, match="must be given"):
            call()
        with pytest.raises(TypeError, match="did you mean"):
            call(**PLACE, keyid="x")
        with pytest.raises(TypeError, match="neither a CmkKey nor a mapping"):
            call("aws/us-east-2")
    seat = astra.provider_id.create(**PLACE)
    with pytest.raises(TypeError, match="a ProviderId is no CmkKey"):
        astra.cmk_key.read(seat)


def test_no_token_in_any_text(astra, simulator):
    for text in (repr(astra), repr(astra.cmk_key), repr(astra.data.cmk_key), repr(astra.parse_key_id), repr(astra.data)):
        assert simulator.token not in text
