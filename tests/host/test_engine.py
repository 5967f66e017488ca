# SPDX-License-Identifier: Apache-2.0
"""What the engine plans and applies is what Terraform does: each story is told to both, step by step, on folders with the
same content. After each step plans, results and states must be the same, and each program must find nothing left to do in
what the other one left."""

import json
import re
from typing import Any

import pytest
from host_cli import EVENT, start_in, widgets

COUNTED = {"widget": {"w": {"count": 3, "name": "w${count.index}"}}}
KEYED = {"widget": {"w": {"for_each": {"one": "1", "two": "2"}, "name": "${each.key}", "labels": {"is": "${each.value}"}}}}
CBD = {"create_before_destroy": True}


def chain(first: str, **lifecycle: Any) -> dict[str, Any]:
    """Three widgets, each of which refers to the one before by name."""
    return {"widget": {
        "a": {"name": first, "lifecycle": lifecycle},
        "b": {"name": "b-${widget.a.id}"},
        "c": {"name": "c", "tags": ["${widget.b.id}"]},
    }}


def state_of(program) -> dict[str, Any]:
    """The state without what no two runs have in common, and without what Terraform itself writes by chance."""
    state = {name: value for name, value in program.state.items() if name not in ("lineage", "serial")}
    for resource in state["resources"]:
        for instance in resource["instances"]:
            instance.pop("create_before_destroy", None)
            instance["sensitive_attributes"].sort(key=json.dumps)
            if "deposed" in instance:
                instance["deposed"] = "00000000"
    return state


def settle(both, *arguments: str) -> None:
    """Both have nothing to do, with their own state and with the other's."""
    assert state_of(both.host) == state_of(both.terraform)
    both.same("plan", "-no-color", "-detailed-exitcode", *arguments)
    text = (both.host.folder / "terraform.tfstate").read_text()
    (both.terraform.folder / "terraform.tfstate").write_text(text)
    both.terraform.plan_clean(*arguments)


def same_events(both, *arguments: str, expect: tuple[int, ...] = (0,)) -> None:
    """Both say that they do the same. What a deposed object is called is a matter of chance."""
    said = [sorted({re.sub(r" \(deposed object \w+\)| after \d+s", "", line) for line in result.stdout.splitlines()
                    if EVENT.match(line) or line.startswith("Apply complete!")})
            for result in both.run(*arguments, expect=expect)]
    assert said[0] == said[1]


STORIES = {
    "count up and down": [
        {"resource": COUNTED}, {"resource": {"widget": {"w": COUNTED["widget"]["w"] | {"count": 5}}}},
        {"resource": {"widget": {"w": COUNTED["widget"]["w"] | {"count": 1}}}},
        {"resource": widgets(w={"name": "w0"})}, {"resource": {"widget": {"w": {"count": 1, "name": "w0"}}}}, {}],
    "for_each": [
        {"resource": KEYED},
        {"resource": {"widget": {"w": KEYED["widget"]["w"] | {"for_each": {"two": "x", "three": "3"}}}}},
        {"resource": {"widget": {"w": {"count": 1, "name": "w"}}}}],
    "references": [
        {"resource": chain("x"), "output": {"o": {"value": "${widget.c.tags[0]} ${widget.b.id}"}}},
        {"resource": chain("y"), "output": {"o": {"value": "${widget.c.tags[0]}"}}},
        {"resource": widgets(c={"tags": ["t"]})}],
    "create before destroy": [
        {"resource": chain("x", **CBD)}, {"resource": chain("y", **CBD)}, {"resource": chain("z")}],
    "spread of create before destroy": [
        {"resource": {"widget": {"a": {"name": "a"}, "b": {"name": "b", "tags": ["${widget.a.id}"], "lifecycle": CBD}}}},
        {"resource": {"widget": {"a": {"name": "A"}, "b": {"name": "B", "tags": ["${widget.a.id}"], "lifecycle": CBD}}}},
        {"resource": {"widget": {"b": {"name": "C", "lifecycle": CBD}}}}],
    "changes": [
        {"resource": widgets(a={"size": 1, "labels": {"k": "v"}, "secret": "abc"})},
        {"resource": widgets(a={"size": 2, "labels": {"k": "w"}, "secret": "xyz"})},
        {"resource": widgets(a={"size": 2, "zones": ["z"]})}],
    "ignore_changes": [
        {"resource": widgets(a={"size": 1, "labels": {"k": "v", "l": "v"}, "tags": ["t"]})},
        {"resource": widgets(a={"size": 2, "labels": {"k": "w", "l": "w", "m": "w"}, "tags": ["u"],
                                "lifecycle": {"ignore_changes": ["size", 'labels["k"]', "tags[0]"]}})},
        {"resource": widgets(a={"size": 3, "name": "b", "lifecycle": {"ignore_changes": "all"}})}],
    "moved": [
        {"resource": widgets(a={}, b={})},
        {"resource": widgets(c={"name": "a"}, b={"size": 7}), "moved": [{"from": "widget.a", "to": "widget.c"}]},
        {"resource": {"widget": {"d": {"for_each": {"x": "a"}, "name": "${each.value}"}}},
         "moved": [{"from": "widget.c", "to": 'widget.d["x"]'}]},
        {"resource": {"widget": {"e": {"for_each": {"x": "a"}, "name": "${each.value}"}}},
         "moved": [{"from": "widget.d", "to": "widget.e"}]}],
    "removed": [
        {"resource": widgets(a={}, b={})},
        {"resource": widgets(b={}), "removed": {"from": "widget.a", "lifecycle": {"destroy": False}}},
        {"removed": {"from": "widget.b", "lifecycle": {"destroy": True}}}],
    "data sources": [
        {"resource": widgets(a={"size": 3}), "data": {"widget": {"a": {"name": "${widget.a.name}", "depends_on": ["widget.a"]}}},
         "output": {"size": {"value": "${data.widget.a.size}"}}},
        {"resource": widgets(a={"size": 4}, b={"labels": {"s": "${data.widget.a.size}"}}),
         "data": {"widget": {"a": {"name": "${widget.a.name}", "depends_on": ["widget.a"]}}},
         "output": {"size": {"value": "${data.widget.a.size}"}}},
        {"resource": widgets(a={"size": 4})}],
    "sensitive": [
        {"variable": {"v": {"default": "hidden", "sensitive": True}}, "resource": widgets(a={"labels": {"x": "${var.v}"}})},
        {"variable": {"v": {"default": "hidden"}}, "resource": widgets(a={"labels": {"x": "${var.v}"}})},
        {"variable": {"v": {"default": "hidden", "sensitive": True}}, "resource": widgets(a={"labels": {"x": "${var.v}"}}),
         "output": {"v": {"value": "${widget.a.labels}", "sensitive": True}}}],
    "outputs": [
        {"resource": COUNTED, "output": {"all": {"value": "${widget.w[*].id}"}, "one": {"value": "${widget.w[1].place}"}}},
        {"resource": {"widget": {"w": COUNTED["widget"]["w"] | {"count": 2}}}, "output": {"all": {"value": "${widget.w[*].id}"}}},
        {"resource": KEYED, "output": {"all": {"value": "${widget.w}", "sensitive": True}}}],
    "locals and functions": [
        {"locals": {"text": "${widget.a.name}!", "area": "${provider::widget::area(2, 3)}"}, "resource": widgets(
            a={"size": "${local.area}"}, b={"tags": ["${local.text}", '${provider::widget::join([widget.a.id, "x"], "-")}']}),
         "output": {"position": {"value": "${provider::widget::mirror({x = 1, y = 2})}"}}}],
}


@pytest.mark.parametrize("story", STORIES)
def test_story(both, story):
    for blocks in STORIES[story]:
        both.configure(**blocks)
        both.same("plan", "-no-color")
        same_events(both, "apply", "-auto-approve", "-no-color")
        assert both.host.objects() == both.terraform.objects()
        settle(both)


@pytest.mark.parametrize("story", ["count up and down", "references", "spread of create before destroy", "data sources"])
def test_destroy(both, story):
    both.configure(**STORIES[story][0])
    both.run("apply", "-auto-approve")
    theirs, ours = both.run("plan", "-destroy", "-no-color")
    assert re.findall("^Plan: .*$", theirs.stdout, re.M) == re.findall("^Plan: .*$", ours.stdout, re.M)
    both.run("destroy", "-auto-approve", "-no-color")
    assert both.host.objects() == set()
    assert state_of(both.host) == state_of(both.terraform)


def test_imports(both):
    both.configure(resource=widgets(a={}, b={}))
    both.run("apply", "-auto-approve")
    for program in (both.host, both.terraform):
        (program.folder / "terraform.tfstate").unlink()
    both.configure(resource=widgets(a={}, b={"size": 11}), **{"import": [
        {"to": "widget.a", "id": "a"}, {"to": "widget.b", "id": "widgets/b"}]})
    same_events(both, "plan", "-no-color")
    same_events(both, "apply", "-auto-approve", "-no-color")
    settle(both)


def test_import_of_nothing(both):
    both.configure(resource=widgets(a={}), **{"import": {"to": "widget.a", "id": "a"}})
    theirs, ours = both.run("plan", "-no-color", expect=(1,))
    assert "Cannot import non-existent remote object" in theirs.text and "Cannot import non-existent remote object" in ours.text


def test_drift(both):
    both.configure(resource=widgets(a={}, b={}, c={}))
    both.run("apply", "-auto-approve")
    both.remove_object("b")
    for program in (both.host, both.terraform):
        path = program.folder / "objects/c"
        path.write_text(path.read_text().replace("size=10", "size=99"))
    both.same("plan", "-no-color", "-refresh-only")
    both.same("plan", "-no-color", "-refresh=false")
    both.same("plan", "-no-color")
    both.same("apply", "-auto-approve", "-no-color", "-refresh-only")
    assert state_of(both.host) == state_of(both.terraform)
    both.same("apply", "-auto-approve", "-no-color")
    settle(both)


def test_a_failed_create_is_tainted_and_replaced(both):
    both.configure(resource=widgets(a={"fault": "late"}, b={"tags": ["${widget.a.id}"]}, c={}))
    theirs, ours = both.run("apply", "-auto-approve", "-no-color", expect=(1,))
    assert "The widget was made badly" in ours.text
    assert state_of(both.host) == state_of(both.terraform)
    assert both.host.instances()["widget.a"]["tainted"] is True
    assert "widget.b" not in both.host.instances() and "widget.c" in both.host.instances()
    both.configure(resource=widgets(a={}, b={"tags": ["${widget.a.id}"]}, c={}))
    same_events(both, "plan", "-no-color")
    same_events(both, "apply", "-auto-approve", "-no-color")
    settle(both)


@pytest.mark.parametrize("fault", ["update", "delete"])
def test_what_failed_stays_as_it_was(both, fault):
    both.configure(resource=widgets(a={"fault": fault}, b={}))
    both.run("apply", "-auto-approve")
    change = {"size": 12} if fault == "update" else {"name": "other"}
    both.configure(resource=widgets(a={"fault": fault} | change, b={"size": 12}))
    both.run("apply", "-auto-approve", "-no-color", expect=(1,))
    assert both.host.instances()["widget.b"]["size"] == 12
    assert both.host.instances()["widget.a"]["size"] == 10
    assert state_of(both.host) == state_of(both.terraform)


def test_a_failed_create_before_destroy_keeps_the_old_object(both):
    both.configure(resource=widgets(a={"lifecycle": CBD}))
    both.run("apply", "-auto-approve")
    both.configure(resource=widgets(a={"name": "b", "fault": "early", "lifecycle": CBD}))
    both.run("apply", "-auto-approve", expect=(1,))
    assert both.host.objects() == {"a"}
    assert state_of(both.host) == state_of(both.terraform)


def test_a_deposed_object_is_destroyed_by_the_next_apply(both):
    both.configure(resource=widgets(a={"fault": "delete", "lifecycle": CBD}))
    both.run("apply", "-auto-approve")
    both.configure(resource=widgets(a={"name": "b", "lifecycle": CBD}))
    both.run("apply", "-auto-approve", expect=(1,))
    assert both.host.objects() == {"a", "b"}
    assert state_of(both.host) == state_of(both.terraform)
    for program in (both.host, both.terraform):
        path = program.folder / "terraform.tfstate"
        path.write_text(path.read_text().replace('"fault": "delete"', '"fault": null'))
    both.run("plan", "-no-color")
    both.run("apply", "-auto-approve", "-no-color")
    assert both.host.objects() == {"b"}
    settle(both)


def test_prevent_destroy(both):
    both.configure(resource=widgets(a={"lifecycle": {"prevent_destroy": True}}))
    both.run("apply", "-auto-approve")
    both.configure(resource=widgets(a={"name": "b", "lifecycle": {"prevent_destroy": True}}))
    theirs, ours = both.run("plan", "-no-color", expect=(1,))
    assert "Instance cannot be destroyed" in theirs.text and "Instance cannot be destroyed" in ours.text
    both.run("destroy", "-auto-approve", expect=(1,))
    assert both.host.objects() == {"a"}


def test_replace_option(both):
    both.configure(resource={"widget": {"w": COUNTED["widget"]["w"], "v": {"name": "v"}}})
    both.run("apply", "-auto-approve")
    same_events(both, "apply", "-auto-approve", "-no-color", "-replace=widget.w[1]", "-replace=widget.v")
    settle(both)


def test_targets(both):
    both.configure(resource=chain("x") | {}, output={"o": {"value": "${widget.c.id}"}, "p": {"value": "${widget.a.id}"}})
    same_events(both, "apply", "-auto-approve", "-no-color", "-target=widget.b")
    assert set(both.host.instances()) == {"widget.a", "widget.b"}
    assert state_of(both.host) == state_of(both.terraform)
    same_events(both, "apply", "-auto-approve", "-no-color")
    both.run("destroy", "-auto-approve", "-no-color", "-target=widget.b")
    assert set(both.host.instances()) == {"widget.a"}
    assert state_of(both.host) == state_of(both.terraform)


def test_targets_of_instances(both):
    both.configure(resource=COUNTED)
    same_events(both, "apply", "-auto-approve", "-no-color", "-target=widget.w[1]")
    assert set(both.host.instances()) == {"widget.w[1]"}
    same_events(both, "apply", "-auto-approve", "-no-color")
    settle(both)


def test_settings_from_a_resource(both):
    """A provider that is configured with what another one makes."""
    both.configure(resource={"widget": {"a": {"name": "a"}, "b": {"name": "b", "provider": "widget.inner"}}})
    for program in (both.host, both.terraform):
        (program.folder / "1").mkdir()
        main = json.loads((program.folder / "main.tf.json").read_text())
        main["provider"]["widget"] = [{"directory": "objects"}, {"alias": "inner", "directory": "./${widget.a.place.depth[0]}"}]
        program.write_json(main)
    both.same("apply", "-auto-approve", "-no-color")
    settle(both)
    both.same("destroy", "-auto-approve", "-no-color")
    assert not list((both.host.folder / "1").iterdir())


def test_cycle_is_named_with_its_places(host):
    host.configure(locals={"l": "${widget.b.id}"}, resource=widgets(a={"tags": ["${local.l}"]}, b={"tags": ["${widget.a.id}"]}))
    error = host.plan(fails=True).error("Cycle")
    assert any(path in error for path in (
        "widget.a -> local.l -> widget.b -> widget.a", "widget.b -> widget.a -> local.l -> widget.b",
        "local.l -> widget.b -> widget.a -> local.l")), error
    lines = (host.folder / "main.tf.json").read_text().splitlines()
    for name, text in (("widget.a", '      "a": {'), ("widget.b", '      "b": {'), ("local.l", '    "l": "${widget.b.id}"')):
        assert f"{name}: main.tf.json line {lines.index(text) + 1} " in error + " "
    host.configure(resource=widgets(a={"tags": ["${local.l}"]}), locals={"l": "${widget.a.id}"})
    assert "local.l -> widget.a -> local.l" in host.plan(fails=True).error("Cycle").replace(
        "widget.a -> local.l -> widget.a", "local.l -> widget.a -> local.l")


@pytest.mark.parametrize("blocks, summary", [
    ({"resource": widgets(a={"tags": ["${widget.nowhere.id}"]})}, "Reference to undeclared resource"),
    ({"resource": widgets(a={"tags": ["${data.widget.nowhere.id}"]})}, "Reference to undeclared resource"),
    ({"resource": widgets(a={"tags": ["${var.nowhere}"]})}, "Reference to undeclared input variable"),
    ({"resource": widgets(a={"tags": ["${local.nowhere}"]})}, "Reference to undeclared local value"),
    ({"resource": widgets(a={"tags": ["${each.key}"]})}, 'Reference to "each" in context without for_each'),
    ({"resource": widgets(a={"tags": ["${count.index}"]})}, 'Reference to "count" in non-counted context'),
    ({"resource": {"widget": {"w": {"count": -1, "name": "w"}}}}, "Invalid count argument"),
    ({"resource": {"widget": {"w": {"count": 1.5, "name": "w"}}}}, "Invalid count argument"),
    ({"resource": {"widget": {"w": {"for_each": ["a"], "name": "w"}}}}, "Invalid for_each argument"),
    ({"resource": {"widget": {"a": {"name": "a"}, "w": {"count": "${widget.a.revision}", "name": "w"}}}}, "Invalid count argument"),
    ({"resource": {"widget": {"a": {"name": "a"}, "w": {"for_each": "${widget.a.place}", "name": "w"}}}},
     "Invalid for_each argument"),
    ({"variable": {"v": {"default": "x", "sensitive": True}}, "output": {"o": {"value": "${var.v}"}}},
     "Output refers to sensitive values"),
    ({"resource": widgets(a={}), "import": {"to": "widget.b", "id": "b"}}, "Configuration for import target does not exist"),
    ({"resource": widgets(a={}), "moved": {"from": "widget.a", "to": "widget.b"}}, "Moved object still exists"),
])
def test_refused_as_terraform_does(both, blocks, summary):
    both.configure(**blocks)
    theirs, ours = both.run("plan", "-no-color", expect=(1,))
    assert summary in theirs.everything
    assert f"Error: {summary}" in ours.everything
    assert not both.host.objects()


def test_other_directory(host):
    """The same state goes on in another folder."""
    host.configure(resource=COUNTED)
    host.apply()
    other = start_in(host, host.folder.parent / "other")
    other.configure(resource=COUNTED)
    (other.folder / "terraform.tfstate").write_text((host.folder / "terraform.tfstate").read_text())
    main = json.loads((other.folder / "main.tf.json").read_text())
    main["provider"]["widget"]["directory"] = str(host.folder / "objects")
    other.write_json(main)
    assert "0 to add" in other.plan("-destroy").text
    other.destroy()
    assert host.objects() == set()
