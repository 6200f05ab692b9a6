"""The books on requests and their answers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from migrate.errors import ModelUnusable
from migrate.evidence.proofs import AskingSideBySide
from migrate.model.asking import Address, Answered, Asker, estimate_tokens
from migrate.model.batch_memory import BatchMemory
from migrate.model.batched import BatchModel
from migrate.model.budget import Budget, Reservation
from migrate.model.client import LiveBatches
from migrate.model.courier import Courier
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage
from migrate.model.notices import Notices
from migrate.model.prices import Price
from migrate.report.display import SilentDisplay
from migrate.run.ledger import Ledger
from migrate.run.settling import Settling
from tests.batches import QUICK, Provider, echo
from tests.endpoint import failing

PRICE = Price(Decimal(1000), Decimal(1000), Decimal(1000))
ADDRESS = Address("m", "http://127.0.0.1:1/v1", {}, "t")
REQUEST = ADDRESS.request("gcd", 1, (Message("system", "Rules."), Message("user", "# C\nint gcd;")))


class NoModel:
    def ask(self, request: Request) -> Answer:
        raise AssertionError("nothing is asked here")


class Says:
    def ask(self, request: Request) -> Answer:
        return answer("directly", Usage(10, 0, 5))


def batch_model(provider: Provider, ledger: Ledger) -> BatchModel:
    batches = LiveBatches(provider.base_url, "key")
    return BatchModel(Courier(batches, BatchMemory(ledger.path), Notices(), QUICK), 256)


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        yield Asker(NoModel(), ADDRESS, None, 100, ledger, Budget(Decimal(1), PRICE), PRICE, None)


def reserved(asker: Asker) -> Reservation:
    reservation = asker.reserve(REQUEST)
    assert isinstance(reservation, Reservation)
    return reservation


def answer(text: str, usage: Usage) -> Answer:
    return Answer(text, "stop", usage, "m", 1.0, Replayed.no)


def test_a_call_that_failed_gives_its_money_back(asker: Asker) -> None:
    for _ in range(20):
        asker.settle(Answered(REQUEST, ModelUnusable("no"), reserved(asker)))


def test_an_answer_without_usage_costs_what_was_set_aside(asker: Asker) -> None:
    reservation = reserved(asker)
    asker.settle(Answered(REQUEST, answer("yes", Usage(0, 0, 0)), reservation))
    (exchange,) = asker.ledger.exchanges()
    assert exchange.cost == reservation.usd > 0
    assert asker.budget.spent == reservation.usd


def test_what_no_batch_answers_is_asked_directly_at_the_full_price(asker: Asker) -> None:
    with Provider(echo) as provider:
        provider.refusals["POST /batches"] = failing(404, "Not Found")
        asker.model = Says()
        asker.batches = batch_model(provider, asker.ledger)
        assert reserved(asker).batched
        assert asker.answer(REQUEST).text == "directly"
        assert not reserved(asker).batched
    (exchange,) = asker.ledger.exchanges()
    assert exchange.cost == Decimal("0.015")


def test_what_a_batch_answers_costs_its_share(asker: Asker) -> None:
    with Provider(echo) as provider:
        asker.batches = batch_model(provider, asker.ledger)
        assert asker.answer(REQUEST).text == "to Rules."
    (exchange,) = asker.ledger.exchanges()
    assert exchange.cost == asker.budget.spent == Decimal("0.0075")


def test_a_question_that_is_settled_once_can_be_asked_in_a_batch(asker: Asker) -> None:
    with Provider(echo) as provider:
        asker.batches = batch_model(provider, asker.ledger)
        settling = Settling(asker, asker.ledger, SilentDisplay())
        assert settling.ask("types", 1, REQUEST.messages) == "to Rules."
        assert len(provider.batches) == 1


def drivers(count: int) -> list[Request]:
    return [ADDRESS.request(f"driver {name}", 1, (Message("user", name),)) for name in "abcdef"[:count]]


def test_drivers_are_asked_for_in_one_batch(asker: Asker) -> None:
    asker.budget = Budget(None, None)
    with Provider(echo) as provider:
        asker.batches = batch_model(provider, asker.ledger)
        answers = AskingSideBySide(asker, SilentDisplay(), 256)(drivers(5))
        assert answers == {f"driver {name}": f"to {name}" for name in "abcde"}
        assert [len(each.requests) for each in provider.batches] == [5]


def test_drivers_that_no_batch_answers_are_asked_for_directly(asker: Asker) -> None:
    with Provider(echo) as provider:
        provider.refusals["POST /files"] = failing(404, "Not Found")
        asker.model = Says()
        asker.batches = batch_model(provider, asker.ledger)
        answers = AskingSideBySide(asker, SilentDisplay(), 256)(drivers(5))
    assert answers == {f"driver {name}": "directly" for name in "abcde"}


def test_a_driver_waits_for_money_that_the_calls_before_it_give_back(asker: Asker) -> None:
    # A call may cost 12 cents, and costs one and a half.
    asker.budget = Budget(Decimal("0.20"), PRICE)
    asker.model = Says()
    answers = AskingSideBySide(asker, SilentDisplay(), 6)(drivers(5))
    assert set(answers.values()) == {"directly"} and len(answers) == 5


def test_only_a_usable_answer_is_known_again(asker: Asker) -> None:
    asker.settle(Answered(REQUEST, answer("  ", Usage(10, 0, 1)), reserved(asker)))
    assert asker.known(REQUEST) is None
    asker.settle(Answered(REQUEST, answer("fn gcd() {}", Usage(10, 0, 5)), reserved(asker)))
    known = asker.known(REQUEST)
    assert known is not None and known.text == "fn gcd() {}"


def test_a_prompt_over_the_window_is_named_with_its_longest_part(asker: Asker) -> None:
    parts = "# Rust that exists\nstruct a;\n# Translate this function of `a.c`\n" + "x;\n" * 4000
    request = ADDRESS.request("gcd", 1, (Message("system", "Rules."), Message("user", parts)))
    asker.window = estimate_tokens(request.messages) + asker.max_output_tokens
    assert asker.too_long(request) is None
    asker.window -= 1
    said = asker.too_long(request)
    assert said is not None and "Translate this function of `a.c`" in said.detail
