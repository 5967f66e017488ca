# SPDX-License-Identifier: Apache-2.0
"""The host does what Terraform does: each scenario is run by Terraform, by the host, and by both in turn. See parity.py."""

import os

import pytest
from host_cli import widgets
from parity import APPLY, DESTROY, PLAN, Parity, drift, lose, taint

EVERYTHING = {
    "size": 3, "weight": 2.25, "ratio": 0.25, "enabled": False, "tags": ["one", "two"], "zones": ["z2", "z1"],
    "labels": {"k": "v", "ключ": "значение", "a b": ""}, "position": {"x": 1}, "secret": "abc",
    "parts": [{"kind": "gear"}, {"kind": "spring", "amount": 2, "note": "ü\n\"quoted\" \\ $${x} %%{y}"}],
}
UNICODE = "Ωμέγα 漢字 🎈 <&>"
REFRESH_ONLY = (*APPLY, "-refresh-only")
AHEAD = {"create_before_destroy": True}


def outputs(**named):
    return {name: {"value": value} for name, value in named.items()}


def many(name="n", **attributes):
    return {"widget": {name: {"name": name + "-${each.key}", **attributes}}}


SCENARIOS = {
    "life": [
        {"resource": widgets(a=EVERYTHING)}, PLAN, APPLY,
        {"resource": widgets(a={**EVERYTHING, "size": 4, "labels": {"k": "w"}, "parts": None})}, PLAN, APPLY,
        {"resource": widgets(a={"name": "other"})}, APPLY, ("plan", "-destroy"), DESTROY,
    ],
    "nothing at all": [
        {}, PLAN, APPLY, APPLY, DESTROY, {"output": outputs(n=None)}, APPLY, ("output",), ("state", "list"), ("show",),
    ],
    "a destroy of nothing": [{}, DESTROY, ("state", "list")],
    "a refresh of nothing": [{"resource": widgets(a={})}, ("refresh",), ("state", "list"), PLAN],
    "nothing that comes to be": [{"resource": widgets(a={"fault": "early"})}, PLAN, APPLY, ("output",), REFRESH_ONLY],
    "null, empty and default": [
        {"resource": widgets(a={"tags": [], "zones": [], "labels": {}, "parts": [], "position": None, "size": None})}, APPLY,
        {"resource": widgets(a={"tags": None, "zones": None, "labels": None, "parts": None, "position": {"x": 0}})}, APPLY,
    ],
    "empty texts": [
        {"resource": widgets(a={"parts": [{"kind": "gear", "note": ""}], "tags": ["", "x"], "zones": ["z", ""], "labels": {"k": "", "l": "x"},
                                "position": {"x": 1, "note": ""}}),
         "output": outputs(l=["", "x"], m={"k": ""}, s="")}, PLAN, APPLY, ("show",),
        {"resource": widgets(a={"parts": [{"kind": "gear", "note": "n"}, {"kind": "spring", "note": ""}], "tags": ["y", "", "x"], "zones": ["z"],
                                "labels": {"k": "n", "l": ""}, "position": {"x": 1, "note": "n"}}),
         "output": outputs(l=["y", "", "z"], m={"k": "n"}, s="n")}, PLAN, APPLY,
        drift("a", "tags", '["", "y"]'),
        {"resource": widgets(a={"parts": [{"kind": "gear", "note": ""}], "tags": [""], "labels": {"k": ""}, "position": {"x": 1, "note": ""}},
                             b={"tags": "${widget.a.tags}"})}, PLAN, APPLY,
    ],
    "texts": [
        {"resource": widgets(a={"labels": {"u": UNICODE, "long": "x" * 5000, "lines": "a\nb\n", UNICODE: "tab\t"},
                                "tags": ["é", "ê", "long " * 400]}),
         "output": outputs(u="${widget.a.labels}", t="${widget.a.tags[1]}", mixed="<${widget.a.labels.u}>")}, APPLY,
        {"resource": widgets(a={"labels": {"u": UNICODE + "!", "long": "x" * 5001, "lines": "a\nc\n"},
                                "tags": ["ê", "é"]}),
         "output": outputs(u="${widget.a.labels}", t="${widget.a.tags[1]}")}, APPLY,
    ],
    "names": [
        {"resource": widgets(é={"labels": {"ключ": "a", "漢字": "b", "🎈": "c", "a–b": "d", "½": "e"}}),
         "output": outputs(**{"größe": "${widget.é.labels[\"ключ\"]}", "o": {"ü": 1, "u-1": 2, "→": 3, "1": 4, "µ": 5, "": 6}})}, PLAN, APPLY,
        ("output",), ("show",), ("state", "show", "widget.é"), ("plan", "-target=widget.é"), {"output": outputs(o={"ü": 2, "→": 4})}, PLAN,
    ],
    "numbers": [
        {"resource": widgets(a={"weight": 1e19, "ratio": 0.125, "offset": -128, "size": 65535},
                             b={"weight": 0.1, "size": "12", "enabled": "true", "tags": [1, True, 2.50]},
                             c={"weight": "${widget.a.weight}", "labels": {"n": "${widget.a.weight}"}}),
         "output": outputs(w="${widget.a.weight}", r="${widget.a.ratio}", big=12345678901234567890, s="n=${widget.b.weight}",
                           f=1.10, z=-0.0, e=1e-7)}, APPLY,
    ],
    "numbers beyond 64 bits": [
        {"resource": widgets(a={"weight": 10**21}, b={"labels": {"n": "${widget.a.weight}", "l": 10**30 + 1}},
                             c={"weight": -(2**64)}),
         "locals": {"n": 3 * 10**20},
         "output": outputs(w="${widget.a.weight}", n=-(10**25), l="${local.n}", t="${300000000000000000001}")}, APPLY,
        ("output", "-json"), ("state", "show", "widget.a"), ("refresh",), drift("a", "size", "8"), PLAN,
        {"resource": widgets(a={"weight": 10**21 + 1}, b={"weight": "1000000000000000000000"}, c={"weight": 1e21}),
         "output": outputs(w="${widget.a.weight}", n=-(10**25) - 1)}, APPLY, PLAN,
        {"resource": widgets(a={"size": 2**64}, b={"tags": [2**64]})}, PLAN,
    ],
    "unknown values through hops": [
        {"resource": {"widget": {
            "a": {"name": "a"}, "b": {"name": "b", "labels": {"of": "${widget.a.id}", "is": "b"}},
            "c": {"name": "c", "tags": ["${local.l}", "x"], "position": {"x": "${widget.b.revision}"}},
            "d": {"count": 2, "name": "d${count.index}", "parts": [{"kind": "gear", "note": "${widget.c.place.file}"}],
                  "zones": ["${widget.c.id}", "q"]}}},
         "locals": {"l": "<${widget.b.id}>", "whole": "${widget.a}", "ids": "${widget.d[*].id}"},
         "output": {**outputs(ids="${local.ids}", hop="${widget.d[1].zones}", depth="${widget.a.place.depth[1]}"),
                    "whole": {"value": "${local.whole}", "sensitive": True}, "d": {"value": "${widget.d}", "sensitive": True}}}, PLAN, APPLY,
        {"resource": {"widget": {
            "a": {"name": "a2"}, "b": {"name": "b", "labels": {"of": "${widget.a.id}", "is": "b"}},
            "c": {"name": "c", "tags": ["${local.l}", "x"], "position": {"x": "${widget.b.revision}"}},
            "d": {"count": 2, "name": "d${count.index}", "parts": [{"kind": "gear", "note": "${widget.c.place.file}"}],
                  "zones": ["${widget.c.id}", "q"]}}},
         "locals": {"l": "<${widget.b.id}>", "whole": "${widget.a}", "ids": "${widget.d[*].id}"},
         "output": {**outputs(ids="${local.ids}", hop="${widget.d[1].zones}", depth="${widget.a.place.depth[1]}"),
                    "whole": {"value": "${local.whole}", "sensitive": True}, "d": {"value": "${widget.d}", "sensitive": True}}}, APPLY, DESTROY,
    ],
    "count and for_each": [
        {"resource": {"widget": {"a": {"count": 2, "name": "a${count.index}"}, "s": {"name": "s"}}}}, APPLY,
        {"resource": {"widget": {"a": {"count": 3, "name": "a${count.index}"}, "s": {"count": 1, "name": "s"}}}}, APPLY,
        {"resource": {"widget": {"a": {"for_each": {"x": "a0", "y": "a1"}, "name": "${each.value}"}, "s": {"name": "s"}}},
         "moved": [{"from": "widget.a[0]", "to": 'widget.a["x"]'}, {"from": "widget.a[1]", "to": 'widget.a["y"]'}]}, PLAN, APPLY,
        {"resource": {"widget": {"a": {"for_each": {"y": "a1", "é k": "n"}, "name": "${each.value}"}}}}, APPLY,
        {"resource": {"widget": {"a": {"count": 0, "name": "a${count.index}"}}}}, APPLY,
    ],
    "moved": [
        {"resource": widgets(a={}, b={}, c={"tags": ["${widget.a.id}"]})}, APPLY,
        {"resource": widgets(n={"name": "a"}, b={}, c={"tags": ["${widget.n.id}"]}),
         "moved": [{"from": "widget.a", "to": "widget.m"}, {"from": "widget.m", "to": "widget.n"}]}, PLAN, APPLY, PLAN,
        {"resource": widgets(n={"name": "a"}, b={}), "moved": [{"from": "widget.c", "to": "widget.gone"}]}, PLAN, APPLY,
    ],
    "removed": [
        {"resource": widgets(a={}, b={}, c={"tags": ["${widget.a.id}"]})}, APPLY,
        {"resource": widgets(c={}), "removed": [{"from": "widget.a", "lifecycle": {"destroy": False}},
                                                {"from": "widget.b", "lifecycle": {"destroy": True}}]}, PLAN, APPLY,
    ],
    "create before destroy": [
        {"resource": widgets(a={"lifecycle": AHEAD}, b={"tags": ["${widget.a.id}"]}, c={"name": "c"})}, APPLY,
        {"resource": widgets(a={"name": "a2", "lifecycle": AHEAD}, b={"name": "b2", "tags": ["${widget.a.id}"]},
                             c={"name": "c", "tags": ["${widget.b.id}"]})}, PLAN, APPLY,
        {"resource": widgets(a={"name": "a3", "lifecycle": AHEAD}, b={"name": "b2", "tags": ["${widget.a.id}"]},
                             c={"name": "c", "tags": ["${widget.b.id}"], "lifecycle": AHEAD})}, APPLY, DESTROY,
    ],
    "a deposed object that stays": [
        {"resource": widgets(a={"lifecycle": AHEAD, "fault": "delete"})}, APPLY,
        {"resource": widgets(a={"name": "a2", "lifecycle": AHEAD, "fault": "delete"})}, APPLY, ("show",), PLAN, APPLY, ("state", "list"), DESTROY,
    ],
    "prevent_destroy": [
        {"resource": widgets(a={"lifecycle": {"prevent_destroy": True}}, b={})}, APPLY,
        {"resource": widgets(a={"name": "a2", "lifecycle": {"prevent_destroy": True}}, b={})}, PLAN, APPLY,
        ("plan", "-destroy"), DESTROY, {"resource": widgets(b={})}, APPLY,
    ],
    "ignore_changes": [
        {"resource": widgets(a={**EVERYTHING, "lifecycle": {"ignore_changes": ["size", "tags", "labels[\"k\"]", "position.x"]}},
                             b={"lifecycle": {"ignore_changes": "all"}})}, APPLY,
        drift("a", "size", "77"), drift("a", "weight", "9"),
        {"resource": widgets(a={"name": "a", "size": 9, "tags": [], "labels": {"k": "x", "n": "m"}, "position": {"x": 9, "y": 9},
                                "zones": ["z1", "z2"],
                                "lifecycle": {"ignore_changes": ["size", "tags", "labels[\"k\"]", "position.x"]}},
                             b={"name": "b9", "size": 3, "lifecycle": {"ignore_changes": "all"}})}, PLAN, APPLY,
    ],
    "ignore_changes and replacement": [
        {"resource": widgets(a={"lifecycle": {"ignore_changes": ["size", "labels[\"k\"]"]}, "labels": {"k": "1"}},
                             b={"lifecycle": {"ignore_changes": "all"}}, c={"size": 3, "lifecycle": {"ignore_changes": ["size"]}})}, APPLY,
        {"resource": widgets(a={"name": "a2", "size": 9, "labels": {"k": "2", "l": "3"}, "lifecycle": {"ignore_changes": ["size", "labels[\"k\"]"]}},
                             b={"size": 4, "lifecycle": {"ignore_changes": "all"}},
                             c={"name": "c2", "size": 5, "tags": ["${widget.a.id}"], "lifecycle": {"ignore_changes": ["size", "name"]}})},
        PLAN, (*PLAN, "-replace=widget.b", "-replace=widget.a"), (*APPLY, "-replace=widget.b"), taint("c"), PLAN, APPLY,
    ],
    "a failed create": [
        {"resource": widgets(a={"fault": "late"}, b={"tags": ["${widget.a.id}"]}, c={}, d={"fault": "early"}),
         "output": outputs(a="${widget.a.id}", c="${widget.c.id}")}, APPLY, ("show",), ("output",), PLAN,
        {"resource": widgets(a={}, b={"tags": ["${widget.a.id}"]}, c={}, d={}),
         "output": outputs(a="${widget.a.id}", c="${widget.c.id}")}, APPLY,
    ],
    "a failed destroy": [
        {"resource": widgets(a={"fault": "delete"}, b={"tags": ["${widget.a.id}"]}, c={})}, APPLY, DESTROY, ("state", "list"), PLAN,
        {"resource": widgets(c={})}, APPLY, {"resource": widgets(a={"name": "q"})}, APPLY,
    ],
    "outputs of what failed": [
        {"resource": widgets(a={"size": 1}), "output": outputs(size="${widget.a.size}", r="${widget.a.revision}", gone="x",
                                                               s={"a": "${widget.a.size}"})}, APPLY,
        {"resource": widgets(a={"size": 2, "fault": "update"}, b={"size": 3, "fault": "early"}),
         "output": {**outputs(size="${widget.a.size}", r="${widget.a.revision}", b="${widget.b.size}", i="${widget.b.id}", n=None),
                    "s": {"value": {"a": "${widget.a.size}"}, "sensitive": True}}}, APPLY, ("output", "-json"),
    ],
    "a failed update": [
        {"resource": widgets(a={"size": 1}, b={"tags": ["${widget.a.revision}"]}), "output": outputs(r="${widget.a.revision}")}, APPLY,
        {"resource": widgets(a={"size": 2, "fault": "update"}, b={"tags": ["${widget.a.revision}", "x"]}),
         "output": outputs(r="${widget.a.revision}")}, APPLY, PLAN,
    ],
    "a failed replacement": [
        {"resource": widgets(a={"size": 1}, b={"tags": ["${widget.a.id}"]}, c={"lifecycle": AHEAD})}, APPLY,
        {"resource": widgets(a={"name": "a2", "fault": "early"}, b={"tags": ["${widget.a.id}"]},
                             c={"name": "c2", "fault": "early", "lifecycle": AHEAD})}, APPLY, PLAN,
        {"resource": widgets(a={"name": "a2"}, b={"tags": ["${widget.a.id}"]}, c={"name": "c3", "lifecycle": AHEAD})}, APPLY,
    ],
    "a failed read": [
        {"resource": widgets(a={"fault": "read"}, b={})}, APPLY, PLAN, APPLY, (*PLAN, "-refresh=false"), (*APPLY, "-refresh=false"),
    ],
    "taint": [
        {"resource": widgets(a={}, b={"tags": ["${widget.a.id}"]}, c={"name": "c", "lifecycle": AHEAD})}, APPLY,
        taint("a"), PLAN, ("state", "show", "widget.a"), APPLY, taint("b"), {"resource": widgets(a={})}, APPLY,
    ],
    "drift": [
        {"resource": widgets(a=EVERYTHING, b={"labels": {"size": "${widget.a.size}"}}, c={}), "output": outputs(s="${widget.a.size}")}, APPLY,
        drift("a", "size", "8"), drift("a", "tags", '["drifted"]'), PLAN, ("plan", "-refresh-only"), (*PLAN, "-refresh=false"),
        REFRESH_ONLY, PLAN, APPLY, lose("a"), lose("c"), PLAN, REFRESH_ONLY, APPLY,
    ],
    "relevant drift": [
        {"resource": {"widget": {
            "a": {**EVERYTHING, "name": "a"}, "m": {"name": "m", "labels": {"k": "1", "l": "2"}, "parts": [{"kind": "gear"}]},
            "c": {"count": 2, "name": "c${count.index}"}, "e": {"for_each": {"x": "1"}, "name": "e-${each.key}"}, "gone": {"name": "gone"},
            "h": {"name": "h", "size": "${widget.m.size}"},
            "u": {"name": "u", "labels": {"size": "${widget.a.size}", "k": "${widget.m.labels[\"k\"]}", "g": "${widget.gone.id}"}}}},
         "locals": {"hop": "${widget.h.size}", "ids": "${widget.c[*].size}"},
         "output": outputs(one="${widget.c[1].size}", kind="${widget.m.parts[0].kind}", e="${widget.e[\"x\"].size}", h="${local.hop}",
                           x="${widget.m.position}")}, APPLY,
        drift("a", "size", "8"), drift("a", "weight", "9.5"), drift("c0", "size", "3"), drift("c1", "size", "4"), drift("e-x", "size", "5"),
        drift("m", "size", "6"), lose("gone"), PLAN, (*PLAN, "-target=widget.u"), drift("e-x", "size", "10"),
        {"resource": {"widget": {
            "a": {"name": "a"}, "m": {"name": "m", "labels": {"k": "1", "l": "2"}}, "c": {"count": 2, "name": "c${count.index}"},
            "gone": {"name": "gone", "tags": ["${local.ids[0]}"]}, "u": {"name": "u", "labels": "${widget.m.labels}"}}},
         "locals": {"ids": "${widget.c[*].size}", "each": "${widget.a}"},
         "output": outputs(all="${widget.c[*].size}", zero="${widget.c[0].parts}")}, PLAN,
        ("plan", "-refresh-only"), APPLY, drift("m", "size", "7"), ("plan", "-destroy"),
    ],
    "refresh": [
        {"resource": widgets(a={}, b={}), "output": outputs(s="${widget.a.size}")}, APPLY, drift("a", "size", "8"), ("refresh",),
        lose("b"), {"resource": widgets(b={}), "output": outputs(t="${widget.b.id}")}, DESTROY,
    ],
    "targets": [
        {"resource": {"widget": {"a": {"name": "a"}, "b": {"name": "b", "tags": ["${widget.a.id}"]}, "c": {"name": "c"},
                                 "d": {"count": 2, "name": "d${count.index}"}}},
         "output": outputs(b="${widget.b.id}", c="${widget.c.id}")},
        (*PLAN, "-target=widget.b"), (*APPLY, "-target=widget.b", "-target=widget.d[1]"), APPLY,
        {"resource": {"widget": {"a": {"name": "a", "size": 2}, "b": {"name": "b", "tags": ["${widget.a.id}"]}, "c": {"name": "c", "size": 2}}},
         "output": outputs(b="${widget.b.id}", c="${widget.c.size}")},
        (*APPLY, "-target=widget.c"), (*DESTROY, "-target=widget.c"), APPLY,
    ],
    "what depended on it goes first": [
        {"resource": widgets(a={}, b={"tags": ["${widget.a.id}"]}, c={"tags": ["${widget.a.id}", "${widget.b.id}"]})}, APPLY,
        {"resource": widgets(a={"size": 2}, c={"tags": ["${widget.a.id}"], "lifecycle": AHEAD})}, APPLY,
        {"resource": widgets(a={"size": 3}, c={"name": "c2", "tags": ["${widget.a.id}"], "fault": "delete"})}, APPLY,
        {"resource": widgets(a={"size": 4}, c={"name": "c3", "tags": ["${widget.a.revision}"]})}, APPLY,
    ],
    "replace": [
        {"resource": {"widget": {"a": {"name": "a"}, "b": {"name": "b", "tags": ["${widget.a.id}"]},
                                 "d": {"for_each": {"x": "1", "y": "2"}, "name": "d-${each.key}"}}}}, APPLY,
        (*PLAN, "-replace=widget.a"), (*APPLY, "-replace=widget.a", "-replace=widget.d[\"x\"]"),
    ],
    "import": [
        {"resource": widgets(a=EVERYTHING, b={})}, APPLY, ("state", "rm", "widget.a"), PLAN,
        ("import", "widget.a", "widgets/a"), ("state", "rm", "widget.b"),
        {"resource": widgets(a=EVERYTHING, b={"size": 4}), "import": [{"to": "widget.b", "id": "b"}]}, PLAN, APPLY, PLAN,
        ("state", "rm", "widget.a"),
        {"resource": {"widget": {"a": {"for_each": {"k": "a"}, "name": "${each.value}"}, "b": {"name": "b"}}},
         "import": [{"to": 'widget.a["k"]', "id": "widgets/a"}]}, APPLY,
    ],
    "state commands": [
        {"resource": {"widget": {"a": {"count": 2, "name": "a${count.index}"}, "b": {"name": "b"}}}}, APPLY,
        ("state", "mv", "widget.b", "widget.c"), ("state", "mv", "widget.a[1]", "widget.a[5]"), ("state", "list"), PLAN,
        ("state", "rm", "widget.a"), ("state", "rm", "widget.nothing"), ("state", "mv", "widget.c", "widget.b"), APPLY,
    ],
    "sensitive": [
        {"variable": {"v": {"type": "string", "default": "secretvalue", "sensitive": True}},
         "resource": widgets(a={"secret": "${var.v}", "labels": {"x": "${var.v}", "y": "open"}}, b={"tags": ["${widget.a.secret}", "q"]},
                             c={"labels": "${widget.a.labels}"}),
         "output": {"s": {"value": "${var.v}", "sensitive": True}, "l": {"value": "${widget.a.labels}", "sensitive": True}}}, PLAN, APPLY,
        ("show",), ("output",), ("output", "-json"), ("state", "show", "widget.b"),
        {"variable": {"v": {"type": "string", "default": "secretvalue"}},
         "resource": widgets(a={"secret": "${var.v}", "labels": {"x": "${var.v}", "y": "open"}}, b={"tags": ["${widget.a.secret}", "q"]},
                             c={"labels": "${widget.a.labels}"}),
         "output": {"l": {"value": "${widget.a.labels}"}}}, PLAN, APPLY,
        {"resource": widgets(a={"secret": "other", "labels": {}}), "output": {"l": {"value": "${widget.a.secret}"}}}, PLAN,
    ],
    "data sources": [
        {"resource": widgets(a=EVERYTHING), "data": {"widget": {"d": {"name": "${widget.a.name}"}, "e": {"name": "a", "depends_on": ["widget.a"]}}},
         "output": {**outputs(size="${data.widget.d.size}", e="${data.widget.e.parts[*].kind}"),
                    "whole": {"value": "${data.widget.d}", "sensitive": True}}}, PLAN, APPLY, PLAN,
        {"resource": widgets(a={**EVERYTHING, "size": 5}, b={"size": "${data.widget.d.size}"}),
         "data": {"widget": {"d": {"name": "${widget.a.name}"}, "e": {"name": "a", "depends_on": ["widget.a"]}}},
         "output": outputs(size="${data.widget.d.size}")}, PLAN, APPLY, APPLY,
        {"data": {"widget": {"n": {"name": "nothing"}}}}, PLAN,
    ],
    "functions": [
        {"resource": widgets(a={"weight": "${provider::widget::area(2, 3.5)}"},
                             b={"labels": {"j": "${provider::widget::join([widget.a.id, \"x\"], \"-\")}"}}),
         "output": outputs(m="${provider::widget::mirror({x = 1, y = 2})}", a="${provider::widget::area(widget.a.weight, 2)}")}, PLAN, APPLY,
    ],
    "aliases": [
        {"provider": {"widget": [{"directory": "objects"}, {"alias": "other", "directory": "more", "attempts": 9}]},
         "resource": widgets(a={}, b={"provider": "widget.other"}, c={"provider": "widget.other", "tags": ["${widget.a.id}"]})},
        ("validate",), APPLY,
        {"provider": {"widget": [{"directory": "objects"}, {"alias": "other", "directory": "more"}]},
         "resource": widgets(a={}, b={"provider": "widget.other", "size": 3})}, PLAN, APPLY, DESTROY,
    ],
    "depends_on": [
        {"resource": widgets(a={"depends_on": ["widget.c"]}, b={"depends_on": ["widget.a", "data.widget.d"]}, c={}),
         "data": {"widget": {"d": {"name": "c", "depends_on": ["widget.c"]}}},
         "output": {"o": {"value": "x", "depends_on": ["widget.a"]}}}, APPLY,
        {"resource": widgets(b={"depends_on": ["widget.c"]}, c={"name": "c2"})}, APPLY, DESTROY,
    ],
    "outputs": [
        {"output": outputs(a="x", b=[1, "two", None, {"k": True}], c={"x": {"y": []}}, n=None, e="", j="{\"a\": 1}")}, PLAN, APPLY, ("output",),
        {"output": {"a": {"value": "x", "sensitive": True}, **outputs(b=[1, "two"], n="now", j="{\"a\": 2}")}}, PLAN, APPLY, ("output", "-json"),
        {}, PLAN, APPLY, ("output",),
    ],
    "variables": [
        {"variable": {"o": {"type": "object({a = string, b = optional(number, 3)})", "default": {"a": "x"}},
                      "m": {"type": "map(number)", "default": {"one": "1", "two": 2}}, "s": {"type": "set(string)", "default": ["b", "a", "b"]},
                      "any": {"default": [1, "a"]}, "n": {"type": "string", "default": None}},
         "resource": {"widget": {"a": {"name": "a", "size": "${var.o.b}", "labels": "${var.m}", "zones": "${var.s}", "secret": "${var.n}"},
                                 "e": {"for_each": "${var.m}", "name": "${each.key}", "size": "${each.value}"},
                                 "t": {"for_each": "${var.s}", "name": "t-${each.value}"}}},
         "output": outputs(o="${var.o}", m="${var.m}", s="${var.s}", any="${var.any}", n="${var.n}")},
        PLAN, APPLY, (*APPLY, "-var", "m={three=3}", "-var", "o={a=\"q\"}"), (*PLAN, "-var", "nothing=1"),
    ],
}


def name_of(scenario):
    return scenario.replace(" ", "-").replace(",", "")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_parity(tf, host, scenario):
    """Every third is played in turn too, and all with PARITY_ALL=1: Terraform is slow."""
    alternate = list(SCENARIOS).index(scenario) % 3 == 0 or bool(os.environ.get("PARITY_ALL"))
    Parity(tf, host, alternate).play(SCENARIOS[scenario])
