# SPDX-License-Identifier: Apache-2.0
"""No bytes of a client end the provider: every call gets an answer or a status, and the next one works."""

import random

import grpc
import pytest
from provider_process import PATIENCE

TYPES = {
    "CallFunction": {"name": "area"},
    "MoveResourceState": {"target_type_name": "widget", "source_provider_address": "a/other/gadget", "source_type_name": "gadget"},
}
VALUES = (b"\xc0", b"\xd4\x00\x00", b"\x80", b"\xc1", b"", b"\x81\xa4name\xc0", b"\x81\xa5parts\x92\xc0\xd4\x00\x00", b"\x81\xa4tags\x91\xc0")
JSON = (b"null", b"{}", b'{"name":null}', b'{"parts":[null,{"kind":7}]}', b'{"tags":{}}', b"[", b"")


def calls(provider) -> list[str]:
    service = provider.messages.DESCRIPTOR.services_by_name["Provider"]
    return [method.name for method in service.methods if method.name != "StopProvider"]


def filled(message, value: bytes, text: bytes) -> None:
    """Puts the same value into every field of a request that can hold one."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is None:
            continue
        kind = field.message_type.name
        if kind == "DynamicValue":
            target = getattr(message, field.name)
            (target.add() if hasattr(target, "add") else target).msgpack = value
        elif kind == "RawState":
            getattr(message, field.name).json = text
        elif kind == "ResourceIdentityData":
            getattr(message, field.name).identity_data.msgpack = value


def answered(provider, rpc: str, data: bytes) -> None:
    """An answer, or a status that lays the blame on the request."""
    method = provider.channel.unary_stream(f"/tfplugin6.Provider/{rpc}")
    try:
        list(method(data, timeout=PATIENCE))
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, (rpc, data, error.details())


@pytest.mark.parametrize("value", VALUES)
def test_odd_values_in_every_call(configured, value):
    for rpc in calls(configured):
        for text in JSON:
            request = configured.request(rpc)
            filled(request, value, text)
            for name, given in TYPES.get(rpc, {"type_name": "widget"}).items():
                if name in request.DESCRIPTOR.fields_by_name:
                    setattr(request, name, given)
            answered(configured, rpc, request.SerializeToString())
    configured.change(None, name="afterwards")


def test_mutated_requests(configured):
    source = random.Random(20240229)
    config = configured.value(configured.full(name="a", parts=[{"kind": "gear", "amount": 2, "note": None}], tags=["x"]))
    request = configured.request("PlanResourceChange", type_name="widget", proposed_new_state=config, config=config)
    good = request.SerializeToString()
    for _ in range(500):
        data = bytearray(good)
        for _ in range(source.randint(1, 4)):
            data[source.randrange(len(data))] = source.randrange(256)
        answered(configured, "PlanResourceChange", bytes(data[: source.choice((len(data), source.randrange(len(data))))]))
    configured.change(None, name="afterwards")
