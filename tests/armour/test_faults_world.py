# SPDX-License-Identifier: Apache-2.0
"""A world that changes meanwhile: tokens, organizations, other users, databases; and provider IDs as Astra gives them."""

import json

import pytest

from clients import ARN, TOKEN, key, key_in, registered, requests, seat
from fronts import Answer
from terraform_cli import OTHER_ARN, REGION

OTHER_ORGANIZATION = "0a1b2c3d-0000-4000-8000-0000000000ff"
APPLY = ("apply", "-auto-approve", "-input=false")


# --- tokens ---


@pytest.mark.fault("401 in mid-apply: the token is revoked", "an error that says so; what was done is in the state")
def test_revoked_in_mid_apply(client, simulator, row):
    client.configure(key("first"), key_in("us-west-2", depends_on=["astra_cmk_key.first"]), max_retries=2)
    simulator.fault(method="POST", path="/v2/kms", skip=1, hold=True)
    process = client.start(*APPLY)
    simulator.wait_until_held()
    simulator.revoke_token(TOKEN)
    simulator.clear_faults()
    result = client.finish(process)
    assert result.returncode == 1
    result.error("token was refused", "ASTRA_API_TOKEN")
    assert client.keys() == {"first": ARN} and registered(simulator) == [ARN]
    row.saw("an error, the first key kept", simulator)
    simulator.set_token(TOKEN)
    client.apply()
    assert len(client.keys()) == len(registered(simulator)) == 2


@pytest.mark.fault("401 to every read", "the plan fails, nothing is taken for gone")
def test_revoked_before_the_plan(client, simulator, row):
    client.configure(key(), seat())
    client.apply()
    simulator.revoke_token(TOKEN)
    result = client.plan(fails=True)
    assert result.errors and all("token was refused" in text for text in result.errors)
    assert len(client.instances()) == 2
    row.saw("refused, state kept", simulator)


@pytest.mark.fault("403 to DELETE alone", "an error that tells about on_destroy; forgetting then works")
def test_removal_is_forbidden(client, simulator, row):
    client.configure(key())
    client.apply()
    simulator.fault(method="DELETE", status=403, times=-1)
    client.destroy(fails=True).error("can't be removed over the API", "on_destroy", "forget")
    assert client.keys() == {"key": ARN} and requests(simulator, "DELETE") == 1
    row.saw("refused, state kept", simulator)
    client.configure(key(on_destroy="forget"))
    client.apply()
    client.destroy().text.index("registration stays")
    assert client.instances() == {} and registered(simulator) == [ARN]
    row.saw("then forgotten, the registration stays")


# --- organizations ---


def other_organization(simulator):
    """From here on the same token is one of another organization."""
    simulator.set_token(TOKEN, organization=OTHER_ORGANIZATION)


@pytest.mark.fault("the organization changes between plan and apply (create, organization_id set)",
                   "refused, nothing is registered")  # fmt: skip
def test_organization_before_a_create(client, simulator, row):
    client.configure(key(), seat(), organization_id=simulator.organization)
    client.plan("-out=saved.tfplan")
    other_organization(simulator)
    result = client.apply("saved.tfplan", fails=True)
    assert len(result.errors) == 2 and all("another organization" in text for text in result.errors)
    assert client.instances() == {} and registered(simulator) == [] and requests(simulator, "POST") == 0
    row.saw("refused", simulator)


@pytest.mark.fault("the organization changes between plan and apply (create, organization_id not set)",
                   "registered where the token belongs, and the state says where")  # fmt: skip
def test_organization_before_a_create_that_does_not_care(client, simulator, row):
    client.configure(key())
    client.plan("-out=saved.tfplan")
    other_organization(simulator)
    client.apply("saved.tfplan")
    (entry,) = simulator.state()["keys"]
    assert client.instances()["astra_cmk_key.key"]["organization_id"] == OTHER_ORGANIZATION == entry["organization"]
    row.saw("applied", simulator)


@pytest.mark.fault("the organization changes between plan and {what}", "refused, nothing is removed, the state is kept")
@pytest.mark.parametrize("what", ["destroy", "replacement"])
def test_organization_before_a_removal(client, simulator, row, what):
    client.configure(key())
    client.apply()
    client.configure(key(key_id=OTHER_ARN))
    client.plan(*(["-destroy"] if what == "destroy" else []), "-out=saved.tfplan")
    other_organization(simulator)
    simulator.reset_counts()
    client.apply("saved.tfplan", fails=True).error("another organization", simulator.organization, OTHER_ORGANIZATION)
    assert client.keys() == {"key": ARN} and registered(simulator) == [ARN]
    assert requests(simulator, "DELETE") == requests(simulator, "POST") == 0
    row.saw("refused", simulator)


@pytest.mark.fault("the organization changes before a plan", "refused: not a deletion of everything")
def test_organization_before_a_plan(client, simulator, row):
    client.configure(key(), key_in("us-west-2"), seat())
    client.apply()
    other_organization(simulator)
    result = client.plan(fails=True)
    assert len(result.errors) == 3 and all("another organization" in text for text in result.errors)
    assert len(client.instances()) == 3
    row.saw("refused, state kept")


# --- others at work ---


def side_by_side(clients, simulator):
    """Applies of all clients whose registrations are sent at the same moment. Their results."""
    simulator.fault(method="POST", path="/v2/kms", hold=True, times=-1)
    processes = [client.start(*APPLY) for client in clients]
    simulator.wait_until_held(len(clients))
    simulator.clear_faults()
    return [client.finish(process) for client, process in zip(clients, processes)]


@pytest.mark.fault("two applies at the same moment, one region, the same key", "both have it, it is registered once")
def test_two_applies_of_one_key(new_client, simulator, row):
    clients = [new_client("first"), new_client("second")]
    for client in clients:
        client.configure(key())
    results = side_by_side(clients, simulator)
    assert [result.returncode for result in results] == [0, 0], results
    assert sum("registered already" in text for result in results for text in result.warnings) == 1
    assert [client.keys() for client in clients] == [{"key": ARN}] * 2 and registered(simulator) == [ARN]
    row.saw("both applied, the later one warned", simulator)


@pytest.mark.fault("two applies at the same moment, one region, two keys",
                   "one is registered, the other told so")  # fmt: skip
def test_two_applies_of_two_keys(new_client, simulator, row):
    clients = [new_client("first"), new_client("second")]
    for client, arn in zip(clients, (ARN, OTHER_ARN)):
        client.configure(key(key_id=arn))
    results = side_by_side(clients, simulator)
    assert sorted(result.returncode for result in results) == [0, 1], results
    (kept,) = registered(simulator)
    for client, result in zip(clients, results):
        if result.returncode:
            result.error("Another key is registered there", kept, "terraform import")
            assert client.instances() == {}
        else:
            assert client.keys() == {"key": kept}
    row.saw("one applied, one refused", simulator)


@pytest.mark.fault("another key is registered between plan and apply", "refused: what is there stays")
def test_other_key_between_plan_and_apply(client, simulator, row):
    client.configure(key())
    client.plan("-out=saved.tfplan")
    simulator.add_key("aws", REGION, OTHER_ARN)
    client.apply("saved.tfplan", fails=True).error("Another key is registered there", OTHER_ARN)
    assert client.instances() == {} and registered(simulator) == [OTHER_ARN] and requests(simulator, "POST") == 0
    row.saw("refused", simulator)


@pytest.mark.fault("another key is registered between plan and destroy", "refused: what is there stays")
def test_other_key_between_plan_and_destroy(client, simulator, row):
    client.configure(key())
    client.apply()
    client.plan("-destroy", "-out=saved.tfplan")
    simulator.add_key("aws", REGION, OTHER_ARN)
    client.apply("saved.tfplan", fails=True).error("Another key is registered by now", OTHER_ARN)
    assert registered(simulator) == [OTHER_ARN] and requests(simulator, "DELETE") == 0
    row.saw("refused", simulator)


@pytest.mark.fault("the key is gone between plan and destroy", "done: that is what was wanted")
def test_gone_between_plan_and_destroy(client, simulator, row):
    client.configure(key())
    client.apply()
    client.plan("-destroy", "-out=saved.tfplan")
    simulator.remove_key("aws", REGION)
    client.apply("saved.tfplan")
    assert client.instances() == {} and requests(simulator, "DELETE") == 0
    row.saw("destroyed", simulator)


@pytest.mark.fault("a database appears between plan and destroy ({how})", "refused, names it, the key stays")
@pytest.mark.parametrize("how", ["deregister", "forget"])
def test_database_between_plan_and_destroy(client, simulator, row, how):
    client.configure(key(on_destroy=how))
    client.apply()
    client.plan("-destroy", "-out=saved.tfplan")
    simulator.add_database("orders", "aws", REGION)
    client.apply("saved.tfplan", fails=True).error("orders", "force_destroy", REGION)
    assert client.keys() == {"key": ARN} and registered(simulator) == [ARN] and requests(simulator, "DELETE") == 0
    row.saw("refused", simulator)


@pytest.mark.fault("a database appears between plan and destroy (a provider ID)", "refused, names it, the ID is kept")
def test_database_before_a_seat_goes(client, simulator, row):
    client.configure(seat())
    client.apply()
    client.plan("-destroy", "-out=saved.tfplan")
    simulator.add_database("orders", "aws", REGION)
    client.apply("saved.tfplan", fails=True).error("orders", "force_destroy", REGION)
    assert len(client.seats()) == 1
    row.saw("refused", simulator)


# --- provider IDs ---


def accounts(*ids):
    """A handler that answers with these."""
    body = json.dumps([{"provider_id": one, "provider": "aws"} for one in ids]).encode()
    return lambda call: call.send(Answer(200, body, {}).text()) or True


@pytest.mark.fault("accounts: an empty list", "an error that says what to do, no state")
def test_no_accounts(client, front, row):
    front.rule(accounts(), path="/accounts")
    client.configure(seat())
    error = client.apply(fails=True).error("provider ID")
    assert client.instances() == {}
    row.saw(f"refused: {error.split('.')[0].split(' with ')[0]}")


@pytest.mark.fault("accounts: the same ID repeated in one answer", "taken once")
def test_repeated_accounts(client, front, row):
    front.rule(accounts("1", "1", "2", "1"), path="/accounts")
    client.configure(seat("one"), seat("two"))
    client.apply()
    assert sorted(client.seats()) == ["1", "2"]
    row.saw("two resources, two IDs")


@pytest.mark.simulator("--provider-ids", "same")
@pytest.mark.fault("accounts: the same ID again when asked again", "held by one resource; the other gets an error")
def test_same_account_again(client, simulator, row):
    client.configure(seat("one"), seat("two"))
    client.apply(fails=True).error("one unclaimed ID at a time")
    assert len(client.seats()) == 1
    row.saw("one has it, one is refused", simulator)


@pytest.mark.simulator("--provider-ids", "new")
@pytest.mark.fault("accounts: fifty resources at once, a fresh ID for each request", "fifty different IDs")
def test_fifty_fresh_accounts(client, simulator, row):
    client.configure(*(seat(f"seat{number}") for number in range(50)))
    client.apply("-parallelism=50")
    assert len(set(client.seats())) == len(client.seats()) == 50
    row.saw(f"{len(set(client.seats()))} different IDs", simulator)


@pytest.mark.fault("accounts: fifty resources at once, fifty IDs in one answer", "each ID once")
def test_fifty_accounts_in_one_answer(client, front, row):
    front.rule(accounts(*(str(100 + number) for number in range(50))), path="/accounts")
    client.configure(*(seat(f"seat{number}") for number in range(50)))
    client.apply("-parallelism=50")
    assert len(set(client.seats())) == len(client.seats()) == 50
    row.saw(f"{len(set(client.seats()))} different IDs")
