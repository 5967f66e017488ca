# SPDX-License-Identifier: Apache-2.0
"""Form: .editorconfig, .clang-format, shellcheck, licence lines, and nothing of anybody's machine."""

import fnmatch
import re
import subprocess

import pytest

# Text that tells where, or by which path, somebody works; and secrets. In pieces, so as not to match itself.
PERSONAL = re.compile(
    r"/(?:root|work|Users)/\w|/home/(?!user\b)\w|/tmp/(?:bash_jobs|brief)|index-url|GOPROXY\s*=|AstraCS:[A-Za-z0-9]{20,}")


def expand(pattern):
    """{a,b} of an .editorconfig section as several patterns."""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        return [pattern]
    return [text for choice in match[1].split(",") for text in expand(pattern[:match.start()] + choice + pattern[match.end():])]


def editorconfig(project):
    """The sections of .editorconfig, in order: patterns and settings."""
    sections = []
    for line in (project / ".editorconfig").read_text().splitlines():
        line = line.strip()
        if line.startswith("["):
            sections.append((expand(line[1:-1]), {}))
        elif "=" in line and sections:
            key, value = (text.strip() for text in line.split("=", 1))
            sections[-1][1][key] = value
    return sections


def settings_of(path, sections):
    settings = {}
    for patterns, values in sections:
        if any(fnmatch.fnmatchcase(path.name, pattern) for pattern in patterns):
            settings |= values
    return settings


def complaints(data, settings):
    if settings.get("end_of_line") == "lf" and b"\r" in data:
        yield "has a carriage return"
    if settings.get("charset") == "utf-8":
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            yield f"is not UTF-8 ({error})"
    if settings.get("insert_final_newline") == "true" and data and not data.endswith(b"\n"):
        yield "does not end with a newline"
    for number, line in enumerate(data.split(b"\n"), 1):
        if settings.get("trim_trailing_whitespace") == "true" and line != line.rstrip(b" \t"):
            yield f"line {number} ends with white space"
        if settings.get("indent_style") == "space" and re.match(rb" *\t", line):
            yield f"line {number} is indented with a tab"
        if settings.get("indent_style") == "tab" and re.match(rb"\t* {2,}\S", line):
            yield f"line {number} is indented with spaces"


def is_text(path):
    return b"\0" not in path.read_bytes()[:8192]


def test_editorconfig(project, tree):
    sections = editorconfig(project)
    found = [f"{path.relative_to(project)}: {complaint}"
             for path in tree if is_text(path) for complaint in complaints(path.read_bytes(), settings_of(path, sections))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("data, complaint", [
    (b"x \n", "ends with white space"), (b"x", "does not end"), (b"\tx\n", "with a tab"), (b"x\r\n", "carriage return"),
    (b"\xff\n", "not UTF-8")])
def test_editorconfig_check_finds(project, data, complaint):
    settings = settings_of(project / "x.c", editorconfig(project))
    assert any(complaint in text for text in complaints(data, settings))


def test_clang_format(tree):
    sources = [path for path in tree if path.suffix in (".c", ".h")]
    result = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *sources], capture_output=True, text=True)
    assert sources and result.returncode == 0, result.stderr[-4000:]


def test_shellcheck(project, tree):
    scripts = [path for path in tree if path.suffix == ".sh" or re.match(rb"#!.*\b(ba|da)?sh\b", path.read_bytes()[:64])]
    result = subprocess.run(["shellcheck", "--external-sources", *scripts], cwd=project, capture_output=True, text=True)
    assert scripts and result.returncode == 0, result.stdout[-4000:]


def test_python_compiles(tree):
    sources = [path for path in tree if path.suffix == ".py" or re.match(rb"#!.*\bpython3?\b", path.read_bytes()[:64])]
    for path in sources:
        compile(path.read_bytes(), path, "exec")
    assert sources


def test_terraform_is_formatted(project, terraform, terraform_form_env):
    for folder in ("examples", "docs", "tests"):
        result = subprocess.run([terraform, "fmt", "-check", "-diff", "-recursive", project / folder],
                                capture_output=True, text=True, env=terraform_form_env)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def terraform_form_env(tmp_path):
    import os

    (tmp_path / "no.tfrc").touch()
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(tmp_path / "no.tfrc")}


def test_every_source_names_its_licence(project, tree):
    sources = [path for path in tree if path.suffix in (".c", ".h", ".py", ".sh", ".proto", ".go") or path.name in ("run", "generate")]
    bare = [str(path.relative_to(project)) for path in sources if b"SPDX-License-Identifier: Apache-2.0" not in path.read_bytes()[:400]]
    assert sources and not bare


def test_nothing_of_anybodys_machine(project, tree):
    found = [f"{path.relative_to(project)}:{number}: {match[0]}"
             for path in tree if is_text(path)
             for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
             if (match := PERSONAL.search(line)) and "r\"/(?:" not in line]
    assert not found, "\n".join(found)
