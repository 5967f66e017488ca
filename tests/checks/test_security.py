# SPDX-License-Identifier: Apache-2.0
"""What SECURITY.md promises is held by the tests that it names."""

import re


def test_each_promise_names_tests_that_exist(project):
    text = (project / "SECURITY.md").read_text(encoding="utf-8")
    promises = text.partition("## What is promised")[2].partition("\n##")[0]
    rows = [row for row in promises.splitlines() if row.startswith("|") and not row.startswith("|---")][1:]
    assert rows
    for row in rows:
        named = re.findall(r"`(tests/[^`:]+)(?:::(\w+))?`", row)
        assert named, f"nothing holds this: {row}"
        for path, function in named:
            source = (project / path).read_text(encoding="utf-8")
            assert not function or re.search(rf"^def {function}\(", source, re.MULTILINE), f"{path} has no {function}"


def test_the_readme_leads_there(project):
    assert "](SECURITY.md)" in (project / "README.md").read_text(encoding="utf-8")
