"""What becomes of answers: gates, repairs, batches, limits; the model is scripted, gcc and cargo are real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from migrate.run.attempt import Attempt
from migrate.run.ledger import Ledger
from repair.verdict import Gate
from tests.command import Result, cli
from tests.endpoint import Endpoint, Reply, Script, failing, prompt_hash, scripted
from tests.tiny import FUNCTIONS, Answers, asked_hole, prompts, write_module

WRONG: dict[str, str | Reply] = {
    "twice": "This looks easy, but I would rather talk about it.",
    "mix": FUNCTIONS["mix"].rust.replace("fn mix", "fn mux"),
    "greater": FUNCTIONS["greater"].rust.replace("b: c_int", "b: c_long"),
    "sign": FUNCTIONS["sign"].with_body(f"    let _ = std::env::args();\n{FUNCTIONS['sign'].body}"),
    "count_up": FUNCTIONS["count_up"].with_body(
        FUNCTIONS["count_up"].body.replace("i = 0", 'i: c_int = "none"')
    ),
    "first": FUNCTIONS["first"].with_body("    unsafe { *numbers }"),
    "half": FUNCTIONS["half"].with_body("    x >> 1"),
    "next": scripted(None, refusal="I cannot help with C."),
    "is_even": scripted("  \n"),
    "negated": scripted(FUNCTIONS["negated"].rust[:40], finish_reason="length", tokens=(10, 0, 7)),
}
"""A first answer for each hole, each wrong in its own way."""
OUTCOMES = {
    "twice": (Gate.PARSE, "The answer has no code block that starts with ```rust."),
    "mix": (Gate.PARSE, "The code block defines `mux`, but not the function `mix` that was asked for."),
    "greater": (Gate.INTERFACE, "The signature of `greater` must stay exactly as it was given."),
    "sign": (
        Gate.POLICY,
        "`std::env` reaches outside the module, which the C does through its own calls only.",
    ),
    "count_up": (Gate.COMPILE, "error[E0308]: mismatched types"),
    "first": (Gate.LINT, "lint[clippy::undocumented_unsafe_blocks]: unsafe block missing a safety comment"),
    "half": (
        Gate.TESTS,
        "The module's tests pass without this item and fail with it. "
        "The test program test_tiny failed with exit status 1.",
    ),
    "next": (Gate.ANSWER, "The model refused to answer: I cannot help with C."),
    "is_even": (Gate.ANSWER, "The answer is empty."),
    "negated": (Gate.ANSWER, "The answer was cut off at the limit of its length, after 7 tokens."),
}
each_hole = pytest.mark.parametrize("name", OUTCOMES)


@dataclass(frozen=True)
class Ended:
    """A run that is over, and who was asked."""

    result: Result
    endpoint: Endpoint
    out: Path

    def attempts(self, name: str) -> tuple[Attempt, ...]:
        with Ledger(self.out / "ledger.sqlite") as ledger:
            return ledger.attempts(name, ledger.lineages()[name])

    def gates(self, name: str) -> list[str | None]:
        return [each.verdict.gate for each in self.attempts(name)]


def migrate(script: Script, module: Path, *more: object, out: Path | None = None) -> Ended:
    """Run with a scripted model and return the report on stdout."""
    out = out or module.parent / "out"
    with Endpoint(script) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url)
        return Ended(cli("run", module, "-o", out, "--json", *model, *more), endpoint, out)


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """Migrate ten functions whose first answers are all wrong, and whose second answers are right."""
    module = write_module(tmp_path_factory.mktemp("repaired") / "tiny", OUTCOMES)
    yield migrate(Answers({name: [answer] for name, answer in WRONG.items()}), module)


@each_hole
def test_a_wrong_answer_is_rejected_by_its_gate_with_a_finding(name: str, repaired: Ended) -> None:
    gate, message = OUTCOMES[name]
    first = repaired.attempts(name)[0].verdict
    assert first.gate is gate
    assert first.findings[0].message == message


@each_hole
def test_the_finding_stands_in_the_next_prompt(name: str, repaired: Ended) -> None:
    first, second = prompts(repaired.endpoint, name)
    assert OUTCOMES[name][1] not in first
    assert f"1. {OUTCOMES[name][1]}" in second


@each_hole
def test_a_right_second_answer_is_accepted(name: str, repaired: Ended) -> None:
    assert repaired.result.exit == 0, repaired.result.stderr
    assert repaired.result.plugs[name] == "rust"
    assert repaired.gates(name) == [OUTCOMES[name][0], None]


def test_the_rejected_candidate_stands_between_the_two_prompts(repaired: Ended) -> None:
    (asked,) = (
        each.body["messages"]
        for each in repaired.endpoint.requests
        if asked_hole(each.body) == "count_up" and len(each.body["messages"]) > 2
    )
    assert [message["role"] for message in asked] == ["system", "user", "assistant", "user"]
    assert 'let mut i: c_int = "none";' in asked[2]["content"]
    assert "| " in asked[3]["content"] and "expected `i32`, found `&str`" in asked[3]["content"]


def test_what_a_failing_test_prints_stands_in_the_next_prompt(repaired: Ended) -> None:
    assert "half is wrong" in prompts(repaired.endpoint, "half")[1]


@pytest.mark.parametrize("name", ["next", "is_even", "negated"])
def test_an_unusable_answer_is_kept_but_not_as_an_answer_to_its_prompt(name: str, repaired: Ended) -> None:
    with Ledger(repaired.out / "ledger.sqlite") as ledger:
        exchanges = [each for each in ledger.exchanges() if each.request.hole == name]
    assert [each.usable for each in exchanges] == [False, True]


def test_right_answers_are_accepted_at_once_and_in_one_batch(tmp_path: Path) -> None:
    names = ["twice", "mix", "greater", "sign"]
    ended = migrate(together(names, Answers()), write_module(tmp_path / "tiny", names), "--jobs", 64)
    assert ended.result.exit == 0, ended.result.stderr
    assert len(ended.endpoint.requests) == 4
    # The ground, one clippy and one build for all four, the end, and clippy for the report.
    assert ended.result.json["cargo_runs"] == 5


def together(names: list[str], script: Script) -> Script:
    """Hold the first answer for each hole back until all were asked."""
    barrier = Barrier(len(names))
    waited: set[str] = set()

    def answer(body: dict[str, Any]) -> Reply:
        name = asked_hole(body)
        if name not in waited:
            waited.add(name)
            barrier.wait(timeout=60)
        return script(body)

    return answer


BAD_SIGN = "    (x > 0) as c_int + (x < 0) as c_int"


@pytest.mark.parametrize(("bad", "body"), [("twice", "    x + 1"), ("sign", BAD_SIGN)])
def test_the_one_that_breaks_the_tests_is_found_among_good_ones(bad: str, body: str, tmp_path: Path) -> None:
    names = ["twice", "mix", "greater", "sign"]
    answers = Answers({bad: [FUNCTIONS[bad].with_body(body)]})
    ended = migrate(together(names, answers), write_module(tmp_path / "tiny", names), "--jobs", 4)
    assert ended.result.exit == 0, ended.result.stderr
    assert {name: ended.gates(name) for name in names} == {
        name: [Gate.TESTS, None] if name == bad else [None] for name in names
    }


def test_two_that_break_the_tests_together_are_both_found(tmp_path: Path) -> None:
    names = ["twice", "mix", "greater", "sign"]
    wrong = {
        "mix": [FUNCTIONS["mix"].with_body("    a ^ b")],
        "sign": [FUNCTIONS["sign"].with_body(BAD_SIGN)],
    }
    ended = migrate(together(names, Answers(wrong)), write_module(tmp_path / "tiny", names), "--jobs", 4)
    assert [name for name in names if Gate.TESTS in ended.gates(name)] == ["mix", "sign"]
    assert ended.result.exit == 0, ended.result.stderr


def test_a_loop_without_end_is_a_finding(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", ["count_up"], "[tests]\ntimeout = 1\n")
    endless = "    let mut i = n;\n    while i < 1 {\n        i = i.wrapping_sub(0);\n    }\n    i"
    ended = migrate(Answers({"count_up": [FUNCTIONS["count_up"].with_body(endless)]}), module)
    (finding,) = ended.attempts("count_up")[0].verdict.findings
    assert finding.message.endswith("The test program test_tiny did not end within 1 seconds.")
    assert ended.result.plugs == {"count_up": "rust"}


def test_a_crash_is_a_finding_that_names_the_signal(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", ["first"])
    crash = "    // SAFETY: there is none.\n    unsafe { *numbers.wrapping_add(1 << 40) }"
    ended = migrate(Answers({"first": [FUNCTIONS["first"].with_body(crash)]}), module)
    assert "killed by signal" in ended.attempts("first")[0].verdict.findings[0].message


def test_a_hole_that_is_out_of_attempts_stays_in_c(tiny: Path) -> None:
    ended = migrate(Answers({"mix": ["No."] * 9}), tiny, "--attempts", 2)
    assert ended.result.exit == 3
    assert ended.result.plugs == {"twice": "rust", "mix": "c", "greater": "rust"}
    assert ended.gates("mix") == [Gate.PARSE, Gate.PARSE]
    assert b"unsigned int mix" in (ended.out / "crate" / "c" / "tiny.c").read_bytes()
    assert ended.result.json["tests"]["passed"] is True


def test_more_attempts_go_on_where_the_last_run_ended(tiny: Path) -> None:
    with Endpoint(Answers({"mix": ["No."]})) as endpoint:
        first = ("run", tiny, "-o", "out", "--json", "--model", "m", "--base-url", endpoint.base_url)
        assert cli(*first, "--attempts", 1).exit == 3
        asked = len(endpoint.requests)
        result = cli(*first, "--attempts", 2)
        assert result.exit == 0
        assert len(endpoint.requests) == asked + 1
    assert not (tiny.parent / "out" / "crate" / "c").exists()


def test_unimplemented_where_the_user_wants_it(tiny: Path) -> None:
    options = ("--attempts", 2, "--fallback", "unimplemented", "--jobs", 1)
    with Endpoint(Answers({"twice": ["No.", "Never."], "mix": ["No."]})) as endpoint:
        first = ("run", tiny, "-o", "out", "--json", "--model", "m", "--base-url", endpoint.base_url)
        ended = cli(*first, *options)
        # What comes after the hole that is not implemented was judged with the C in its place.
        assert ended.plugs == {"twice": "unimplemented", "mix": "rust", "greater": "rust"}
        assert (ended.exit, ended.json["tests"]["passed"]) == (3, False)
        assert "unimplemented!" in Path("out/crate/src/tiny.rs").read_text()
        again = cli(*first, *options)
        assert (again.exit, again.plugs) == (3, ended.plugs), again.stderr
        assert cli(*first, "--attempts", 3).exit == 0


def test_another_fallback_replaces_the_old_one(tiny: Path) -> None:
    with Endpoint(Answers({"mix": ["No."] * 9})) as endpoint:
        first = ("run", tiny, "-o", "out", "--json", "--model", "m", "--base-url", endpoint.base_url)
        assert cli(*first, "--attempts", 1).plugs["mix"] == "c"
        asked = len(endpoint.requests)
        assert cli(*first, "--attempts", 1, "--fallback", "unimplemented").plugs["mix"] == "unimplemented"
        assert cli(*first, "--attempts", 1).plugs["mix"] == "c"
        assert len(endpoint.requests) == asked


def test_a_refusal_is_asked_again_and_every_answer_is_paid_for(tmp_path: Path) -> None:
    price = "[model.price]\ninput = 1000\noutput = 1000\n"
    module = write_module(tmp_path / "tiny", ["mix"], price)
    refusal = scripted(None, refusal="No.", tokens=(500, 0, 500))
    ended = migrate(Answers({"mix": [refusal] * 3}), module)
    assert ended.gates("mix") == [Gate.ANSWER, Gate.ANSWER, Gate.ANSWER, None]
    # The second and the third prompt are the same: a refusal is no answer to it.
    hashes = [prompt_hash(each.body) for each in ended.endpoint.requests]
    assert len(hashes) == 4 and len(set(hashes)) == 2
    model = ended.result.json["model"]
    assert model["calls"] == 4
    assert model["cost_usd"] == pytest.approx(3 * 1.0 + 0.015)


def test_an_answer_given_twice_is_not_paid_for_twice(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", ["mix"])
    ended = migrate(Answers({"mix": [WRONG["sign"], WRONG["sign"]]}), module, "--attempts", 3)
    prompts_sent = [prompt_hash(each.body) for each in ended.endpoint.requests]
    assert len(prompts_sent) == len(set(prompts_sent))


def test_a_rate_limit_is_waited_out_as_long_as_the_server_asks(tiny: Path) -> None:
    limit = failing(429, "slow down", headers={"retry-after": "2"})
    with Endpoint(Answers({"mix": [limit]})) as endpoint:
        model = ("--model", "m", "--base-url", endpoint.base_url)
        result = cli("run", tiny, "-o", "out", *model)
    assert result.exit == 0, result.stderr
    assert "waiting 2 s (429)" in result.stderr
    assert len(endpoint.requests) == 4


def test_a_prompt_that_does_not_fit_is_a_finding_that_names_what_is_long(tmp_path: Path) -> None:
    window = "[model]\nwindow = %d\nmax_output_tokens = 100\n"
    module = write_module(tmp_path / "tiny", ["mix"], window % 500)
    comment = "/* " + "a very long story " * 400 + "*/\n"
    (module / "tiny.c").write_text(comment + FUNCTIONS["mix"].c + "\n")
    with Endpoint(Answers()) as endpoint:
        first = ("run", module, "-o", "out", "--json", "--model", "m", "--base-url", endpoint.base_url)
        ended = cli(*first)
        assert (ended.exit, ended.plugs) == (3, {"mix": "c"})
        (finding,) = (each for each in ended.json["holes"][0]["findings"] if each["gate"])
        assert finding["gate"] == "prompt"
        assert re.search(
            r"about \d+ tokens of 500, most of them under .Translate this function", finding["message"]
        )
        assert endpoint.requests == []
        (module / "llmigrate.toml").write_text(window % 100_000)
        again = cli(*first)
    assert (again.exit, again.plugs) == (0, {"mix": "rust"})
    assert len(endpoint.requests) == 1 and len(endpoint.requests[0].body["messages"]) == 2


def test_a_prompt_that_the_endpoint_finds_too_long_leaves_the_others_alone(tiny: Path) -> None:
    long = failing(400, "too many", code="context_length_exceeded")
    ended = migrate(Answers({"mix": [long]}), tiny)
    assert (ended.result.exit, ended.result.plugs["mix"]) == (3, "c")
    assert ended.gates("mix") == [Gate.PROMPT]
    assert ended.result.plugs["greater"] == "rust"
