# SPDX-License-Identifier: Apache-2.0
"""Seats: every resource must hold an ID of its own, whatever the API gives when it is asked again."""

import pytest

from terraform_cli import REGION, Raw, block, seat

IMPORTED = "123456789012"


def ids(tf):
    return [attributes["provider_id"] for attributes in tf.instances().values()]


@pytest.mark.simulator("--provider-ids", "several")
def test_growing_count_gets_another_seat(tf, simulator):
    """The second apply is another process, and the API repeats the first ID: it must not be taken again."""
    tf.write(seat(count=1))
    tf.apply()
    (first,) = ids(tf)
    tf.write(seat(count=2))
    tf.apply()
    assert len(set(ids(tf))) == 2 and first in ids(tf)
    tf.plan_clean()


@pytest.mark.simulator("--provider-ids", "several")
def test_growing_count_by_saved_plans_gets_another_seat(tf, simulator):
    for count in (1, 2, 3):
        tf.write(seat(count=count))
        tf.plan("-out", "saved.tfplan")
        tf.apply("saved.tfplan")
    assert len(set(ids(tf))) == 3
    tf.plan_clean()


@pytest.mark.simulator("--provider-ids", "several")
def test_growing_count_on_another_machine_gets_another_seat(tf, tmp_path):
    """As in a pipeline, where every run has a fresh home: the plan's reads must be enough."""
    tf.write(seat(count=1))
    tf.apply()
    tf.env["HOME"] = str(tmp_path / "another")
    (tmp_path / "another").mkdir()
    tf.write(seat(count=2))
    tf.apply()
    assert len(set(ids(tf))) == 2


@pytest.mark.parametrize("home", ["/dev/null", "/proc"])
def test_without_a_writable_home_a_new_seat_comes_with_a_warning(tf, home):
    tf.env["HOME"] = home
    tf.write(seat())
    tf.apply().warning("distinct_from", "HOME")
    assert len(ids(tf)) == 1
    tf.plan_clean()


@pytest.mark.simulator("--provider-ids", "same")
def test_growing_count_where_the_api_gives_one_at_a_time(tf, simulator):
    tf.write(seat(count=1))
    tf.apply()
    tf.write(seat(count=2))
    tf.apply(fails=True).error("unclaimed", "database")
    assert len(ids(tf)) == 1
    simulator.add_database("orders", "aws", REGION)
    tf.apply()
    assert len(set(ids(tf))) == 2
    tf.plan_clean()


@pytest.mark.simulator("--provider-ids", "several")
def test_several_seats_of_one_apply_differ(tf, simulator):
    tf.write(seat(count=4))
    tf.apply("-parallelism=4")
    assert len(set(ids(tf))) == 4
    tf.plan_clean()


@pytest.mark.simulator("--provider-ids", "same")
def test_several_seats_of_one_apply_where_the_api_gives_one_at_a_time(tf, simulator):
    tf.write(seat(count=2))
    tf.apply(fails=True).error("unclaimed", "database")
    assert len(ids(tf)) == 1


@pytest.mark.simulator("--provider-ids", "several")
def test_seats_of_two_resource_blocks_differ(tf, simulator):
    tf.write(seat("first"))
    tf.apply()
    tf.write(seat("first"), seat("second"))
    tf.apply()
    assert len(set(ids(tf))) == 2


@pytest.mark.simulator("--provider-ids", "several")
def test_distinct_from_keeps_seats_of_other_configurations_apart(tf, simulator):
    tf.write(seat("theirs"))
    tf.apply()
    (theirs,) = ids(tf)
    tf.write_state()
    tf.write(seat("ours", distinct_from=[theirs]))
    tf.apply()
    (ours,) = ids(tf)
    assert ours != theirs


@pytest.mark.simulator("--provider-ids", "several")
def test_distinct_from_another_resource(tf, simulator):
    tf.write(seat("first"), seat("second", distinct_from=Raw("[astra_provider_id.first.provider_id]")))
    tf.apply()
    assert len(set(ids(tf))) == 2
    tf.plan_clean()


def test_distinct_from_that_leaves_none_is_an_error(tf, simulator):
    tf.write(seat("theirs"))
    tf.apply()
    (theirs,) = ids(tf)
    tf.write_state()
    tf.write(seat("ours", distinct_from=[theirs]))
    tf.apply(fails=True).error("unclaimed")


def test_seats_in_different_regions_and_clouds(tf, simulator):
    tf.write(seat("one"), seat("two", region="us-west-2"), seat("three", cloud_provider="gcp", region="us-east1"))
    tf.apply()
    assert tf.instances()["astra_provider_id.three"]["id"].startswith("gcp/us-east1/")
    assert len(set(ids(tf))) == 3


def test_two_resources_that_hold_one_id_are_warned_of(tf, simulator):
    """One of two databases would silently lack the customer's key."""
    imports = [f'import {{\n  to = astra_provider_id.{name}\n  id = "aws/{REGION}/{IMPORTED}"\n}}\n' for name in "ab"]
    tf.write(seat("a"), seat("b"), *imports)
    tf.apply()
    tf.write(seat("a"), seat("b"))
    result = tf.plan_clean()
    assert any(IMPORTED in warning for warning in result.warnings), result


def test_a_plan_alone_asks_for_no_seat(tf, simulator):
    tf.write(seat(count=2))
    tf.plan()
    assert simulator.state()["provider_ids"] == []


def test_a_replaced_seat_is_another_one(tf, simulator):
    """A new one in the same place must not be the one that was just let go: its policy is being taken apart."""
    tf.write(seat())
    tf.apply()
    (before,) = ids(tf)
    simulator.add_database("orders", "aws", REGION)
    tf.write(seat(force_destroy=True))
    tf.apply()
    tf.apply("-replace=astra_provider_id.seat")
    assert ids(tf) != [before]


def test_the_warning_of_a_lone_seat_is_absent(tf, simulator):
    tf.write(seat(), block("output", "id", value=Raw("astra_provider_id.seat.id")))
    tf.apply()
    assert tf.plan_clean().warnings == []
