"""The whole-module strategy, from the command line to the crate and the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrate.run.ledger import Ledger
from tests.command import Result, cli, contents, interrupting
from tests.endpoint import Endpoint, failing, in_turn, scripted
from tests.tiny import FUNCTIONS, write_module
from tests.whole import answer, block, out_command, rust, wanted

NAMES = ["twice", "mix", "greater"]


def hole(result: Result, name: str) -> Any:
    return next(each for each in result.json["holes"] if each["name"] == name)


def last_prompt(endpoint: Endpoint) -> str:
    return str(endpoint.requests[-1].body["messages"][-1]["content"])


def test_a_complete_answer_is_one_call_and_a_crate_without_c(tiny: Path, tmp_path: Path) -> None:
    with Endpoint(in_turn(scripted(answer(NAMES)))) as endpoint:
        result = cli(*out_command(endpoint, tiny))
        assert wanted(endpoint) == [NAMES]
    assert result.exit == 0, result.stderr
    assert result.json["strategy"] == "whole-module"
    assert result.json["model"]["calls"] == 1
    assert [hole(result, name)["verdicts"] for name in NAMES] == [["accepted"]] * 3
    assert not (tmp_path / "out" / "crate" / "c").exists()
    assert "strategy <b>whole-module</b>" in (tmp_path / "out" / "report.html").read_text()
    assert cli("show", "out").stdout.splitlines()[-1].startswith("Strategy whole-module: 3 of 3 holes Rust")


def test_what_is_left_out_is_omitted_and_stays_in_c(tiny: Path) -> None:
    with Endpoint(in_turn(scripted(answer(["twice", "greater"])))) as endpoint:
        result = cli(*out_command(endpoint, tiny, "--attempts", 1))
        assert len(endpoint.requests) == 1
    assert result.exit == 3
    assert result.plugs == {"twice": "rust", "mix": "c", "greater": "rust"}
    assert hole(result, "mix")["omitted"] and hole(result, "mix")["verdicts"] == ["omission"]
    assert hole(result, "mix")["findings"][0]["message"] == "The answer leaves it out."
    assert not hole(result, "twice")["omitted"]


def test_a_further_round_asks_for_what_is_missing_and_nothing_else(tiny: Path) -> None:
    replies = (scripted(answer(["twice", "greater"])), scripted(answer(["mix"])))
    with Endpoint(in_turn(*replies)) as endpoint:
        result = cli(*out_command(endpoint, tiny))
        assert wanted(endpoint) == [NAMES, ["mix"]]
        assert "- `mix` of `tiny.c`: The answer leaves it out." in last_prompt(endpoint)
    assert (result.exit, hole(result, "mix")["verdicts"]) == (0, ["omission", "accepted"])


def test_findings_are_quoted_by_function_with_the_code_they_are_about(tiny: Path) -> None:
    mixed_up = rust("mix").replace("b: c_uint", "b: c_int")
    unknown = rust("greater", "    if a > b { a } else { highest(a, b) }")
    first = answer(NAMES, {"mix": mixed_up, "greater": unknown})
    with Endpoint(in_turn(scripted(first), scripted(answer(["mix", "greater"])))) as endpoint:
        result = cli(*out_command(endpoint, tiny))
        shown, asked = (each["content"] for each in endpoint.requests[-1].body["messages"][-2:])
    assert result.exit == 0, result.stderr
    assert hole(result, "mix")["verdicts"] == ["interface", "accepted"]
    assert hole(result, "greater")["verdicts"] == ["compile", "accepted"]
    assert "b: c_int)" in shown and "highest(a, b)" in shown and "x + x" not in shown
    of_mix, of_greater = (asked.split(f"# Rejected: `{name}` of `tiny.c`")[1] for name in ("mix", "greater"))
    assert "1. The signature of `mix` must stay exactly as it was given." in of_mix
    assert "cannot find function `highest`" in of_greater


def test_what_the_tests_reject_is_found_among_all(tiny: Path) -> None:
    wrong = rust("mix", "    a ^ b")
    with Endpoint(in_turn(scripted(answer(NAMES, {"mix": wrong})))) as endpoint:
        result = cli(*out_command(endpoint, tiny, "--attempts", 1))
    assert result.plugs == {"twice": "rust", "mix": "c", "greater": "rust"}
    assert hole(result, "mix")["verdicts"][0] in {"tests", "behaviour"}


def test_of_an_answer_that_is_cut_off_counts_what_is_complete(tiny: Path) -> None:
    cut = answer(NAMES).partition("if a > b")[0]
    with Endpoint(in_turn(scripted(cut, finish_reason="length"), scripted(answer(["greater"])))) as endpoint:
        result = cli(*out_command(endpoint, tiny))
        assert wanted(endpoint) == [NAMES, ["greater"]]
        assert "cut off at the limit of its length" in last_prompt(endpoint)
    assert hole(result, "twice")["verdicts"] == hole(result, "mix")["verdicts"] == ["accepted"]
    assert hole(result, "greater")["verdicts"] == ["omission", "accepted"]


def test_an_answer_that_is_none_costs_every_hole_an_attempt(tiny: Path) -> None:
    with Endpoint(in_turn(scripted(None, refusal="I cannot."), scripted(answer(NAMES)))) as endpoint:
        result = cli(*out_command(endpoint, tiny))
        assert last_prompt(endpoint).startswith("The model refused to answer: I cannot.")
    assert result.exit == 0
    assert [hole(result, name)["verdicts"] for name in NAMES] == [["answer", "accepted"]] * 3


def test_rounds_end_when_attempts_do_and_no_two_are_alike(tiny: Path) -> None:
    with Endpoint(in_turn(scripted(answer(["twice"])))) as endpoint:
        result = cli(*out_command(endpoint, tiny, "--attempts", 4, "--fallback", "unimplemented"))
        assert len(endpoint.requests) == len(endpoint.counts) == 4
    assert result.plugs == {"twice": "rust", "mix": "unimplemented", "greater": "unimplemented"}


def test_functions_of_one_name_in_two_files_are_both_translated(tmp_path: Path) -> None:
    module = tmp_path / "steps"
    module.mkdir()
    for file, step in (("up", "+"), ("down", "-")):
        text = f"static int step(int x) {{ return x {step} 1; }}\nint {file}(int x) {{ return step(x); }}\n"
        (module / f"{file}.c").write_text(text)
    (module / "test_steps.c").write_text(
        "int up(int), down(int);\nint main(void) { return up(1) == 2 && down(1) == 0 ? 0 : 1; }\n"
    )
    parts = [
        block(
            (
                f'unsafe extern "C" fn step(x: c_int) -> c_int {{\n    x {step} 1\n}}',
                f'pub unsafe extern "C" fn {file}(x: c_int) -> c_int {{\n'
                "    // SAFETY: it takes any number.\n    unsafe { step(x) }\n}",
            ),
            f"{file}.c",
        )
        for file, step in (("up", "+"), ("down", "-"))
    ]
    with Endpoint(in_turn(scripted("\n\n".join(parts)))) as endpoint:
        result = cli(*out_command(endpoint, module))
    assert result.exit == 0, result.stdout
    assert set(result.plugs) == {"up", "down", "up.c:step", "down.c:step"}


# How it stops, and how it goes on.


def test_a_prompt_that_does_not_fit_stops_the_run_before_anything_is_sent(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", NAMES, "[model]\nwindow = 2000\nmax_output_tokens = 1000\n")
    with Endpoint(in_turn(scripted(answer(NAMES)))) as endpoint:
        result = cli(*out_command(endpoint, module))
        assert endpoint.requests == []
    assert result.exit == 5
    assert "the prompt for the whole module does not fit into the model's context" in result.stderr
    assert "--strategy function" in result.stderr
    assert set(result.plugs.values()) == {"c"}


def test_a_budget_that_is_too_small_stops_the_run(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", NAMES, "[model.price]\ninput = 100\noutput = 100\n")
    with Endpoint(in_turn(scripted(answer(NAMES)))) as endpoint:
        assert cli(*out_command(endpoint, module, "--budget", 0.01)).exit == 5
        assert endpoint.requests == []
        assert cli(*out_command(endpoint, module, "--budget", 100)).exit == 0


def test_a_model_that_fails_between_rounds_is_asked_again_for_the_round_that_is_missing(tiny: Path) -> None:
    replies = (
        scripted(answer(["twice"])),
        failing(403, "no more today"),
        scripted(answer(["mix", "greater"])),
    )
    with Endpoint(in_turn(*replies)) as endpoint:
        stopped = cli(*out_command(endpoint, tiny))
        assert (stopped.exit, stopped.plugs["twice"], stopped.plugs["mix"]) == (6, "rust", "c")
        assert cli(*out_command(endpoint, tiny)).exit == 0
        assert wanted(endpoint) == [NAMES, ["mix", "greater"], ["mix", "greater"]]


@pytest.mark.parametrize("finish_reason", ["stop", "length"])
def test_an_answer_that_was_kept_but_not_judged_is_not_asked_for_again(
    finish_reason: str, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Endpoint(in_turn(scripted(answer(NAMES), finish_reason))) as endpoint:
        with interrupting(monkeypatch, "migrate.run.module_rounds.take_apart"):
            assert cli(*out_command(endpoint, tiny)).exit == 130
        assert cli(*out_command(endpoint, tiny)).exit == 0
        assert len(endpoint.requests) == 1


def test_the_verdicts_of_a_round_are_kept_all_or_none(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replies = (scripted(answer(["twice", "mix"], {"mix": rust("mix", "    a")})), scripted(answer(NAMES)))
    with Endpoint(in_turn(*replies)) as endpoint:
        with interrupting(monkeypatch, "migrate.run.module_rounds.ModuleRounds._tell"):
            assert cli(*out_command(endpoint, tiny)).exit == 130
        with Ledger(Path("out/ledger.sqlite")) as ledger:
            lineages = ledger.lineages()
            counts = {name: len(ledger.attempts(name, lineages[name])) for name in NAMES}
        assert counts == dict.fromkeys(NAMES, 1)
        assert cli(*out_command(endpoint, tiny)).exit == 0
        assert wanted(endpoint) == [NAMES, ["mix", "greater"]]


def test_a_replay_of_a_whole_module_run_asks_nobody(tiny: Path, tmp_path: Path) -> None:
    replies = (scripted(answer(["twice", "greater"])), scripted(answer(["mix"])))
    with Endpoint(in_turn(*replies)) as endpoint:
        assert cli(*out_command(endpoint, tiny, "--record", "answers.jsonl")).exit == 0
    again = cli(
        *("run", tiny, "-o", "again", "--strategy", "whole-module", "--json", "--replay", "answers.jsonl")
    )
    assert (again.exit, again.json["model"]["replayed"]) == (0, 2)
    assert again.json["model"]["replayed_for_earlier_prompt"] == 0
    assert contents(tmp_path / "again" / "crate") == contents(tmp_path / "out" / "crate")


def test_c_that_changed_is_asked_for_alone(tiny: Path) -> None:
    replies = (scripted(answer(NAMES)), scripted(answer(["greater"])))
    with Endpoint(in_turn(*replies)) as endpoint:
        cli(*out_command(endpoint, tiny))
        text = (tiny / "tiny.c").read_text()
        (tiny / "tiny.c").write_text(text.replace("a > b ? a : b", "b < a ? a : b"))
        assert cli(*out_command(endpoint, tiny)).exit == 0
        assert wanted(endpoint) == [NAMES, ["greater"]]


# One output folder, one strategy.


def test_another_strategy_on_the_same_output_is_refused(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Endpoint(in_turn(scripted(answer(NAMES)))) as endpoint:
        assert cli(*out_command(endpoint, tiny)).exit == 0
        refused = cli("run", tiny, "-o", "out", "--model", "some-model", "--base-url", endpoint.base_url)
        assert refused.exit == 2
        assert refused.stderr == (
            "error: out holds a run with --strategy whole-module; choose another -o for --strategy function\n"
        )
        monkeypatch.setenv("LLMIGRATE_STRATEGY", "whole-module")
        again = cli("run", tiny, "-o", "out", "--model", "some-model", "--base-url", endpoint.base_url)
        assert again.exit == 0, again.stderr


def test_rust_by_hand_leaves_the_strategy_of_the_run(tiny: Path) -> None:
    Path("mix.rs").write_text(FUNCTIONS["mix"].rust)
    with Endpoint(in_turn(scripted(answer(["twice", "greater"])))) as endpoint:
        cli(*out_command(endpoint, tiny, "--attempts", 1))
    assert cli("judge", "out", "mix", "mix.rs", "--accept").exit == 0
    report = cli("show", "out", "--json").json
    assert (report["strategy"], report["totals"]["rust"]) == ("whole-module", 3)
