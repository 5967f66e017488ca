# SPDX-License-Identifier: Apache-2.0
"""State files: what one program wrote the other reads, plans no change upon, and would write the same."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from host_cli import Program, start_in, widgets

BLOCKS: dict[str, Any] = {
    "variable": {"secret": {"default": "<sword & fish>", "sensitive": True}},
    "resource": {"widget": {
        "one": {"name": "one", "tags": ["x<&>\u2028é\"\\", "y"], "zones": ["b", "a"], "secret": "hidden", "weight": 1e-7,
                "position": {"x": 1}, "parts": [{"kind": "gear", "note": "${var.secret}"}, {"kind": "spring"}]},
        "counted": {"count": 12, "name": "counted-${count.index}", "labels": {"plain": "p", "secret": "${var.secret}"}},
        "each": {"for_each": {"a": "first", "b c": "second"}, "name": "each-${each.value}",
                 "tags": ["${var.secret}"], "depends_on": ["widget.one"]},
    }},
    "output": {
        "name": {"value": "${widget.one.name}"},
        "all": {"value": "${widget.counted[*].name}"},
        "object": {"value": {"b": [1, 2.5, True, None], "a": {"k": "${widget.one.name}"}}},
        "secret": {"value": "${var.secret}", "sensitive": True},
    },
}


@pytest.fixture
def beside(tf: Program, host: Program, initialized: Path) -> Program:
    """Terraform in the host's folder."""
    host.start_from(initialized)
    return start_in(tf, host.folder)


def state_text(program: Program) -> str:
    return (program.folder / "terraform.tfstate").read_text()


def comparable(text: str) -> str:
    """A state's text without what differs from save to save. Terraform writes the paths of what is sensitive in an order
    that is another each time."""
    state = json.loads(text)
    state["serial"] = 0
    for resource in state["resources"]:
        for instance in resource["instances"]:
            instance["sensitive_attributes"].sort(key=json.dumps)
    return json.dumps(state, indent=2, ensure_ascii=False)


def test_terraform_goes_on_from_a_state_of_the_host(host: Program, beside: Program) -> None:
    host.configure(**BLOCKS)
    host.apply()
    written = state_text(host)
    beside.plan_clean()
    beside.apply()
    assert comparable(state_text(host)) == comparable(written)
    assert len(beside.instances()) == 15


def test_terraform_finds_nothing_to_write(host: Program, beside: Program) -> None:
    """Not a byte of what the host wrote: where only one path is sensitive, its order can't be another."""
    host.configure(resource={"widget": {"a": {"count": 3, "name": "a-${count.index}", "tags": ["x"]}}},
                   output={"names": {"value": "${widget.a[*].name}"}})
    host.apply()
    written = state_text(host)
    beside.apply()
    assert state_text(host) == written


def test_the_host_goes_on_from_a_state_of_terraform(host: Program, beside: Program) -> None:
    host.configure(**BLOCKS)
    beside.apply()
    written = state_text(host)
    host.plan_clean()
    host.apply()
    assert state_text(host) == written, "the host had something to change"


def test_both_write_the_same(host: Program, beside: Program) -> None:
    """Terraform reads and writes the whole state for a move there and back: what comes out is what the host wrote."""
    host.configure(**BLOCKS)
    host.apply()
    written = state_text(host)
    beside.run("state", "mv", "widget.counted[1]", "widget.two")
    beside.run("state", "mv", "widget.two", "widget.counted[1]")
    assert comparable(state_text(host)) == comparable(written)
    host.run("state", "mv", "widget.counted[1]", "widget.two")
    host.run("state", "mv", "widget.two", "widget.counted[1]")
    assert comparable(state_text(host)) == comparable(written)


def test_saved_states_are_for_their_owner_alone(host: Program) -> None:
    host.configure(resource=widgets(a={}))
    host.apply()
    host.configure(resource=widgets(a={}, b={}))
    host.apply()
    for name in ("terraform.tfstate", "terraform.tfstate.backup"):
        assert stat.S_IMODE((host.folder / name).stat().st_mode) == 0o600
    left = {path.name for path in host.folder.iterdir() if "tfstate" in path.name}
    assert left == {"terraform.tfstate", "terraform.tfstate.backup"}


def test_a_plan_writes_nothing(host: Program) -> None:
    host.configure(resource=widgets(a={}))
    host.plan()
    assert {path.name for path in host.folder.iterdir()} == {"main.tf.json", "objects"}


@pytest.mark.parametrize(("content", "parts"), [
    ('{"version": 4,\n "serial": }', ["terraform.tfstate is not valid JSON: line 2, column"]),
    ('{"version": 5, "terraform_version": "2.0.0"}', ["newer format", "Terraform 2.0.0"]),
    ('{"version": 3, "terraform_version": "0.11.14"}', ["older format", "0.11.14"]),
    ('{"serial": 1, "lineage": "l", "encrypted_data": "AA==", "encryption_version": "v0"}', ["encrypted", "OpenTofu"]),
    (json.dumps({"version": 4, "resources": [{"module": "module.m", "mode": "managed", "type": "widget", "name": "a",
                                              "provider": "p", "instances": []}]}), ["modules", "widget.a", "module.m"]),
    ("\x00\x01", ["terraform.tfstate is not valid JSON: line 1, column 1"]),
], ids=["broken", "newer", "older", "encrypted", "module", "garbage"])
def test_a_state_that_cannot_be_read_is_refused_and_left_alone(host: Program, content: str, parts: list[str]) -> None:
    host.configure(resource=widgets(a={}))
    (host.folder / "terraform.tfstate").write_text(content)
    host.plan(fails=True).error(*parts)
    host.apply(fails=True).error(*parts)
    assert state_text(host) == content
    assert host.objects() == set()


@pytest.mark.parametrize(("value", "kind"), [
    ("a", ["list", "string"]), ([1], ["object", {"a": "number"}]), ({"a": 1}, ["tuple", ["number"]]), ([1, 2], ["tuple", ["number"]]),
    ({"a": []}, ["map", "string"]), (1, "nonsense"), ([], ["list"]), ([], [1, 2]), ({}, ["object", ["a"]])], ids=str)
def test_an_output_that_is_not_of_its_type_is_refused(host: Program, value: Any, kind: Any) -> None:
    host.configure(resource=widgets(a={}))
    (host.folder / "terraform.tfstate").write_text(json.dumps(
        {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "resources": [],
         "outputs": {"x": {"value": value, "type": kind}}}))
    for command in (("show",), ("show", "-json"), ("output",), ("plan",)):
        host.run(*command, expect=(1,)).error("outputs", "x", "type")


WRONG: tuple[Any, ...] = (1, "x", True, [], {}, [1], [[1]], [{"a": 1}], {"a": [1]}, [{"kind": []}], {"x": [], "note": {}})


@pytest.mark.parametrize("attribute", ["name", "tags", "zones", "labels", "position", "parts", "weight", "secret"])
def test_attributes_of_another_shape_are_shown_as_they_are(host: Program, attribute: str) -> None:
    """As in a state that was written by hand, or under an older schema: whatever else is said, nothing crashes."""
    host.configure(resource={"widget": {"a": {"name": "a", "tags": ["x"], "zones": ["z"], "labels": {"k": "v"}, "position": {"x": 1},
                                              "parts": [{"kind": "gear"}]}}})
    host.apply()
    state = json.loads(state_text(host))
    for value in WRONG:
        state["resources"][0]["instances"][0]["attributes"][attribute] = value
        (host.folder / "terraform.tfstate").write_text(json.dumps(state))
        assert attribute in host.run("show").stdout or value in ([], {})
        host.run("show", "-json")
        host.run("state", "show", "widget.a")
        for options in ((), ("-destroy",)):
            host.run("plan", "-refresh=false", *options, expect=(0, 1))


def test_a_directory_that_cannot_be_written_is_seen_before_anything_is_created(host: Program) -> None:
    host.configure(resource=widgets(a={}))
    # Stands where the side file has to be; works for root, too, whom a mode does not stop.
    (host.folder / ".terraform.tfstate.journal.new").mkdir()
    host.apply(fails=True).error("Nothing was changed", ".terraform.tfstate.journal")
    assert host.objects() == set()
    assert not (host.folder / "terraform.tfstate").exists()
