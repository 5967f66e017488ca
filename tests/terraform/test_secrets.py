# SPDX-License-Identifier: Apache-2.0
"""The token is in no file, no output and no log."""

import zipfile

import pytest

from terraform_cli import Raw, block, key, output, seat

# In two pieces, so that it stands nowhere but in the environment.
SECRET = "AstraCS:" + "tokenThatNobodySees"


@pytest.fixture
def secret(tf, simulator):
    """The token's part that gives it away."""
    simulator.set_token(SECRET)
    tf.env["ASTRA_API_TOKEN"] = SECRET
    return SECRET.removeprefix("AstraCS:")


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


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_token_that_the_api_repeats_in_an_error(tf, simulator, secret, status):
    simulator.fault(path="/v2/kms", status=status, times=-1,
                    body='{"errors": [{"ID": 1, "message": "bad token %s"}]}' % SECRET)
    tf.write(block("provider", "astra", max_retries=0), key())
    result = tf.apply(fails=True, env=traced(tf))
    assert result.errors
    assert_nowhere(secret, tf, result)


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
