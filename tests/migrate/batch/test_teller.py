"""One budget over all runs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from migrate.batch.teller import Teller
from migrate.batch.wire import Eased, Granted, Release, Reserve, Settle, Short, Slowed
from migrate.model.budget import Account, Amount, Limits

CALL = Amount(Decimal("0.4"), 100)
CHEAP = Amount(Decimal("0.1"), 10)


@dataclass
class Clock:
    """Time that a test moves on."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def teller(usd: str | None = "1", tokens: int | None = None, calls: int | None = None) -> Teller:
    limit = None if usd is None else Decimal(usd)
    return Teller(Account(Limits(limit, tokens)), calls, clock=Clock())


def reserved(of: Teller, run: str, number: int = 1, amount: Amount = CALL) -> Granted | Short:
    ((told, answer),) = of.hear(run, Reserve(number, amount))
    assert told == run
    assert isinstance(answer, Granted | Short)
    return answer


def is_temporary(answer: Granted | Short) -> bool:
    assert isinstance(answer, Short)
    return answer.is_temporary


def test_runs_together_cannot_hold_more_than_the_limit() -> None:
    one = teller()
    assert reserved(one, "a") == Granted(1)
    assert reserved(one, "b") == Granted(1)
    assert is_temporary(reserved(one, "c"))
    assert one.refusal is None


def test_who_waits_is_told_when_money_comes_back() -> None:
    one = teller()
    for run in ("a", "b", "c", "d"):
        reserved(one, run)
    assert one.hear("a", Settle(1, CHEAP)) == [("c", Eased()), ("d", Eased())]
    assert one.hear("b", Release(1)) == []
    assert reserved(one, "c") == Granted(1)
    assert one.spent == {"a": CHEAP}


def test_what_can_never_fit_is_refused_for_good() -> None:
    one = teller("0.5")
    reserved(one, "a")
    one.hear("a", Settle(1, Amount(Decimal("0.2"), 0)))
    answer = reserved(one, "b")
    assert not is_temporary(answer)
    assert one.refusal is not None
    assert "leaves 0.3000 US dollars" in one.refusal
    assert one.why_ended == one.refusal


def with_orders(run: str, amount: Amount, usd: str = "1") -> Teller:
    """Return the budget of a batch in which a run has left prompts at the provider."""
    return Teller(Account(Limits(Decimal(usd)), held=amount), ordered={run: amount})


def test_what_an_earlier_start_has_ordered_is_there_for_its_own_run_only() -> None:
    one = with_orders("a", Amount(Decimal("0.8"), 200))
    assert not is_temporary(reserved(one, "b"))
    assert reserved(one, "a") == Granted(1)
    assert one.usd_left == Decimal("0.2")
    one.hear("a", Settle(1, CHEAP))
    assert one.usd_left == Decimal("0.5")
    assert reserved(one, "a", 2) == Granted(2)
    assert is_temporary(reserved(one, "a", 3, Amount(Decimal("0.6"))))
    assert reserved(one, "b", 1) == Granted(1)
    assert one.usd_left == Decimal("0.1")


def test_of_what_was_ordered_and_not_collected_the_cost_counts_when_its_run_has_ended() -> None:
    one = with_orders("a", Amount(Decimal("0.8"), 200))
    reserved(one, "a")
    one.hear("a", Settle(1, CHEAP))
    one.leave("a")
    assert one.spent["a"] == Amount(Decimal("0.5"), 110)
    assert one.usd_left == Decimal("0.5")
    assert one.account.held == Amount()


def test_tokens_are_limited_like_money() -> None:
    one = teller(None, tokens=250)
    reserved(one, "a")
    reserved(one, "b")
    assert is_temporary(reserved(one, "c"))
    one.hear("a", Settle(1, CALL))
    answer = reserved(one, "c")
    assert isinstance(answer, Short)
    assert "leaves 50 tokens" in answer.sentence
    assert "--tokens" in answer.sentence


def test_no_more_calls_are_on_their_way_than_allowed() -> None:
    one = teller(None, calls=2)
    reserved(one, "a", 1)
    reserved(one, "a", 2)
    assert is_temporary(reserved(one, "b"))
    assert one.hear("a", Settle(1, CHEAP)) == [("b", Eased())]
    assert reserved(one, "b") == Granted(1)


def test_all_runs_wait_when_the_provider_asks_one_to_wait() -> None:
    one = teller(None)
    one.hear("a", Slowed(20.0))
    assert is_temporary(reserved(one, "b"))
    assert one.next_tick() == 20.0
    assert one.tick() == []
    one.clock.now += 20.0  # type: ignore[attr-defined]
    assert one.tick() == [("b", Eased())]
    assert reserved(one, "b") == Granted(1)
    assert one.next_tick() is None


def test_a_shorter_wait_does_not_end_a_longer_one() -> None:
    one = teller(None)
    one.hear("a", Slowed(20.0))
    one.hear("b", Slowed(1.0))
    one.clock.now += 5.0  # type: ignore[attr-defined]
    assert is_temporary(reserved(one, "b"))


def test_a_wait_that_is_over_wakes_nobody_again_and_again() -> None:
    one = teller(None, calls=1)
    one.hear("a", Slowed(1.0))
    one.clock.now += 2.0  # type: ignore[attr-defined]
    reserved(one, "a")
    reserved(one, "b")
    one.tick()
    reserved(one, "b")
    assert one.next_tick() is None


def test_after_the_deadline_nothing_is_granted_and_who_waits_hears_it() -> None:
    one = teller(None, calls=1)
    one.deadline = 1010.0
    reserved(one, "a")
    reserved(one, "b")
    assert one.next_tick() == 10.0
    one.clock.now = 1010.0  # type: ignore[attr-defined]
    assert one.tick() == [("b", Eased())]
    answer = reserved(one, "b")
    assert not is_temporary(answer)
    assert one.why_ended is not None
    assert "run the same command again" in one.why_ended


def test_what_a_lost_run_had_on_its_way_may_have_been_paid_for() -> None:
    one = teller()
    reserved(one, "a", 1)
    reserved(one, "a", 2)
    reserved(one, "b")
    assert one.leave("a") == [("b", Eased())]
    assert one.account.spent == CALL + CALL
    assert one.account.held == Amount()
    assert one.leave("b") == []
