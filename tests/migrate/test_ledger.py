from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from migrate.errors import OutputError
from migrate.model.asking import Address, Asker
from migrate.model.budget import Budget, Reservation
from migrate.model.choice import RECORDING
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage
from migrate.model.prices import Price
from migrate.model.recording import Header, RecordedModel, Recorder
from migrate.run.attempt import Attempt, Filled, Source
from migrate.run.ledger import FORMAT, Exchange, Ledger
from migrate.run.progress import read_progress
from repair.plug import C_PLUG, Plug, PlugKind
from repair.verdict import ACCEPTED, Finding, Gate, Verdict
from tests.migrate.reported import hole

REQUEST = Request(
    "f", 1, "m", "http://one/v1", {"temperature": 0.5}, (Message("user", "Translate f: ü."),), "t"
)
ANSWER = Answer("fn f() {}", "stop", Usage(100, 40, 10), "m-2", 1.5, Replayed.no)
REFUSED = replace(ANSWER, text="No.", finish_reason="refusal")
PRICE = Price(Decimal(1), Decimal(1), Decimal(2))
LINT = Verdict((Finding(Gate.LINT, "lint", "1 | x", "unused"), Finding(Gate.COMPILE, "error", "", None)))
TOO_LONG = Verdict((Finding(Gate.PROMPT, "too long"),))


def attempt(number: int, verdict: Verdict = LINT, lineage: str = "now") -> Attempt:
    return Attempt("f", lineage, number, Source.MODEL, REQUEST.key, "fn f() {}", verdict, ("unused_mut",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def test_an_exchange_comes_back_as_it_was(path: Path) -> None:
    exchange = Exchange(REQUEST, ANSWER, True, Decimal("0.1234567890123"))
    with Ledger(path) as ledger:
        ledger.save_exchange(exchange)
    with Ledger(path) as ledger:
        assert ledger.exchange(REQUEST.key) == exchange
        assert ledger.exchanges() == (exchange,)
        assert ledger.exchange("another") is None


def test_what_a_refusal_cost_is_kept_beside_the_answer_that_followed(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.save_exchange(Exchange(REQUEST, REFUSED, False, Decimal(2)))
        ledger.save_exchange(Exchange(REQUEST, REFUSED, False, Decimal(3)))
        found = ledger.exchange(REQUEST.key)
        assert found is not None and found.cost == 3
        ledger.save_exchange(Exchange(REQUEST, ANSWER, True, Decimal(4)))
        found = ledger.exchange(REQUEST.key)
        assert found is not None and found.answer == ANSWER
        assert sum(each.cost or 0 for each in ledger.exchanges()) == 9


def test_attempts_come_back_in_order_and_by_lineage(path: Path) -> None:
    with Ledger(path) as ledger:
        for each in (attempt(2), attempt(1), attempt(1, lineage="before")):
            ledger.save_attempt(each)
    with Ledger(path) as ledger:
        assert ledger.attempts("f", "now") == (attempt(1), attempt(2))
        assert ledger.attempts("f", "before") == (attempt(1, lineage="before"),)
        assert ledger.attempts("g", "now") == ()


def test_a_plug_replaces_the_one_before(path: Path) -> None:
    filled = Filled("f", "now", Plug(PlugKind.RUST, "fn f() {}"), Source.HAND, 3)
    with Ledger(path) as ledger:
        ledger.fill(Filled("f", "now", C_PLUG, None, None))
        ledger.fill(filled)
        assert ledger.filled() == {"f": filled}
        assert ledger.lineages() == {"f": "now"}


def test_a_verdict_and_its_plug_are_kept_both_or_not_at_all(path: Path) -> None:
    with Ledger(path):
        pass
    with sqlite3.connect(path) as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON plug BEGIN SELECT RAISE(FAIL, 'no room'); END")
    database.close()
    with Ledger(path) as ledger:
        filled = Filled("f", "now", Plug(PlugKind.RUST, "fn f() {}"), Source.MODEL, 1)
        with pytest.raises(OutputError, match=r"cannot be written \(no room\); make room"):
            ledger.accept(attempt(1, ACCEPTED), filled)
        assert ledger.attempts("f", "now") == ()


def test_a_ledger_that_was_not_closed_keeps_what_was_saved(path: Path) -> None:
    killed = Ledger(path)
    killed.save_exchange(Exchange(REQUEST, ANSWER, True, None))
    with Ledger(path) as ledger:
        assert ledger.exchange(REQUEST.key) is not None
    killed.__exit__(None, None, None)


def test_a_newer_ledger_is_refused_and_stays_as_it_is(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    database.close()
    before = path.read_bytes()
    with pytest.raises(
        OutputError, match=rf"newer llmigrate \(format {FORMAT + 1}, this one reads {FORMAT}\)"
    ):
        Ledger(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_ledger_from_before_there_was_evidence_is_read_and_goes_on(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.remember("path", "somewhere")
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE evidence")
        database.execute("PRAGMA user_version = 1")
    database.close()
    with Ledger(path) as ledger:
        assert ledger.recall("path") == "somewhere"
        assert ledger.evidence() == {}


def test_the_time_of_all_stretches_counts(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.save_seconds(1.0, 5.0)
        ledger.save_seconds(1.0, 7.0)
        ledger.save_seconds(20.0, 3.0)
        assert ledger.seconds() == 10.0


# What was paid.


def paying_asker(ledger: Ledger, usage: Usage) -> Asker:
    class Silent:
        def ask(self, request: Request) -> Answer:
            return replace(ANSWER, usage=usage)

    address = Address("m", "http://one/v1", {"max_completion_tokens": 1000}, "t")
    return Asker(Silent(), address, None, 1000, ledger, Budget(None, PRICE), PRICE, None)


def test_an_answer_without_reported_usage_was_paid_with_all_that_was_set_aside_for_it(path: Path) -> None:
    with Ledger(path) as ledger:
        asker = paying_asker(ledger, Usage(0, 0, 0))
        request = asker.address.request("f", 1, REQUEST.messages)
        asker.answer(request)
        reserved = asker.reserve(request)
        assert isinstance(reserved, Reservation)
        assert ledger.paid() == (reserved.amount.usd, reserved.amount.tokens)
        assert ledger.exchanges()[0].answer.usage == Usage(0, 0, 0)


def test_an_answer_with_reported_usage_was_paid_with_that(path: Path) -> None:
    with Ledger(path) as ledger:
        asker = paying_asker(ledger, Usage(100, 40, 10))
        asker.answer(asker.address.request("f", 1, REQUEST.messages))
        ledger.save_exchange(Exchange(REQUEST, replace(ANSWER, replayed=Replayed.exact), True, None))
        assert ledger.paid()[1] == 110


# What is known is not asked for again.


@pytest.mark.parametrize(
    "change",
    [
        {"model": "another"},
        {"base_url": "http://two/v1"},
        {"parameters": {"temperature": 0.6}},
        {"messages": (Message("user", "Translate f: u."),)},
        {"messages": (Message("system", "Translate f: ü."),)},
        {"template": "u"},
    ],
)
def test_the_key_covers_everything_that_changes_an_answer(change: dict[str, object]) -> None:
    assert replace(REQUEST, **change).key != REQUEST.key  # type: ignore[arg-type]


def test_the_key_does_not_depend_on_who_asks() -> None:
    assert replace(REQUEST, hole="g", attempt=7).key == REQUEST.key


def asker(ledger: Ledger, recorder: Recorder | None = None, model: RecordedModel | None = None) -> Asker:
    address = Address("m", RECORDING, {}, "t")
    return Asker(model, address, None, 10, ledger, Budget(None, None), None, recorder)  # type: ignore[arg-type]


def test_a_usable_answer_is_known_and_a_refusal_never_is(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.save_exchange(Exchange(REQUEST, REFUSED, False, None))
        assert asker(ledger).known(REQUEST) is None
        ledger.save_exchange(Exchange(REQUEST, ANSWER, True, None))
        assert asker(ledger).known(REQUEST) == ANSWER
        assert asker(ledger).known(replace(REQUEST, model="another")) is None


def test_a_known_answer_is_recorded_too(path: Path, tmp_path: Path) -> None:
    recording = tmp_path / "answers.jsonl"
    with Ledger(path) as ledger:
        ledger.save_exchange(Exchange(REQUEST, ANSWER, True, None))
        recorder = Recorder(recording, Header(model="m", answered_by="m", recorded=date(2020, 1, 1)))
        asker(ledger, recorder).known(REQUEST)
    assert RecordedModel(recording).ask(REQUEST).text == ANSWER.text


# Where a hole stands.


def test_attempts_and_plugs_of_an_earlier_prompt_no_longer_count(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.accept(
            attempt(1, ACCEPTED, "before"), Filled("f", "before", Plug(PlugKind.RUST), Source.MODEL, 1)
        )
        ledger.save_attempt(attempt(1))
        progress = read_progress(ledger, hole("f"), "now", ledger.filled())
    assert (progress.attempts, progress.filled) == ((attempt(1),), None)
    assert progress.is_open(2) and not progress.is_open(1)


def test_a_prompt_that_did_not_fit_is_no_attempt(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.save_attempt(attempt(1))
        ledger.save_attempt(attempt(2, TOO_LONG))
        assert read_progress(ledger, hole("f"), "now", {}).attempts == (attempt(1),)
