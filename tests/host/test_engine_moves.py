# SPDX-License-Identifier: Apache-2.0
"""Blocks that say what becomes of objects that exist (moved, import), and data sources that wait: as Terraform does."""

import json

import pytest
from host_cli import Both, neutral, widgets

APPLY = ("apply", "-auto-approve", "-no-color")
PLAN = ("plan", "-no-color")
CHAIN = [{"from": "widget.a", "to": "widget.b"}, {"from": "widget.b", "to": "widget.c"}]


def have(both: Both, *names: str) -> None:
    both.configure(resource=widgets(**{name: {} for name in names}))
    both.run(*APPLY)


@pytest.mark.parametrize("moved", [CHAIN, CHAIN[::-1]])
def test_a_chain_of_moves_begins_at_its_beginning(both, moved):
    """The first link is blocked by what the second then moves, in whatever order they stand."""
    have(both, "a", "b")
    both.configure(resource=widgets(c={"name": "b"}), moved=moved)
    assert "widget.a could not move to widget.b" in both.same(*PLAN)
    both.same(*APPLY)
    assert set(both.host.instances()) == set(both.terraform.instances()) == {"widget.c"}


def test_a_chain_of_moves_is_one(both):
    have(both, "a")
    both.configure(resource=widgets(c={"name": "a"}), moved=CHAIN[::-1])
    assert "widget.a has moved to widget.c" in both.same(*PLAN)
    both.same(*APPLY)


def test_blocked_moves_are_told_of_once(both):
    have(both, "a", "b", "c", "d", "e")
    both.configure(resource=widgets(b={}, c={}, f={"name": "e"}), moved=[
        {"from": f"widget.{old}", "to": f"widget.{new}"} for old, new in ("ab", "dc", "ef")])
    theirs, ours = both.run(*PLAN)
    assert ours.stdout.count("Unresolved resource instance address changes") == 1
    # Terraform names them in any order.
    assert sorted(neutral(theirs.stdout).split("\n")) == sorted(neutral(ours.stdout).split("\n"))


@pytest.mark.parametrize("targets, missing", [("b", "ac"), ("c", "a"), ("a", "c")])
def test_half_a_move_is_no_target(both, targets, missing):
    have(both, "a", "b")
    both.configure(resource=widgets(b={}, c={"name": "a"}), moved={"from": "widget.a", "to": "widget.c"})
    both.same(*PLAN, *(f"-target=widget.{name}" for name in targets), expect=(1,))
    ours = both.host.run(*PLAN, *(f"-target=widget.{name}" for name in targets), expect=(1,)).text
    assert "Moved resource instances excluded by targeting" in ours
    assert all(f'-target="widget.{name}"' in ours for name in missing)
    both.same(*PLAN, "-target=widget.a", "-target=widget.c")


def test_moved_from_another_provider(both):
    """The schema says what becomes of another type's attributes."""
    have(both, "a", "b")
    for program in (both.terraform, both.host):
        path = program.folder / "terraform.tfstate"
        state = json.loads(path.read_text())
        old = state["resources"][0]
        old["type"], old["provider"] = "gadget", 'provider["registry.terraform.io/other/gadget"]'
        old["instances"][0] |= {"schema_version": 0, "attributes": {"id": "g", "title": "a", "extent": 10},
                                "sensitive_attributes": []}
        path.write_text(json.dumps(state))
    both.configure(resource=widgets(c={"name": "a"}, b={}), moved=[{"from": "gadget.a", "to": "widget.c"}])
    ours = both.host.run(*PLAN).text
    assert "gadget.a has moved to widget.c" in ours and "0 to add, 0 to change, 0 to destroy" in ours
    both.host.run(*APPLY)
    assert set(both.host.instances()) == {"widget.b", "widget.c"}
    assert both.host.instances()["widget.c"]["id"] == "widget-a"
    both.host.plan_clean()


IMPORTS = {
    "empty": ({"resource": widgets(a={}), "import": {"to": "widget.a", "id": ""}}, "Invalid import id argument"),
    "twice": ({"resource": widgets(a={}), "import": [{"to": "widget.a", "id": "a"}, {"to": "widget.a", "id": "b"}]},
              "Duplicate import configuration"),
    "no such index": ({"resource": {"widget": {"w": {"count": 1, "name": "w"}}}, "import": {"to": "widget.w[3]", "id": "w"}},
                      "Configuration for import target does not exist"),
    "no such key": ({"resource": {"widget": {"w": {"for_each": {"x": 1}, "name": "w"}}},
                     "import": [{"to": 'widget.w["x"]', "id": "w"}, {"to": 'widget.w["y"]', "id": "w"}]},
                    "Configuration for import target does not exist"),
}


@pytest.mark.parametrize("name", IMPORTS)
def test_imports_that_are_refused(both, name):
    blocks, summary = IMPORTS[name]
    have(both, "w")
    for program in (both.terraform, both.host):
        (program.folder / "terraform.tfstate").unlink()
    both.configure(**blocks)
    theirs, ours = both.run(*PLAN, expect=(1,))
    assert f"Error: {summary}" in theirs.text and f"Error: {summary}" in ours.text


@pytest.mark.parametrize("address", ["widget.a[0]", 'widget.a["x"]', "widget.w", "widget.w[2]", 'widget.w["x"]'])
def test_the_command_imports_only_what_is_configured(both, address):
    have(both, "a", "b")
    both.configure(resource={"widget": {"a": {"name": "a"}, "w": {"count": 2, "name": "w${count.index}"}}})
    before = (both.host.folder / "terraform.tfstate").read_text()
    both.run("import", "-no-color", address, "b", expect=(1,))
    assert (both.host.folder / "terraform.tfstate").read_text() == before
    both.run("import", "-no-color", "widget.w[1]", "b")


def test_a_data_source_does_not_wait_for_another_one(both):
    have(both, "s")
    both.configure(resource=widgets(s={}, a={}), data={"widget": {
        "late": {"name": "${widget.a.id}"}, "now": {"name": "s", "depends_on": ["data.widget.late"]}}})
    assert "data.widget.now: Read complete" in both.same(*PLAN)


def test_only_refreshing_leaves_what_is_not_known(both):
    have(both, "s")
    both.configure(resource=widgets(s={}, a={}), data={"widget": {"x": {"name": "${widget.a.id}"}}},
                   output={"o": {"value": "${data.widget.x.size}"}})
    both.same(*PLAN, "-refresh-only")
    both.same(*APPLY, "-refresh-only")
    assert set(both.host.instances()) == {"widget.s"}
