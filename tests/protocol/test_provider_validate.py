# SPDX-License-Identifier: Apache-2.0
"""Configurations checked before anything is done, and what a client must not send."""

import os

import grpc
import msgpack
import pytest
from provider_process import UNKNOWN, diags, status_of


def test_a_good_configuration(provider):
    assert not provider.validate(
        name="a",
        size=65535,
        weight="0.1",
        tags=["x", None][:1],
        zones=["b", "a"],
        labels={"k": "v"},
        position={"x": 1, "y": None, "note": None},
        parts=[{"kind": "gear", "amount": None, "note": None}],
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to look into a process")
def test_settings_leave_nothing_in_memory(provider):
    """Neither where they arrived nor where they were read: all but the first bytes, where freed memory holds its lists."""
    password = "pa55" + "".join(chr(ord("a") + i * 7 % 26) for i in range(100))
    config = {"directory": "x", "password": password, "attempts": None}
    provider.call("ValidateProviderConfig", config=provider.value(config))
    process = f"/proc/{provider.program.process.pid}"
    with open(f"{process}/maps", encoding="ascii") as maps, open(f"{process}/mem", "rb") as memory:
        for line in maps:
            begin, end = (int(part, 16) for part in line.split()[0].split("-"))
            # Terabytes are a sanitizer's notes on memory, not memory.
            if line.split()[1].startswith("rw") and end - begin < 1 << 30:
                memory.seek(begin)
                assert password[36:].encode() not in memory.read(end - begin), line


def test_unknown_values_pass(provider):
    assert not provider.validate(name=UNKNOWN, size=UNKNOWN, tags=UNKNOWN, position=UNKNOWN, parts=[UNKNOWN])
    assert not provider.validate(name="a", parts=[{"kind": UNKNOWN, "amount": UNKNOWN, "note": None}], tags=[UNKNOWN])


def test_a_refined_unknown_is_unknown(provider):
    refined = msgpack.ExtType(12, msgpack.packb({1: False}))
    assert not provider.validate(name=refined, size=refined)


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"name": None}, ".name"),
        ({"name": ""}, ".name"),
        ({"name": "a", "size": 65536}, ".size"),
        ({"name": "a", "size": -1}, ".size"),
        ({"name": "a", "size": "1.5"}, ".size"),
        ({"name": "a", "offset": 128}, ".offset"),
        ({"name": "a", "id": "x"}, ".id"),
        ({"name": "a", "tags": ["x", ""]}, ".tags[1]"),
        ({"name": "a", "position": {"x": None, "y": 1, "note": None}}, ".position.x"),
        ({"name": "a", "parts": [{"kind": "gear", "amount": 1, "note": None}, {"kind": "screw", "amount": 1, "note": None}]}, ".parts[1].kind"),
        ({"name": "a", "parts": [{"kind": "gear", "amount": 0, "note": None}]}, ".parts[0].amount"),
    ],
)
def test_errors_name_the_attribute(provider, config, path):
    assert path in [d.path for d in provider.validate(**config) if d.severity == "error"]


def test_a_sensitive_value_is_in_no_message(provider):
    found = provider.validate(name="a", secret="S3CRET")
    assert [d.path for d in found] == [".secret"]
    assert "S3CRET" not in str(found)


def test_provider_settings(provider):
    def validate(**settings):
        config = {"directory": "x", "password": None, "attempts": None} | settings
        return diags(provider.call("ValidateProviderConfig", config=provider.value(config)))

    assert not validate()
    assert not validate(directory=UNKNOWN)
    assert [d.path for d in validate(directory=None)] == [".directory"]
    (short,) = validate(password="pw")
    assert short.path == ".password" and "pw" not in short.summary + short.detail.replace("password", "")


def test_data_source_configuration(provider):
    schema = provider.call("GetProviderSchema").data_source_schemas["widget"]
    config = dict.fromkeys(a.name for a in schema.block.attributes)
    response = provider.call("ValidateDataResourceConfig", type_name="widget", config=provider.value(config))
    assert [d.path for d in diags(response)] == [".name"]


@pytest.mark.parametrize(
    ("data", "path", "said"),
    [
        (b"\xc1", "", "byte 0"),
        (b"\x81\xa4name", ".name", "early"),
        (b"\x81\xa4name\x01", ".name", "byte 6"),
        (b"\x81\xa4name\xc4\x01a", ".name", "binary"),
        (b"\x81\xa4nome\xc0", "", "nome"),
        (b"\x81\xa5parts\x91\x81\xa4kind\x07", ".parts[0].kind", "byte 14"),
        (b"\x80\x80", "", "more than one value"),
        (b"\xdd\xff\xff\xff\xff", "", "longer than what is left"),
    ],
)
def test_malformed_values_are_errors_with_place_and_byte(provider, data, path, said):
    value = provider.messages.DynamicValue(msgpack=data)
    (error,) = diags(provider.call("ValidateResourceConfig", type_name="widget", config=value))
    assert error.path == path
    assert said in error.detail


def test_values_may_be_json(provider):
    value = provider.messages.DynamicValue(json=b'{"name": "a", "size": 70000}')
    (error,) = diags(provider.call("ValidateResourceConfig", type_name="widget", config=value))
    assert error.path == ".size"
    value = provider.messages.DynamicValue(json=b'{"name": ')
    (error,) = diags(provider.call("ValidateResourceConfig", type_name="widget", config=value))
    assert "JSON" in error.summary


def test_bytes_that_are_no_message_are_an_invalid_argument(provider):
    call = provider.channel.unary_unary("/tfplugin6.Provider/ReadResource")
    with pytest.raises(grpc.RpcError) as error:
        call(b"\x0a\xff\xff\xff\xff\xff", timeout=60)
    code, details = status_of(error)
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert "ReadResource" in details
    assert not provider.validate(name="a")


def test_other_calls_are_unimplemented(provider):
    call = provider.channel.unary_unary("/tfplugin6.Provider/OpenEphemeralResource")
    with pytest.raises(grpc.RpcError) as error:
        call(b"", timeout=60)
    assert status_of(error)[0] == grpc.StatusCode.UNIMPLEMENTED
