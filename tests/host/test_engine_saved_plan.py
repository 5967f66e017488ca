# SPDX-License-Identifier: Apache-2.0
"""Saved plans: what they carry, and when they are refused."""

import json
import re

import pytest
from host_cli import widgets

BOTH_KINDS = {"widget": {"a": {"name": "a"}, "b": {"name": "b", "tags": ["${widget.a.id}"], "labels": {"v": "${var.v}"}}}}


def saved(host, **blocks):
    host.configure(**blocks)
    host.plan("-out=p")
    return host.folder / "p"


def test_applied_as_planned(host):
    path = saved(host, resource=BOTH_KINDS, variable={"v": {"default": "x"}}, output={"o": {"value": "${widget.b.tags[0]}"}})
    assert path.stat().st_mode & 0o777 == 0o600
    host.configure(resource=widgets(c={}))  # the plan has its own configuration
    assert "Apply complete! Resources: 2 added, 0 changed, 0 destroyed." in host.run("apply", "p").text
    assert host.objects() == {"a", "b"}
    assert host.output("o") == "widget-a"


def test_variables_travel(host):
    host.configure(resource=BOTH_KINDS, variable={"v": {}})
    host.plan("-out=p", "-var=v=given")
    host.run("apply", "p")
    assert host.instances()["widget.b"]["labels"] == {"v": "given"}


def test_sensitive_variables_do_not_travel(host):
    host.configure(resource=widgets(a={}), variable={"v": {"sensitive": True}}, provider={
        "widget": {"directory": "objects", "password": "${var.v}"}})
    host.plan("-out=p", env={"TF_VAR_v": "nobody-sees-this"})
    assert "nobody-sees-this" not in (host.folder / "p").read_text()
    failed = host.run("apply", "p", expect=(1,))
    assert '"v"' in failed.text and not host.objects()
    assert "1 to add" in host.run("show", "p").stdout, "who only looks needs none"
    assert json.loads(host.run("show", "-json", "p").stdout)["resource_changes"]
    host.run("apply", "p", env={"TF_VAR_v": "nobody-sees-this"})
    assert host.objects() == {"a"}


def test_sensitive_variables_are_given_again(host):
    host.configure(variable={"v": {"sensitive": True}, "w": {}}, provider={"widget": {"directory": "objects", "password": "${var.v}"}},
                   resource=widgets(a={"name": "${var.w}"}))
    host.plan("-out=p", "-var=v=hush", "-var=w=a")
    settled = host.run("apply", "-var=v=hush", "-var=w=b", "p", expect=(1,)).text
    assert "Can't set variables when applying a saved plan" in settled and '"w"' in settled and not host.objects()
    host.run("apply", "-var=v=hush", "p")
    assert host.objects() == {"a"}
    (host.folder / "v.tfvars.json").write_text('{"v": "hush", "w": "c"}')
    host.run("destroy", "-auto-approve", "-var-file=v.tfvars.json")
    host.plan("-out=p", "-var=v=hush", "-var=w=b")
    host.run("apply", "-var-file=v.tfvars.json", "p")
    assert host.objects() == {"b"}, "a file may hold all variables; what the plan holds stays"


def test_stale(host):
    host.configure(resource=widgets(b={}))
    host.apply()
    saved(host, resource=widgets(a={}, b={}))
    host.configure(resource=widgets(b={"size": 11}))
    host.apply()
    assert "Saved plan is stale" in host.run("apply", "p", expect=(1,)).text


def test_made_for_another_state(host):
    host.configure(resource=widgets(b={}))
    host.apply()
    path = saved(host, resource=widgets(a={}, b={}))
    content = host.state | {"lineage": "0b0b0b0b-0000-4000-8000-000000000000"}
    (host.folder / "terraform.tfstate").write_text(json.dumps(content))
    assert "different state lineage" in host.run("apply", path.name, expect=(1,)).text
    assert host.objects() == {"b"} and host.state == content


@pytest.mark.parametrize("option", ["-destroy", "-refresh-only", "-target=widget.a", "-replace=widget.a"])
def test_says_itself_what_is_to_be_done(host, option):
    path = saved(host, resource=widgets(a={}))
    assert "belong to the plan command" in host.run("apply", option, path.name, expect=(1,)).text
    assert host.objects() == set()


def test_destroy(host):
    host.configure(resource=BOTH_KINDS, variable={"v": {"default": "x"}})
    host.apply()
    host.plan("-destroy", "-out=p")
    host.run("apply", "p")
    assert host.objects() == set()


def test_replacement_and_private_data(host):
    host.configure(resource=widgets(a={}))
    host.apply()
    host.configure(resource=widgets(a={"name": "b", "lifecycle": {"create_before_destroy": True}}))
    host.plan("-out=p", "-replace=widget.a")
    host.run("apply", "p")
    assert host.objects() == {"b"}


def damage(text: str, how: str) -> str:
    if how == "cut":
        return text[: len(text) // 2]
    if how == "changed":
        return text.replace('"name":"a"', '"name":"c"', 1) if '"name":"a"' in text else text.replace("widget.a", "widget.c", 1)
    if how == "newer":
        return re.sub(r'"version":\d+', '"version":99', text, count=1)
    return ""


@pytest.mark.parametrize("how, said", [("cut", "damaged"), ("changed", "damaged"), ("newer", "newer version")])
def test_damage_is_refused(host, how, said):
    path = saved(host, resource=widgets(a={}))
    text = path.read_text()
    path.write_text(damage(text, how))
    assert path.read_text() != text
    assert said in host.run("apply", "p", expect=(1,)).text
    assert not host.objects()


def test_other_schemas_are_refused(host, widget_prefix):
    saved(host, resource=widgets(a={}))
    schema = next(widget_prefix.glob("share/widgetize/schemas/functions/area.json"))
    text = schema.read_text()
    try:
        schema.write_text(text.replace("Width times height", "Height times width"))
        assert "another provider version" in host.run("apply", "p", expect=(1,)).text
    finally:
        schema.write_text(text)
    host.run("apply", "p")
    assert host.objects() == {"a"}


def test_not_written_in_part(host):
    """A directory is in the way: nothing is left beside it."""
    host.configure(resource=widgets(a={}))
    (host.folder / "p").mkdir()
    before = {path.name for path in host.folder.iterdir()}
    host.plan("-out=p", fails=True)
    assert {path.name for path in host.folder.iterdir()} - before <= {"terraform.tfstate"}


def test_every_value_comes_back(host):
    everything = {"size": 3, "offset": -4, "weight": 0.1, "tags": ["ü", "\n"], "labels": {"unknown": "true", "value": "x"},
                  "position": {"x": 1, "note": None}, "parts": [{"kind": "gear", "note": "${widget.b.id}"}]}
    host.configure(resource=widgets(a=everything, b={}))
    host.plan("-out=p")
    shown = json.loads(host.run("show", "-json", "p").stdout)["planned_values"]
    host.run("apply", "p")
    assert host.instances()["widget.a"]["parts"] == [{"kind": "gear", "note": "widget-b", "amount": 1}]
    assert host.instances()["widget.a"]["weight"] == 0.1
    assert shown
    host.plan_clean()


def test_numbers_of_any_length_come_back(host):
    long = "123456789012345678901234567890"
    host.configure(resource=widgets(a={}, b={"labels": {"n": f"${{{long}}}"}}), output={
        "long": {"value": f"${{{long}}}"}, "negative": {"value": "${-98765432109876543210}"},
        "list": {"value": [f"${{{long}}}", "${widget.a.id}"]}})
    host.plan("-out=p")
    assert f"+ long     = {long}" in host.run("show", "-no-color", "p").stdout
    host.run("apply", "p")
    text = (host.folder / "terraform.tfstate").read_text()
    assert f'"value": {long},' in text and '"value": -98765432109876543210,' in text
    assert host.output("list") == [int(long), "widget-a"]
    assert host.instances()["widget.b"]["labels"] == {"n": long}
    host.plan_clean()
