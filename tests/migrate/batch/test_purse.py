"""What a run asks its batch before each call."""

from __future__ import annotations

import queue
import threading
from decimal import Decimal

from migrate.batch.purse import SharedPurse
from migrate.batch.wire import Eased, FromRun, Granted, Release, Reserve, Settle, Short
from migrate.model.budget import Amount, Budget, Reservation, Shortage
from migrate.model.exchange import Usage
from migrate.model.prices import Price

PRICE = Price(Decimal(1), Decimal(1), Decimal(2))


class Batch:
    """The other end: answers each request at once, as it is told to."""

    def __init__(self, *answers: bool | None, own: Budget | None = None) -> None:
        self._answers = list(answers)
        self.heard: list[FromRun] = []
        self.purse = SharedPurse(own or Budget(None, PRICE), PRICE, self.hear)

    def hear(self, message: FromRun) -> None:
        self.heard.append(message)
        if isinstance(message, Reserve):
            answer = self._answers.pop(0) if self._answers else True
            temporary = answer is None
            said = Granted(message.number) if answer else Short(message.number, "short", temporary)
            threading.Thread(target=self.purse.hear, args=(said,)).start()


def test_a_call_is_made_once_the_batch_has_granted_it_and_settled_with_what_it_cost() -> None:
    batch = Batch()
    reservation = batch.purse.reserve(1_000_000, 1_000_000)
    assert isinstance(reservation, Reservation)
    batch.purse.settle(reservation, Usage(500_000, 0, 0))
    assert batch.heard == [
        Reserve(1, Amount(Decimal(3), 2_000_000)),
        Settle(1, Amount(Decimal("0.5"), 500_000)),
    ]
    assert batch.purse.spent == Decimal("0.5")


def test_a_call_that_was_not_answered_is_given_back() -> None:
    batch = Batch()
    reservation = batch.purse.reserve(1, 1)
    assert isinstance(reservation, Reservation)
    batch.purse.release(reservation)
    assert batch.heard[-1] == Release(1)
    assert batch.purse.spent == 0


def test_a_refusal_holds_nothing_of_the_runs_own_budget() -> None:
    batch = Batch(False, own=Budget(Decimal(3), PRICE))
    short = batch.purse.reserve(1_000_000, 1_000_000)
    assert short == Shortage("short", is_temporary=False, is_held_by_others=False)
    assert isinstance(batch.purse.reserve(1_000_000, 1_000_000), Reservation)


def test_the_runs_own_budget_comes_first() -> None:
    batch = Batch(own=Budget(Decimal(1), PRICE))
    short = batch.purse.reserve(1_000_000, 1_000_000)
    assert isinstance(short, Shortage)
    assert not short.is_held_by_others
    assert batch.heard == []


def test_a_shortage_of_the_runs_own_budget_names_where_that_is_set_and_no_option_of_the_batch() -> None:
    short = Batch(own=Budget(Decimal(1), PRICE)).purse.reserve(1_000_000, 1_000_000)
    assert isinstance(short, Shortage)
    assert "leaves 1.0000 US dollars" in short.sentence
    assert "`budget`, under [run] of its settings" in short.sentence
    assert "--budget" not in short.sentence


def test_who_is_short_for_now_waits_until_the_batch_says_so() -> None:
    batch = Batch(None)
    eased: queue.SimpleQueue[None] = queue.SimpleQueue()
    batch.purse.when_eased(lambda: eased.put(None))
    short = batch.purse.reserve(1, 1)
    assert isinstance(short, Shortage)
    assert short.is_held_by_others
    waiting = threading.Thread(target=batch.purse.wait_for_others)
    waiting.start()
    assert eased.empty()
    batch.purse.hear(Eased())
    waiting.join(10)
    assert not waiting.is_alive()
    eased.get(timeout=10)


def test_an_earlier_word_does_not_end_a_later_wait() -> None:
    batch = Batch(None, None)
    batch.purse.reserve(1, 1)
    batch.purse.hear(Eased())
    batch.purse.reserve(1, 1)
    waiting = threading.Thread(target=batch.purse.wait_for_others, daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    batch.purse.hear(Eased())
    waiting.join(10)
    assert not waiting.is_alive()
