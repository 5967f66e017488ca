# SPDX-License-Identifier: Apache-2.0
"""How trouble arrives: exceptions by kind with every diagnostic, warnings through `warnings`, logs through `logging`."""

from __future__ import annotations

import logging
import pickle
import warnings

import pytest

ARN = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PLACE = {"cloud_provider": "aws", "region": "us-east-2"}


def test_permission_denied(astra, astra_cmk, simulator):
    simulator.revoke_token(simulator.token)
    with pytest.raises(astra_cmk.PermissionDenied) as caught:
        astra.cmk_key.list()
    assert simulator.token not in str(caught.value) + repr(caught.value)


def test_unavailable(connect, astra_cmk, simulator):
    astra = connect(simulator, max_retries=0)
    simulator.fault(method="GET", status=503, times=1000)
    with pytest.raises(astra_cmk.Unavailable):
        astra.cmk_key.list()


def test_conflict(astra, astra_cmk, simulator):
    simulator.add_key("aws", "us-east-2", ARN)
    with pytest.raises(astra_cmk.Conflict, match="(?i)import"):
        astra.cmk_key.create(**PLACE, key_id=ARN[:-1] + "c")


def test_invalid_config_names_every_attribute(astra, astra_cmk):
    with pytest.raises(astra_cmk.InvalidConfig) as caught:
        astra.cmk_key.create(cloud_provider="none", region="a b", key_id="")
    error = caught.value
    assert [each.attribute for each in error.diagnostics] == ["/cloud_provider", "/region", "/key_id"]
    assert all(each.severity == "error" and each.detail for each in error.diagnostics)
    for each in error.diagnostics:
        assert each.summary in str(error) and each.detail in str(error) and each.attribute in str(error)


def test_kinds(astra_cmk):
    kinds = [astra_cmk.NotFound, astra_cmk.Conflict, astra_cmk.PermissionDenied, astra_cmk.InvalidConfig, astra_cmk.Unavailable,
             astra_cmk.Cancelled, astra_cmk.OperationFailed, astra_cmk.LoadError, astra_cmk.ClientClosed]  # fmt: skip
    assert all(issubclass(kind, astra_cmk.Error) and issubclass(kind, Exception) for kind in kinds)
    error = astra_cmk.Conflict([astra_cmk.Diagnostic("error", "s", "d", "/a")], state=3)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.diagnostics, again.state, str(again)) == (astra_cmk.Conflict, error.diagnostics, 3, "error: s [/a]\nd")
    missing = pickle.loads(pickle.dumps(astra_cmk.LoadError("none", [("/a", "b")])))
    assert missing.tried == (("/a", "b"),)


# --- warnings ---


def test_warning_points_at_the_caller(astra, astra_cmk, simulator):
    simulator.add_key("aws", "us-east-2", ARN)
    with pytest.warns(astra_cmk.PluginWarning) as caught:
        astra.cmk_key.create(**PLACE, key_id=ARN)
    (warning,) = caught
    assert warning.filename == __file__ and issubclass(astra_cmk.PluginWarning, UserWarning)
    assert warning.message.diagnostic.severity == "warning"
    assert str(warning.message).startswith(warning.message.diagnostic.summary)


def test_warning_made_an_error_keeps_the_result(astra, astra_cmk, simulator):
    simulator.add_key("aws", "us-east-2", ARN)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(astra_cmk.PluginWarning) as caught:
            astra.cmk_key.create(**PLACE, key_id=ARN)
    assert caught.value.result.id == "aws/us-east-2"


# --- logs ---


@pytest.fixture
def logged(caplog, monkeypatch):
    """Sets the level of the package's logger, and gives its records."""
    logger = logging.getLogger("astra_cmk")
    monkeypatch.setattr(logger, "level", logger.level)

    def start(level):
        logger.setLevel(level)
        return caplog.records

    return start


def test_requests_are_logged_at_debug(logged, connect, simulator):
    records = logged(logging.DEBUG)
    connect(simulator).cmk_key.list()
    requests = [record for record in records if record.fields.get("path") == "/v2/kms"]
    assert requests and requests[0].name == "astra_cmk" and requests[0].levelno == logging.DEBUG
    assert requests[0].fields["status"] == 200 and "path=/v2/kms" in requests[0].getMessage()
    assert all(record.levelno >= logging.DEBUG for record in records)
    assert simulator.token not in "".join(record.getMessage() for record in records)


def test_trace(logged, connect, simulator):
    records = logged(5)
    connect(simulator).cmk_key.list()
    trace = [record for record in records if record.levelno == 5]
    assert trace and trace[0].levelname == "TRACE"
    assert simulator.token not in "".join(record.getMessage() for record in records)


def test_level_at_opening_decides(logged, connect, simulator):
    records = logged(logging.WARNING)
    astra = connect(simulator)
    logging.getLogger("astra_cmk").setLevel(logging.DEBUG)
    astra.cmk_key.list()
    assert records == []


def test_a_broken_log_handler_does_no_harm(logged, connect, simulator):
    logged(logging.DEBUG)

    class Broken(logging.Handler):
        def emit(self, record):
            raise ZeroDivisionError

    handler = Broken()
    logging.getLogger("astra_cmk").addHandler(handler)
    try:
        assert connect(simulator).cmk_key.list() == ()
    finally:
        logging.getLogger("astra_cmk").removeHandler(handler)
