# SPDX-License-Identifier: Apache-2.0
"""Fixtures that tests of several folders share: where things are, and what an installation looks like.

tests/run sets BUILD_DIR (the build that is tested) and RELEASE_DIR (the one that is shipped). By hand:
    BUILD_DIR=build/debug pytest tests/terraform

Sanitizers of a build that has them report into files, since nobody sees what a provider says that Terraform started: with
SANITIZER_REPORTS, a folder, a report fails the test in which it was written. Terraform kills a provider two seconds after it
was told to end, which on a busy machine is not enough to name the places of what leaked: names are found here.
"""

import os
import platform
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from terraform_cli import SANITIZERS, inherited

ROOT = Path(__file__).resolve().parent.parent


def _folder(variable: str, default: str) -> Path:
    return Path(ROOT, os.environ.get(variable) or default)


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def build_dir() -> Path:
    """The build that is tested."""
    folder = _folder("BUILD_DIR", "build/debug")
    if not (folder / "build.ninja").exists():
        pytest.fail(f"{folder} is not a build. Run tests/run, or: cmake --preset debug && cmake --build --preset debug")
    return folder


@pytest.fixture(scope="session")
def release_dir() -> Path:
    """The build that is shipped."""
    folder = _folder("RELEASE_DIR", "build/release")
    if not (folder / "build.ninja").exists():
        pytest.fail(f"{folder} is not a build. Run tests/run, or: cmake --preset release && cmake --build --preset release")
    return folder


@pytest.fixture(scope="session")
def terraform() -> str:
    """The Terraform program. Without one the test is skipped; with CI=true it fails."""
    program = shutil.which("terraform")
    if program is None:
        message = "terraform is not on PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return program


@pytest.fixture(scope="session")
def prefix(release_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix into which the release build was installed."""
    folder = tmp_path_factory.mktemp("prefix")
    subprocess.run(["cmake", "--install", release_dir, "--prefix", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="session")
def package(prefix: Path) -> Path:
    """The provider's package directory in that prefix."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    (version,) = (prefix / "share/terraform/plugins/registry.terraform.io/astra-cmk/astra-cmk").iterdir()
    return version / f"linux_{machine}"


@pytest.fixture
def lenient_openssl(tmp_path: Path) -> Path:
    """OpenSSL's configuration on a machine whose administrator allows what programs of long ago need."""
    path = tmp_path / "openssl.cnf"
    path.write_text("""\
openssl_conf = all
[all]
ssl_conf = of_ssl
[of_ssl]
system_default = lenient
[lenient]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
""")
    return path


@pytest.fixture
def terraform_env(prefix: Path, tmp_path: Path) -> dict:
    """An environment in which Terraform sees the installed provider, and nothing of the machine's settings."""
    empty = tmp_path / "no.tfrc"
    empty.touch()
    home = tmp_path / "home"
    home.mkdir()
    kept = inherited("PATH", "LANG", "LC_ALL", "TMPDIR")
    return kept | {
        "HOME": str(home),
        "TF_CLI_CONFIG_FILE": str(empty),
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "XDG_DATA_DIRS": str(prefix / "share"),
    }


# --- order ---

# What takes longest, longest first.
LONG = ("robust/test_memcheck.py", "host/test_engine.py", "host/test_refused_memory.py", "robust/", "host/test_crash.py",
        "terraform/test_many.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with files that take long: tests/run gives each file to one process, and none is to be left alone with such a
    one at the end."""
    def rank(item: pytest.Item) -> int:
        return next((number for number, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG))

    items.sort(key=rank)


# --- sanitizers ---

REPORTS = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Has the sanitizers of every program report into a folder that this process alone looks into. And has programs heed
    interrupts, as they do not where a script has begun the tests in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    given = os.environ.get("SANITIZER_REPORTS")
    if not given:
        return
    folder = config.stash[REPORTS] = Path(given, os.environ.get("PYTEST_XDIST_WORKER", "main")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    for name in SANITIZERS:
        symbolize = "symbolize=0" if name == "ASAN_OPTIONS" else None
        options = filter(None, (os.environ.get(name), symbolize, f"log_path={folder / 'report'}"))
        os.environ[name] = ":".join(options)


# A frame of a report without names: its number, the file that was loaded, and where in it.
FRAME = re.compile(r"^( +#\d+ )0x[0-9a-f]+ +\((/[^()]+)\+(0x[0-9a-f]+)\)", re.MULTILINE)


def with_names(report: str) -> str:
    """The report with functions and lines, where addr2line finds them."""

    def name(frame: re.Match[str]) -> str:
        begin, file, offset = frame.groups()
        done = subprocess.run(["addr2line", "-fipe", file, offset], capture_output=True, text=True)
        return f"{begin}{done.stdout.strip()} ({file}+{offset})"

    return FRAME.sub(name, report)


def assert_no_report(config: pytest.Config) -> None:
    folder = config.stash.get(REPORTS, None)
    reports = sorted(folder.iterdir()) if folder else []
    text = "\n".join(with_names(path.read_text(errors="replace")) for path in reports)
    for path in reports:
        path.unlink()
    if reports:
        pytest.fail(f"a sanitizer reports:\n{text}", pytrace=False)


@pytest.fixture(autouse=True, scope="session")
def nothing_reported_at_the_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of what ends with the session."""
    yield
    assert_no_report(request.config)


@pytest.fixture(autouse=True)
def nothing_reported(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of what the test started. First to begin, so last to end: what other fixtures stop has ended."""
    yield
    assert_no_report(request.config)


@pytest.fixture(scope="session")
def sanitized(build_dir: Path) -> bool:
    """Whether the build that is tested has sanitizers."""
    cache = (build_dir / "CMakeCache.txt").read_text()
    return any(line.startswith("SANITIZE:") and line.partition("=")[2] for line in cache.splitlines())
