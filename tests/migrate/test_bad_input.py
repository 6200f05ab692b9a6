"""What a user can get wrong ends in one sentence and its exit code, with nothing changed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

import migrate.doctor
import migrate.model.client
import migrate.run.isolation
import migrate.skeleton.bindings
from migrate.doctor import TOOLS_OF_A_RUN
from migrate.model.retry import Retry
from migrate.run.output import open_output
from repair.sandbox import find_sandbox
from tests.command import PROGRAM, Result, cli, contents
from tests.endpoint import Endpoint, Reply, failing, in_turn
from tests.kernel.builds import write_build
from tests.tiny import FUNCTIONS, Answers, write_module

NOBODY = ("--model", "some-model", "--base-url", "http://127.0.0.1:9/v1")
"""A model that is named, where nothing listens: no test that uses it gets as far as asking."""
NEEDED = [tool for tool in TOOLS_OF_A_RUN if tool.required]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Migrate a module once and leave it with its output and recording in one folder."""
    folder = tmp_path_factory.mktemp("finished")
    write_module(folder / "tiny")
    with Endpoint(Answers()) as endpoint:
        ended = run_at(endpoint, folder / "tiny", folder / "out", "--record", folder / "recording.jsonl")
    assert ended.exit == 0, ended.stderr
    yield folder


@pytest.fixture
def done(finished: Path, tmp_path: Path) -> Path:
    """Copy the finished folder, so that a test may break it; the module stays where it was."""
    shutil.copytree(finished / "out", tmp_path / "out")
    shutil.copy(finished / "recording.jsonl", tmp_path)
    return tmp_path


def run_at(endpoint: Endpoint, module: Path, out: Path, *more: object) -> Result:
    return cli("run", module, "-o", out, "--model", "some-model", "--base-url", endpoint.base_url, *more)


def refused(exit_code: int, *said: str, command: tuple[object, ...]) -> Result:
    """Give a command and check that it is refused in the way that every command is."""
    before = contents(Path.cwd())
    result = cli(*command)
    after = contents(Path.cwd())
    assert result.exit == exit_code, result.stderr
    sentence = result.stderr
    assert "Traceback" not in sentence and "fault of llmigrate" not in sentence
    for words in said:
        assert words in sentence
    ours = {name for name in before if name.endswith(".lock")}
    assert {name: after.get(name) for name in before if name not in ours} == {
        name: text for name, text in before.items() if name not in ours
    }
    return result


def refused_run(exit_code: int, *said: str, path: Path, more: tuple[object, ...] = NOBODY) -> Result:
    result = refused(exit_code, *said, command=("run", path, "-o", "out", *more))
    if not any(line.startswith("Usage:") for line in result.stderr.splitlines()):
        assert "error: " in result.stderr
    return result


# What is handed over as C.


def test_prose_in_a_file_named_c_is_not_accepted_by_gcc(tmp_path: Path) -> None:
    (tmp_path / "letter.c").write_text("Dear reader,\nthis is no C at all.\n")
    refused_run(4, "gcc does not accept", "letter.c", "correct the C", path=tmp_path / "letter.c")


def test_a_text_file_is_not_c(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("int f(void) { return 0; }\n")
    result = refused_run(2, "letter.txt is not a C file", "does not end in .c", path=tmp_path / "letter.txt")
    assert result.stderr.count("\n") == 1


def test_a_binary_file_is_not_c(tmp_path: Path) -> None:
    (tmp_path / "program.c").write_bytes(b"\x7fELF\0\0\0\0")
    refused_run(2, "program.c is a binary file", "name C source files", path=tmp_path / "program.c")


def test_an_empty_folder_holds_no_c(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused_run(2, "empty holds no C files", "name a C file", path=tmp_path / "empty")


def test_a_path_that_is_not_there_is_named() -> None:
    refused_run(2, "nowhere does not exist", "name a C file or a folder", path=Path("nowhere"))


def test_what_gcc_rejects_is_quoted(tiny: Path) -> None:
    (tiny / "tiny.c").write_text("int twice(int x) { return x + ; }\n")
    refused_run(4, "gcc does not accept", "expected expression", "correct the C", path=tiny)


def test_a_failing_test_stops_before_the_first_prompt(tiny: Path) -> None:
    broken = (tiny / "tiny.c").read_text().replace("x + x", "x + x + 1")
    (tiny / "tiny.c").write_text(broken)
    with Endpoint(Answers()) as endpoint:
        more = ("--model", "m", "--base-url", endpoint.base_url)
        refused_run(4, "does not pass its own tests", "twice is wrong", "Mend the C", path=tiny, more=more)
        assert endpoint.requests == []


def test_a_test_that_does_not_compile_stops_the_run(tiny: Path) -> None:
    (tiny / "test_tiny.c").write_text("int main(void) { return nothing; }\n")
    refused_run(4, "The test test_tiny.c does not compile.", "undeclared", path=tiny)


def test_a_test_that_does_not_link_stops_the_run(tiny: Path) -> None:
    (tiny / "test_tiny.c").write_text("int thrice(int);\nint main(void) { return thrice(1); }\n")
    refused_run(4, "The test program test_tiny does not link.", "thrice", path=tiny)


def test_a_test_that_never_ends_is_stopped(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", ["twice"], "[tests]\ntimeout = 1\n")
    (module / "test_tiny.c").write_text("int main(void) { for (;;) ; }\n")
    refused_run(4, "The test program test_tiny did not end within 1 seconds.", path=module)


def test_a_module_around_the_home_folder_is_not_shown_to_tests(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny / "me").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    for toolchain in ("RUSTUP", "CARGO"):
        kept = os.environ.get(f"{toolchain}_HOME", str(Path.home() / f".{toolchain.lower()}"))
        monkeypatch.setenv(f"{toolchain}_HOME", kept)
    monkeypatch.setenv("HOME", str(tiny / "me"))
    refused_run(2, "holds the home folder", "move the module to a folder of its own", path=tiny)


# What does not go together.


@pytest.mark.parametrize("command", ["plan", "run"])
@pytest.mark.parametrize("interface", ["idiomatic", "tiny"])
@pytest.mark.parametrize("strategy", ["whole-module", "transpile"])
def test_some_strategies_have_the_interface_of_the_c_only(
    tiny: Path, command: str, interface: str, strategy: str
) -> None:
    more = ("--interface", interface, "--strategy", strategy)
    refused(2, "interface of the C only", f"--strategy {strategy}", command=(command, tiny, *more))
    assert not Path("out").exists()


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_kernel_has_the_interface_of_the_c_only(tmp_path: Path, command: str) -> None:
    build = write_build(tmp_path)
    (tmp_path / "tree" / "Kconfig").touch()
    file = tmp_path / "tree" / "lib" / "three.c"
    said = ("called by the kernel's C", "leave out --interface idiomatic")
    refused(2, *said, command=(command, file, "--kernel", build, "--interface", "idiomatic"))


# Isolation.


@pytest.fixture
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no sandbox work on this machine."""
    monkeypatch.setattr(migrate.run.isolation, "find_sandbox", lambda: None)


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_nothing_runs_unless_the_user_says_so(tiny: Path) -> None:
    said = ("neither bubblewrap nor unshare works here", "--sandbox off")
    refused_run(2, *said, path=tiny)
    with Endpoint(Answers()) as endpoint:
        ended = run_at(endpoint, tiny, Path("out"), "--sandbox", "off")
    assert ended.exit == 0, ended.stderr
    assert "ran without a sandbox" in ended.stdout
    assert json.loads(Path("out/report.json").read_text())["sandbox"] == "off"
    assert "ran without a sandbox" in Path("out/report.html").read_text()
    assert "ran without a sandbox" in cli("show", "out").stdout


def test_the_environment_may_switch_the_sandbox_off(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMIGRATE_SANDBOX", "off")
    with Endpoint(Answers()) as endpoint:
        ended = run_at(endpoint, tiny, Path("out"), "--json")
        assert ended.json["sandbox"] == "off"
        monkeypatch.delenv("LLMIGRATE_SANDBOX")
        # What was accepted without a sandbox stays so.
        assert run_at(endpoint, tiny, Path("out"), "--json").json["sandbox"] == "off"
        assert run_at(endpoint, tiny, Path("other"), "--json").json["sandbox"] != "off"


def test_a_crate_that_cannot_be_had_stops_the_run(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path.cwd() / "cache"))
    monkeypatch.setenv("CARGO_HOME", str(Path.cwd() / "empty"))
    monkeypatch.setenv("CARGO_NET_OFFLINE", "true")
    result = cli("run", tiny, "-o", "out", *NOBODY)
    assert result.exit == 2
    assert "cargo cannot get the crate cc" in result.stderr and "cargo fetch" in result.stderr


# Tools.


@pytest.fixture
def no_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Leave only an empty folder to look for programs in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for module in (migrate.skeleton.bindings, migrate.doctor):
        monkeypatch.setattr(module, "TOOLS", folder)
    find_sandbox.cache_clear()
    yield folder
    find_sandbox.cache_clear()


@pytest.mark.parametrize("missing", NEEDED, ids=lambda tool: tool.name)
def test_a_missing_tool_is_named_with_the_way_to_get_it(
    missing: migrate.doctor.Tool, no_tools: Path, tiny: Path
) -> None:
    for tool in TOOLS_OF_A_RUN:
        if tool is not missing:
            write_program(no_tools / tool.name, "echo 99.9.9")
    for command in (("plan", tiny), ("run", tiny, "-o", "out", *NOBODY)):
        refused(2, f"{missing.name}, which", "not found; to get it:", missing.remedy, command=command)


def test_a_tool_that_does_not_work_is_named_with_what_it_says(no_tools: Path, tiny: Path) -> None:
    for tool in TOOLS_OF_A_RUN:
        says = "echo no such component >&2; exit 1" if tool.name == "rustfmt" else "echo 99.9.9"
        write_program(no_tools / tool.name, says)
    refused(2, "rustfmt", "no such component", "rustup component add rustfmt", command=("plan", tiny))


def test_a_tool_that_is_too_old_is_named(no_tools: Path, tiny: Path) -> None:
    for tool in TOOLS_OF_A_RUN:
        write_program(no_tools / tool.name, "echo 1.84.1" if tool.name == "cargo" else "echo 99.9.9")
    refused(2, "cargo, which", "older than 1.85", "https://rustup.rs", command=("plan", tiny))


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_doctor_lists_everything_that_is_missing(no_tools: Path) -> None:
    result = refused(2, command=("doctor",))
    for tool in TOOLS_OF_A_RUN:
        line = next(line for line in result.stdout.splitlines() if line.startswith(f"{tool.name} "))
        assert "not found" in line and tool.remedy in line


# Settings.


def test_an_unknown_key_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", settings="[model]\nbase_ulr = 'http://x/v1'\n")
    refused_run(2, "llmigrate.toml: unknown key `model.base_ulr`", "did you mean `base_url`?", path=module)


def test_an_unknown_key_that_is_like_no_other_is_to_be_removed(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", settings="qqqq = 1\n")
    refused_run(2, "unknown key `qqqq`; remove it", path=module)


def test_a_file_that_is_not_toml_is_named_with_the_line(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", settings="[model\n")
    refused_run(2, "llmigrate.toml is not valid TOML", "line 1", "correct the file", path=module)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ("[model]\njobs = 0\n", "model.jobs"),
        ("[run]\nattempts = 'many'\n", "run.attempts"),
        ("[run]\nbudget = nan\n", "run.budget"),
        ("[run]\nfallback = 'rust'\n", "run.fallback"),
        ("[tests]\ntimeout = -1\n", "tests.timeout"),
        ("sources = 'tiny.c'\n", "sources"),
        ("model = 'some-model'\n", "model"),
    ],
)
def test_a_bad_value_is_named(settings: str, key: str, tmp_path: Path) -> None:
    refused_run(2, f"`{key}` is not usable", path=write_module(tmp_path / "tiny", settings=settings))


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", settings="sources = ['huge.c']\n")
    refused_run(2, "`sources` names huge.c", "correct llmigrate.toml", path=module)


def test_a_compilation_database_that_is_none_is_named(tiny: Path) -> None:
    (tiny / "compile_commands.json").write_text("{}[")
    refused_run(2, "compile_commands.json is not a compilation database", "make it again", path=tiny)


def test_a_bad_value_from_the_environment_is_named(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMIGRATE_JOBS", "all")
    refused_run(2, "the environment", "`model.jobs` is not usable", path=tiny)


def test_a_prompt_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", settings="[run]\nprompts = 'mine'\n")
    refused_run(2, "mine does not exist", "correct `run.prompts`", path=module)


@pytest.mark.parametrize("text", ["{{ nothing }}", "{% if %}"])
def test_a_template_of_the_users_that_does_not_work_is_named(text: str, tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", settings="[run]\nprompts = 'mine'\n")
    (module / "mine").mkdir()
    (module / "mine" / "function.j2").write_text(text)
    refused_run(2, "the prompt template function.j2 does not work", "correct it", path=module)


def test_no_model_is_named(tiny: Path) -> None:
    refused_run(2, "no model is named", "--model", path=tiny, more=())


def test_a_budget_needs_a_price(tiny: Path) -> None:
    more = (*NOBODY, "--budget", "1")
    refused_run(2, "price is unknown", "[model.price] in llmigrate.toml", path=tiny, more=more)


def test_record_and_replay_exclude_each_other(tiny: Path) -> None:
    more = (*NOBODY, "--record", "a.jsonl", "--replay", "b.jsonl")
    refused_run(2, "--record and --replay exclude each other; choose one", path=tiny, more=more)


def test_an_unknown_option_is_named(tiny: Path) -> None:
    refused_run(2, "No such option", "--modle", path=tiny, more=("--modle", "x"))


# Models and recordings.


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for what does not come back."""
    monkeypatch.setattr(migrate.model.client, "Retry", partial(Retry, attempts=2, first_wait=0.01))


def test_openai_needs_a_key(tiny: Path) -> None:
    refused_run(6, "needs a key", "set OPENAI_API_KEY", path=tiny, more=("--model", "m"))


def test_a_refused_key_stops_the_run(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    with Endpoint(in_turn(failing(401, "Incorrect API key provided"))) as endpoint:
        more = ("--model", "m", "--base-url", endpoint.base_url)
        result = refused_run(6, "refused the key (401)", "check that OPENAI_API_KEY", path=tiny, more=more)
    assert "sk-wrong" not in result.stderr + result.stdout


@pytest.mark.usefixtures("impatient")
def test_an_unreachable_endpoint_stops_the_run(tiny: Path) -> None:
    refused_run(6, "cannot be reached", "check the base URL", path=tiny)


def test_an_endpoint_that_serves_web_pages_is_none(tiny: Path) -> None:
    with Endpoint(in_turn(Reply("<html>Welcome!</html>"))) as endpoint:
        more = ("--model", "m", "--base-url", endpoint.base_url)
        refused_run(6, "answered with a web page", "check that the base URL", path=tiny, more=more)


def test_a_recording_that_lacks_a_prompt_says_for_which_hole(done: Path, finished: Path) -> None:
    recording = done / "recording.jsonl"
    lines = [line for line in recording.read_text().splitlines(True) if '"hole":"mix"' not in line]
    recording.write_text("".join(lines))
    result = refused(
        6,
        "has no answer for hole mix, attempt 1",
        "another version of the C, the prompts or the tool",
        "record again with --record",
        command=("run", finished / "tiny", "-o", "again", "--replay", recording, "--json"),
    )
    assert result.plugs == {"twice": "rust", "mix": "c", "greater": "rust"}


def test_a_broken_recording_is_named_with_the_line(done: Path, finished: Path) -> None:
    recording = done / "recording.jsonl"
    recording.write_text(recording.read_text().replace("Translate this function", "Translate that function"))
    refused(
        2,
        "recording.jsonl, line 2: the prompt does not belong to its key",
        "restore the file",
        command=("run", finished / "tiny", "-o", "again", "--replay", recording),
    )


def test_a_recording_that_is_not_there_is_named(tiny: Path) -> None:
    refused_run(2, "none.jsonl cannot be read", "check the path", path=tiny, more=("--replay", "none.jsonl"))


def test_a_recording_that_cannot_be_written_is_named(tiny: Path) -> None:
    more = (*NOBODY, "--record", "nowhere/answers.jsonl")
    refused_run(2, "nowhere/answers.jsonl cannot be written", path=tiny, more=more)


def test_no_recording_is_made_over_another_file(tiny: Path) -> None:
    more = (*NOBODY, "--record", tiny / "tiny.c")
    refused_run(2, "tiny.c, line 1: this is not the header of a recording", path=tiny, more=more)


# The output folder.


def test_a_folder_with_other_files_is_not_used(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    refused_run(2, "holds files that are not from a run", "choose an empty or new folder", path=tiny)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_a_file_is_no_output_folder(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("years of work")
    refused_run(2, "out is a file; choose another -o", path=tiny)


def test_a_newer_ledger_is_left_alone(done: Path, finished: Path) -> None:
    with sqlite3.connect(done / "out" / "ledger.sqlite") as ledger:
        ledger.execute("PRAGMA journal_mode=DELETE")
        ledger.execute("PRAGMA user_version = 99")
    ledger.close()
    refused_run(
        2, "newer llmigrate (format 99", "update llmigrate or choose another -o", path=finished / "tiny"
    )


def test_a_file_that_is_no_ledger_is_left_alone(done: Path, finished: Path) -> None:
    (done / "out" / "ledger.sqlite").write_text("not a database at all, but long enough to be looked at" * 40)
    refused_run(2, "cannot be used as a ledger", "choose another -o", path=finished / "tiny")


def test_a_damaged_ledger_is_a_sentence(done: Path, finished: Path) -> None:
    ledger = done / "out" / "ledger.sqlite"
    text = bytearray(ledger.read_bytes())
    text[4096:] = b"\xa5" * (len(text) - 4096)
    ledger.write_bytes(text)
    refused_run(2, "ledger.sqlite cannot be", "choose another -o", path=finished / "tiny")


def test_an_output_folder_is_used_by_one_run_at_a_time(tiny: Path, tmp_path: Path) -> None:
    with open_output(tmp_path / "out"):
        refused_run(2, "is in use by", f"process {os.getpid()}", "wait for it, or choose", path=tiny)


def in_mount(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a shell script where it may mount, or skip the test where nobody may."""
    user = () if os.geteuid() == 0 else ("--map-root-user",)
    ended = subprocess.run(
        ["unshare", *user, "--mount", "sh", "-c", script, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode == 77:
        pytest.skip(f"nothing can be mounted here: {ended.stderr.strip()}")
    return ended


def test_a_read_only_output_folder_is_a_sentence(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    ended = in_mount(
        'mount -t tmpfs -o ro tmpfs "$1" || exit 77; shift; exec "$@"',
        *(tmp_path / "disk", PROGRAM, "run", tiny, "-o", tmp_path / "disk" / "out", *NOBODY),
    )
    assert ended.returncode == 2, ended.stderr
    assert "cannot be written: Read-only file system" in ended.stderr
    assert "choose another -o" in ended.stderr


def test_a_full_disk_is_a_sentence_and_the_run_goes_on_when_there_is_room(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    script = """
        mount -t tmpfs -o size=128k tmpfs "$1" || exit 77
        disk=$1; shift
        "$@"; echo "first: $?"
        mount -o remount,size=50m "$disk"
        "$@"; echo "second: $?"
    """
    with Endpoint(Answers()) as endpoint:
        model = ("--model", "m", "--base-url", endpoint.base_url)
        ended = in_mount(
            script, *(tmp_path / "disk", PROGRAM, "run", tiny, "-o", tmp_path / "disk" / "out", *model)
        )
    assert "first: 2" in ended.stdout, ended.stderr
    assert "second: 0" in ended.stdout, ended.stderr
    assert "make room" in ended.stderr
    assert "Traceback" not in ended.stderr


# Hand-written Rust.


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.rs"
    path.write_text(FUNCTIONS["mix"].rust)
    return path


def test_judge_needs_the_output_of_a_run(tmp_path: Path, mine: Path) -> None:
    refused(2, "is not the output of a run", "name a run's -o", command=("judge", tmp_path, "mix", mine))


def test_judge_suggests_the_function_that_was_meant(done: Path, mine: Path) -> None:
    refused(2, "no function or variable mxi; did you mean mix?", command=("judge", "out", "mxi", mine))


def test_judge_names_a_file_that_is_not_there(done: Path) -> None:
    refused(2, "none.rs cannot be read", "name a file with Rust", command=("judge", "out", "mix", "none.rs"))


def test_judge_names_a_file_that_is_not_text(done: Path, mine: Path) -> None:
    mine.write_bytes(b"fn mix() { \xff\xfe }")
    refused(2, "mine.rs cannot be read", "name a file with Rust", command=("judge", "out", "mix", mine))


def test_judge_says_where_the_module_was(done: Path, mine: Path) -> None:
    with sqlite3.connect(done / "out" / "ledger.sqlite") as ledger:
        subject = '{"paths": ["/no/such/module"], "kernel": null}'
        ledger.execute("UPDATE meta SET value = ? WHERE name = 'subject'", (subject,))
    ledger.close()
    refused(2, "/no/such/module, is no longer there", command=("judge", "out", "mix", mine))


def test_a_fault_of_the_program_is_kept_in_a_file(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("migrate.commands.plan.make_plan", fail)
    result = cli("plan", tiny)
    kept = Path(result.stderr.split()[-1])
    assert result.exit == 70
    assert "Traceback" not in result.stderr
    assert "RuntimeError: a fault" in kept.read_text()
    kept.unlink()
