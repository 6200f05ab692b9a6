"""A run from the command line to its crate: what it leaves, how it stops, and how it goes on."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from migrate.run.output import Output
from repair.cargo import Workspace, leased_workspace, write_files
from repair.dependencies import provide_dependencies
from repair.plug import RenderedCrate
from tests.command import cli, contents, interrupting, process, started
from tests.endpoint import Endpoint, Reply, failing, scripted
from tests.tiny import FUNCTIONS, Answers, asked_hole, prompts, write_module

NAMES = ("twice", "mix", "greater")


def command(endpoint: Endpoint, module: Path, *more: object) -> tuple[object, ...]:
    model = ("--model", "some-model", "--base-url", endpoint.base_url)
    return ("run", module, "-o", "out", *model, *more)


def asked(endpoint: Endpoint) -> list[str]:
    return [asked_hole(each.body) for each in endpoint.requests]


# What a run leaves.


def test_a_finished_run_leaves_a_crate_without_c_that_cargo_builds(tiny: Path, tmp_path: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        result = cli(*command(endpoint, tiny))
    assert result.exit == 0, result.stderr
    assert result.stdout.startswith("3 of 3 holes Rust; the module's tests pass.")
    out = tmp_path / "out"
    assert sorted(contents(out / "crate")) == ["Cargo.toml", "src/lib.rs", "src/tiny.rs"]
    assert {path.name for path in out.iterdir()} == {
        *(".lock", "crate", "ledger.sqlite", "log", "report.html", "report.json")
    }
    with leased_workspace() as workspace:
        assert Workspace(out / "crate", workspace.target).build().ok


def test_a_second_run_asks_nothing_and_changes_nothing(tiny: Path, tmp_path: Path) -> None:
    with Endpoint(Answers({"mix": ["No."]})) as endpoint:
        assert cli(*command(endpoint, tiny)).exit == 0
        crate = contents(tmp_path / "out" / "crate")
        again = cli(*command(endpoint, tiny, "--json"))
        assert again.exit == 0
        assert set(again.plugs.values()) == {"rust"}
        assert sorted(asked(endpoint)) == ["greater", "mix", "mix", "twice"]
    assert contents(tmp_path / "out" / "crate") == crate


def test_only_the_function_that_changed_is_asked_for_again(tiny: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        cli(*command(endpoint, tiny))
        text = (tiny / "tiny.c").read_text()
        (tiny / "tiny.c").write_text(text.replace("a > b ? a : b", "b < a ? a : b"))
        result = cli(*command(endpoint, tiny, "--json"))
        assert set(result.plugs.values()) == {"rust"}
        assert asked(endpoint)[3:] == ["greater"]
        assert "b < a ? a : b" in prompts(endpoint, "greater")[-1]


@pytest.mark.parametrize("change", [("--model", "another-model"), ("--base-url", None)])
def test_another_model_or_endpoint_is_asked_for_what_is_not_rust_yet(
    change: tuple[str, str | None], tiny: Path
) -> None:
    with Endpoint(Answers({"mix": ["No."] * 9})) as first, Endpoint(Answers()) as second:
        assert cli(*command(first, tiny), "--attempts", 1).exit == 3
        first_asked = len(first.requests)
        option, value = change
        options = ("--json", "--attempts", 2, option, value or second.base_url)
        result = cli(*command(first, tiny), *options)
        asked_now = [*asked(first)[first_asked:], *asked(second)]
        assert asked_now == ["mix"]
        assert {name: plug for name, plug in result.plugs.items() if name != "mix"} == {
            "twice": "rust",
            "greater": "rust",
        }


def test_the_report_accounts_for_every_hole_and_every_call(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", ["twice", "mix"], "[model.price]\ninput = 100\noutput = 100\n")
    (module / "tiny.c").write_text(
        (module / "tiny.c").read_text()
        + "static int table[3] = { 1, 2, 3 };\nint counter;\n"
        + "int look(int i) { counter++; return table[i]; }\n"
        + "#include <stdarg.h>\nint log_all(const char *format, ...) { return format[0]; }\n"
    )
    table = "```rust\nstatic mut table: [c_int; 3] = [1, 2, 3];\n```"
    script = Answers({"mix": ["No."] * 9, "look": ["Not now."] * 9, "table": [table]})
    with Endpoint(script) as endpoint:
        result = cli(*command(endpoint, module, "--json", "--attempts", 2))
    assert result.exit == 3
    assert result.plugs == {"twice": "rust", "mix": "c", "table": "rust", "look": "c", "log_all": "c"}
    totals = result.json["totals"]
    assert totals == {"holes": 5, "rust": 2, "transpiled": 0, "c": 3, "unimplemented": 0}
    assert sum(totals[kind] for kind in ("rust", "transpiled", "c", "unimplemented")) == totals["holes"]
    model, calls = result.json["model"], len(endpoint.requests)
    assert "log_all" not in asked(endpoint)
    assert (model["calls"], model["tokens_in"], model["tokens_out"]) == (calls, 10 * calls, 5 * calls)
    assert model["cost_usd"] == pytest.approx(calls * 15 * 100 / 1e6)


def test_what_was_not_measured_has_no_number(tiny: Path) -> None:
    (tiny / "test_tiny.c").unlink()
    with Endpoint(Answers()) as endpoint:
        report = cli(*command(endpoint, tiny, "--json")).json
    assert report["tests"] == {"passed": None, "command": ""}
    assert report["model"]["cost_usd"] is None


def test_a_replay_costs_nothing_and_asks_nobody(tiny: Path, tmp_path: Path) -> None:
    with Endpoint(Answers({"mix": ["No."]})) as endpoint:
        first = cli(*command(endpoint, tiny, "--json", "--record", "answers.jsonl"))
        asked_first = len(endpoint.requests)
        again = cli("run", tiny, "-o", "again", "--json", "--replay", "answers.jsonl")
        assert len(endpoint.requests) == asked_first
    assert (again.exit, again.plugs) == (0, first.plugs)
    model = again.json["model"]
    assert (model["calls"], model["replayed"], model["replayed_for_earlier_prompt"]) == (0, 4, 0)
    assert contents(tmp_path / "out" / "crate") == contents(tmp_path / "again" / "crate")


def test_answers_that_are_known_are_recorded_too(tiny: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        cli(*command(endpoint, tiny))
        shutil.move("out/ledger.sqlite", "ledger.sqlite")
        shutil.rmtree("out")
        Path("out").mkdir()
        shutil.move("ledger.sqlite", "out/ledger.sqlite")
        assert cli(*command(endpoint, tiny, "--record", "answers.jsonl")).exit == 0
        assert len(endpoint.requests) == 3


# The crate at every moment.


def test_the_crate_builds_after_every_change_and_holds_no_trace_of_the_rejected(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[Mapping[str, bytes]] = []
    write = Output.write_crate

    def watched(output: Output, crate: RenderedCrate) -> None:
        write(output, crate)
        if not states or states[-1] != contents(output.crate):
            states.append(contents(output.crate))

    monkeypatch.setattr(Output, "write_crate", watched)
    fails = FUNCTIONS["mix"].with_body("    let rejected_by_tests = a;\n    rejected_by_tests ^ b")
    breaks = FUNCTIONS["mix"].with_body("    rejected_by_rustc")
    with Endpoint(Answers({"mix": [fails, breaks, "No."]})) as endpoint:
        assert cli(*command(endpoint, tiny, "--jobs", 1)).exit == 0
    assert [
        sum(b"pub unsafe extern" in line for line in state["src/tiny.rs"].splitlines()) for state in states
    ] == [0, 1, 2, 3]
    with leased_workspace() as workspace:
        assert provide_dependencies(workspace, RenderedCrate(states[0], {})) is None
        for state in states:
            assert not any(b"rejected_by" in text for text in state.values())
            write_files(workspace.folder, state, keep={"Cargo.lock"})
            assert workspace.build().ok


# How it stops, and how it goes on.


def test_a_budget_stops_the_run_and_a_higher_one_lets_it_go_on(tmp_path: Path) -> None:
    settings = "[model]\nmax_output_tokens = 1000\n[model.price]\ninput = 1\noutput = 1\n"
    module = write_module(tmp_path / "tiny", NAMES, settings)
    # A prompt is at most as many tokens as it has bytes, some 10 000.
    replies = {name: [scripted(FUNCTIONS[name].rust, tokens=(9000, 0, 1000))] for name in NAMES}
    with Endpoint(Answers(replies)) as endpoint:
        stopped = cli(*command(endpoint, module, "--jobs", 1, "--budget", 0.015))
        assert stopped.exit == 5, stopped.stderr
        assert "run the same command with a higher --budget to go on" in stopped.stderr
        assert asked(endpoint) == ["twice"]
        assert "1 of 3 holes Rust" in stopped.stdout
        assert cli(*command(endpoint, module, "--jobs", 1, "--budget", 0.015)).exit == 5
        assert asked(endpoint) == ["twice"]
        ended = cli(*command(endpoint, module, "--jobs", 1, "--budget", 1, "--json"))
        assert ended.exit == 0
        assert sorted(asked(endpoint)) == sorted(NAMES)
    assert ended.json["model"]["cost_usd"] == pytest.approx(0.03)


def test_a_model_that_fails_on_the_way_costs_no_answer_that_was_given(tiny: Path, tmp_path: Path) -> None:
    script = Answers({"mix": [failing(403, "no more today")]})
    with Endpoint(script) as endpoint:
        stopped = cli(*command(endpoint, tiny, "--json"))
        assert stopped.exit == 6
        assert stopped.plugs == {"twice": "rust", "mix": "c", "greater": "rust"}
        (error, continuing) = stopped.stderr.splitlines()
        assert error.startswith("error: ") and "refused the key (403)" in error
        assert continuing == f"to continue: llmigrate {' '.join(map(str, command(endpoint, tiny, '--json')))}"
        assert cli(*command(endpoint, tiny)).exit == 0
        assert sorted(asked(endpoint)) == ["greater", "mix", "mix", "twice"]
    assert not (tmp_path / "out" / "crate" / "c").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda each: each.name)
def test_a_run_that_is_stopped_goes_on_and_pays_for_nothing_twice(how: signal.Signals, tiny: Path) -> None:
    go_on = Event()
    answers = Answers()

    def script(body: dict[str, Any]) -> Reply:
        if asked_hole(body) != "twice":
            go_on.wait(timeout=60)
        return answers(body)

    with Endpoint(script) as endpoint:
        arguments = command(endpoint, tiny, "--jobs", 2)
        with started(arguments) as running:
            assert running.stderr is not None
            while "accepted  twice" not in running.stderr.readline():
                assert running.poll() is None
            os.killpg(running.pid, how)
            said = running.communicate(timeout=60)[1]
        go_on.set()
        if how is signal.SIGINT:
            assert running.returncode == 130
            assert (
                said.splitlines()[-1]
                == f"interrupted; to continue: llmigrate {' '.join(map(str, arguments))}"
            )
        ended = process(*arguments)
        assert ended.exit == 0, ended.stderr
        assert asked(endpoint).count("twice") == 1
        assert set(endpoint.answered.values()) == {1}


def test_an_answer_that_was_kept_but_not_judged_is_not_asked_for_again(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Endpoint(Answers()) as endpoint:
        with interrupting(monkeypatch, "repair.judge.parse"):
            assert cli(*command(endpoint, tiny, "--jobs", 1)).exit == 130
        assert asked(endpoint) == ["twice"]
        assert cli(*command(endpoint, tiny, "--jobs", 1)).exit == 0
        assert asked(endpoint).count("twice") == 1


# What a model wrote is kept away from the user.

REACHING = """\
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
int is_contained(const char *file, unsigned short port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	FILE *written = fopen(file, "w");
	int way = socket(AF_INET, SOCK_STREAM, 0);

	if (written)
		fclose(written);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return getenv("OPENAI_API_KEY") == 0 && connect(way, (struct sockaddr *)&to, sizeof(to)) != 0;
}
"""
REACHING_RUST = """\
```rust
pub unsafe extern "C" fn is_contained(file: *const c_char, port: c_ushort) -> c_int {
    let mut to = sockaddr_in {
        sin_family: AF_INET as sa_family_t,
        sin_port: port.to_be(),
        sin_addr: in_addr { s_addr: 0x7f000001u32.to_be() },
        sin_zero: [0; 8],
    };
    // SAFETY: both are strings.
    let written = unsafe { fopen(file, c"w".as_ptr()) };
    if !written.is_null() {
        // SAFETY: it was opened just now.
        unsafe { fclose(written) };
    }
    // SAFETY: it takes numbers.
    let way = unsafe { socket(AF_INET as c_int, 1, 0) };
    // SAFETY: the key is a string.
    let key = unsafe { getenv(c"OPENAI_API_KEY".as_ptr()) };
    let size = core::mem::size_of::<sockaddr_in>() as socklen_t;
    // SAFETY: the address is one, and has its size.
    let failed = unsafe { connect(way, (&raw mut to).cast(), size) };
    (key.is_null() && failed != 0) as c_int
}
```"""


def test_rust_that_a_model_wrote_reaches_no_key_no_network_and_no_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-real-key")
    module = tmp_path / "tiny"
    module.mkdir()
    evil = Path.home() / f"llmigrate-test-{os.getpid()}"
    (module / "tiny.c").write_text(REACHING)
    with Endpoint(lambda body: scripted(REACHING_RUST)) as endpoint:
        port = endpoint.base_url.rpartition(":")[2].partition("/")[0]
        (module / "test_tiny.c").write_text(
            "int is_contained(const char *, unsigned short);\n"
            f'int main(void) {{ return is_contained("{evil}", {port}) ? 0 : 1; }}\n'
        )
        result = cli(*command(endpoint, module, "--json", "--attempts", 1))
        requests = len(endpoint.requests)
    assert result.plugs == {"is_contained": "rust"}, result.json["holes"][0]["findings"]
    assert requests == 1
    assert not evil.exists()
