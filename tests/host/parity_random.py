# SPDX-License-Identifier: Apache-2.0
"""Makes scenarios for parity.py from a seed: a configuration of a few widgets that refer to each other, then edits of it and
what else happens, each followed by commands. The same seed makes the same scenario."""

from __future__ import annotations

import copy
import random
from typing import Any

from parity import APPLY, DESTROY, PLAN, Step, drift, lose, taint

TEXTS = ["", "x", "y z", "é", "漢字 🎈", "a\nb\n", "$${x}", '{"a": [1, 2]}', "quo\"te", "\\back", "long " * 60, "5", "true", "<&>"]
KEYS = ["k", "two", "a b", "é", "0"]
FAULTS = ["early", "late", "update", "delete", "read"]
TYPES = {"size": "number", "weight": "number", "enabled": "bool", "labels": "map", "tags": "list", "parts": "parts",
         "position": "position", "secret": "secret", "zones": "list", "offset": "small"}


class Resource:
    """A resource as the generator knows it: what others may refer to."""

    def __init__(self, stem: str) -> None:
        self.stem = stem      # of the name of the widget, whatever the resource is called
        self.version = 0      # of that name: another one forces a replacement
        self.repetition: Any = None
        self.attributes: dict[str, Any] = {}
        self.lifecycle: dict[str, Any] = {}
        self.alias = False
        self.depends_on: list[str] = []

    def body(self) -> dict[str, Any]:
        name = f"{self.stem}{self.version or ''}"
        body: dict[str, Any] = {}
        if isinstance(self.repetition, int):
            body = {"count": self.repetition}
            name += "-${count.index}"
        elif isinstance(self.repetition, dict):
            body = {"for_each": self.repetition}
            name += "-${each.key}"
        body |= {"name": name} | self.attributes
        if self.lifecycle:
            body["lifecycle"] = self.lifecycle
        if self.depends_on:
            body["depends_on"] = self.depends_on
        if self.alias:
            body["provider"] = "widget.other"
        return body


class Scenario:
    """Draws the steps."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.steps: list[Step] = []
        self.resources: dict[str, Resource] = {}
        self.data: dict[str, str] = {}
        self.outputs: dict[str, Any] = {}
        self.locals: dict[str, Any] = {}
        self.moved: list[dict[str, str]] = []
        self.removed: list[dict[str, Any]] = []
        self.stems = 0
        self.secret = self.random.random() < 0.4

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def choose(self, among):
        return self.random.choice(list(among))

    # --- values ---

    def instance(self, name: str) -> str:
        """How one instance of a resource is referred to."""
        resource = self.resources[name]
        if isinstance(resource.repetition, int):
            return f"widget.{name}[{self.random.randrange(resource.repetition)}]" if resource.repetition else ""
        if isinstance(resource.repetition, dict):
            return f'widget.{name}["{self.choose(resource.repetition)}"]' if resource.repetition else ""
        return f"widget.{name}"

    def reference(self, earlier: list[str], kind: str) -> str | None:
        """An expression of that kind made of what comes before, if there is any."""
        candidates = [name for name in earlier if self.instance(name)]
        if kind == "text" and self.secret and self.chance(0.2):
            return "${var.pw}"
        if kind in ("text", "number") and self.data and self.chance(0.15):
            return "${data.widget.%s.%s}" % (self.choose(self.data), "id" if kind == "text" else "size")
        if kind == "text" and self.locals and self.chance(0.2) and self.valid(self.locals, earlier):
            return "<${local.%s}>" % self.choose(self.locals)
        if not candidates:
            return None
        one = self.instance(self.choose(candidates))
        if kind == "text":
            return self.choose(["${%s.id}", "pre-${%s.name}-post", "${%s.revision}", "${%s.place.file}", "${%s.size}"]) % one
        if kind == "number":
            return self.choose(["${%s.revision}", "${%s.size}"]) % one
        if kind == "map":
            return "${%s.labels}" % one
        if kind == "list":
            return "${%s.tags}" % one
        if kind == "parts":
            return "${%s.parts}" % one
        return None

    def value(self, kind: str, earlier: list[str]) -> Any:
        if self.chance(0.06):
            return None
        if self.chance(0.35):
            reference = self.reference(earlier, kind)
            if reference is not None:
                return reference
        draw = self.random.randrange
        if kind == "number":
            return self.choose([draw(100), draw(100), str(draw(50))])
        if kind == "small":
            return draw(-128, 128)
        if kind == "bool":
            return self.choose([True, False, "true"])
        if kind == "secret":
            return self.choose(["abc", "xyz"])
        if kind == "text":
            return self.choose(TEXTS)
        if kind == "list":
            return [self.value("text", earlier) or "t" for _ in range(draw(4))]
        if kind == "map":
            return {key: self.value("text", earlier) or "" for key in self.random.sample(KEYS, draw(4))}
        if kind == "position":
            return {"x": self.value("number", earlier) or 0} | ({"y": draw(3)} if self.chance(0.5) else {}) | (
                {"note": self.value("text", earlier)} if self.chance(0.4) else {})
        return [{"kind": self.choose(["gear", "spring"])} | ({"amount": draw(1, 4)} if self.chance(0.5) else {}) | (
            {"note": self.value("text", earlier)} if self.chance(0.4) else {}) for _ in range(draw(4))]

    # --- edits ---

    def earlier(self, name: str | None = None) -> list[str]:
        names = list(self.resources)
        return names[:names.index(name)] if name in names else names

    def add(self) -> None:
        name = f"r{self.stems}"
        self.stems += 1
        resource = Resource(f"w{name}")
        earlier = self.earlier()
        for attribute in self.random.sample(sorted(TYPES), self.random.randrange(5)):
            resource.attributes[attribute] = self.value(TYPES[attribute], earlier)
        if self.chance(0.3):
            self.repeat(resource)
        if self.chance(0.2):
            resource.lifecycle["create_before_destroy"] = True
        if self.chance(0.1):
            resource.lifecycle["ignore_changes"] = self.choose(["all", ["size"], ["labels", "tags"], ["position.x"]])
        if self.chance(0.15) and earlier:
            resource.depends_on = [f"widget.{self.choose(earlier)}"]
        resource.alias = self.chance(0.15)
        self.resources[name] = resource

    def repeat(self, resource: Resource) -> None:
        resource.repetition = self.choose([None, self.random.randrange(4), {key: key for key in self.random.sample("xyz", self.random.randrange(1, 4))}])

    def edit(self) -> None:
        self.moved, self.removed = [], []
        what = self.random.random()
        if not self.resources or what < 0.15:
            self.add()
            return
        name = self.choose(self.resources)
        resource = self.resources[name]
        if what < 0.5:
            attribute = self.choose(TYPES)
            resource.attributes[attribute] = self.value(TYPES[attribute], self.earlier(name))
        elif what < 0.6:
            resource.version += 1
        elif what < 0.68:
            self.repeat(resource)
        elif what < 0.76:
            if self.chance(0.5):
                resource.attributes["fault"] = self.choose(FAULTS)
            for other in self.resources.values():
                if other is not resource:
                    other.attributes.pop("fault", None)
        elif what < 0.84:
            del self.resources[name]
            if self.chance(0.4):
                self.removed = [{"from": f"widget.{name}", "lifecycle": {"destroy": self.chance(0.5)}}]
        elif what < 0.92:
            new = f"m{self.stems}"
            self.stems += 1
            self.resources = {new if key == name else key: value for key, value in self.resources.items()}
            if self.chance(0.8):
                self.moved = [{"from": f"widget.{name}", "to": f"widget.{new}"}]
            self.rename(name, new)
            return
        else:
            resource.lifecycle = self.choose([{}, {"create_before_destroy": True}, {"ignore_changes": ["size", "tags"]},
                                              {"prevent_destroy": True}])
        self.mend()

    def rename(self, old: str, new: str) -> None:
        for resource in self.resources.values():
            resource.attributes = replaced(resource.attributes, f"widget.{old}", f"widget.{new}")
            resource.depends_on = replaced(resource.depends_on, f"widget.{old}", f"widget.{new}")
        self.mend()

    def mend(self) -> None:
        """What refers to nothing any more is drawn anew or dropped."""
        for name, resource in self.resources.items():
            known = self.earlier(name)
            for attribute in list(resource.attributes):
                if not self.valid(resource.attributes[attribute], known):
                    del resource.attributes[attribute]
            resource.depends_on = [one for one in resource.depends_on if one.removeprefix("widget.") in known]
        self.data = {name: of for name, of in self.data.items() if of in self.resources and self.valid(f"${{widget.{of}.", list(self.resources))}
        for name, resource in self.resources.items():
            for attribute in list(resource.attributes):
                text = repr(resource.attributes[attribute])
                if "data.widget" in text and not any(f"data.widget.{one}." in text for one in self.data):
                    del resource.attributes[attribute]
        self.locals = {name: value for name, value in self.locals.items() if self.valid(value, list(self.resources))}
        for resource in self.resources.values():
            for attribute in list(resource.attributes):
                text = repr(resource.attributes[attribute])
                if "local." in text and not all(part.split("}")[0] in self.locals for part in text.split("local.")[1:]):
                    del resource.attributes[attribute]

    def valid(self, value: Any, known: list[str]) -> bool:
        """Whether all that a value refers to is there, as it is referred to."""
        text = repr(value).replace("data.widget.", "data.")
        for part in text.split("widget.")[1:]:
            name = "".join(letter if letter.isalnum() else " " for letter in part).split()[0]
            if name not in known:
                return False
            repetition, rest = self.resources[name].repetition, part[len(name):]
            if repetition is None and rest.startswith("["):
                return False
            if repetition is not None:
                key = rest[1:].split("]")[0].strip('"') if rest.startswith("[") else None
                names = [str(index) for index in range(repetition)] if isinstance(repetition, int) else list(repetition)
                if key not in names or (isinstance(repetition, int)) == rest.startswith('["'):
                    return False
        return True

    def draw_outputs(self) -> None:
        self.outputs = {}
        for index in range(self.random.randrange(4)):
            name = self.choose(self.resources) if self.resources else None
            value = self.choose([f"${{widget.{name}}}", f"${{widget.{name}[*].id}}", self.value("text", self.earlier()),
                                 self.value("map", self.earlier()), self.value("list", self.earlier())]) if name else "x"
            self.outputs[f"o{index}"] = {"value": value, "sensitive": True}
            if "widget." not in repr(value) and "var." not in repr(value) and "local." not in repr(value):
                self.outputs[f"o{index}"]["sensitive"] = self.chance(0.3)

    def write(self) -> None:
        blocks: dict[str, Any] = {"provider": {"widget": [{"directory": "objects"}, {"alias": "other", "directory": "more"}]}}
        if self.resources:
            blocks["resource"] = {"widget": {name: resource.body() for name, resource in self.resources.items()}}
        if self.data:
            blocks["data"] = {"widget": {name: {"name": f"${{widget.{of}.name}}"} for name, of in self.data.items()}}
        for name, content in (("output", self.outputs), ("locals", self.locals), ("moved", self.moved), ("removed", self.removed)):
            if content:
                blocks[name] = content
        if self.secret:
            blocks["variable"] = {"pw": {"type": "string", "sensitive": True, "default": "hush"}}
        self.steps.append(copy.deepcopy(blocks))

    # --- what happens ---

    def disturb(self) -> None:
        """Something that happens outside of the configuration."""
        if not self.resources:
            return
        resource = self.choose(self.resources.values())
        name = f"{resource.stem}{resource.version or ''}" + self.choose(["", "", "-0", "-x"])
        self.steps.append(self.choose([
            lose(name), drift(name, "size", str(self.random.randrange(100))), drift(name, "tags", '["drifted"]'),
            taint(self.choose(self.resources))]))

    def command(self) -> None:
        target = f"-target=widget.{self.choose(self.resources)}" if self.resources else None
        instance = self.instance(self.choose(self.resources)) if self.resources else ""
        what = self.random.random()
        if what < 0.1 and any(not one["lifecycle"]["destroy"] for one in self.removed):
            self.steps.append(APPLY)  # Terraform destroys what it would only forget here
        elif what < 0.06:
            self.steps.append(DESTROY)
        elif what < 0.1 and target:
            self.steps.append((*DESTROY, target))
        elif what < 0.18 and target:
            self.steps.append((*APPLY, target))
        elif what < 0.26 and instance:
            self.steps.append((*APPLY, f"-replace={instance}"))
        elif what < 0.32:
            self.steps.append((*APPLY, "-refresh-only"))
        elif what < 0.36:
            self.steps.append((*APPLY, "-refresh=false"))
        elif what < 0.4:
            self.steps.append(("show",))
        elif what < 0.43 and instance:
            self.steps.append(("state", "rm", instance))
        else:
            self.steps.append(APPLY)

    def draw(self, rounds: int) -> list[Step]:
        for _ in range(self.random.randrange(1, 6)):
            self.add()
        plain = [name for name, resource in self.resources.items() if resource.repetition is None and not resource.alias]
        if plain and self.chance(0.4):
            self.data["d"] = self.choose(plain)
        if self.chance(0.4):
            self.locals["l"] = self.value("text", self.earlier())
        self.draw_outputs()
        self.write()
        self.steps.append(APPLY)
        for _ in range(rounds):
            for _ in range(self.random.randrange(1, 4)):
                self.edit()
            if self.chance(0.5) or not self.valid(self.outputs, list(self.resources)) or "local." in repr(self.outputs) \
                    or "data." in repr(self.outputs):
                self.draw_outputs()
            self.write()
            if self.chance(0.3):
                self.disturb()
            if self.chance(0.15):
                self.steps.append(PLAN)
            self.command()
        self.moved, self.removed = [], []
        self.write()
        self.steps.append(APPLY)
        return self.steps


def replaced(value: Any, old: str, new: str) -> Any:
    """A value with a reference renamed in all its texts."""
    if isinstance(value, str):
        for end in (".", "[", "}"):
            value = value.replace(old + end, new + end)
        return new if value == old else value
    if isinstance(value, list):
        return [replaced(one, old, new) for one in value]
    if isinstance(value, dict):
        return {key: replaced(one, old, new) for key, one in value.items()}
    return value


def scenario(seed: int, rounds: int = 4) -> list[Step]:
    return Scenario(seed).draw(rounds)
