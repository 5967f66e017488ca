# SPDX-License-Identifier: Apache-2.0
"""The providers in examples/, built the way their READMEs say, against an installation, and driven by every host."""

import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "terraform"))

from terraform_cli import Terraform, inherited  # noqa: E402


def build(source: Path, folder: Path, prefix: Path) -> Path:
    """Builds an example; its share directory."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CMAKE")}
    for command in (["cmake", "-S", source, "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}"], ["cmake", "--build", folder]):
        result = subprocess.run(command, env=env, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
    return folder / "share"


@pytest.fixture(scope="session", params=["c", "rust"])
def garden(request: pytest.FixtureRequest, project: Path, prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The share directory with the garden provider, in each language."""
    if request.param == "rust" and shutil.which("cargo") is None:
        pytest.skip("cargo is not on PATH")
    # A copy: that it can be copied is the point of it.
    source = tmp_path_factory.mktemp(request.param) / "garden"
    shutil.copytree(project / "examples/your-own-provider", source)
    return build(source / "rust" if request.param == "rust" else source, source / "build", prefix)


@pytest.fixture
def new_terraform(terraform: str, tmp_path: Path) -> Callable[[Path], Terraform]:
    """Terraform in an empty folder, with the providers of a share directory."""
    (tmp_path / "no.tfrc").touch()
    (tmp_path / "home").mkdir()

    def start(share: Path) -> Terraform:
        kept = inherited("PATH", "LANG", "LC_ALL", "TMPDIR")
        return Terraform(terraform, tmp_path / "configuration", kept | {
            "HOME": str(tmp_path / "home"), "TF_CLI_CONFIG_FILE": str(tmp_path / "no.tfrc"), "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1", "XDG_DATA_DIRS": str(share), "HTTPS_PROXY": "http://127.0.0.1:1"})

    return start


class Bridge:
    """libplugin_bridge.so through bare ctypes."""

    def __init__(self, library: Path, schemas: Path):
        self.library = ctypes.CDLL(str(library))
        self.library.plugin_bridge_open.restype = ctypes.c_void_p
        self.library.plugin_bridge_call.restype = ctypes.c_void_p
        answer = ctypes.c_void_p()
        self.bridge = self.library.plugin_bridge_open(str(schemas).encode(), None, None, 0, ctypes.byref(answer))
        said = self._take(answer)
        assert self.bridge, said

    def _take(self, text: ctypes.c_void_p) -> dict[str, Any]:
        answer = json.loads(ctypes.string_at(text))
        self.library.plugin_bridge_free(text)
        return answer

    def __call__(self, operation: str, **fields: Any) -> dict[str, Any]:
        request = json.dumps({"operation": operation} | fields).encode()
        call = self.library.plugin_bridge_call
        return self._take(ctypes.c_void_p(call(ctypes.c_void_p(self.bridge), request, ctypes.c_uint64(0))))

    def close(self) -> None:
        self.library.plugin_bridge_close(ctypes.c_void_p(self.bridge))


@pytest.fixture
def embedded(prefix: Path):
    """Opens schemas with the embedded bridge; what is open is closed."""
    opened = []

    def start(schemas: Path) -> Bridge:
        opened.append(Bridge(prefix / "lib/libplugin_bridge.so", schemas))
        return opened[-1]

    yield start
    for bridge in opened:
        bridge.close()
