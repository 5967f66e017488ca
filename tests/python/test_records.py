# SPDX-License-Identifier: Apache-2.0
"""Results: frozen, hashable, comparable, and silent about secrets. The widget plugin has every type there is."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from pathlib import Path

import pytest

WIDGET = {
    "name": "w", "weight": 2, "tags": ["b", "a"], "zones": {"z2", "z1"}, "labels": {"k": "v"}, "position": {"x": 4},
    "parts": ({"kind": "gear"}, {"kind": "spring", "amount": 3, "note": "n"}), "secret": "hushhush"}  # fmt: skip


@pytest.fixture
def widgets(astra_cmk, staged, build_dir, tmp_path):
    """A client of another plugin: the generic package alone."""
    import plugin_bridge

    schemas = Path(build_dir, "tests/plugins/widget/schemas")
    place = plugin_bridge.Candidate(staged / "astra_cmk/lib/libplugin_bridge.so", schemas)
    product = plugin_bridge.Product("widgets", "", lambda: (place,), {})
    (tmp_path / "widgets").mkdir()
    with plugin_bridge.Client(product, {"directory": str(tmp_path / "widgets")}) as client:
        yield client


@pytest.fixture
def widget(widgets):
    return widgets.widget.create(**WIDGET)


def test_every_type(widget):
    assert (widget.size, widget.weight, widget.enabled, widget.fault) == (10, 2.0, True, None)
    assert isinstance(widget.weight, float)
    assert widget.tags == ("b", "a") and widget.zones == {"z1", "z2"} and isinstance(widget.zones, frozenset)
    assert dict(widget.labels) == {"k": "v"} and widget.labels["k"] == "v"
    assert (widget.position.x, widget.position.y, widget.position.note) == (4, 0, None)
    assert [(part.kind, part.amount, part.note) for part in widget.parts] == [("gear", 1, None), ("spring", 3, "n")]
    assert widget.place.file and isinstance(widget.place.depth, tuple)


def test_what_comes_out_can_go_in(widgets, widget):
    assert widgets.widget.read(widget) == widget
    changed = widgets.widget.update(widget, size=11)
    assert (changed.size, changed.parts, changed.zones) == (11, widget.parts, widget.zones)
    assert widgets.widget.list()[0].name == "w"
    assert widgets.mirror({"x": 1, "y": 2}).to_dict() == {"x": 1, "y": 2}
    assert widgets.area(2, height=3.5) == 7.0
    assert widgets.join(["a", "b"]) is not None
    widgets.widget.delete(changed)
    assert widgets.widget.list() == ()


def test_frozen(widget):
    for change in (lambda: setattr(widget, "size", 1), lambda: setattr(widget, "new", 1), lambda: delattr(widget, "size"),
                   lambda: setattr(widget.position, "x", 1)):  # fmt: skip
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    with pytest.raises(TypeError):
        widget.labels["k"] = "other"
    with pytest.raises(TypeError, match="come from calls"):
        type(widget)()


def test_equal_and_hashable(widgets, widget):
    again = widgets.widget.read(widget)
    assert widget == again and hash(widget) == hash(again) and len({widget, again}) == 1
    assert widget != widgets.widget.update(widget, size=12) and widget != widget.to_dict()
    assert copy.copy(widget) is widget and copy.deepcopy(widget) is widget


def test_repr_hides_secrets(widgets, widget):
    assert "hushhush" not in repr(widget) and "secret=<sensitive>" in repr(widget) and "name='w'" in repr(widget)
    assert "hushhush" not in str(widget) and "hushhush" not in f"{[widget]}"
    plain = widgets.widget.create(name="plain")
    assert "secret=None" in repr(plain)
    plan = widgets.plan("widget", widget, widget)
    assert "hushhush" not in repr(plan)


def test_plan_of_attributes(widgets, widget):
    plan = widgets.plan(widgets.widget, {"name": "w"}, {"name": "w", "size": 3})
    assert (plan.action, plan.prior.size, plan.planned.size, plan.prior.tags) == ("update", 10, 3, None)
    assert widgets.apply(plan).size == 3


def test_to_dict(widget):
    found = widget.to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["secret"] == "hushhush" and found["zones"] == ["z1", "z2"] and found["parts"][0]["kind"] == "gear"
    assert list(found) == [*WIDGET_ATTRIBUTES]


WIDGET_ATTRIBUTES = ("name", "size", "offset", "weight", "ratio", "enabled", "tags", "zones", "labels", "position", "parts",
                     "secret", "fault", "id", "revision", "place")  # fmt: skip


def test_unknown_attribute(widget):
    with pytest.raises(AttributeError, match="Widget has no 'sizes'; did you mean 'size'"):
        widget.sizes  # noqa: B018
    assert not hasattr(widget, "nothing") and getattr(widget, "nothing", 3) == 3


def test_unfit_values(widgets, astra_cmk):
    for bad, kind in (({"size": object()}, TypeError), ({"weight": float("nan")}, ValueError), ({"name": "a\ud800"}, ValueError),
                      ({"name": "a\0b"}, astra_cmk.InvalidConfig), ({"size": 70000}, astra_cmk.InvalidConfig),
                      ({"secret": "UPPER"}, astra_cmk.InvalidConfig)):  # fmt: skip
        with pytest.raises(kind) as caught:
            widgets.widget.create(**{"name": "w", **bad})
        assert "UPPER" not in str(caught.value)


def test_pickle(astra, astra_cmk):
    key = astra.cmk_key.create(cloud_provider="aws", region="us-east-2", key_id="arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    assert pickle.loads(pickle.dumps(key)) == key
    listed = astra.data.cmk_keys()
    assert pickle.loads(pickle.dumps(listed)) == listed
    assert pickle.loads(pickle.dumps(astra_cmk.UNKNOWN)) is astra_cmk.UNKNOWN
    assert isinstance(key, astra_cmk.CmkKey) and isinstance(key, astra_cmk.Record)


def test_classes_of_results(astra_cmk):
    assert astra_cmk.CmkKey.__module__ == "astra_cmk" and astra_cmk.CmkKey.__doc__
    assert astra_cmk.ParseKeyIdResult.__name__ == "ParseKeyIdResult"
    with pytest.raises(AttributeError):
        astra_cmk.NoSuchClass  # noqa: B018
