"""Runs with --provider-batch, from the command line to the crate, the costs and the next run."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from migrate.evidence.proofs import AskingSideBySide
from migrate.model import choice
from migrate.model.exchange import Message
from migrate.report.display import SilentDisplay
from migrate.run.ledger import Ledger
from migrate.settings import ModuleSettings
from tests import given, idiomatic
from tests.batches import QUICK, Provider
from tests.command import Result, cli, process, started
from tests.endpoint import Endpoint, Reply, failing, in_turn, scripted
from tests.tiny import FUNCTIONS, Answers, asked_hole, write_module
from tests.whole import answer

NAMES = ("twice", "mix", "greater")
PRICED = "[model]\nmax_output_tokens = 1000\n[model.price]\ninput = 1\noutput = 1\n"
TOKENS = (9000, 0, 1000)
"""What each answer takes, a cent at that price."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nobody for long, in runs in this process."""
    monkeypatch.setattr(choice, "Pace", lambda: QUICK)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Answers()) as running:
        yield running


def command(endpoint: Endpoint, module: Path, *more: object) -> tuple[object, ...]:
    model = ("--model", "some-model", "--base-url", endpoint.base_url)
    return ("run", module, "-o", "out", *model, *more)


def run(provider: Provider, module: Path, *more: object) -> Result:
    return cli(*command(provider, module, "--provider-batch", *more))


def asked_in_batches(provider: Provider) -> list[list[str]]:
    """Return the holes that each batch asked for."""
    return [sorted(asked_hole(each["body"]) for each in batch.requests) for batch in provider.batches]


def test_all_holes_are_asked_for_in_one_batch_and_the_crate_is_as_ever(
    tiny: Path, provider: Provider
) -> None:
    result = run(provider, tiny)
    assert result.exit == 0, result.stderr
    assert result.stdout.startswith("3 of 3 holes Rust; the module's tests pass.")
    assert asked_in_batches(provider) == [sorted(NAMES)]
    assert provider.requests == []
    said = [line for line in result.stderr.splitlines() if "batch_1" in line]
    assert said == [
        "3 prompts sent as batch_1; it may take up to 24 hours, and the run may be stopped meanwhile",
        "batch_1: in progress",
        "batch_1: completed, 3 of 3 prompts answered",
    ]
    assert "batch_1: completed" in Path("out/log/run.log").read_text()


def test_what_is_rejected_is_asked_for_again_in_the_next_batch(tiny: Path) -> None:
    with Provider(Answers({"mix": ["No."]})) as provider:
        assert run(provider, tiny).exit == 0
        assert asked_in_batches(provider) == [sorted(NAMES), ["mix"]]


def test_a_batch_holds_no_more_prompts_than_jobs(tiny: Path, provider: Provider) -> None:
    assert run(provider, tiny, "--jobs", 2).exit == 0
    assert max(map(len, asked_in_batches(provider))) == 2


def test_the_setting_does_what_the_option_does_and_the_option_wins(
    tmp_path: Path, provider: Provider
) -> None:
    module = write_module(tmp_path / "tiny", NAMES, "[model]\nprovider_batch = true\n")
    assert cli(*command(provider, module, "--no-provider-batch", "--attempts", 1)).exit == 0
    assert (len(provider.batches), len(provider.requests)) == (0, 3)
    assert cli(*command(provider, module)[:2], "-o", "other", *command(provider, module)[4:]).exit == 0
    assert (len(provider.batches), len(provider.requests)) == (1, 3)


@pytest.mark.parametrize("has_batches", [True, False])
def test_a_module_as_a_whole_is_asked_for_in_a_batch_where_there_are_any(
    has_batches: bool, tiny: Path
) -> None:
    with Provider(in_turn(scripted(answer(NAMES)))) as provider:
        provider.refusals = {} if has_batches else {"POST /files": failing(404, "Not Found")}
        result = run(provider, tiny, "--strategy", "whole-module", "--json")
        assert (result.exit, set(result.plugs.values())) == (0, {"rust"})
        assert (len(provider.batches), len(provider.requests)) == ((1, 0) if has_batches else (0, 1))


def test_an_interface_is_settled_in_batches_and_its_bodies_in_one(tmp_path: Path) -> None:
    module = idiomatic.write_module(tmp_path / "stack")
    with Provider(idiomatic.DesignAnswers()) as provider:
        result = run(provider, module, "--interface", "idiomatic")
        assert result.exit == 0, result.stderr
        assert [len(each.requests) for each in provider.batches] == [1, 1, 5]
        assert provider.requests == []


def test_bodies_of_a_given_crate_are_asked_for_in_one_batch(tmp_path: Path) -> None:
    module = given.write_given(tmp_path / "stack")
    with Provider(given.GivenAnswers()) as provider:
        result = run(provider, module, "--interface", module / "interface")
        assert result.exit == 0, result.stderr
        assert [len(each.requests) for each in provider.batches] == [3]
        assert provider.requests == []


def test_what_a_batch_answered_is_recorded_and_replays(tiny: Path) -> None:
    with Provider(Answers()) as provider:
        assert run(provider, tiny, "--record", "tiny.jsonl").exit == 0
    replayed = cli("run", tiny, "-o", "again", "--replay", "tiny.jsonl", "--provider-batch", "--json")
    assert (replayed.exit, set(replayed.plugs.values())) == (0, {"rust"})


# What it costs.


def test_a_batch_costs_its_share_of_the_price(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", NAMES, f"{PRICED}batch = 0.25\n")
    replies = {name: [scripted(FUNCTIONS[name].rust, tokens=TOKENS)] for name in NAMES}
    with Provider(Answers(replies)) as provider:
        result = run(provider, module, "--json")
    assert result.exit == 0, result.stderr
    assert result.json["model"]["cost_usd"] == pytest.approx(0.0075)


def test_a_budget_holds_twice_the_prompts_in_batches(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", NAMES, PRICED)
    replies = {name: [scripted(FUNCTIONS[name].rust, tokens=TOKENS)] for name in NAMES}
    with Provider(Answers(replies)) as provider:
        # Each prompt is at most as many tokens as it has bytes, some 10 000.
        assert cli(*command(provider, module, "--budget", 0.015)).exit == 5
        assert len(provider.requests) == 1
        result = run(provider, module, "--budget", 0.025, "--json")
        assert result.exit == 0, result.stderr
        assert (len(provider.requests), sum(map(len, asked_in_batches(provider)))) == (1, 2)
        assert result.json["model"]["cost_usd"] == pytest.approx(0.02)


def test_a_budget_that_batches_would_fit_into_holds_when_there_are_none(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", NAMES, PRICED)
    replies = {name: [scripted(FUNCTIONS[name].rust, tokens=(5, 0, 5))] for name in NAMES}
    with Provider(Answers(replies)) as provider:
        provider.refusals["POST /files"] = failing(404, "Not Found")
        # Two prompts at half the price, or one at the full price at a time.
        result = run(provider, module, "--budget", 0.015, "--json")
        assert result.exit == 0, result.stderr
        assert len(provider.requests) == 3
    assert result.json["model"]["cost_usd"] == pytest.approx(0.00003)


# Endpoints without batches.


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_an_endpoint_without_batches_is_asked_directly_and_that_is_said_once(
    more: tuple[str, ...], tiny: Path
) -> None:
    with Endpoint(Answers()) as endpoint:
        result = cli(*command(endpoint, tiny, "--provider-batch", *more))
        assert result.exit == 0, result.stderr
        assert sorted(asked_hole(each.body) for each in endpoint.requests) == sorted(NAMES)
    assert result.stderr.count("takes no batches (404: no such path: /v1/files)") == 1
    assert "takes no batches" in Path("out/log/run.log").read_text()


def test_without_batches_no_more_is_asked_at_a_time_than_without_the_option(tmp_path: Path) -> None:
    together = Barrier(5)

    def script(body: dict[str, Any]) -> Reply:
        with contextlib.suppress(BrokenBarrierError):
            together.wait(timeout=0.3)
            return failing(403, "five came together")
        return scripted("fine")

    settings = ModuleSettings.model_validate({"model": {"name": "some-model", "provider_batch": True}})
    with Endpoint(script) as endpoint, Ledger(tmp_path / "ledger.sqlite") as ledger:
        model = settings.model.model_copy(update={"base_url": endpoint.base_url})
        asker = choice.live(settings.model_copy(update={"model": model}), "t", ledger, None)
        prompts = [asker.address.request(name, 1, (Message("user", name),)) for name in "abcdefghij"]
        answers = AskingSideBySide(asker, SilentDisplay(), settings.model.side_by_side)(prompts)
    assert answers == dict.fromkeys("abcdefghij", "fine")


def test_what_an_expired_batch_left_is_asked_directly_at_the_full_price(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", NAMES, PRICED)
    replies = {name: [scripted(FUNCTIONS[name].rust, tokens=TOKENS)] for name in NAMES}
    with Provider(Answers(replies), end="expired", serves=1) as provider:
        result = run(provider, module, "--json")
        assert result.exit == 0, result.stderr
        assert (len(provider.batches), len(provider.requests)) == (1, 2)
    assert result.json["model"]["cost_usd"] == pytest.approx(0.025)


def test_a_key_that_may_not_use_batches_goes_on_with_the_option_that_it_is_told(
    tiny: Path, provider: Provider
) -> None:
    for route in ("POST /files", "GET /batches"):
        provider.refusals[route] = failing(403, "Missing scopes")
    stopped = run(provider, tiny)
    assert stopped.exit == 6
    assert "use --no-provider-batch to ask directly" in stopped.stderr
    assert cli(*command(provider, tiny, "--no-provider-batch")).exit == 0


# Runs that end while they wait.


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda each: each.name)
def test_a_run_that_is_stopped_while_it_waits_is_continued_and_asks_nothing_twice(
    how: signal.Signals, tiny: Path, provider: Provider
) -> None:
    provider.goes_on.clear()
    arguments = command(provider, tiny, "--provider-batch")
    with started(arguments) as running:
        provider.wait_until(lambda: provider.polls > 0)
        os.killpg(running.pid, how)
        said = running.communicate(timeout=60)[1].splitlines()
    if how is signal.SIGINT:
        assert running.returncode == 130
        going_on = "the provider goes on with batch_1 (3 prompts), and the next run collects the answers"
        assert going_on in said
        assert said[-1] == f"interrupted; to continue: llmigrate {' '.join(map(str, arguments))}"
    provider.goes_on.set()
    ended = process(*arguments)
    assert ended.exit == 0, ended.stderr
    assert "collecting batch_1, which an earlier run sent (3 prompts)" in ended.stderr
    assert (len(provider.batches), provider.uploads, provider.requests) == (1, 1, [])
    assert set(provider.in_batches.values()) == {1}


def test_a_run_without_the_option_collects_what_one_with_it_left(tiny: Path, provider: Provider) -> None:
    provider.refusals["GET /batches/batch_1"] = failing(401, "key revoked")
    stopped = run(provider, tiny)
    assert stopped.exit == 6
    assert "batch_1 goes on, and the same command collects it" in stopped.stderr
    provider.refusals.clear()
    result = cli(*command(provider, tiny, "--json"))
    assert (result.exit, set(result.plugs.values())) == (0, {"rust"})
    assert (len(provider.batches), provider.requests) == (1, [])
    assert result.json["model"]["calls"] == 3


def test_the_modules_of_a_fleet_ask_in_batches_of_their_own(tmp_path: Path, provider: Provider) -> None:
    write_module(tmp_path / "fleet" / "tiny", NAMES)
    model = ("--model", "some-model", "--base-url", provider.base_url)
    result = cli("batch", tmp_path / "fleet", "-o", "out", *model, "--provider-batch", "--evidence", "none")
    assert result.exit == 0, result.stderr
    assert asked_in_batches(provider) == [sorted(NAMES)]
    assert provider.requests == []


def test_what_a_stopped_batch_left_at_the_provider_is_collected_before_others_spend_its_money(
    tmp_path: Path,
) -> None:
    for module in ("a_new", "b_sent"):
        write_module(tmp_path / "fleet" / module, NAMES, PRICED)
    replies = {name: [scripted(FUNCTIONS[name].rust, tokens=(5000, 0, 1000))] * 2 for name in NAMES}
    with Provider(Answers(replies)) as provider:
        model = ("--model", "some-model", "--base-url", provider.base_url, "--provider-batch")
        # Three prompts cost at most 0.0114 US dollars in a batch, and then 0.009.
        how = ("--evidence", "none", "--order", "name", "--jobs", 1, "--budget", 0.012)
        arguments = ("batch", tmp_path / "fleet", "-o", "out", *model, *how)
        provider.goes_on.clear()
        with started((*arguments, "--include", "b_sent")) as running:
            provider.wait_until(lambda: provider.polls > 0)
            os.killpg(running.pid, signal.SIGINT)
            running.communicate(timeout=60)
        provider.goes_on.set()
        result = cli(*arguments, "--json")
        assert (len(provider.batches), provider.requests) == (1, [])
    assert result.exit == 5, result.stderr
    assert {each["name"]: each["state"] for each in result.json["modules"]} == {
        "a_new": "limit",
        "b_sent": "rust",
    }
    assert float(result.json["usd"]) == pytest.approx(0.009)
