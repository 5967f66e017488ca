# SPDX-License-Identifier: Apache-2.0
"""The reference in docs/ is what the schemas say, and links lead somewhere."""

import re
import subprocess


def test_reference_is_up_to_date(project):
    result = subprocess.run([project / "docs/generate", "--check"], capture_output=True, text=True)
    assert result.returncode == 0, f"run docs/generate:\n{result.stdout}{result.stderr}"


def test_check_notices_a_change(project, tmp_path):
    generate = [project / "docs/generate", project / "schemas", tmp_path]
    subprocess.run(generate, check=True, capture_output=True)
    check = [generate[0], "--check", *generate[1:]]
    assert subprocess.run(check, capture_output=True).returncode == 0
    (tmp_path / "resources/astra_cmk_key.md").write_text("other\n")
    (tmp_path / "resources/gone.md").write_text("of a schema that is no more\n")
    result = subprocess.run(check, capture_output=True, text=True)
    assert result.returncode == 1
    assert "astra_cmk_key.md" in result.stdout and "gone.md" in result.stdout


def test_everything_has_a_description_and_a_page(project):
    import json

    def bare(pointer, schema):
        if not schema.get("description"):
            yield pointer
        for name, attribute in schema.get("properties", {}).items():
            yield from bare(f"{pointer}/{name}", attribute)
        if "properties" in schema.get("items", {}):
            for name, attribute in schema["items"]["properties"].items():
                yield from bare(f"{pointer}/{name}", attribute)

    files = [path for path in (project / "schemas").rglob("*.json") if path.name != "meta.json"]
    assert files
    for path in files:
        assert list(bare(path.name, json.loads(path.read_text()))) == []
        if path.parent.name != "schemas":
            assert (project / "docs" / path.parent.name / f"{path.stem}.md").exists()
            assert (project / "docs/parts" / path.parent.name / f"{path.stem}.tf").exists(), "no example"


def test_links_lead_somewhere(project, tree):
    broken = []
    for page in (path for path in tree if path.suffix == ".md"):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            if not target.startswith(("http://", "https://")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(project)}: {target}")
    assert not broken
