# SPDX-License-Identifier: Apache-2.0
"""Opening a session: its settings, what is refused, and that the token shows nowhere."""

from __future__ import annotations

import json
import os
import pathlib
import tempfile
from collections.abc import Callable

import pytest

from astra import ARN, CONFLICT, FAILED, GONE, INVALID, OK, PERMISSION_DENIED, TRACE, UNAVAILABLE, Refused, Session, call, load
from simulator import Simulator


def refused(**settings: object) -> Refused:
    with pytest.raises(Refused) as caught:
        Session(**settings)  # type: ignore[arg-type]
    return caught.value


def test_settings_come_from_the_environment(
    simulator: Simulator, open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASTRA_API_TOKEN", f" {simulator.token}\n")
    monkeypatch.setenv("ASTRA_API_URL", simulator.url + "/")
    assert open_session().key_read("aws", "us-east-2").status == GONE
    assert open_session(token="", url="").key_read("aws", "us-east-2").status == GONE


def test_arguments_win_over_the_environment(
    simulator: Simulator, open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASTRA_API_TOKEN", "AstraCS:wrong")
    monkeypatch.setenv("ASTRA_API_URL", "http://127.0.0.1:1")
    assert open_session(simulator).key_read("aws", "us-east-2").status == GONE


def test_opening_sends_nothing(simulator: Simulator, session: Session) -> None:
    assert simulator.counts()["total"] == 0


def test_no_token() -> None:
    answer = refused(url="http://127.0.0.1:1").answer
    assert answer.attribute == "token" and "ASTRA_API_TOKEN" in answer.text


@pytest.mark.parametrize("token", ["AstraCS:secret\r\nX-Evil: 1", "AstraCS:secret two", "AstraCS:sec\x01ret"])
def test_a_token_that_would_break_a_header_is_refused_unquoted(token: str) -> None:
    answer = refused(token=token, url="http://127.0.0.1:1").answer
    assert answer.attribute == "token" and "secret" not in answer.text and "Evil" not in answer.text


# --- a token in a file ---


@pytest.fixture
def token_file(tmp_path: pathlib.Path) -> Callable[..., str]:
    """Writes a file, and answers its path."""

    def write(content: str | bytes, mode: int = 0o600) -> str:
        path = tmp_path / "token"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return str(path)

    return write


@pytest.mark.parametrize("mode", [0o600, 0o400])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", " \n\n"])
def test_a_token_in_a_file(
    simulator: Simulator, open_session: Callable[..., Session], token_file: Callable[..., str], mode: int, end: str
) -> None:
    path = token_file(simulator.token + end, mode)
    assert open_session(token_file=path, url=simulator.url).key_read("aws", "us-east-2").status == GONE


def test_a_token_in_a_file_that_the_environment_names(
    simulator: Simulator,
    open_session: Callable[..., Session],
    token_file: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASTRA_API_TOKEN_FILE", token_file(simulator.token))
    assert open_session(url=simulator.url).key_read("aws", "us-east-2").status == GONE
    assert open_session(token="", token_file="", url=simulator.url).key_read("aws", "us-east-2").status == GONE


def test_which_token_is_taken(
    simulator: Simulator,
    open_session: Callable[..., Session],
    token_file: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What comes later is not even looked at."""
    right, nowhere = token_file(simulator.token), "/nowhere/token"
    monkeypatch.setenv("ASTRA_API_TOKEN_FILE", nowhere)
    monkeypatch.setenv("ASTRA_API_TOKEN", simulator.token)
    assert open_session(url=simulator.url).key_read("aws", "us-east-2").status == GONE
    monkeypatch.setenv("ASTRA_API_TOKEN", "AstraCS:wrong")
    assert open_session(token_file=right, url=simulator.url).key_read("aws", "us-east-2").status == GONE
    assert open_session(token=simulator.token, url=simulator.url).key_read("aws", "us-east-2").status == GONE
    assert refused(token_file=nowhere, url=simulator.url).answer.attribute == "token_file"


def test_a_token_and_a_file_are_one_too_many(token_file: Callable[..., str]) -> None:
    answer = refused(token="AstraCS:x", token_file=token_file("AstraCS:x"), url="http://127.0.0.1:1").answer
    assert answer.attribute == "token_file" and "`token`" in answer.text


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666])
def test_a_file_that_others_may_use_is_refused(token_file: Callable[..., str], mode: int) -> None:
    path = token_file("AstraCS:hidden", mode)
    answer = refused(token_file=path, url="http://127.0.0.1:1").answer
    assert answer.attribute == "token_file" and f"chmod 600 '{path}'" in answer.text and f"{mode:04o}" in answer.text
    assert "hidden" not in answer.text


def test_a_file_that_the_environment_names_is_held_to_the_same(
    token_file: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASTRA_API_TOKEN_FILE", token_file("AstraCS:x", 0o644))
    answer = refused(url="http://127.0.0.1:1").answer
    assert answer.attribute == "token_file" and "ASTRA_API_TOKEN_FILE" in answer.text and "chmod" in answer.text


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a file away")
def test_a_file_of_another_user_is_refused(token_file: Callable[..., str]) -> None:
    path = token_file("AstraCS:hidden")
    os.chown(path, 65534, -1)
    answer = refused(token_file=path, url="http://127.0.0.1:1").answer
    assert answer.attribute == "token_file" and "65534" in answer.text and "hidden" not in answer.text


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")
@pytest.mark.parametrize("mode", [0o440, 0o444, 0o460])
def test_a_file_of_root_may_be_read_by_the_group_that_it_is_handed_to(
    simulator: Simulator, open_session: Callable[..., Session], mode: int
) -> None:
    """As Kubernetes and systemd hand secrets to services that are not root's."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "token")
        path.write_text(simulator.token)
        path.chmod(mode)
        os.chmod(folder, 0o755)
        os.seteuid(65534)
        try:
            if mode == 0o440:
                assert open_session(token_file=str(path), url=simulator.url).key_read("aws", "us-east-2").status == GONE
            else:
                assert f"{mode:04o}" in refused(token_file=str(path), url=simulator.url).answer.text
        finally:
            os.seteuid(0)


@pytest.mark.parametrize("content, said", [
    (b"", "empty"), (b" \n", "empty"), (b"AstraCS:hid\nden\n", "line break"), (b"AstraCS:hid den", "blank"),
    (b"AstraCS:hid\0den", "NUL"), (b"AstraCS:hidden" + b"x" * 4096, "4096"),
    (b"\xef\xbb\xbfAstraCS:hidden", "blank")])  # fmt: skip
def test_a_file_that_holds_no_token(token_file: Callable[..., str], content: bytes, said: str) -> None:
    answer = refused(token_file=token_file(content), url="http://127.0.0.1:1").answer
    assert answer.attribute == "token_file" and said in answer.text
    assert "hid" not in answer.text and "den" not in answer.text


def test_what_is_no_file(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)  # which nobody writes to: to wait for it would be for ever
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for path, said in ((tmp_path, "regular file"), (tmp_path / "pipe", "regular file"), (tmp_path / "link", "No such"),
                       ("~/token", "not expanded"), ("/dev/null", "regular file")):  # fmt: skip
        answer = refused(token_file=str(path), url="http://127.0.0.1:1").answer
        assert answer.attribute == "token_file" and said in answer.text and str(path) in answer.text


def test_a_link_is_followed_to_the_file(
    simulator: Simulator, open_session: Callable[..., Session], token_file: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "link").symlink_to(token_file(simulator.token))
    session = open_session(token_file=str(tmp_path / "link"), url=simulator.url)
    assert session.key_read("aws", "us-east-2").status == GONE


def test_a_token_in_place_of_its_path_is_not_quoted() -> None:
    answer = refused(token_file="AstraCS:hidden", url="http://127.0.0.1:1").answer
    assert answer.attribute == "token_file" and "hidden" not in answer.text


def test_a_token_in_place_of_an_organization_is_not_quoted(
    simulator: Simulator, open_session: Callable[..., Session]
) -> None:
    answer = open_session(simulator, organization="AstraCS:hidden").key_read("aws", "us-east-2")
    assert answer.status == PERMISSION_DENIED and "is ***" in answer.text and "hidden" not in answer.text


# --- the other settings ---


@pytest.mark.parametrize(
    "url",
    [
        "http://api.astra.datastax.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "nonsense",
        "https://",
        "https://user:password@example.com",
        "https://example.com/?x=1",
        "https://example.com/#x",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    answer = refused(token="AstraCS:x", url=url).answer
    assert answer.attribute == "api_url" and "password" not in answer.errors[0][2]


@pytest.mark.parametrize(
    "url", ["https://example.com/base/", "http://127.1.2.3:80", "http://[::1]:8080", "http://localhost", "HTTPS://X.example"]
)
def test_addresses_that_are_taken(url: str, open_session: Callable[..., Session]) -> None:
    open_session(token="AstraCS:x", url=url)


@pytest.mark.parametrize("retries, timeout, attribute", [
    (-1, 1, "max_retries"), (21, 1, "max_retries"), (0, 0, "request_timeout"), (0, -1, "request_timeout"),
    (0, float("nan"), "request_timeout"), (0, float("inf"), "request_timeout")])  # fmt: skip
def test_limits_out_of_range(retries: int, timeout: float, attribute: str) -> None:
    answer = refused(token="AstraCS:x", url="http://127.0.0.1:1", retries=retries, timeout=timeout).answer
    assert answer.attribute == attribute and attribute in answer.text


def test_a_path_below_the_host_is_kept(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    open_session(token=simulator.token, url=simulator.url + "/prefix//").key_read("aws", "us-east-2")
    assert simulator.counts()["log"][0]["path"] == "/prefix/v2/currentOrg"


def test_the_organization_is_asked_for_once(simulator: Simulator, session: Session) -> None:
    for _ in range(3):
        assert session.key_read("aws", "us-east-2").status == GONE
        assert session.seat_read("aws", "us-east-2", "900000000001").status == OK
    assert simulator.counts()["by"]["GET /v2/currentOrg"] == 1


def test_a_failed_lookup_of_the_organization_is_not_remembered(simulator: Simulator, session: Session) -> None:
    simulator.fault(path="/v2/currentOrg", status=403)
    assert session.key_read("aws", "us-east-2").status == PERMISSION_DENIED
    assert session.key_read("aws", "us-east-2").status == GONE


def test_the_token_must_belong_to_the_configured_organization(
    simulator: Simulator, open_session: Callable[..., Session]
) -> None:
    session = open_session(simulator, organization="another")
    for answer in (
        session.key_read("aws", "us-east-2"),
        session.key_create("aws", "us-east-2", ARN),
        session.key_delete("aws", "us-east-2", ARN, force=True),
        session.key_list(),
        session.seat_create("aws", "us-east-2"),
        session.seat_list("aws", "us-east-2"),
    ):
        assert answer.status == PERMISSION_DENIED and answer.attribute == "organization_id"
        assert simulator.organization in answer.text and "another" in answer.text
    assert simulator.counts()["by"] == {"GET /v2/currentOrg": 1}


def test_the_organization_compares_without_case(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    session = open_session(simulator, organization=simulator.organization.upper())
    assert session.key_read("aws", "us-east-2", None, simulator.organization.upper()).status == GONE


def test_a_wrong_token(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    answer = open_session(simulator, token="AstraCS:wrong").key_read("aws", "us-east-2")
    assert answer.status == PERMISSION_DENIED and answer.attribute == "token"
    assert "ASTRA_API_TOKEN" in answer.text and "AstraCS:wrong" not in answer.text


@pytest.mark.parametrize("permissions, call, permission", [
    (["write-cmk", "db-view"], lambda s: s.key_read("aws", "us-east-2"), "Read CMK Key"),
    (["read-cmk", "db-view"], lambda s: s.key_create("aws", "us-east-2", ARN), "Write CMK Key"),
    (["read-cmk", "write-cmk"], lambda s: s.guard("destroy", "aws", "us-east-2"), "org-db-view"),
    (["write-cmk"], lambda s: s.seat_create("aws", "us-east-2"), "Read CMK Key")])  # fmt: skip
def test_a_permission_that_is_missing_is_named(
    simulator: Simulator,
    open_session: Callable[..., Session],
    permissions: list[str],
    call: Callable[[Session], object],
    permission: str,
) -> None:
    simulator.set_token("AstraCS:other", permissions)
    answer = call(open_session(simulator, token="AstraCS:other"))
    assert answer.status in (PERMISSION_DENIED, CONFLICT) and permission in answer.text  # type: ignore[attr-defined]


def test_no_network_names_the_address(open_session: Callable[..., Session]) -> None:
    answer = open_session(token="AstraCS:x", url="http://127.0.0.1:1", retries=0).key_read("aws", "us-east-2")
    assert answer.status == UNAVAILABLE and answer.attribute == "api_url"
    assert "http://127.0.0.1:1" in answer.text and "proxy" in answer.text


def test_calls_without_a_session_say_so() -> None:
    library = load()
    answer = call(library, "astra_cmk_key_list", None, None)
    assert answer.status == INVALID and "not configured" in answer.text
    for operation in ("create", "destroy"):
        assert call(library, "astra_database_guard", None, operation, "aws", "us-east-2", False).status == OK
        arguments = (None, operation, "aws", "us-east-2", "1", None, None)
        assert call(library, "astra_provider_id_check", *arguments).status == OK
    library.astra_session_close(None)
    library.astra_session_cancel(None, None)
    library.astra_free(None)


def test_requests_are_logged_without_the_token(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    session = open_session(simulator, log_level=TRACE)
    simulator.fault(path="/v2/kms", status=503, body=f"try later, {simulator.token} and AstraCS:abc:def too")
    assert session.key_create("aws", "us-east-2", ARN).status == OK
    lines = [fields for level, _, fields in session.lines if level == 4]
    assert [(line["method"], line["path"], line["status"], line["try"]) for line in lines] == [
        ("GET", "/v2/currentOrg", 200, 1),
        ("GET", "/v2/kms", 503, 1),
        ("GET", "/v2/kms", 200, 2),
        ("POST", "/v2/kms", 200, 1),
    ]
    assert all(line["duration_ms"] >= 0 for line in lines)
    traced = [fields for level, _, fields in session.lines if level == 5]
    assert ARN in traced[-1]["request_body"] and "try later, ***" in traced[1]["response_body"]
    text = json.dumps(session.lines)
    assert simulator.token not in text and "abc:def" not in text


def test_nothing_is_logged_below_the_wanted_level(simulator: Simulator, open_session: Callable[..., Session]) -> None:
    session = open_session(simulator, log_level=3)
    session.key_list()
    assert session.lines == []


@pytest.mark.parametrize("body, shown, hidden", [
    ('{"errors": [{"ID": 340018, "message": "no such\\nthing, AstraCS:simulator"}]}', "no such thing, ***", "AstraCS:"),
    ('{"message": "plain message"}', "plain message", "{"),
    ("just text", "just text", None),
    ("<html><body>Bad Gateway AstraCS:simulator</body></html>", "web page", "Gateway"),
    ("", "status 400)", None),
    ("x" * 5000, "xxx", "x" * 1000),
    ('{"message": "%s"}' % ("x" * 5000), "xxx", "x" * 1000)])  # fmt: skip
def test_the_apis_own_words_are_quoted(
    simulator: Simulator, session: Session, body: str, shown: str, hidden: str | None
) -> None:
    simulator.fault(path="/v2/currentOrg", status=400, body=body)
    answer = session.key_list()
    assert shown in answer.text and (hidden is None or hidden not in answer.text)


@pytest.mark.parametrize("path, body", [
    ("/v2/currentOrg", '{"id": "%s"}'),
    ("/v2/kms", '[{"CloudProvider": "aws", "KeyID": "x %s", "Region": "us-east-2"}]'),
    ("/v2/kms", '[{"CloudProvider": "aws", "KeyID": "x", "Region": "us-east-2", "OrganizationID": "%s"}]'),
    ("/v2/kms/provider/*/region/*/accounts", '[{"provider_id": "%s"}]')])  # fmt: skip
def test_no_value_is_read_that_holds_the_token(
    simulator: Simulator, open_session: Callable[..., Session], path: str, body: str
) -> None:
    """It would stand in the state."""
    simulator.set_token("AstraCS:a/b=hidden")
    session = open_session(simulator, token="AstraCS:a/b=hidden", log_level=TRACE)
    simulator.fault(path=path, body=body % "AstraCS\\u003aa\\/b=hidden", times=-1)
    answer = session.seat_create("aws", "us-east-2") if "accounts" in path else session.key_read("aws", "us-east-2")
    assert answer.status == FAILED and "should hold text" in answer.text
    assert "hidden" not in answer.text + json.dumps(session.lines) + json.dumps(answer.outputs)
