# SPDX-License-Identifier: Apache-2.0
"""The life of a resource over RPC: plan, apply, read, and what goes wrong on the way."""

import threading
import time

import grpc
import msgpack
import pytest
from provider_process import PATIENCE, UNKNOWN, decode, diags, errors, path_text

EVERYTHING = {
    "name": "a",
    "size": 65535,
    "offset": -128,
    "weight": "0.1",
    "ratio": 0.25,
    "enabled": False,
    "tags": ["x", 'a "quoted" one', "ümlaut"],
    "zones": ["b", "a"],
    "labels": {"k": "v", "a/b": "~"},
    "position": {"x": -(2**53) - 1, "y": 4, "note": None},
    "parts": [{"kind": "gear", "amount": 2, "note": "n"}, {"kind": "spring", "amount": 1, "note": None}],
    "secret": "hidden",
}


def wait_for(path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.01)


def test_create_read_update_destroy(configured, store):
    state = configured.change(None, name="a")
    assert (state["id"], state["revision"], state["size"], state["weight"]) == ("widget-a", 1, 10, "1.5")
    assert state["place"] == {"file": str(store / "a"), "depth": [1, 2]}
    assert "size=10\n" in (store / "a").read_text()

    response = configured.read(state)
    assert decode(response.new_state) == state and not diags(response)

    changed = configured.change(state, name="a", size=11)
    assert (changed["size"], changed["revision"]) == (11, 2)

    response = configured.destroy(changed)
    assert not diags(response) and decode(response.new_state) is None
    assert not (store / "a").exists()


def test_every_type_survives_the_round_trip(configured):
    state = configured.change(None, **EVERYTHING)
    for name, value in EVERYTHING.items():
        if name in ("zones",):
            assert sorted(state[name]) == sorted(value)
        elif name == "ratio":
            assert float(state[name]) == value
        else:
            assert state[name] == value, name
    response = configured.read(state)
    assert decode(response.new_state) == state


def test_a_second_plan_changes_nothing(configured):
    state = configured.change(None, **EVERYTHING)
    planned = configured.plan(state, configured.full(**EVERYTHING))
    assert decode(planned.planned_state) == state
    assert not planned.requires_replace


def test_state_survives_the_process(start_provider, store):
    first = start_provider()
    first.configure(store)
    state = first.change(None, **EVERYTHING)
    second = start_provider()
    second.configure(store)
    assert decode(second.read(state).new_state) == state


def test_plan_shows_what_is_not_known_yet(configured):
    planned = decode(configured.plan(None, configured.full(name="a")).planned_state)
    assert (planned["id"], planned["revision"], planned["place"]) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert (planned["size"], planned["name"], planned["labels"]) == (10, "a", None)


def test_unknown_configuration_stays_unknown(configured):
    config = configured.full(name=UNKNOWN, size=UNKNOWN, parts=[{"kind": UNKNOWN, "amount": 2, "note": None}])
    response = configured.plan(None, config)
    planned = decode(response.planned_state)
    assert not diags(response)
    assert (planned["name"], planned["size"]) == (UNKNOWN, UNKNOWN)
    assert planned["parts"] == [{"kind": UNKNOWN, "amount": 2, "note": None}]


def test_replacement_paths(configured):
    state = configured.change(None, name="a", zones=["x", "y"])
    planned = configured.plan(state, configured.full(name="a", zones=["y", "x"]))
    assert not planned.requires_replace, "a set has no order"
    planned = configured.plan(state, configured.full(name="b", zones=["x"]))
    assert {path_text(path) for path in planned.requires_replace} == {".name", ".zones"}
    assert decode(planned.planned_state)["id"] == UNKNOWN


def test_drift_is_read(configured, store):
    state = configured.change(None, name="a")
    file = store / "a"
    file.write_text(file.read_text().replace("size=10", "size=12"))
    assert decode(configured.read(state).new_state) == state | {"size": 12}
    file.unlink()
    response = configured.read(state)
    assert decode(response.new_state) is None and not errors(response)


def test_a_create_that_fails_early_leaves_nothing(configured, store):
    config = configured.full(name="a", fault="early")
    response = configured.apply(None, configured.plan(None, config), config)
    assert decode(response.new_state) is None
    assert [(d.path, d.summary) for d in errors(response)] == [(".fault", "The widget was not made")]
    assert not (store / "a").exists()


def test_a_create_that_fails_late_is_tainted(configured, store):
    config = configured.full(name="a", fault="late")
    response = configured.apply(None, configured.plan(None, config), config)
    state = decode(response.new_state)
    assert errors(response) and state["name"] == "a" and state["id"] == "widget-a"
    assert UNKNOWN not in state.values()
    # the next apply destroys what a tainted create left
    assert decode(configured.destroy(state).new_state) is None
    assert not (store / "a").exists()


@pytest.mark.parametrize("fault", ["update", "delete"])
def test_a_failed_change_keeps_the_prior_state(configured, fault):
    state = configured.change(None, name="a", fault=fault)
    config = None if fault == "delete" else configured.full(name="a", fault=fault, size=11)
    response = configured.apply(state, configured.plan(state, config), config)
    assert [d.path for d in errors(response)] == [".fault"]
    assert decode(response.new_state) == state


def test_a_failed_read_keeps_the_state(configured):
    state = configured.change(None, name="a", fault="read")
    response = configured.read(state)
    assert errors(response) and decode(response.new_state) == state


def test_diagnostics_of_the_plugin_lead_into_nested_values(configured):
    good = {"kind": "gear", "amount": 1, "note": None}
    response = configured.plan(None, configured.full(name="a", parts=[good, good | {"note": "rusty"}]))
    assert [(d.path, d.summary) for d in errors(response)] == [(".parts[1].note", "A rusty part")]


def test_a_destroy_can_be_refused_at_plan(configured):
    state = configured.change(None, name="kept")
    assert [d.summary for d in errors(configured.plan(state, None))] == ["This widget is kept"]


def test_private_data_goes_from_plan_to_apply(configured, store):
    config = configured.full(name="a")
    planned = configured.plan(None, config)
    assert planned.planned_private == b"create of a"
    configured.apply(None, planned, config)
    assert "private=create of a\n" in (store / "a").read_text()


def test_private_data_of_a_read_stays(configured):
    state = configured.change(None, name="a")
    assert configured.read(state, private=b"\x00kept\xff").private == b"\x00kept\xff"


def test_a_decimal_text_stays_exact(configured):
    exact = "3.14159265358979323846264338327950288"
    config = configured.full(name="a", weight=exact)
    planned = configured.plan(None, config)
    assert decode(planned.planned_state)["weight"] == exact
    assert decode(configured.apply(None, planned, config).new_state)["weight"] == exact


def test_garbage_in_place_of_a_state_loses_nothing(configured):
    state = configured.value(configured.full(name="a"))
    garbage = configured.messages.DynamicValue(msgpack=b"\xc1")
    response = configured.call("ApplyResourceChange", type_name="widget", prior_state=state, planned_state=garbage)
    assert errors(response) and response.new_state == state
    response = configured.call("ReadResource", type_name="widget", current_state=garbage)
    assert errors(response) and response.new_state == garbage


def test_unknown_provider_settings_hold_reads_back(provider, store):
    assert not errors(provider.configure(UNKNOWN))
    state = provider.full(name="a", size=10)
    response = provider.read(state)
    assert decode(response.new_state) == state
    assert [d.severity for d in diags(response)] == ["warning"]
    assert not errors(provider.plan(None, provider.full(name="a")))


def test_identity_in_replies(configured):
    def name_of(identity):
        return decode(identity.identity_data)

    config = configured.full(name="a")
    planned = configured.plan(None, config)
    assert not planned.HasField("planned_identity"), "a half-known identity is none"
    applied = configured.apply(None, planned, config)
    identity = {"id": "widget-a", "name": "a"}
    assert name_of(applied.new_identity) == identity
    state = decode(applied.new_state)
    assert name_of(configured.read(state).new_identity) == identity
    assert name_of(configured.plan(state, configured.full(name="a", size=4)).planned_identity) == identity
    assert name_of(configured.plan(state, None).planned_identity) == identity
    assert not configured.destroy(state).HasField("new_identity")


def test_stop_overtakes_a_call_and_ends_it(configured, store):
    config = configured.full(name="a", fault="wait")
    planned = configured.plan(None, config)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(configured.apply(None, planned, config)))
    thread.start()
    wait_for(store / "a.waiting")
    assert configured.call("StopProvider").Error == ""
    thread.join(PATIENCE)
    assert [d.summary for d in errors(answers[0])] == ["Cancelled"]
    assert decode(answers[0].new_state) is None
    assert errors(configured.apply(None, planned, config)), "a host that is stopping begins nothing new"


def test_a_cancelled_call_ends_alone(configured, store):
    config = configured.full(name="a", fault="wait")
    request = configured.request(
        "ApplyResourceChange",
        type_name="widget",
        prior_state=configured.value(None),
        planned_state=configured.plan(None, config).planned_state,
    )
    call = configured.stub.ApplyResourceChange.future(request)
    wait_for(store / "a.waiting")
    call.cancel()
    deadline = time.monotonic() + PATIENCE
    while (store / "a.waiting").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert configured.change(None, name="b")["id"] == "widget-b"


def test_many_calls_at_once(configured, store):
    config = [configured.full(name=f"w{i}", labels={str(k): "v" * 100 for k in range(50)}) for i in range(40)]
    planned = [configured.plan(None, c) for c in config]
    calls = [
        configured.stub.ApplyResourceChange.future(
            configured.request(
                "ApplyResourceChange",
                type_name="widget",
                prior_state=configured.value(None),
                planned_state=p.planned_state,
                planned_private=p.planned_private,
            ),
            timeout=PATIENCE,
        )
        for p in planned
    ]
    assert [decode(c.result().new_state)["id"] for c in calls] == [f"widget-w{i}" for i in range(40)]
    assert len(list(store.iterdir())) == 40


def test_a_large_value(configured):
    text = "x" * (8 << 20)
    planned = configured.plan(None, configured.full(name="a", labels={"large": text}))
    assert decode(planned.planned_state)["labels"] == {"large": text}


def test_calls_are_logged_without_values(start_provider, store):
    provider = start_provider(TF_LOG="TRACE")
    provider.configure(store, password="pa55word")
    provider.change(None, name="a", secret="hidden")
    provider.stop()
    log = "".join(provider.program.log)
    assert '"tf_rpc":"ApplyResourceChange"' in log and '"tf_type":"widget"' in log and "tf_req_duration_ms" in log
    assert "hidden" not in log and "pa55word" not in log


def test_an_unknown_attribute_is_refused(configured):
    value = configured.messages.DynamicValue(msgpack=msgpack.packb({"colour": "red"}))
    response = configured.call("PlanResourceChange", type_name="widget", prior_state=configured.value(None), proposed_new_state=value, config=value)
    assert any("colour" in d.detail for d in errors(response))


def test_deadlines_are_honoured(configured, store):
    config = configured.full(name="a", fault="wait")
    planned = configured.plan(None, config)
    with pytest.raises(grpc.RpcError) as error:
        configured.stub.ApplyResourceChange(
            configured.request("ApplyResourceChange", type_name="widget", planned_state=planned.planned_state), timeout=1
        )
    assert error.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert not (store / "a").exists()
