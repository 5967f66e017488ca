# SPDX-License-Identifier: Apache-2.0
"""examples/your-own-provider/, in C and in Rust: what its README promises, under Terraform, bridge-check and the bridge."""

import os
import re
import shutil
import subprocess

import pytest
from terraform_cli import block

pytestmark = [pytest.mark.shipped, pytest.mark.installed]

ALL = {"rows": 3, "raised": True, "crops": ["beans", 'a "quoted" \\ one\n'], "labels": {"soil": "clay", "Boden": "Lehm, nass"},
       "position": {"x": 4}}


@pytest.fixture
def schemas(garden):
    (found,) = garden.glob("terraform/plugins/registry.terraform.io/example/garden/1.0.0/*/schemas")
    return found


@pytest.fixture
def tf(garden, new_terraform, project):
    """The example's own configuration, initialized."""
    tf = new_terraform(garden)
    shutil.copy(project / "examples/your-own-provider/configuration/main.tf", tf.folder)
    tf.init()
    return tf


def test_the_example_itself(tf):
    """From apply to destroy with the configuration of the README: clean plans, drift, change in place, recreation."""
    tf.apply()
    bed = tf.instances()["garden_bed.herbs"]
    assert bed == {"name": "herbs", "rows": 3, "raised": True, "crops": ["thyme", "sage", "rosemary"],
                   "labels": {"soil": "sandy"}, "position": {"x": 4, "y": 0}, "revision": 1}
    tf.plan_clean()
    assert tf.output("revision") == 1

    file = tf.folder / "herbs.bed"
    file.write_text(file.read_text().replace("3\n", "9\n", 1))
    assert re.search(r"~ rows += 9 -> 3", tf.plan().text)
    tf.apply()
    tf.plan_clean()
    assert tf.instances()["garden_bed.herbs"]["revision"] == 2

    main = tf.folder / "main.tf"
    main.write_text(main.read_text().replace('"thyme", ', "").replace("raised   = true\n", ""))
    plan = tf.plan().text
    assert "1 to change" in plan and "0 to destroy" in plan
    tf.apply()
    tf.plan_clean()
    bed = tf.instances()["garden_bed.herbs"]
    assert (bed["crops"], bed["raised"], bed["revision"]) == (["sage", "rosemary"], False, 3)

    file.unlink()
    assert "1 to add" in tf.plan().text
    tf.apply()
    assert file.exists()
    tf.destroy()
    assert not file.exists() and not tf.instances()


def bed(name="b", **attributes):
    return block("resource", "garden_bed", name, name=name, **attributes)


def test_every_type_comes_back(tf):
    tf.write((tf.folder / "main.tf").read_text().split("resource")[0], name="main.tf")
    tf.write(bed("full", **ALL), bed("empty"), bed("hollow", crops=[], labels={}), name="beds.tf")
    tf.apply()
    tf.plan_clean()
    beds = tf.instances()
    assert beds["garden_bed.full"] == ALL | {"name": "full", "position": {"x": 4, "y": 0}, "revision": 1}
    assert beds["garden_bed.empty"] == {"name": "empty", "rows": 1, "raised": False, "crops": None, "labels": None,
                                        "position": None, "revision": 1}
    assert (beds["garden_bed.hollow"]["crops"], beds["garden_bed.hollow"]["labels"]) == ([], {})


def test_import(tf):
    tf.apply()
    before = tf.instances()["garden_bed.herbs"]
    tf.run("state", "rm", "garden_bed.herbs")
    tf.import_("garden_bed.herbs", "herbs")
    assert tf.instances()["garden_bed.herbs"] == before
    tf.plan_clean()


def test_refusals(tf):
    tf.apply()
    tf.run("state", "rm", "garden_bed.herbs")
    tf.apply(fails=True).error("There is such a bed already", "Import it, or choose another name.")
    tf.write(bed("b", rows=101), name="more.tf")
    tf.plan(fails=True).error('"rows" must be at most 100')
    tf.write(name="more.tf")
    main = tf.folder / "main.tf"
    main.write_text(main.read_text().replace("abspath(path.root)", '"/nonexistent"'))
    tf.plan(fails=True).error("The directory can't be used", "No such file or directory")


def test_a_name_forces_a_new_bed(tf):
    tf.apply()
    main = tf.folder / "main.tf"
    main.write_text(main.read_text().replace('name     = "herbs"', 'name     = "spices"'))
    assert "must be replaced" in tf.plan().text
    tf.apply()
    assert not (tf.folder / "herbs.bed").exists() and (tf.folder / "spices.bed").exists()


def test_opentofu_finds_the_same_package(garden):
    (link,) = garden.glob("terraform/plugins/registry.opentofu.org/example/garden/1.0.0/*")
    assert link.is_symlink() and not os.readlink(link).startswith("/")
    assert (link / "schemas/provider.json").is_file()


def test_bridge_check_of_the_readme(prefix, project, schemas):
    sample = project / "examples/your-own-provider/sample.json"
    result = subprocess.run([prefix / "bin/bridge-check", schemas, "--run", sample], capture_output=True, text=True)
    assert result.returncode == 0 and "warning" not in result.stdout, result.stdout
    assert "garden_bed: update ... ok" in result.stdout and "garden_bed: import ... ok" in result.stdout


def test_a_schema_that_does_not_fit_fails_the_build(project, prefix, tmp_path):
    shutil.copytree(project / "examples/your-own-provider", tmp_path / "garden")
    file = tmp_path / "garden/schemas/resources/garden_bed.json"
    file.write_text(file.read_text().replace("garden_bed_delete", "garden_bed_remove"))
    subprocess.run(["cmake", "-S", tmp_path / "garden", "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"], check=True,
                   stdout=subprocess.DEVNULL)
    result = subprocess.run(["cmake", "--build", tmp_path / "build"], capture_output=True, text=True)
    assert result.returncode != 0 and "has no symbol garden_bed_remove" in result.stdout


def test_the_installed_package(project, prefix, tmp_path, new_terraform):
    """cmake --install puts it where Terraform looks, with nothing of the build in it."""
    build = tmp_path / "build"
    subprocess.run(["cmake", "-S", project / "examples/your-own-provider", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}"],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", build], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--install", build, "--prefix", tmp_path / "usr"], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(build)
    tf = new_terraform(tmp_path / "usr/share")
    shutil.copy(project / "examples/your-own-provider/configuration/main.tf", tf.folder)
    tf.init()
    tf.apply()
    tf.destroy()


def test_the_same_plugin_embedded(embedded, schemas, tmp_path):
    """Through libplugin_bridge.so, as from any language."""
    bridge = embedded(schemas)
    assert bridge("configure", config={"directory": str(tmp_path)})["ok"]
    made = bridge("create", type="garden_bed", config={"name": "b"} | ALL)
    state = ALL | {"name": "b", "position": {"x": 4, "y": 0}, "revision": 1}
    assert made["ok"] and made["state"] == state
    assert bridge("read", type="garden_bed", state={"name": "b"})["state"] == state
    assert bridge("import", type="garden_bed", id="b")["state"] == state
    changed = bridge("update", type="garden_bed", state=state, config={"name": "b"} | ALL | {"rows": 4})
    assert changed["ok"] and changed["state"] == state | {"rows": 4, "revision": 2}
    refused = bridge("create", type="garden_bed", config={"name": "b"})
    assert not refused["ok"] and refused["diagnostics"][0]["attribute"] == "/name"
    assert bridge("delete", type="garden_bed", state=changed["state"])["state"] is None
    assert bridge("read", type="garden_bed", state=changed["state"])["state"] is None
    assert not list(tmp_path.glob("*.bed"))


def test_the_same_plugin_in_python(project, prefix, schemas, tmp_path, monkeypatch):
    """Through the package plugin_bridge, which makes its classes of the schemas."""
    monkeypatch.syspath_prepend(project / "bridge/python")
    plugin_bridge = pytest.importorskip("plugin_bridge")
    place = plugin_bridge.Candidate(prefix / "lib/libplugin_bridge.so", schemas)
    product = plugin_bridge.Product(name="garden", prefix="garden_", candidates=lambda: [place], statuses={})
    with plugin_bridge.Client(product, {"directory": str(tmp_path)}) as garden:
        made = garden.bed.create(name="b", **ALL)
        assert (made.rows, list(made.crops), dict(made.labels), made.position.x) == (3, ALL["crops"], ALL["labels"], 4)
        changed = garden.bed.update(made, raised=False)
        assert (changed.raised, changed.revision) == (False, 2)
        assert garden.bed.import_("b") == garden.bed.read(made) == changed
        with pytest.raises(plugin_bridge.Error, match="There is such a bed already"):
            garden.bed.create(name="b")
        garden.bed.delete(changed)
        with pytest.raises(plugin_bridge.NotFound):
            garden.bed.read(changed)


@pytest.fixture
def linked(sanitized):
    """Leaves out what links a program with the installed library, which a sanitized one asks other flags for."""
    if sanitized:
        pytest.skip("a program that links a sanitized library has to be sanitized itself")


@pytest.mark.usefixtures("linked")
def test_pkg_config(prefix, tmp_path):
    """What plugin-bridge.pc names is there, also after a move."""
    moved = tmp_path / "moved"
    shutil.copytree(prefix, moved, symlinks=True)
    env = {"PATH": os.environ["PATH"], "PKG_CONFIG_PATH": str(moved / "lib/pkgconfig")}

    def ask(*arguments):
        return subprocess.run(["pkg-config", *arguments, "plugin-bridge"], check=True, capture_output=True, text=True, env=env).stdout

    for variable in ("program", "check"):
        assert os.access(ask(f"--variable={variable}").strip(), os.X_OK)
    source = tmp_path / "use.c"
    source.write_text("#include <plugin_bridge.h>\nint main(void) { return plugin_bridge_abi_version() != PLUGIN_BRIDGE_ABI_VERSION; }\n")
    subprocess.run(["gcc", "-Werror", source, "-o", tmp_path / "use", *ask("--cflags", "--libs").split()], check=True)
    assert subprocess.run([tmp_path / "use"], env={"LD_LIBRARY_PATH": str(moved / "lib")}).returncode == 0


def test_the_cmake_file_is_short(project):
    for path in (project / "examples/your-own-provider").rglob("CMakeLists.txt"):
        assert len(path.read_text().splitlines()) < 20, path


@pytest.mark.usefixtures("linked")
def test_the_target_for_hosts(prefix, tmp_path):
    """plugin_bridge::plugin_bridge links a program with libplugin_bridge.so."""
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(host LANGUAGES C)\nfind_package(plugin_bridge REQUIRED)\n"
        "add_executable(host host.c)\ntarget_link_libraries(host PRIVATE plugin_bridge::plugin_bridge)\n")
    (tmp_path / "host.c").write_text("#include <plugin_bridge.h>\nint main(void) { return plugin_bridge_abi_version() != 1; }\n")
    subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", tmp_path / "build"], check=True, stdout=subprocess.DEVNULL)
    assert subprocess.run([tmp_path / "build/host"]).returncode == 0
