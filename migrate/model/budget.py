"""A limit on what a run may cost, which calls side by side cannot overshoot."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from threading import Lock

from migrate.errors import LimitReached, SettingsError
from migrate.model.exchange import Usage
from migrate.model.prices import Price, cost


@dataclass(frozen=True, slots=True, eq=False)
class Reservation:
    """Money set aside for one call, in US dollars; settled or released exactly once."""

    usd: Decimal
    batched: bool = False
    """Whether the call comes in a batch, and at its price."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """What a call may cost, against what is free and what calls on their way hold, in US dollars."""

    needed: Decimal
    free: Decimal
    held: Decimal

    @property
    def is_temporary(self) -> bool:
        """Whether the call may fit once the calls on their way are settled."""
        return self.needed <= self.free + self.held

    def limit_reached(self) -> LimitReached:
        """Return what the user is told when it stops the run."""
        return LimitReached(
            f"the budget leaves {self.free:.4f} US dollars, and the next call may cost "
            f"{self.needed:.4f}; run the same command with a higher --budget to go on"
        )


class Budget:
    """Money for a run; safe to use from several threads.

    Amounts are in US dollars; `spent` is what the run had spent before it was resumed. Without a limit every
    call fits. Raise SettingsError for a limit on a model whose price is unknown.
    """

    def __init__(self, limit_usd: Decimal | None, price: Price | None, spent: Decimal = Decimal(0)) -> None:
        if limit_usd is not None and price is None:
            raise SettingsError(
                "the budget cannot be kept because the model's price is unknown; "
                "set [model.price] in llmigrate.toml, or run without a budget"
            )
        self._limit = limit_usd
        self._price = price
        self._lock = Lock()
        self._open: set[Reservation] = set()
        self._spent = spent

    @property
    def spent(self) -> Decimal | None:
        """The cost of the settled calls, or None when the price is unknown."""
        with self._lock:
            return self._spent if self._price else None

    def reserve(self, tokens_in: int, tokens_out: int, batched: bool = False) -> Reservation | Shortage:
        """Set aside what a call costs at most: its prompt uncached, its answer as long as it may get."""
        needed = self._cost(Usage(tokens_in, 0, tokens_out), batched)
        with self._lock:
            held = sum((reservation.usd for reservation in self._open), Decimal(0))
            if self._limit is not None and self._spent + held + needed > self._limit:
                return Shortage(needed, self._limit - self._spent - held, held)
            reservation = Reservation(needed, batched)
            self._open.add(reservation)
            return reservation

    def settle(self, reservation: Reservation, usage: Usage) -> None:
        """Replace a reservation by the actual cost, or spend all of it when no usage was reported."""
        is_reported = usage.tokens_in > 0 or usage.tokens_out > 0
        actual = self._cost(usage, reservation.batched) if is_reported else reservation.usd
        with self._lock:
            self._open.remove(reservation)
            self._spent += actual

    def release(self, reservation: Reservation) -> None:
        """Give back the money of a call that was not made or not answered."""
        with self._lock:
            self._open.remove(reservation)

    def _cost(self, usage: Usage, batched: bool) -> Decimal:
        return cost(usage, self._price, batched) if self._price else Decimal(0)
