# SPDX-License-Identifier: Apache-2.0
"""The two rules that keep plugin and bridge apart."""

import re

INCLUDE = re.compile(rb'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def below(tree, folder):
    return [path for path in tree if folder in path.parents]


def test_plugin_includes_nothing_of_the_bridge(project, tree):
    plugin, bridge = (below(tree, project / name) for name in ("plugin", "bridge"))
    own = {path.name for path in plugin}
    foreign = {path.name for path in bridge if path.suffix == ".h"} - own
    sources = [path for path in plugin if path.suffix in (".c", ".h")]
    found = [f"{path.relative_to(project)}: {name.decode()}"
             for path in sources for quote, name in INCLUDE.findall(path.read_bytes())
             if b"bridge" in name or (quote == b'"' and name.decode().rsplit("/", 1)[-1] in foreign)]
    assert sources and not found
    # Nor by the back door of an include path or a linked target.
    lists = [path for path in plugin if path.name == "CMakeLists.txt"]
    code = [re.sub(r"#.*", "", path.read_text()) for path in lists]
    assert code and not any("bridge" in text for text in code)


def test_bridge_does_not_name_astra(project, tree):
    bridge = below(tree, project / "bridge")
    named = [str(path.relative_to(project)) for path in bridge if b"astra" in path.read_bytes().lower()]
    named += [str(path.relative_to(project)) for path in bridge if "astra" in path.relative_to(project).as_posix().lower()]
    assert bridge and not named
