"""The books on requests and their answers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from migrate.errors import ModelUnusable
from migrate.model.asking import Address, Answered, Asker, estimate_tokens
from migrate.model.budget import Budget, Reservation
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage
from migrate.model.prices import Price
from migrate.run.ledger import Ledger

PRICE = Price(Decimal(1000), Decimal(1000), Decimal(1000))
ADDRESS = Address("m", "http://127.0.0.1:1/v1", {}, "t")
REQUEST = ADDRESS.request("gcd", 1, (Message("system", "Rules."), Message("user", "# C\nint gcd;")))


class NoModel:
    def ask(self, request: Request) -> Answer:
        raise AssertionError("nothing is asked here")


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
