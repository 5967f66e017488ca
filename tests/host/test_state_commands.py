# SPDX-License-Identifier: Apache-2.0
"""state list, show, mv and rm beside Terraform's, on the same state."""

import json
from typing import Any

import pytest
from host_cli import Both, Program, widgets
from terraform_cli import fold

RESOURCES: dict[str, Any] = {"widget": {
    "one": {"name": "one"},
    "counted": {"count": 11, "name": "counted-${count.index}"},
    "each": {"for_each": {"a": "first", "b \"c\"": "second"}, "name": "each-${each.value}"},
}}


@pytest.fixture
def filled(both: Both) -> Both:
    """Both folders with the same things in their states: the objects lie beside them."""
    both.configure(resource=RESOURCES, data={"widget": {"look": {"name": "one", "depends_on": ["widget.one"]}}})
    both.terraform.apply()
    both.host.apply()
    return both


def addresses(program: Program) -> set[str]:
    return set(program.instances())


@pytest.mark.parametrize("arguments", [
    [], ["widget.counted"], ["widget.counted[10]"], ["widget.one", 'widget.each["a"]'], ["data.widget.look"], ["-id=one"],
], ids=" ".join)
def test_list(filled: Both, arguments: list[str]) -> None:
    filled.same("state", "list", *arguments)


@pytest.mark.parametrize("arguments", [
    ["rm", "-dry-run", "widget.counted", 'widget.each["a"]'],
    ["rm", "-dry-run", "widget.none"],
    ["rm", "widget.counted", "widget.one"],
    ["rm", "widget.counted[3]", "widget.none"],
    ["rm", "data.widget.look"],
    ["mv", "-dry-run", "widget.one", "widget.two"],
    ["mv", "widget.one", "widget.two"],
    ["mv", "widget.one", 'widget.two["x"]'],
    ["mv", "widget.counted", "widget.recounted"],
    ["mv", "widget.counted[3]", "widget.one_more"],
    ["mv", 'widget.each["b \\"c\\""]', "widget.each[\"c\"]"],
], ids=" ".join)
def test_change(filled: Both, arguments: list[str]) -> None:
    filled.same("state", *arguments)
    assert addresses(filled.host) == addresses(filled.terraform)
    for program in (filled.terraform, filled.host):
        backups = [path for path in program.folder.iterdir() if path.suffix == ".backup" and path.stem != "terraform.tfstate"]
        assert len(backups) == (0 if "-dry-run" in arguments else 1)


@pytest.mark.parametrize("arguments", [
    ["list"],
    ["list", "widget.one"],
    ["rm", "widget.one"],
    ["rm", "widget.counted[1]"],
    ["mv", "widget.one", "widget.two"],
    ["mv", "widget.one", 'widget.two["x"]'],
], ids=" ".join)
def test_instances_with_deposed_objects(filled: Both, arguments: list[str]) -> None:
    """Of one there is nothing but a deposed object, of another a current one besides."""
    for program in (filled.terraform, filled.host):
        path = program.folder / "terraform.tfstate"
        state = json.loads(path.read_text())
        for resource in state["resources"]:
            if resource["name"] == "one":
                resource["instances"][0]["deposed"] = "0123abcd"
            if resource["name"] == "counted":
                second = resource["instances"][1]
                resource["instances"].insert(2, second | {"deposed": "4567cdef"})
        path.write_text(json.dumps(state))
    filled.same("state", *arguments)
    assert addresses(filled.host) == addresses(filled.terraform)


@pytest.mark.parametrize("arguments", [
    ["list", "widget.none"],
    ["list", "widget.counted[11]"],
    ["rm", "widget.none"],
    ["mv", "widget.none", "widget.two"],
    ["mv", "widget.counted[99]", "widget.two"],
    ["mv", "widget.one", "widget.counted[1]"],
    ["mv", "widget.one", "gadget.one"],
    ["mv", "data.widget.look", "widget.look"],
    ["mv", "widget.counted", "widget.two[0]"],
    ["mv", "widget.counted[99]", "data.widget.look"],
    ["list", "widget.none[0]"],
], ids=" ".join)
def test_mistake(filled: Both, arguments: list[str]) -> None:
    before = (filled.host.folder / "terraform.tfstate").read_text()
    theirs, ours = filled.run("state", *arguments, expect=(1,))
    assert [text.partition(" ")[0] for text in ours.errors] == [text.partition(" ")[0] for text in theirs.errors]
    assert [fold(text).replace('"terraform ', '"') for text in ours.errors] == \
        [fold(text).replace('"terraform ', '"') for text in theirs.errors]
    assert (filled.host.folder / "terraform.tfstate").read_text() == before


@pytest.mark.parametrize(("arguments", "part"), [
    (["list", "a b"], "no address of a resource"),
    (["rm"], "Too few arguments"),
    (["mv", "widget.one"], "Too few arguments"),
    (["mv", "-state-out=x", "widget.one", "widget.two"], "Terraform"),
    (["show", "widget.counted"], "one specific instance"),
], ids=" ".join)
def test_misuse(host: Program, arguments: list[str], part: str) -> None:
    host.configure(resource=RESOURCES)
    host.apply()
    assert part in host.run("state", *arguments, expect=(1,)).text


def test_show_prints_one_instance(filled: Both) -> None:
    filled.same("state", "show", "-no-color", "widget.one")


def test_force_unlock_of_a_local_state_says_what_to_do(host: Program) -> None:
    host.configure(resource=widgets(a={}))
    result = host.run("force-unlock", "-force", "1-2-3", expect=(1,))
    assert "end that process" in result.error("Failed to unlock state")


@pytest.mark.parametrize("arguments", [["list"], ["show", "widget.a"]], ids=" ".join)
def test_looking_at_no_state(both: Both, arguments: list[str]) -> None:
    both.configure(resource=widgets(a={}))
    theirs, ours = both.run("state", *arguments, expect=(1,))
    assert "No state file was found!" in theirs.text
    assert "State management commands require a state file" in ours.error("No state file was found!")
