# SPDX-License-Identifier: Apache-2.0
"""The command line of the host: options in the forms that people type, what it refuses, questions, exit codes."""

import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess

import pytest
from host_cli import NAME, TERRAFORM_BLOCK, Both, Program, widgets
from state_server import StateServer
from terraform_cli import plain

TIMEOUT = 60


@pytest.fixture
def ready(host: Program) -> Program:
    host.configure(resource=widgets(a={}))
    return host


def say(program: Program, *arguments: str, keys: str, env: dict | None = None) -> tuple[int, str]:
    """Runs a command with a terminal for its input and output, types, and returns exit code and what stood there."""
    parent, child = pty.openpty()
    with subprocess.Popen([program.program, *arguments], cwd=program.folder, env=program.env | (env or {}), stdin=child,
                          stdout=child, stderr=child, start_new_session=True) as process:
        os.close(child)
        os.write(parent, keys.encode())
        printed = b""
        while True:
            if not select.select([parent], [], [], TIMEOUT)[0]:
                process.kill()
            try:
                part = os.read(parent, 65536)
            except OSError:
                break
            if not part:
                break
            printed += part
        os.close(parent)
        return process.wait(TIMEOUT), printed.decode().replace("\r\n", "\n")


# --- where things are ---


def test_version(ready, project):
    version = re.search(r"VERSION ([\d.]+)", (project / "CMakeLists.txt").read_text().split("project(", 1)[1])[1]
    said = ready.run("version").stdout
    assert said.startswith(f"{NAME} v{version}\n") and "provider example/widget" in said
    for option in ("-version", "--version", "-v"):
        assert ready.run(option).stdout == said
    answer = json.loads(ready.run("version", "-json").stdout)
    assert answer["version"] == version and answer["terraform_version"].startswith("1.")


def test_finds_its_schemas_from_where_it_lies(host, widget_prefix, tmp_path):
    host.configure(resource=widgets(a={}))
    moved = tmp_path / "moved"
    shutil.copytree(widget_prefix, moved, symlinks=True)
    host.program = str(moved / "bin" / NAME)
    host.run("validate")
    (moved / "bin/link").symlink_to(moved / "bin" / NAME)
    host.program = str(moved / "bin/link")
    host.run("validate")


def test_schemas_beside_the_program(host, widget_prefix, tmp_path):
    host.configure(resource=widgets(a={}))
    beside = tmp_path / "beside"
    shutil.copytree(widget_prefix / "share" / NAME, beside / "x")
    shutil.copy(widget_prefix / "bin" / NAME, beside / "x/other")
    host.program = str(beside / "x/other")
    assert "other plan" in host.run("plan").stdout or "other will perform" in host.run("plan").stdout


def test_schemas_option_and_missing_schemas(host, widget_prefix, tmp_path):
    host.configure(resource=widgets(a={}))
    (tmp_path / "bare").mkdir()
    shutil.copy(widget_prefix / "bin" / NAME, tmp_path / "bare/lonely")
    host.program = str(tmp_path / "bare/lonely")
    error = host.run("plan", expect=(1,)).stderr
    assert "-schemas=DIR" in error and str(tmp_path / "bare") in error
    host.run(f"-schemas={widget_prefix / 'share' / NAME / 'schemas'}", "plan")
    assert "nowhere" in host.run("-schemas=nowhere", "plan", expect=(1,)).stderr


def test_chdir(ready):
    above = Program(ready.program, ready.folder.parent, ready.env)
    for option in ("-chdir=host", "--chdir=host"):
        assert "1 to add" in above.run(option, "plan").stdout
    assert "gone" in above.run("-chdir=gone", "plan", expect=(1,)).stderr
    assert "-chdir=DIR" in above.run("-chdir", "host", "plan", expect=(1,)).stderr
    above.run("plan", "-chdir=host", expect=(1,)).error("Global option behind the command", f"{NAME} -chdir=DIR plan")


def test_a_directory_without_configuration(both):
    """With a state in it, everything would be destroyed."""
    both.configure(resource=widgets(a={}))
    both.run("apply", "-auto-approve")
    for program in (both.terraform, both.host):
        (program.folder / "main.tf.json").unlink()
    for arguments in (["plan"], ["plan", "-refresh-only"], ["apply", "-auto-approve"]):
        theirs, ours = both.run(*arguments, expect=(1,))
        assert theirs.error("No configuration files") and ours.error("No configuration files", "*.tf.json", "-chdir=DIR")
    both.host.run("import", "widget.b", "b", expect=(1,)).error("No configuration files")
    assert both.host.objects() == {"a"}


def test_a_workspace_that_terraform_selected(both):
    """Its state lies elsewhere."""
    both.configure(resource=widgets(a={}))
    both.terraform.run("workspace", "new", "other")
    (both.host.folder / ".terraform").mkdir()
    shutil.copy(both.terraform.folder / ".terraform/environment", both.host.folder / ".terraform")
    assert 'the workspace "other"' in both.host.run("plan", expect=(1,)).stderr
    both.host.run("plan", env={"TF_DATA_DIR": "elsewhere"})
    both.host.run("plan", env={"TF_WORKSPACE": "default"})
    both.terraform.run("workspace", "select", "default")
    shutil.copy(both.terraform.folder / ".terraform/environment", both.host.folder / ".terraform")
    both.host.run("plan")


# --- help ---


def test_help_lists_all_commands(ready):
    said = ready.run("help").stdout
    for option in ("-help", "--help", "-h"):
        assert ready.run(option).stdout == said
    names = re.findall(r"^  ([a-z][a-z -]*?)  +\S", said, re.MULTILINE)
    assert {"init", "validate", "plan", "apply", "destroy", "refresh", "import", "show", "output", "state list", "state show",
            "state mv", "state rm", "state pull", "force-unlock", "providers", "providers schema", "version", "help"} <= set(names)
    for name in names:
        if name not in ("help",):
            words = name.split()
            assert f"Usage: {NAME} [global options] {name}" in ready.run(*words, "-help").stdout, name
    assert ready.run("help", "plan").stdout == ready.run("plan", "-help").stdout
    assert "Usage:" in ready.run(expect=(1,)).stderr


# --- options ---


@pytest.mark.parametrize("arguments", [
    ["-var=size=7"], ["-var", "size=7"], ["--var=size=7"], ["--var", "size=7"], ["-var-file=v.tfvars.json"],
    ["-var-file", "v.tfvars.json"]])
def test_forms_of_an_option(ready, arguments):
    ready.configure(variable={"size": {"type": "number"}}, resource=widgets(a={"size": "${var.size}"}))
    (ready.folder / "v.tfvars.json").write_text('{"size": 7}')
    assert re.search(r"\+ size += 7", ready.run("plan", *arguments).stdout)


@pytest.mark.parametrize("arguments, needle", [
    (["-detailed-exitcodes"], "Did you mean -detailed-exitcode?"),
    (["-quux"], "plan -help"),
    (["-parallelism=0"], "-parallelism"), (["-parallelism=x"], "-parallelism"), (["-parallelism=99999999999999999999"], "-parallelism"),
    (["-lock-timeout=5"], "unit"), (["-lock-timeout=soon"], "10s"), (["-refresh=maybe"], "true or false"),
    (["-out"], "-out=FILE"), (["-target=widget"], "widget"), (["-replace=a b"], "a b"), (["-var=novalue"], "NAME=VALUE"),
    (["stray"], "Too many"), (["-destroy", "-refresh-only"], "mutually-exclusive"),
    (["-refresh-only", "-refresh=false"], "doesn't make sense"), (["-generate-config-out=x"], "Terraform"),
])
def test_wrong_options(ready, arguments, needle):
    assert needle in ready.run("plan", *arguments, expect=(1,)).text


def test_options_behind_arguments(ready):
    assert "before" in ready.run("import", "widget.a", "a", "-lock=false", expect=(1,)).text


def test_no_colour_anywhere(ready):
    """As Terraform has it, so that it may stand in TF_CLI_ARGS."""
    ready.apply()
    for arguments in (["state", "list"], ["state", "show", "widget.a"], ["providers"], ["version"], ["output"], ["validate"]):
        assert ready.run(*arguments, env={"TF_CLI_ARGS": "-no-color"}).stdout == ready.run(*arguments, "-no-color").stdout


@pytest.mark.parametrize("seconds", ["0", "0s", "1.5s", "1m30s", "500ms", "1h"])
def test_durations(ready, seconds):
    ready.run("plan", f"-lock-timeout={seconds}")


def test_init(ready):
    said = ready.run("init", "-input=false").stdout
    assert f"{NAME} has been successfully initialized!" in said and "example/widget" in said
    before = sorted(path.name for path in ready.folder.iterdir())
    ready.run("init", "-upgrade", "-reconfigure", "-no-color", "-backend=false")
    assert sorted(path.name for path in ready.folder.iterdir()) == before, "init leaves nothing behind"
    for option in ("-migrate-state", "-force-copy", "-backend-config=a=b", "-from-module=x", "-plugin-dir=x"):
        result = ready.run("init", option, expect=(1,))
        assert option.split("=")[0] in result.stderr


def test_init_says_what_is_missing(ready, widget_prefix, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(widget_prefix, broken)
    (broken / f"share/{NAME}/libwidget.so").unlink()
    ready.program = str(broken / "bin" / NAME)
    assert "libwidget.so" in ready.run("init", expect=(1,)).stderr
    ready.write_json({"resource": 5})
    assert "main.tf.json" in ready.run("init", expect=(1,)).stderr


# --- the environment ---


def test_arguments_of_the_environment(ready):
    assert "\033" not in ready.run("plan", env={"TF_CLI_ARGS": "-no-color"}).stdout
    ready.configure(variable={"name": {}}, resource=widgets(a={"name": "${var.name}"}))
    said = ready.run("plan", env={"TF_CLI_ARGS_plan": "-var 'name=two words'", "TF_CLI_ARGS_apply": "-nonsense"}).stdout
    assert '"two words"' in said
    assert '"given"' in ready.run("plan", "-var=name=given", env={"TF_CLI_ARGS_plan": "-var name=other"}).stdout
    assert '"three"' in ready.run("plan", env={"TF_VAR_name": "three"}).stdout
    assert "quote" in ready.run("plan", env={"TF_CLI_ARGS": "'"}, expect=(1,)).stderr


def test_other_variables(ready, tmp_path):
    ready.run("plan", env={"TF_DATA_DIR": str(tmp_path / "data"), "TF_PLUGIN_CACHE_DIR": "x", "TF_WORKSPACE": "default"})
    assert not (tmp_path / "data").exists()
    assert "workspaces" in ready.run("plan", env={"TF_WORKSPACE": "other"}, expect=(1,)).stderr


@pytest.mark.parametrize("command", ["console", "fmt", "get", "graph", "login", "logout", "metadata", "modules", "taint", "test",
                                     "untaint", "workspace", "env", "state push"])
def test_terraforms_other_commands(ready, command):
    error = ready.run(*command.split(), expect=(1,)).stderr
    assert f'"{command}"' in error and "Terraform" in error


def test_unknown_command(ready):
    assert 'no command "plam"' in ready.run("plam", expect=(1,)).stderr
    assert "-quux" in ready.run("-quux", "plan", expect=(1,)).stderr
    for arguments in (("state",), ("state", "lst"), ("state", "-help")):
        assert '"state list", "state show", "state mv"' in ready.run(*arguments, expect=(1,)).stderr
    assert "-chdir=DIR" in ready.run("-chdir=", "plan", expect=(1,)).stderr


def test_options_that_do_not_go_together(both):
    """Both programs refuse them, and say the same."""
    both.configure(resource=widgets(a={}))
    for arguments in (("-destroy", "-replace=widget.a"), ("-refresh-only", "-replace=widget.a"), ("-replace=data.widget.a",),
                      ("-destroy", "-refresh-only"), ("-refresh-only", "-refresh=false")):
        theirs, ours = both.run("plan", "-no-color", *arguments, expect=(1,))
        summary = re.search(r"^Error: .*$", ours.stderr, re.MULTILINE).group()
        assert summary.split(" address")[0] in theirs.stderr, arguments


def test_state_pull(both):
    both.configure(resource=widgets(a={"labels": {"k": "<&>"}}))
    assert both.same("state", "pull") == ""
    both.run("apply", "-auto-approve")
    for program in (both.terraform, both.host):
        assert program.run("state", "pull").stdout.rstrip("\n") == (program.folder / "terraform.tfstate").read_text().rstrip("\n")


# --- exit codes ---


def test_exit_codes(ready):
    ready.run("plan", expect=(0,))
    ready.run("plan", "-detailed-exitcode", expect=(2,))
    ready.run("apply", "-auto-approve", expect=(0,))
    ready.run("plan", "-detailed-exitcode", expect=(0,))
    ready.configure(resource=widgets(a={"fault": "read"}))
    ready.run("apply", "-auto-approve", expect=(0,))
    ready.run("plan", "-detailed-exitcode", expect=(1,))


def test_json_needs_approval_beforehand(ready):
    assert "-auto-approve" in ready.run("apply", "-json", expect=(1,)).everything
    assert ready.objects() == set()


# --- questions ---


@pytest.mark.parametrize("answer, approved", [("yes", True), ("y", False), ("YES", False), ("no", False), ("", False), (" yes", False)])
def test_only_yes_approves(ready, answer, approved):
    status, said = say(ready, "apply", keys=answer + "\n")
    assert "Do you want to perform these actions?" in said and "Only 'yes' will be accepted to approve." in said
    assert ("Apply complete! Resources: 1 added" in said) == approved == (ready.objects() == {"a"})
    assert ("Apply cancelled." in said) == (not approved) and status == (0 if approved else 1)


def test_destroy_asks(ready):
    ready.apply()
    status, said = say(ready, "destroy", keys="no\n")
    assert status == 1 and "Do you really want to destroy all resources?" in said and "Destroy cancelled." in said
    assert ready.objects() == {"a"}
    status, said = say(ready, "destroy", keys="yes\n")
    assert status == 0 and "Destroy complete! Resources: 1 destroyed." in said and ready.objects() == set()


def test_end_of_input_is_no(ready):
    result = ready.run("apply", expect=(1,))
    assert "Apply cancelled." in result.stdout and ready.objects() == set()


def test_without_input_nobody_is_asked(ready):
    for arguments, env in ((["-input=false"], {}), ([], {"TF_INPUT": "0"}), ([], {"TF_INPUT": "false"})):
        result = ready.run("apply", *arguments, env=env, expect=(1,))
        assert "Enter a value" not in result.stdout and "-auto-approve" in result.stderr
    ready.configure(variable={"name": {}}, resource=widgets(a={"name": "${var.name}"}))
    result = ready.run("plan", expect=(1,))
    assert "-var" in result.text and "TF_VAR_name" in result.text


def test_variables_are_asked_for(ready):
    ready.configure(variable={"name": {"description": "Which name."}, "secret": {"sensitive": True}},
                    resource=widgets(a={"name": "${var.name}", "secret": "${var.secret}"}))
    status, said = say(ready, "plan", keys="typed\nhush\n")
    assert status == 0 and "Which name." in said and "var.secret" in said and '"typed"' in said


def test_secrets_of_a_saved_plan_are_asked_for(ready):
    ready.configure(variable={"secret": {"sensitive": True}, "name": {}}, resource=widgets(a={"name": "${var.name}"}),
                    provider={"widget": {"directory": "objects", "password": "${var.secret}"}})
    ready.run("plan", "-out=p", "-var=secret=hush", "-var=name=a")
    status, said = say(ready, "apply", "p", keys="hush\n")
    assert status == 0 and "var.secret" in said and "var.name" not in said and ready.objects() == {"a"}


@pytest.mark.parametrize("typed, unlocked", [("yes", True), ("no", False), ("y", False), ("", False)])
def test_force_unlock_asks(ready, typed, unlocked):
    with StateServer() as server:
        server.lock = {"ID": "1-2-3", "Operation": "OperationTypeApply", "Who": "somebody@there", "Version": "9.9.9",
                       "Created": "2026-01-02T03:04:05.6Z", "Info": "", "Path": ""}
        ready.configure(terraform=TERRAFORM_BLOCK | {"backend": {"http": server.backend()}}, resource=widgets(a={}))
        status, said = say(ready, "force-unlock", "1-2-3", keys=f"{typed}\n")
        assert "Do you really want to force-unlock?" in said and (server.lock is None) == unlocked
        assert (status, "successfully unlocked" in said, "force-unlock cancelled." in said) == (
            (0, True, False) if unlocked else (1, False, True))


# --- colours and boxes ---


def test_colours_belong_to_terminals(ready):
    assert "\033" not in ready.run("plan").stdout
    raw = subprocess.run([ready.program, "plan"], cwd=ready.folder, env=ready.env, capture_output=True, text=True)
    assert "\033" not in raw.stdout
    assert "\033[32m" in say(ready, "plan", keys="")[1]
    assert "\033" not in say(ready, "plan", keys="", env={"NO_COLOR": "1"})[1]
    assert "\033" not in say(ready, "plan", "-no-color", keys="")[1]


def test_boxes(ready):
    ready.configure(resource=widgets(a={"colour": "red"}))
    box = ready.run("plan", expect=(1,)).stderr
    assert box.startswith("╷\n│ Error: ") and box.endswith("╵\n") and "on main.tf.json line " in box
    assert ', in resource.widget.a' in box and '"colour": "red"' in box
    bare = ready.run("plan", "-no-color", expect=(1,)).stderr
    assert bare.startswith("\nError: ") and "│" not in bare


# --- writing ---


def test_full_disk_under_standard_output(ready):
    with open("/dev/full", "w") as full:
        done = subprocess.run([ready.program, "plan"], cwd=ready.folder, env=ready.env, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "standard output" in done.stderr


def test_reader_that_goes_away(ready):
    with subprocess.Popen([ready.program, "plan"], cwd=ready.folder, env=ready.env, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert "standard output" in process.stderr.read()
        assert process.wait(TIMEOUT) == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_files(ready, closed):
    """What is opened next must not be taken for one of them."""
    def run(command: str) -> int:
        return subprocess.run(["sh", "-c", f'exec "$0" {command} {closed}', ready.program], cwd=ready.folder, env=ready.env,
                              timeout=TIMEOUT).returncode

    output_lost = ">&-" in closed.replace("2>&-", "")
    assert run("apply") == 1 and ready.objects() == set()
    assert run("apply -auto-approve") == (1 if output_lost else 0)
    assert ready.objects() == {"a"}
    assert json.loads((ready.folder / "terraform.tfstate").read_text())["resources"]


# --- logs ---


def test_logs(ready, tmp_path):
    ready.configure(resource=widgets(a={"secret": "hushhush"}))
    path = tmp_path / "log"
    result = ready.run("apply", "-auto-approve", env={"TF_LOG": "trace", "TF_LOG_PATH": str(path)})
    assert "[" not in result.stderr and "hushhush" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "TF_LOG_PATH" in ready.run("plan", env={"TF_LOG": "debug", "TF_LOG_PATH": "/nowhere/at/all"}, expect=(1,)).stderr


# --- signals ---


def start(program: Program, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen([program.program, *arguments], cwd=program.folder, env=program.env, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_interrupt_stops_in_order(host, number):
    host.configure(resource=widgets(a={"fault": "wait"}, b={}))
    process = start(host, "apply", "-auto-approve")
    for line in process.stdout:
        if "Creating..." in line and "widget.a" in line:
            break
    process.send_signal(number)
    said, error = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 1 and "Interrupt received." in error and "Gracefully shutting down" in error
    assert not list(host.folder.glob(".*.lock.info")) and "widget.b" in host.instances() or host.objects() <= {"a", "b"}
    assert "widget.a" not in {name for name, value in host.instances().items() if not value.get("tainted")}


def held(program: Program, *arguments: str, name: str = "a") -> subprocess.Popen:
    """An apply that makes widget.b, and then changes widget.a for as long as nobody opens the other end of a pipe."""
    program.configure(resource=widgets(a={"name": name}))
    program.apply()
    program.configure(resource=widgets(a={"name": name, "size": 3, "depends_on": ["widget.b"]}, b={}))
    (program.folder / "objects" / name).unlink()
    os.mkfifo(program.folder / "objects" / name)
    return start(program, "apply", "-auto-approve", "-refresh=false", *arguments)


def test_second_interrupt_ends_at_once(host):
    """Whatever a call into the plugin is at; and what was done before it is not lost."""
    process = held(host)
    for line in process.stdout:
        if "widget.a: Modifying..." in line:
            break
    process.send_signal(signal.SIGINT)
    for line in process.stderr:
        if "Gracefully" in line:
            break
    process.send_signal(signal.SIGINT)
    error = process.communicate(timeout=TIMEOUT)[1]
    assert process.returncode == 1 and "Two interrupts received. Exiting immediately." in error
    (host.folder / "objects/a").unlink()
    assert "1 added, 0 changed" in host.run("apply", "-auto-approve").stdout, "widget.a is made again, widget.b is there"
    assert set(host.instances()) == {"widget.a", "widget.b"}


def test_long_work_is_told_of(both, tmp_path):
    """After ten seconds, in words and in lines; the interval is Terraform's, so this test takes as long."""
    lines = Both(*(Program(program.program, tmp_path / f"lines-{index}", program.env)
                   for index, program in enumerate((both.terraform, both.host))))
    lines.terraform.start_from(both.terraform.folder)
    long_name = "ä" * 41 + "b" * 40
    processes = [held(both.terraform, name=long_name), held(both.host, name=long_name),
                 held(lines.terraform, "-json"), held(lines.host, "-json")]
    try:
        said = [next(line for line in process.stdout if "Still modifying" in line) for process in processes]
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=TIMEOUT)
    assert "10s elapsed" in said[0] and plain(said[1]) == plain(said[0])
    theirs, ours = (json.loads(line) for line in said[2:])
    assert [ours[name] for name in ("@message", "hook", "type")] == [theirs[name] for name in ("@message", "hook", "type")]


# --- machine-readable lines ---


def shape(value):
    """Keys of objects, at every depth, without values."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items() if name not in ("@timestamp", "@message")}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


def message(line):
    """What a line says, however long it took."""
    return re.sub(r"after \d+s", "after 0s", line["@message"])


def by_type(lines):
    found = {}
    for line in lines:
        resource = (line.get("hook") or line.get("change") or {}).get("resource", {}).get("addr", "")
        found.setdefault((line["type"], resource), []).append(line)
    return found


@pytest.mark.parametrize("arguments", [["plan"], ["apply", "-auto-approve"]])
def test_lines_have_the_members_of_terraforms(both, arguments):
    both.configure(resource=widgets(a={"size": 3}, b={}), data={"widget": {"d": {"name": "${widget.a.name}"}}},
                   output={"id": {"value": "${widget.a.id}"}, "pw": {"value": "x", "sensitive": True}})

    def compare():
        theirs, ours = (by_type(program.lines(*arguments)) for program in (both.terraform, both.host))
        assert set(ours) == set(theirs)
        for key, lines in theirs.items():
            assert json.dumps([shape(line) for line in ours[key]], sort_keys=True) == json.dumps([shape(line) for line in lines], sort_keys=True), key
            if key[0] != "version":
                assert list(map(message, ours[key])) == list(map(message, lines))

    compare()
    both.terraform.apply()
    both.host.apply()
    both.configure(resource=widgets(a={"size": 4, "name": "other"}), output={"id": {"value": "${widget.a.id}"}})
    compare()


def test_lines_of_moves_imports_and_removals(both):
    def said(line):
        return json.dumps([message(line), line.get("change"), line.get("changes")], sort_keys=True)

    def compare(*arguments):
        theirs, ours = (by_type(program.lines(*arguments)) for program in (both.terraform, both.host))
        assert set(ours) == set(theirs)
        for key, lines in theirs.items():
            if key[0] not in ("version", "diagnostic"):
                assert list(map(said, ours[key])) == list(map(said, lines)), key

    both.configure(resource=widgets(a={}, b={}, c={"lifecycle": {"create_before_destroy": True}}))
    both.terraform.apply()
    both.host.apply()
    both.configure(moved=[{"from": "widget.a", "to": "widget.x"}], data={"widget": {"d": {"name": "b"}}},
                   resource=widgets(x={"size": 4}, b={}, c={"name": "n", "lifecycle": {"create_before_destroy": True}}))
    compare("plan")
    kept = [{"from": f"widget.{name}", "lifecycle": {"destroy": False}} for name in "bc"]
    both.configure(moved=[{"from": "widget.a", "to": "widget.x"}], removed=kept, resource=widgets(x={"name": "a"}))
    compare("apply", "-auto-approve")
    both.configure(**{"import": [{"to": "widget.i", "id": "b"}, {"to": "widget.j[0]", "id": "c"}]},
                   resource=widgets(x={"name": "a"}, i={"name": "b"}, j={"name": "c", "size": 7, "count": 1}))
    compare("plan")
    compare("apply", "-auto-approve")
    both.remove_object("a")
    compare("plan", "-refresh-only")


def test_errors_as_lines(both):
    both.configure(resource=widgets(a={"fault": "late"}))
    theirs, ours = (by_type(program.lines("apply", "-auto-approve", expect=(1,))) for program in (both.terraform, both.host))
    (wanted,), (found,) = theirs["diagnostic", ""], ours["diagnostic", ""]
    assert found["diagnostic"]["severity"] == "error" and found["@level"] == "error"
    assert set(wanted["diagnostic"]) == set(found["diagnostic"])
    assert set(wanted["diagnostic"]["range"]) == set(found["diagnostic"]["range"])
    assert set(wanted["diagnostic"]["snippet"]) == set(found["diagnostic"]["snippet"])
    assert ("apply_errored", "widget.a") in ours


def test_validate(ready):
    assert "Success! The configuration is valid." in ready.run("validate").stdout
    answer = json.loads(ready.run("validate", "-json").stdout)
    assert answer["valid"] and answer["format_version"] == "1.0" and answer["diagnostics"] == []
    (ready.folder / "broken.tf.json").write_text("{")
    answer = json.loads(ready.run("validate", "-json", expect=(1,)).stdout)
    assert not answer["valid"] and answer["error_count"] == len(answer["diagnostics"]) == 1
    assert answer["diagnostics"][0]["range"]["filename"] == "broken.tf.json"


def test_plan_as_json(both):
    both.configure(variable={"v": {"default": 1}}, resource=widgets(a={"size": 3, "secret": "abc"}, b={}),
                   output={"id": {"value": "${widget.a.id}"}})

    def compare():
        answers = []
        for program in (both.terraform, both.host):
            program.run("plan", "-out=p")
            answers.append(json.loads(program.run("show", "-json", "p").stdout))
        theirs, ours = answers
        assert set(ours) <= set(theirs) and set(theirs) - set(ours) <= {"configuration", "relevant_attributes", "prior_state"}
        for part in ("format_version", "variables", "output_changes", "applyable", "complete", "errored"):
            assert ours[part] == theirs[part], part
        for one, other in zip(ours["resource_changes"], theirs["resource_changes"], strict=True):
            assert json.dumps(one, indent=1, sort_keys=True) == json.dumps(other, indent=1, sort_keys=True)

    compare()
    both.terraform.apply()
    both.host.apply()
    both.configure(variable={"v": {"default": 1}}, resource=widgets(a={"size": 4, "name": "new"}, b={"size": 9}))
    compare()


def test_schemas_as_json(both):
    both.configure()
    theirs, ours = (json.loads(program.run("providers", "schema", "-json").stdout) for program in (both.terraform, both.host))
    (theirs,), (ours,) = theirs["provider_schemas"].values(), ours["provider_schemas"].values()
    assert ours["provider"] == theirs["provider"]
    assert ours["resource_schemas"] == theirs["resource_schemas"]
    assert ours["data_source_schemas"] == theirs["data_source_schemas"]
    assert set(ours["functions"]) == set(theirs["functions"])
    assert "-json" in both.host.run("providers", "schema", expect=(1,)).stderr


def completion(kind: str, build_dir) -> str:
    """The script of a shell, with the name of the program of these tests."""
    name = {"bash": "astra-cmk", "zsh": "_astra-cmk"}[kind]
    return (build_dir / "completion" / name).read_text().replace("astra-cmk", NAME)


def test_completion_of_bash(ready, build_dir):
    script = completion("bash", build_dir)

    def complete(*line: str) -> set:
        words = " ".join(shlex.quote(word) for word in line)
        code = (f"COMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; _astra_cmk '{ready.program}' >/dev/null; "
                "printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "-c", f"{script}\n{code}"], cwd=ready.folder, env=ready.env, capture_output=True, text=True)
        return set(done.stdout.split())

    assert {"plan", "apply", "state", "force-unlock"} <= complete(NAME, "")
    assert complete(NAME, "pl") == {"plan"}
    assert "-detailed-exitcode" in complete(NAME, "plan", "-")
    assert complete(NAME, "state", "") == {"list", "mv", "rm", "show"}
    ready.configure(resource={"widget": {"a": {"for_each": {"one": 1}, "name": "${each.key}"}}})
    ready.apply()
    # Words as bash has them: "-target=x" is three, and quotes and backslashes stand in them.
    for quoted, address in (("wid", r'widget.a\[\"one\"\]'), (r"widget.a\[", r'widget.a\[\"one\"\]'), ("'widget.a[", 'widget.a["one"]'),
                            ('"widget.a[', r'widget.a[\"one\"]')):
        assert complete(NAME, "state", "show", quoted) == {address}
        assert complete(NAME, "plan", "-target", "=", quoted) == {address}
    assert complete(NAME, "apply", "-replace", "=") == {r'widget.a\[\"one\"\]'}
    assert complete(NAME, "plan", "-var-file", "=", "ma") == {"main.tf.json"}
    assert complete(NAME, "-chdir", "=", "ob") == {"objects"}


ZSH = r"""
zmodload zsh/zpty zsh/system
zpty -b shell "zsh -f -i"
zpty -w shell 'PS1=; fpath=($FOLDER $fpath); autoload -U compinit; compinit -u -D; zstyle ":completion:*" menu no; setopt no_beep no_zle_bracketed_paste 2>/dev/null'
for line in "$@"; do
    # The line that the shell would run is printed instead, between marks that are not in what is typed.
    zpty -w -n shell "$line"$'\t'
    zpty -w -n shell $'\C-a'"print -r -- '<''<' "$'\C-e'" '>''>'"$'\n'
    zpty -r -m shell answer "*<<*>>*"
    print -r -- "${${answer##*<< }%% >>*}"
done
"""


def test_completion_of_zsh(ready, build_dir, tmp_path):
    if not shutil.which("zsh"):
        pytest.skip("there is no zsh")
    ready.apply()
    functions = tmp_path / "functions"
    functions.mkdir()
    (functions / f"_{NAME}").write_text(completion("zsh", build_dir))
    (functions / "bin").mkdir()
    (functions / "bin" / NAME).symlink_to(ready.program)
    env = ready.env | {"FOLDER": str(functions), "TERM": "dumb", "PATH": f"{functions / 'bin'}:{ready.env['PATH']}"}
    cases = {"pl": "plan", "plan -det": "plan -detailed-exitcode", "plan -ou": "plan -out=", "state sh": "state show",
             "state show wid": "state show widget.a", "plan -target=wid": "plan -target=widget.a",
             "plan -var-file=ma": "plan -var-file=main.tf.json", "-chdir=ob": "-chdir=objects"}
    done = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", *(f"{NAME} {line}" for line in cases)], cwd=ready.folder, env=env,
                          capture_output=True, text=True, timeout=TIMEOUT)
    answers = [line.strip().removeprefix(f"{NAME} ") for line in done.stdout.splitlines()]
    assert dict(zip(cases, answers, strict=True)) == cases, done.stdout + done.stderr


# --- output ---


@pytest.mark.parametrize("arguments, parts", [
    (["nothing"], ['Output "nothing" not found', "apply"]),
    (["-raw"], ["Output name required"]),
    (["-raw", "list"], ["Unsupported value for raw output", '"list"', "-json"]),
    (["-raw", "-json", "list"], ["Invalid output format"]),
], ids=["unknown", "raw without a name", "raw list", "raw JSON"])
def test_output_says_what_it_cannot_print(host, arguments, parts):
    host.configure(resource=widgets(a={}), output={"list": {"value": [1]}})
    host.apply()
    host.run("output", *arguments, expect=(1,)).error(*parts)


def test_output_says_that_there_is_none(host):
    host.configure(resource=widgets(a={}))
    host.apply()
    assert "No outputs found" in host.run("output").stdout


def test_import_says_what_it_cannot_take(host):
    host.configure(resource=widgets(a={}))
    host.apply()
    host.run("import", "widget.a", "widgets/a", expect=(1,)).error("Resource already managed")
    host.run("import", "data.widget.a", "widgets/a", expect=(1,)).error("Invalid address")
    host.run("import", "widget", "widgets/a", expect=(1,)).error("Invalid address")
    host.run("import", "widget.b", "widgets/b", expect=(1,)).error("does not exist")
