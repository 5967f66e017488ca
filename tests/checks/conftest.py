# SPDX-License-Identifier: Apache-2.0
"""What the checks of the tree share: the list of the project's own files."""

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tree(project: Path) -> list:
    """The project's files: what git tracks, and what is new and not ignored. Without git: all but build/."""
    command = ["git", "-C", project, "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (project / ".git").exists():
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        files = [project / name for name in names if name]
    else:
        ignored = {"build", "__pycache__", ".venv", ".pytest_cache"}
        files = [path for path in project.rglob("*") if not ignored.intersection(path.relative_to(project).parts)]
    return sorted(path for path in files if path.is_file() and not path.is_symlink())
