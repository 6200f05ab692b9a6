from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier, Lock

import pytest

from migrate.errors import Exit, SettingsError
from migrate.model.budget import Budget, Reservation, Shortage
from migrate.model.exchange import Usage
from migrate.model.prices import Price

# One dollar a million tokens in, two a million out: a call of 100,000 in and 50,000 out costs 20 cents.
PRICE = Price(Decimal(1), Decimal("0.5"), Decimal(2))


def reserved(budget: Budget, tokens_in: int = 100_000, tokens_out: int = 50_000) -> Reservation:
    reservation = budget.reserve(tokens_in, tokens_out)
    assert isinstance(reservation, Reservation)
    return reservation


def test_a_reservation_is_prompt_and_longest_answer_at_their_prices() -> None:
    assert reserved(Budget(Decimal(1), PRICE)).usd == Decimal("0.20")


def test_a_call_in_a_batch_is_reserved_and_settled_at_its_share_of_the_price() -> None:
    budget = Budget(Decimal("0.20"), PRICE)
    batched = budget.reserve(100_000, 50_000, batched=True)
    assert isinstance(batched, Reservation)
    assert batched.usd == Decimal("0.10")
    budget.settle(batched, Usage(100_000, 0, 25_000))
    assert budget.spent == Decimal("0.075")


def test_a_budget_can_be_spent_to_the_last_cent_and_not_beyond() -> None:
    budget = Budget(Decimal("0.40"), PRICE)
    reserved(budget)
    reserved(budget)
    assert isinstance(budget.reserve(1, 0), Shortage)


def test_settling_gives_back_what_was_not_used() -> None:
    budget = Budget(Decimal("0.20"), PRICE)
    budget.settle(reserved(budget), Usage(100_000, 100_000, 0))
    assert budget.spent == Decimal("0.05")
    assert isinstance(budget.reserve(100_000, 25_000), Reservation)


def test_a_released_reservation_costs_nothing() -> None:
    budget = Budget(Decimal("0.20"), PRICE)
    budget.release(reserved(budget))
    assert budget.spent == 0
    reserved(budget)


def test_a_call_without_reported_usage_spends_all_that_was_reserved() -> None:
    budget = Budget(Decimal("0.20"), PRICE)
    budget.settle(reserved(budget), Usage(0, 0, 0))
    assert budget.spent == Decimal("0.20")


def test_a_shortage_is_temporary_only_while_other_calls_hold_the_money() -> None:
    budget = Budget(Decimal("0.30"), PRICE)
    first = reserved(budget)
    shortage = budget.reserve(100_000, 50_000)
    assert isinstance(shortage, Shortage)
    assert shortage.is_temporary
    assert "leaves 0.1000 US dollars, and the next call may cost 0.2000" in shortage.sentence
    budget.settle(first, Usage(100_000, 0, 50_000))
    shortage = budget.reserve(100_000, 50_000)
    assert isinstance(shortage, Shortage)
    assert not shortage.is_temporary


def test_a_resumed_run_has_only_the_rest_of_its_budget() -> None:
    budget = Budget(Decimal("0.30"), PRICE, spent=Decimal("0.15"))
    assert isinstance(budget.reserve(100_000, 50_000), Shortage)


def test_a_reservation_is_settled_once() -> None:
    budget = Budget(Decimal(1), PRICE)
    reservation = reserved(budget)
    budget.release(reservation)
    with pytest.raises(KeyError):
        budget.settle(reservation, Usage(1, 0, 1))
    assert budget.spent == 0


def test_equal_reservations_are_held_apart() -> None:
    budget = Budget(Decimal("0.40"), PRICE)
    first, second = reserved(budget), reserved(budget)
    budget.release(first)
    budget.release(second)
    reserved(budget)


def test_without_a_limit_every_call_fits_and_is_counted() -> None:
    budget = Budget(None, PRICE)
    budget.settle(reserved(budget, 10**9, 10**9), Usage(1_000_000, 0, 0))
    assert budget.spent == 1


def test_without_a_price_nothing_is_said_about_the_cost() -> None:
    budget = Budget(None, None)
    budget.settle(reserved(budget), Usage(100, 0, 100))
    assert budget.spent is None


def test_a_limit_on_an_unknown_price_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match=r"set \[model\.price\] in llmigrate\.toml") as caught:
        Budget(Decimal(1), None)
    assert caught.value.exit is Exit.USAGE


def test_calls_side_by_side_never_hold_or_spend_more_than_the_limit() -> None:
    budget = Budget(Decimal(1), PRICE)
    barrier = Barrier(16)
    lock = Lock()
    committed: list[Decimal] = [Decimal(0)]
    peaks: list[Decimal] = []

    def commit(amount: Decimal) -> None:
        with lock:
            committed[0] += amount
            peaks.append(committed[0])

    def work(number: int) -> int:
        barrier.wait()
        made = 0
        for _ in range(50):
            reservation = budget.reserve(100_000, 50_000)
            if isinstance(reservation, Reservation):
                commit(reservation.usd)
                # Given up in our count before the budget may hand it out again.
                commit(Decimal("0.01") - reservation.usd)
                budget.settle(reservation, Usage(10_000, 0, 0))
                made += 1
        return made

    with ThreadPoolExecutor(16) as pool:
        made = sum(pool.map(work, range(16)))
    assert max(peaks) <= Decimal(1)
    assert budget.spent == made * Decimal("0.01")
    # 20 cents are reserved for each call of one cent, so the last that fits starts at 80 cents.
    assert 5 <= made <= 81
