# SPDX-License-Identifier: Apache-2.0
"""Each defective plugin leads to the diagnostic that its author needs, and takes nothing else with it."""

import json
import shutil
import signal
import time

import grpc
import msgpack
import pytest
from provider_process import UNKNOWN, decode, diags
from terraform_cli import block

# What bridge-check says of each: the step that fails (None: the plugin is refused before any), and parts of the message.
DEFECTS = {
    "symbol_missing": (None, "Plugin lacks a symbol", "resources/thing.json: at /callbacks/delete/symbol", "thing_delete"),
    "wrong_abi": (None, "Plugin has another ABI version", "provider.json: at /abi_version", "version 2", "for 1"),
    "no_release": (None, "Plugin lacks its release function", "provider.json: at /free", "thing_free"),
    "open_silent": ("provider: open", "thing_open returned NULL and reported no error"),
    "no_output": ("thing: create", "broke its contract", 'thing_create succeeded without handing out "id"'),
    "null_required": ("thing: read", "broke its contract", 'thing_read succeeded without handing out "name"'),
    "freed_twice": ("thing: create", "The plugin crashed", "Aborted", "valgrind"),
    "invalid_utf8": ("thing: create", "broke its contract", 'thing_create handed out "note"', "not UTF-8"),
    "broken_json": ("thing: read", "broke its contract", 'thing_read handed out "labels"', "not JSON"),
    "wrong_json_type": ("thing: read", "broke its contract", 'thing_read handed out "labels"', "must be a map"),
    "not_a_number": ("thing: create", "broke its contract", 'thing_create handed out "ratio"', "not finite"),
    "never_returns": ("thing: create", "did not come back by itself", "--timeout"),
    "deaf": ("thing: create", "does not come back", '"cancel"'),
    "status_out_of_range": ("thing: create", "thing_create returned status -4711 and reported no error"),
    "fails_silently": ("thing: create", "thing_create returned status 2 and reported no error"),
    "crashes": ("thing: create", "The plugin crashed", "signal 11"),
    "exits": ("thing: create", "The plugin ended the process", "status 3"),
    "out_of_bounds": ("thing: read", "broke its contract", '"size" must be at most 100'),
    "read_differs": ("thing: read", "broke its contract", 'another "size" than before'),
    "changes_identity": ("thing: read", "broke its contract", 'another "id" than before'),
    "not_found": ("thing: read", "broke its contract", "does not find the object that was just made"),
    "update_nothing": ("thing: read after update", "broke its contract", 'another "size" than before'),
    "stays": ("thing: read after delete", "broke its contract", "still finds the object that was deleted"),
    "deletes_once": ("thing: delete of what is gone", "No such thing"),
}
STEPS = ["provider: open", "thing: create", "thing: read", "thing: plan after create", "thing: update", "thing: read after update",
         "thing: plan after update", "thing: import", "thing: import by identity", "thing: delete", "thing: read after delete",
         "thing: delete of what is gone"]


# --- bridge-check ---


def test_every_plugin_that_is_built_is_expected(schemas_of):
    built = {path.parent.name for path in schemas_of("none").parents[1].glob("*/libthing.so")}
    assert built == set(DEFECTS) | {"none"}


def test_check_of_a_right_plugin(check, schemas_of, store):
    result = check(schemas_of("none"), "--run", "SAMPLE")
    assert result.stdout.splitlines() == [*(f"{step} ... ok" for step in STEPS), f"{schemas_of('none')}: nothing is wrong"]
    assert result.returncode == 0 and not result.stderr and not list(store.iterdir())


@pytest.mark.parametrize("defect", DEFECTS)
def test_check(check, schemas_of, defect):
    step, *parts = DEFECTS[defect]
    result = check(schemas_of(defect), "--run", "SAMPLE", "--timeout", "2" if defect in ("never_returns", "deaf") else "30")
    assert result.returncode == 1, result.stdout
    assert "nothing is wrong" not in result.stdout
    # What went well before the step that fails, and nothing of a step where the plugin is refused.
    lines = [line for line in result.stdout.splitlines() if " ... " in line]
    # Where the plugin's own complaint about a corrupted heap stands in between, that is glibc's to say.
    assert lines[:1 + STEPS.index(step)][-1].startswith(f"{step} ... ") if step else lines == [], result.stdout
    assert all(line.endswith(" ... ok") for line in lines[:STEPS.index(step)]) if step else True
    after = result.stdout[result.stdout.index(f"{step} ... "):] if step else result.stdout
    message = after.split("\nthing: ")[0]
    for part in parts:
        assert part in message, result.stdout


def test_a_read_that_fails_leaves_the_state_as_it_was(check, schemas_of):
    """Else the next plan would replace the thing, for want of a name."""
    result = check(schemas_of("null_required"), "--run", "SAMPLE")
    assert "thing: read ... FAILED" in result.stdout and "thing: plan after create ... ok" in result.stdout


def test_run_is_not_begun_with_a_broken_plugin(check, schemas_of, store):
    check(schemas_of("wrong_abi"), "--run", "SAMPLE")
    assert not list(store.iterdir())


# --- the provider program ---


def configure(provider, store):
    return provider.call("ConfigureProvider", config=provider.value({"directory": str(store)}))


def create(provider, name="bad"):
    """Plans and applies a thing; the answer of the apply."""
    config = {"name": name, "size": 1, "labels": {"a": "b"}, "id": None, "note": None, "ratio": None}
    planned = provider.call("PlanResourceChange", type_name="thing", prior_state=provider.value(None),
                            proposed_new_state=provider.value(config), config=provider.value(config))
    assert not diags(planned)
    assert {key for key, value in decode(planned.planned_state).items() if value == UNKNOWN} == {"id", "note", "ratio"}
    return provider.call("ApplyResourceChange", type_name="thing", prior_state=provider.value(None),
                         planned_state=planned.planned_state, config=provider.value(config))


@pytest.mark.parametrize("defect", ["symbol_missing", "wrong_abi", "no_release", "open_silent"])
def test_provider_is_not_configured(serve, store, defect):
    (found,) = diags(configure(serve(defect), store))
    assert found.severity == "error"
    for part in DEFECTS[defect][1:]:
        assert part in found.summary + "\n" + found.detail


@pytest.mark.parametrize("defect", ["no_output", "invalid_utf8", "not_a_number", "status_out_of_range", "fails_silently"])
def test_provider_create(serve, store, defect):
    provider = serve(defect)
    assert not diags(configure(provider, store))
    answer = create(provider)
    (found,) = diags(answer)
    assert found.severity == "error"
    for part in DEFECTS[defect][1:]:
        assert part in found.summary + "\n" + found.detail
    # What the plugin made all the same, and could name, stays known to the host; what it did not name can't be.
    state = decode(answer.new_state)
    assert state["id"] == "thing-bad" if defect in ("invalid_utf8", "not_a_number") else state is None


@pytest.mark.parametrize("defect", ["null_required", "broken_json", "wrong_json_type"])
def test_provider_read(serve, store, defect):
    provider = serve(defect)
    assert not diags(configure(provider, store))
    state = decode(create(provider).new_state)
    answer = provider.call("ReadResource", type_name="thing", current_state=provider.value(state))
    (found,) = diags(answer)
    assert found.severity == "error"
    for part in DEFECTS[defect][1:]:
        assert part in found.summary + "\n" + found.detail
    assert decode(answer.new_state) in (state, None)


def test_provider_cancel(serve, store):
    """A call that its host gives up is cancelled in the plugin, and others go on."""
    provider = serve("never_returns")
    assert not diags(configure(provider, store))
    config = {"name": "bad", "size": 1, "labels": None, "id": None, "note": None, "ratio": None}
    planned = config | {"id": msgpack.ExtType(0, b"\0")}
    request = provider.request("ApplyResourceChange", type_name="thing", prior_state=provider.value(None),
                               planned_state=provider.value(planned), config=provider.value(config))
    call = provider.stub.ApplyResourceChange.future(request)
    wait_for(store / "bad.waiting")
    call.cancel()
    wait_for(store / "bad.waiting", gone=True)
    with pytest.raises(grpc.FutureCancelledError):
        call.result(timeout=30)
    assert not diags(create(provider, "good"))


def wait_for(path, *, gone=False):
    deadline = time.monotonic() + 60
    while path.exists() == gone:
        assert time.monotonic() < deadline, path
        time.sleep(0.01)


def test_create_cannot_change_what_was_planned(check, schemas_of, store, tmp_path):
    """Such a plugin is not possible: the schema that would allow it is refused."""
    shutil.copytree(schemas_of("none").parent, tmp_path / "plugin")
    file = tmp_path / "plugin/schemas/resources/thing.json"
    schema = json.loads(file.read_text())
    schema["callbacks"]["create"]["arguments"].append("&size")
    file.write_text(json.dumps(schema))
    result = check(file.parents[1])
    assert result.returncode == 1
    assert "User's attribute taken out" in result.stdout and "at /callbacks/create/arguments/8" in result.stdout


# --- Terraform ---


def thing(name: str) -> str:
    return block("resource", "thing", name, name=name)


@pytest.mark.parametrize("defect, reason", [("crashes", "SIGSEGV"), ("freed_twice", "freed twice"), ("exits", "exit()")])
def test_a_crash_costs_its_process_only(terraform_with, defect, reason):
    """Terraform ends with a clear error, what exists stays in the state, and the next command works."""
    tf = terraform_with(defect)
    tf.write(thing("good"))
    tf.apply()
    tf.write(thing("good"), thing("bad"))
    said = tf.apply(fails=True).text
    assert "Error: The terraform-provider-thing_v1.0.0 plugin crashed!" in said
    assert "thing_create, a function of the plugin's library, ended the process: " in said and reason in said
    assert tf.instances()["thing.good"]["id"] == "thing-good"
    assert "thing.bad" not in tf.instances()
    tf.write(thing("good"))
    tf.plan_clean()


def test_a_create_that_never_returns_is_interrupted(terraform_with, store):
    tf = terraform_with("never_returns")
    tf.write(thing("good"))
    tf.apply()
    tf.write(thing("good"), thing("bad"))
    running = tf.start("apply", "-input=false", "-auto-approve", "-no-color")
    try:
        wait_for(store / "bad.waiting")
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=60)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 1
    assert "Cancelled" in stderr and "The thing was not made." in stderr
    assert set(tf.instances()) == {"thing.good"}
    tf.write(thing("good"))
    tf.plan_clean()
