# SPDX-License-Identifier: Apache-2.0
"""The token is in no file, no output and no log, and nothing else of the machine gets at it."""

import base64
import os
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from terraform_cli import Raw, block, key, output, seat

# In pieces, so that it stands nowhere but in the environment; with characters that JSON may write in another way.
SECRET = "AstraCS:a/b=" + "tokenThatNobodySees"


@pytest.fixture
def secret(tf, simulator):
    """The token's part that gives it away."""
    simulator.set_token(SECRET)
    tf.env["ASTRA_API_TOKEN"] = SECRET
    return SECRET.partition("=")[2]


def contents(folder):
    """The content of every file in a folder, that of archives unpacked; the providers' programs left out."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or ".terraform/providers" in str(path):
            continue
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name}/{name}", archive.read(name)
        else:
            yield path.name, path.read_bytes()


def traced(tf):
    return {"TF_LOG": "TRACE", "TF_LOG_PATH": str(tf.folder / "trace.log")}


def assert_nowhere(secret, tf, *results):
    for name, content in contents(tf.folder):
        assert secret.encode() not in content, name
    for result in results:
        assert secret not in result.everything, result.arguments


def test_token_of_the_environment(tf, simulator, secret):
    tf.write(key(), seat(), output("key", "astra_cmk_key.key"))
    results = [tf.plan("-out", "saved.tfplan", env=traced(tf)),
               tf.run("show", "-json", "saved.tfplan"),
               tf.apply("saved.tfplan", env=traced(tf)),
               tf.run("show", "-json"),
               tf.run("plan", "-input=false", env=traced(tf)),
               tf.run("output", "-json")]
    log = (tf.folder / "trace.log").read_text()
    assert "/v2/kms" in log, "requests are traced"
    assert_nowhere(secret, tf, *results)


def test_token_of_a_file(tf, simulator, secret, tmp_path):
    """Named by the configuration, then by the environment."""
    del tf.env["ASTRA_API_TOKEN"]
    file = tmp_path / "token"
    file.touch(0o600)
    file.write_text(SECRET + "\n")
    tf.write(block("provider", "astra", token_file=str(file)), key())
    results = [tf.apply(env=traced(tf)), tf.run("show", "-json")]
    tf.write(key())
    results += [tf.run("plan", "-input=false", env=traced(tf) | {"ASTRA_API_TOKEN_FILE": str(file)}),
                tf.apply("-destroy", env=traced(tf) | {"ASTRA_API_TOKEN_FILE": str(file)})]
    assert_nowhere(secret, tf, *results)


def test_token_file_that_others_may_read(tf, simulator, secret, tmp_path):
    del tf.env["ASTRA_API_TOKEN"]
    file = tmp_path / "token"
    file.touch(0o644)
    file.write_text(SECRET)
    tf.write(block("provider", "astra", token_file=str(file)), key())
    result = tf.plan(fails=True, env=traced(tf))
    result.error("token_file", "0644", f"chmod 600 '{file}'")
    assert simulator.counts()["total"] == 0
    assert_nowhere(secret, tf, result)


def test_token_and_file(tf, simulator, tmp_path):
    tf.write(block("provider", "astra", token="AstraCS:x", token_file=str(tmp_path / "token")), key())
    tf.plan(fails=True).error("Two tokens", "`token`", "`token_file`")


def children(process: int) -> list[int]:
    """What a process started, as the kernel knows it."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue  # it has ended
        if int(fields["PPid"]) == process:
            found.append(int(status.parent.name))
    return found


def test_a_provider_that_runs_shows_nothing(tf, simulator, secret):
    """In the middle of a request: neither in its title, nor as a core dump, nor to other programs of the user."""
    tf.env["TF_VAR_token"] = tf.env.pop("ASTRA_API_TOKEN")
    tf.write(block("variable", "token", type=Raw("string"), ephemeral=True, sensitive=True),
             block("provider", "astra", token=Raw("var.token")), key())
    simulator.fault(method="POST", path="/v2/kms", hold=True)
    process = tf.start("apply", "-auto-approve", "-input=false")
    try:
        simulator.wait_until_held()
        providers = [Path(f"/proc/{child}") for child in children(process.pid)]
        providers = [path for path in providers if "terraform-provider-astra-cmk" in os.readlink(path / "exe")]
        assert len(providers) == 1
        title = [(providers[0] / name).read_bytes() for name in ("cmdline", "comm")]
        assert title[0] and not [text for text in title if secret.encode() in text]
        limits = (providers[0] / "limits").read_text().splitlines()
        assert [line.split()[4:6] for line in limits if line.startswith("Max core file size")] == [["0", "0"]]
        if os.getuid():  # what can't be dumped belongs to root; tests/protocol looks where we are root ourselves
            assert (providers[0] / "mem").stat().st_uid == 0
        simulator.clear_faults()
        stdout, stderr = process.communicate(timeout=60)
        assert process.returncode == 0, stderr
    finally:
        process.kill()
        process.wait()
    assert secret not in stdout + stderr
    assert_nowhere(secret, tf)


def echo(simulator, status):
    """Has the API repeat the token to whatever is asked, in each way JSON may write it."""
    escaped = "".join(f"\\u{ord(character):04x}" if character in "=/" else character for character in SECRET)
    simulator.fault(path="*", status=status, times=-1,
                    body='{"errors": [{"ID": 1, "message": "bad token %s"}], "again": "Bearer %s"}' % (SECRET, escaped))


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 429, 500, 503])
def test_token_that_the_api_repeats_to_everything(tf, simulator, secret, status):
    """Every call of a provider's, each failing: create, read, delete, seats, and data sources."""
    tf.write(key(), seat())
    tf.apply()
    echo(simulator, status)
    provider = block("provider", "astra", max_retries=0)
    tf.write(provider, key(), seat(), seat("another"),
             key("another", region="eu-west-1", key_id="arn:aws:kms:eu-west-1:111122223333:key/a"))
    results = [tf.run("apply", "-auto-approve", "-input=false", "-refresh=false", env=traced(tf), expect=(0, 1)),
               tf.run("plan", "-input=false", env=traced(tf), expect=(0, 1)),
               tf.run("apply", "-destroy", "-auto-approve", "-input=false", env=traced(tf), expect=(0, 1)),
               tf.run("import", "-input=false", "astra_cmk_key.another", "aws/eu-west-1", env=traced(tf), expect=(0, 1))]
    tf.write(provider, block("data", "astra_cmk_keys", "all"),
             block("data", "astra_provider_ids", "all", cloud_provider="aws", region="us-east-2"))
    results.append(tf.run("plan", "-input=false", env=traced(tf), expect=(0, 1)))
    assert results[-1].returncode == 1
    assert "/v2/" in (tf.folder / "trace.log").read_text()
    assert_nowhere(secret, tf, *results)


# What servers and gateways make of what they repeat; the end of each spelling gives the token away.
SPELLINGS = {
    "as it is": SECRET, "in an address": quote(SECRET, safe=""), "in HTML": SECRET.replace(":", "&#58;").replace("/", "&#x2F;"),
    "in Base64": base64.b64encode(SECRET.encode()).decode(),
    "in Base64, as a header": base64.b64encode(f"Authorization: Bearer {SECRET}".encode()).decode()}  # fmt: skip


@pytest.mark.parametrize("status, spelling", [(400, "as it is"), (401, "as it is"), (403, "as it is"), (500, "as it is"),
                                              *((400, spelling) for spelling in list(SPELLINGS)[1:])])  # fmt: skip
def test_token_that_the_api_repeats_in_an_error(tf, simulator, secret, status, spelling):
    simulator.fault(path="/v2/kms", status=status, times=-1,
                    body='{"errors": [{"ID": 1, "message": "bad token %s"}]}' % SPELLINGS[spelling])
    tf.write(block("provider", "astra", max_retries=0), key())
    result = tf.apply(fails=True, env=traced(tf))
    assert result.errors and "bad token" in result.everything
    for text in (secret, SPELLINGS[spelling][-20:-4]):
        assert_nowhere(text, tf, result)


def test_token_of_a_variable(tf, simulator, secret):
    """Ephemeral, so that Terraform keeps it out of the plan file; marked as sensitive by us too."""
    tf.env["TF_VAR_token"] = tf.env.pop("ASTRA_API_TOKEN")
    tf.write(block("variable", "token", type=Raw("string"), ephemeral=True, sensitive=True),
             block("provider", "astra", token=Raw("var.token")), key())
    results = [tf.plan("-out", "saved.tfplan", env=traced(tf)), tf.apply("saved.tfplan", env=traced(tf)),
               tf.run("show", "-json")]
    assert_nowhere(secret, tf, *results)


def test_malformed_token_is_not_repeated(tf, simulator):
    tf.env["ASTRA_API_TOKEN"] = "AstraCS:two words"
    tf.write(block("provider", "astra"), key())
    result = tf.plan(fails=True)
    result.error("token")
    assert "two words" not in result.everything


def test_debug_log_shows_requests(tf, simulator, secret):
    tf.write(key())
    tf.apply(env=traced(tf) | {"TF_LOG": "DEBUG"})
    log = (tf.folder / "trace.log").read_text()
    lines = [line for line in log.splitlines() if "/v2/kms" in line and "POST" in line]
    assert lines and all("status=20" in line for line in lines)
    assert not [line for line in lines if "keyID" in line], "bodies are TRACE's"
