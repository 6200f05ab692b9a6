"""The one budget of a batch: grants calls to its runs, so that all of them together stay within it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from migrate.batch.wire import Eased, Granted, Release, Reserve, Settle, Short, Slowed, ToRun
from migrate.model.budget import NOTHING, Account, Amount, Shortage

_OUT_OF_TIME = "the time of the batch is over; run the same command again to go on"
_SLOWED = "the provider asks to wait"
_TOO_MANY = "as many calls as --calls allows are on their way"

Told = list[tuple[str, ToRun]]
"""Messages, each with the name of the run that it is for."""


@dataclass
class Teller:
    """Answers the requests of all runs, one after the other."""

    account: Account
    calls: int | None = None
    """How many calls may be on their way at a time; None is no limit."""
    deadline: float | None = None
    """By the clock, in seconds."""
    clock: Callable[[], float] = time.monotonic
    refusal: str | None = None
    """Why a call was refused for good, once one was."""
    spent: dict[str, Amount] = field(default_factory=dict)
    """By run, since the batch has begun."""
    ordered: dict[str, Amount] = field(default_factory=dict)
    """By run, what the account holds for prompts that an earlier start has left at the provider."""
    _held: dict[tuple[str, int], Amount] = field(default_factory=dict)
    _waiting: set[str] = field(default_factory=set)
    _quiet_until: float = 0.0

    def hear(self, run: str, message: Reserve | Settle | Release | Slowed) -> Told:
        """Take what a run says, and return what is to be said to whom."""
        if isinstance(message, Reserve):
            return [(run, self._answer(run, message))]
        if isinstance(message, Slowed):
            self._quiet_until = max(self._quiet_until, self.clock() + message.seconds)
            return []
        held = self._held.pop((run, message.number))
        if isinstance(message, Settle):
            self._spend(run, held, message.amount)
        else:
            self.account.release(held)
        return self._ease()

    def leave(self, run: str) -> Told:
        """Close the books on a run that has ended: what was on its way may have been paid for."""
        left = [key for key in self._held if key[0] == run]
        for key in left:
            held = self._held.pop(key)
            self._spend(run, held, held)
        if run in self.ordered:
            held = self.ordered.pop(run)
            self._spend(run, held, held)
        self._waiting.discard(run)
        return self._ease() if left else []

    def tick(self) -> Told:
        """Return what is to be said because time has passed."""
        if self.next_tick() != 0.0:
            return []
        self._quiet_until = 0.0
        return self._ease()

    def next_tick(self) -> float | None:
        """Return the seconds until something is to be said, or None when only events matter."""
        if not self._waiting:
            return None
        until = [each for each in (self._quiet_until or None, self.deadline) if each is not None]
        return max(0.0, min(until) - self.clock()) if until else None

    @property
    def is_out_of_time(self) -> bool:
        """Whether no call is granted any more because of the time."""
        return self.deadline is not None and self.clock() >= self.deadline

    @property
    def why_ended(self) -> str | None:
        """Why no run should be started any more, or None."""
        return self.refusal or (_OUT_OF_TIME if self.is_out_of_time else None)

    @property
    def seconds_left(self) -> float | None:
        """The time that is left, or None where it is not limited."""
        return None if self.deadline is None else max(0.0, self.deadline - self.clock())

    @property
    def usd_left(self) -> Decimal | None:
        """The money that is neither spent nor set aside, or None where it is not limited."""
        limit = self.account.limits.usd
        return None if limit is None else limit - self.account.spent.usd - self.account.held.usd

    def _answer(self, run: str, message: Reserve) -> ToRun:
        if self.is_out_of_time:
            return self._refuse(message.number, _OUT_OF_TIME)
        if self.clock() < self._quiet_until:
            return self._later(run, message.number, _SLOWED)
        if self.calls is not None and len(self._held) >= self.calls:
            return self._later(run, message.number, _TOO_MANY)
        shortage = self._hold(run, message.amount)
        if shortage is None:
            self._held[run, message.number] = message.amount
            return Granted(message.number)
        # What only orders hold may stay held: their runs need not be among those of this start.
        if shortage.is_temporary and self._held:
            return self._later(run, message.number, shortage.sentence)
        return self._refuse(message.number, shortage.sentence)

    def _hold(self, run: str, amount: Amount) -> Shortage | None:
        """Set an amount aside, first of what is held for the orders of the run."""
        ordered = self.ordered.get(run, NOTHING)
        taken = Amount(min(ordered.usd, amount.usd), min(ordered.tokens, amount.tokens))
        self.account.held -= taken
        shortage = self.account.hold(amount)
        if shortage is not None:
            self.account.held += taken
        elif taken != NOTHING:
            self.ordered[run] = ordered - taken
        return shortage

    def _later(self, run: str, number: int, sentence: str) -> Short:
        self._waiting.add(run)
        return Short(number, sentence, is_temporary=True)

    def _refuse(self, number: int, sentence: str) -> Short:
        self.refusal = sentence
        return Short(number, sentence, is_temporary=False)

    def _spend(self, run: str, held: Amount, actual: Amount) -> None:
        self.account.settle(held, actual)
        self.spent[run] = self.spent.get(run, Amount()) + actual

    def _ease(self) -> Told:
        eased, self._waiting = sorted(self._waiting), set()
        return [(run, Eased()) for run in eased]
