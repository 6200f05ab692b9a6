from __future__ import annotations

from pathlib import Path

import pytest

from migrate.model.asking import estimate_tokens
from migrate.model.exchange import Message
from tests.command import cli, contents
from tests.endpoint import Endpoint, in_turn, scripted
from tests.tiny import Answers, asked_hole, write_module
from tests.whole import out_command

C = """\
#include <stdarg.h>
#define STEP 3
static int steps = STEP;
int total;
static int even(unsigned int n);
static int odd(unsigned int n) { return n ? even(n - 1) : 0; }
static int even(unsigned int n) { return n ? odd(n - 1) : 1; }
int climb(int from) { total += steps; return from + STEP; }
int walk(int from) { return even(2) ? climb(climb(from)) : from; }
int say(const char *format, ...) { return format[0]; }
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "walk.c"
    path.write_text(C)
    return path


def test_a_plan_says_what_would_be_asked_and_in_which_order(module: Path) -> None:
    plan = cli("plan", module, "--json").json
    functions = {each["name"]: each for each in plan["functions"]}
    assert set(functions) == {"odd", "even", "climb", "walk", "say"}
    assert functions["walk"]["calls"] == ["climb", "even"]
    assert functions["climb"]["wave"] < functions["walk"]["wave"]
    assert functions["odd"]["static"] and not functions["walk"]["static"]
    assert (functions["climb"]["line"], functions["climb"]["file"]) == (8, "walk.c")
    assert {"steps", "total", "STEP"} <= set(functions["climb"]["slice"])
    assert [sorted(cycle) for cycle in plan["cycles"]] == [["even", "odd"]]


def test_a_variable_that_a_macro_makes_stays_in_c_and_the_plan_says_why(tmp_path: Path) -> None:
    path = tmp_path / "made.c"
    path.write_text("#define MADE(name) int name = 3\nstatic MADE(steps);\nint f(void) { return steps; }\n")
    said = cli("plan", path).stdout
    assert "stays in C: steps: a macro or a conditional makes it" in said


def test_only_what_a_model_is_asked_for_has_a_prompt(module: Path) -> None:
    plan = cli("plan", module, "--json").json
    tokens = {each["name"]: each["prompt_tokens"] for each in (*plan["functions"], *plan["globals"])}
    assert tokens["say"] == 0, "a function with variable arguments stays in C"
    assert tokens["total"] == 0, "a variable without initialiser is made by rule"
    asked = [name for name, count in tokens.items() if count]
    assert sorted(asked) == ["climb", "even", "odd", "steps", "walk"]
    assert plan["totals"]["prompts"] == 5
    assert plan["totals"]["prompt_tokens"] == sum(tokens.values())


def test_a_plan_writes_nothing_and_asks_nobody(module: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    assert cli("plan", module, "--model", "m", "--base-url", "http://127.0.0.1:9/v1").exit == 0
    assert contents(tmp_path) == before


def test_a_plan_needs_no_model_and_then_names_no_cost(tiny: Path) -> None:
    shown = cli("plan", tiny)
    assert "name a --model to see the cost" in shown.stdout
    assert cli("plan", tiny, "--json").json["totals"]["cost_usd"] is None


def test_an_unknown_price_is_said_and_not_guessed(tiny: Path) -> None:
    model = ("--model", "some-model", "--base-url", "http://127.0.0.1:9/v1")
    assert "the price of some-model is unknown" in cli("plan", tiny, *model).stdout
    assert cli("plan", tiny, *model, "--json").json["totals"]["cost_usd"] is None


def test_a_known_price_makes_a_cost(tmp_path: Path) -> None:
    settings = "[model]\nname = 'm'\n[model.price]\ninput = 1000\noutput = 0\n"
    totals = cli("plan", write_module(tmp_path / "tiny", settings=settings), "--json").json["totals"]
    assert totals["cost_usd"] == pytest.approx(totals["prompt_tokens"] / 1000)


def test_a_plan_in_batches_costs_their_share(tmp_path: Path) -> None:
    price = "[model.price]\ninput = 1000\noutput = 0\nbatch = 0.25\n"
    module = write_module(tmp_path / "tiny", settings=f"[model]\nname = 'm'\nprovider_batch = true\n{price}")
    totals = cli("plan", module, "--json").json["totals"]
    assert totals["cost_usd"] == pytest.approx(totals["prompt_tokens"] / 4000)


def test_planned_prompts_are_the_ones_a_run_sends(tiny: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        assert cli("run", tiny, "-o", "out", "--model", "m", "--base-url", endpoint.base_url).exit == 0
        sent = {
            asked_hole(each.body): estimate_tokens(
                tuple(Message(message["role"], message["content"]) for message in each.body["messages"])
            )
            for each in endpoint.requests
        }
    planned = cli("plan", tiny, "--json").json["functions"]
    assert {each["name"]: each["prompt_tokens"] for each in planned} == sent


def test_a_whole_module_is_one_prompt_of_the_size_that_a_run_sends(tiny: Path) -> None:
    plan = cli("plan", tiny, "--strategy", "whole-module", "--json").json
    with Endpoint(in_turn(scripted("No."))) as endpoint:
        cli(*out_command(endpoint, tiny, "--attempts", 1))
        (sent,) = (
            tuple(Message(message["role"], message["content"]) for message in each.body["messages"])
            for each in endpoint.requests
        )
    assert plan["strategy"] == "whole-module"
    assert (plan["totals"]["prompts"], plan["totals"]["prompt_tokens"]) == (1, estimate_tokens(sent))
    assert {each["prompt_tokens"] for each in plan["functions"]} == {0}
    assert "1 prompt, about" in cli("plan", tiny, "--strategy", "whole-module").stdout


def test_c2rust_alone_is_asked_no_prompt(tiny: Path) -> None:
    assert cli("plan", tiny, "--strategy", "transpile", "--json").json["totals"]["prompts"] == 0
    assert "no model is asked" in cli("plan", tiny, "--strategy", "transpile").stdout
