# SPDX-License-Identifier: Apache-2.0
"""What the host prints is what Terraform prints, letter for letter but for the program's name: each test runs both on the
same files."""

import json

import pytest
from host_cli import widgets

EVERYTHING = {
    "size": 3, "tags": ["one", "two", "three"], "zones": ["z2", "z1"], "labels": {"k": "v", "longer": "w\nmulti"},
    "position": {"x": 1}, "parts": [{"kind": "gear"}, {"kind": "spring", "amount": 2}], "secret": "abc",
}
OUTPUTS = {
    "id": {"value": "${widget.a.id}"}, "all": {"value": {"l": ["a", 1, True, None], "s": "x\ny", "a b": {}}},
    "pw": {"value": "${widget.a.secret}", "sensitive": True}, "json": {"value": '{"a":[1,2],"b":"c"}'},
    "tags": {"value": "${widget.a.tags}"}, "labels": {"value": "${widget.a.labels}"},
    "zones": {"value": "${widget.a.zones}"}, "place": {"value": "${widget.a.place.depth}"},
    "quotes": {"value": 'a "quoted" \\ tab\t and $${x} é'}, "number": {"value": 1.25}, "big": {"value": 12345678901234567890},
    "empty": {"value": [[], {}, ""]},
}


@pytest.fixture
def applied(both):
    """Both, with two widgets and outputs of every kind."""
    both.configure(resource=widgets(a=EVERYTHING, b={}), output=OUTPUTS)
    both.same("apply", "-auto-approve", "-no-color")
    return both


def test_create(both):
    both.configure(resource=widgets(a=EVERYTHING, b={}), output=OUTPUTS)
    said = both.same("plan", "-no-color")
    assert "Plan: 2 to add, 0 to change, 0 to destroy." in said
    said = both.same("apply", "-auto-approve", "-no-color")
    assert "Apply complete! Resources: 2 added, 0 changed, 0 destroyed." in said
    assert "No changes. Your infrastructure matches the configuration." in both.same("plan", "-no-color")


def test_show_and_output(applied):
    for arguments in (["show", "-no-color"], ["output", "-no-color"], ["output", "-json"], ["output", "-json", "all"],
                      ["output", "-raw", "quotes"], ["output", "-raw", "number"], ["output", "tags"], ["output", "pw"],
                      ["state", "list"], ["state", "show", "-no-color", "widget.a"]):
        applied.same(*arguments)


def test_show_json(applied):
    theirs, ours = applied.run("show", "-json")
    assert json.loads(ours.stdout) == json.loads(theirs.stdout)


@pytest.mark.parametrize("change", [
    {"size": 4},
    {"tags": ["one", "three", "four"]},
    {"tags": ["three", "two", "one", "zero"]},
    {"tags": ["two", "three"]},
    {"tags": None},
    {"tags": ["a"] + [str(i) for i in range(9)]},
    {"zones": ["z1", "z3"]},
    {"zones": None},
    {"labels": {"k": "w", "n": "new"}},
    {"labels": {"k": "v", "longer": "w\nother\nmulti"}},
    {"labels": None},
    {"labels": {"k": '{"json": [1, 2]}'}},
    {"position": {"x": 2, "note": "hello"}},
    {"position": None},
    {"parts": [{"kind": "gear", "note": "n"}, {"kind": "spring", "amount": 2}]},
    {"parts": [{"kind": "spring", "amount": 2}]},
    {"parts": [{"kind": "gear"}, {"kind": "spring", "amount": 2}, {"kind": "gear", "amount": 9}]},
    {"parts": None},
    {"secret": "xyz"},
    {"secret": None},
    {"name": "other"},
    {"name": "other", "size": 9, "tags": ["t"], "labels": {"x": "y"}, "position": {"x": 9}, "zones": ["q"]},
], ids=lambda change: json.dumps(change)[:40])
def test_changes(applied, change):
    applied.configure(resource=widgets(a={**EVERYTHING, **change}, b={}), output=OUTPUTS)
    applied.same("plan", "-no-color", expect=(0,))
    applied.same("plan", "-no-color", "-detailed-exitcode", expect=(2,))
    applied.same("apply", "-no-color", "-auto-approve")


@pytest.mark.parametrize("before, after", [
    (["a", "b", "c", "d"], ["b", "c", "d"]), (["a", "b", "c", "d"], ["a", "x", "c", "d"]),
    ([1, 2, 3, 4], [1, 2, 3, 9, 5]), ([{"a": 1}, {"a": 2}, {"a": 3}], [{"a": 2}, {"a": 9}, {"a": 3}, {"a": 4}]),
    ([1, "a", {"a": 1}, None, True], ["a", 1, {"a": 2}, True, None]), ([["a"], ["b"]], [["b"], ["c"], []]),
    (["x\ny\nz", "b"], ["x\nq\nz", "b"]), ("text", 5), ({"a b": 1, "c": []}, {"a b": 2, "c": {}}), ({}, []),
    ({"a": {"b": {"c": [1, {"d": "e"}]}}}, {"a": {"b": {"c": [1, {"d": "f"}]}}}), ("x\ny\n", "x\nz\n"), ("x\ny", "z"),
    ('{"a": 1, "b": [1, 2]}', '{"a": 2, "b": [2, 3, 4]}'), ('{"a":1}', '{"a": 1}'), ('[1]', 'text'), ('[1,2]', '[]'),
    ("", "x"), (True, False), (1.5, 2), (None, "x"), ("x", None), ({"a": None, "b": 1}, {"a": 1, "b": None}),
], ids=lambda value: json.dumps(value)[:30])
def test_outputs_change(both, before, after):
    both.configure(output={"o": {"value": before}, "other": {"value": "same"}})
    both.same("apply", "-no-color", "-auto-approve")
    both.configure(output={"o": {"value": after}, "other": {"value": "same"}})
    both.same("plan", "-no-color")
    both.same("apply", "-no-color", "-auto-approve")
    both.same("output", "-no-color")
    both.same("show", "-no-color")
    both.configure(output={"other": {"value": "same"}})
    both.same("plan", "-no-color")


def test_destroy(applied):
    applied.same("plan", "-no-color", "-destroy")
    said = applied.same("destroy", "-no-color", "-auto-approve")
    assert "Destroy complete! Resources: 2 destroyed." in said
    applied.same("destroy", "-no-color", "-auto-approve")
    applied.same("show", "-no-color")
    applied.same("state", "list")
    applied.same("apply", "-no-color", "-destroy", "-auto-approve")


def test_repetition(both):
    both.configure(resource={"widget": {
        "c": {"count": 2, "name": "c${count.index}"}, "e": {"for_each": {"x": "1", "y z": "2"}, "name": "e-${each.key}"}}})
    both.same("apply", "-no-color", "-auto-approve")
    both.configure(resource={"widget": {
        "c": {"count": 1, "name": "c${count.index}"}, "e": {"for_each": {"x": "1", "q": "3"}, "name": "e-${each.key}"}}})
    both.same("plan", "-no-color")
    both.configure(resource=widgets(c={"name": "c0"}))
    both.same("plan", "-no-color")


def test_drift_that_is_referred_to_through_locals(both):
    """Of what has drifted, that is told of which a change refers to, however deep."""
    blocks = {"locals": {"x": "${local.y}", "y": ["${widget.a.revision}"]}, "output": {"o": {"value": "${widget.d.id}"}}}
    both.configure(resource=widgets(a={}, b={}, c={"tags": ["${local.x[0]}"]}, d={}), **blocks)
    both.terraform.apply()
    both.host.apply()
    for name in "abd":
        both.remove_object(name)
    theirs, ours = ([line for line in result.stdout.splitlines() if "has been deleted" in line] for result in both.run("plan"))
    assert ours == theirs == ["  # widget.a has been deleted", "  # widget.d has been deleted"]


def test_drift(applied):
    applied.remove_object("b")
    applied.same("plan", "-no-color")
    applied.same("plan", "-no-color", "-refresh=false")
    applied.same("apply", "-no-color", "-auto-approve", "-refresh-only")
    applied.same("plan", "-no-color")


def test_drift_that_matters(both):
    outputs = {"place": {"value": "${widget.a.revision}"}}
    both.configure(resource=widgets(a={}, b={"labels": {"a": "${widget.a.id}"}}), output=outputs)
    both.same("apply", "-no-color", "-auto-approve")
    both.remove_object("a")
    for said in (result.stdout for result in both.run("plan", "-no-color")):
        assert "Note: Objects have changed outside of" in said and "# widget.a has been deleted" in said
        assert "# widget.a will be created" in said and said.count("# widget.a ") == 2


def test_replace_tainted_and_moved(applied):
    applied.same("plan", "-no-color", "-replace=widget.b")
    for program in (applied.terraform, applied.host):
        state = program.state
        for entry in state["resources"]:
            if entry["name"] == "b":
                entry["instances"][0]["status"] = "tainted"
        state["serial"] += 1
        (program.folder / "terraform.tfstate").write_text(json.dumps(state))
    applied.same("show", "-no-color")
    applied.same("plan", "-no-color")
    applied.same("apply", "-no-color", "-auto-approve")
    moved = {"widget": {"a": {"name": "a", **EVERYTHING}, "c": {"name": "b"}}}
    applied.configure(resource=moved, output=OUTPUTS, moved=[{"from": "widget.b", "to": "widget.c"}])
    applied.same("plan", "-no-color")
    moved["widget"]["c"]["size"] = 44
    applied.configure(resource=moved, output=OUTPUTS, moved=[{"from": "widget.b", "to": "widget.c"}])
    applied.same("plan", "-no-color")
    applied.same("apply", "-no-color", "-auto-approve")


def test_create_before_destroy_and_removed(applied):
    before = {"create_before_destroy": True}
    applied.configure(resource=widgets(a=EVERYTHING, b={"name": "q", "lifecycle": before}), output=OUTPUTS)
    applied.same("plan", "-no-color")
    applied.configure(resource=widgets(a=EVERYTHING), output=OUTPUTS,
                      removed=[{"from": "widget.b", "lifecycle": {"destroy": False}}])
    applied.same("plan", "-no-color")
    applied.same("apply", "-no-color", "-auto-approve")


def test_import(applied):
    for program in (applied.terraform, applied.host):
        program.run("state", "rm", "widget.b")
    applied.same("import", "-no-color", "widget.b", "widgets/b")
    for program in (applied.terraform, applied.host):
        program.run("state", "rm", "widget.b")
    applied.configure(resource=widgets(a=EVERYTHING, b={}), output=OUTPUTS, **{"import": [{"to": "widget.b", "id": "b"}]})
    applied.same("plan", "-no-color")
    applied.same("apply", "-no-color", "-auto-approve")


def test_data_source(both):
    both.configure(resource=widgets(a=EVERYTHING), data={"widget": {"d": {"name": "${widget.a.name}"}}},
                   output={"size": {"value": "${data.widget.d.size}"}})
    both.same("plan", "-no-color")
    both.same("apply", "-no-color", "-auto-approve")
    both.same("plan", "-no-color")
    both.same("show", "-no-color")


def test_secret_changes_its_mark(applied):
    outputs = {**OUTPUTS, "id": {"value": "${widget.a.id}", "sensitive": True}, "pw": {"value": "x"}}
    applied.configure(resource=widgets(a=EVERYTHING, b={}), output=outputs)
    applied.same("plan", "-no-color")


def test_saved_plan(both):
    both.configure(resource=widgets(a={}))
    both.same("plan", "-no-color", "-out=p")
    both.same("show", "-no-color", "p")
    both.same("apply", "-no-color", "p")
