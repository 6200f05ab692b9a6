"""A limit on what a run may cost, which calls side by side cannot overshoot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import Protocol

from migrate.errors import LimitReached, SettingsError
from migrate.model.exchange import Usage
from migrate.model.prices import Price, cost


@dataclass(frozen=True, slots=True)
class Amount:
    """What calls cost: US dollars, and tokens in and out."""

    usd: Decimal = Decimal(0)
    tokens: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.usd + other.usd, self.tokens + other.tokens)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.usd - other.usd, self.tokens - other.tokens)


NOTHING = Amount()


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent in all; None is no limit."""

    usd: Decimal | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reservation:
    """What is set aside for one call; settled or released exactly once."""

    amount: Amount
    batched: bool = False
    """Whether the call comes in a batch, and at its price."""

    @property
    def usd(self) -> Decimal:
        """The money of it."""
        return self.amount.usd


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why a call cannot be made now."""

    reason: str
    is_temporary: bool
    """Whether the call may fit once calls on their way are settled."""
    is_held_by_others: bool = False
    """Whether to wait for it makes sense even without calls of one's own on their way."""
    remedy: str = ""
    """What the user can do, where the reason does not say so."""

    @property
    def sentence(self) -> str:
        """What the user is told when it stops the run."""
        return f"{self.reason}; {self.remedy}" if self.remedy else self.reason

    def limit_reached(self) -> LimitReached:
        """Return what stops the run."""
        return LimitReached(self.sentence)


class Account:
    """Keeps what is spent and what is set aside within limits; for one thread at a time."""

    def __init__(self, limits: Limits, spent: Amount = NOTHING, held: Amount = NOTHING) -> None:
        self.limits = limits
        self.spent = spent
        self.held = held

    def hold(self, amount: Amount) -> Shortage | None:
        """Set an amount aside, or say why that is impossible."""
        left_usd = None if self.limits.usd is None else self.limits.usd - self.spent.usd
        left_tokens = None if self.limits.tokens is None else self.limits.tokens - self.spent.tokens
        if left_usd is not None and self.held.usd + amount.usd > left_usd:
            free, needed = left_usd - self.held.usd, amount.usd
            reason = f"the budget leaves {free:.4f} US dollars, and the next call may cost {needed:.4f}"
            return Shortage(reason, needed <= left_usd, remedy=_higher("--budget"))
        if left_tokens is not None and self.held.tokens + amount.tokens > left_tokens:
            reason = (
                f"the budget leaves {left_tokens - self.held.tokens} tokens, "
                f"and the next call may take {amount.tokens}"
            )
            return Shortage(reason, amount.tokens <= left_tokens, remedy=_higher("--tokens"))
        self.held += amount
        return None

    def settle(self, held: Amount, actual: Amount) -> None:
        """Spend an amount in place of what was set aside for it."""
        self.held -= held
        self.spent += actual

    def release(self, held: Amount) -> None:
        """Give back what was set aside."""
        self.held -= held


def _higher(option: str) -> str:
    return f"run the same command with a higher {option} to go on"


class Purse(Protocol):
    """What calls are paid from; safe to use from several threads."""

    @property
    def spent(self) -> Decimal | None:
        """The cost of the settled calls in US dollars, or None when the price is unknown."""
        ...

    def reserve(self, tokens_in: int, tokens_out: int, batched: bool = False) -> Reservation | Shortage:
        """Set aside what a call costs at most: its prompt uncached, its answer as long as it may get."""
        ...

    def settle(self, reservation: Reservation, usage: Usage) -> None:
        """Replace a reservation by the actual cost, or spend all of it when no usage was reported."""
        ...

    def release(self, reservation: Reservation) -> None:
        """Give back the money of a call that was not made or not answered."""
        ...

    def wait_for_others(self) -> None:
        """Wait until a shortage that is held by others may be over."""
        ...

    def when_eased(self, listener: Callable[[], None]) -> None:
        """Call a listener, on any thread, when a shortage that is held by others may be over."""
        ...


class Budget:
    """Money for one run.

    Amounts are in US dollars; `spent` is what the run had spent before it was resumed. Without a limit every
    call fits. Raise SettingsError for a limit on a model whose price is unknown.
    """

    def __init__(self, limit_usd: Decimal | None, price: Price | None, spent: Decimal = Decimal(0)) -> None:
        if limit_usd is not None:
            require_price(price)
        self._price = price
        self._lock = Lock()
        self._open: set[Reservation] = set()
        self._account = Account(Limits(limit_usd), Amount(spent))

    @property
    def spent(self) -> Decimal | None:
        """The cost of the settled calls, or None when the price is unknown."""
        with self._lock:
            return self._account.spent.usd if self._price else None

    def reserve(self, tokens_in: int, tokens_out: int, batched: bool = False) -> Reservation | Shortage:
        """Set aside what a call costs at most."""
        needed = amount_of(Usage(tokens_in, 0, tokens_out), self._price, batched)
        reservation = Reservation(needed, batched)
        with self._lock:
            shortage = self._account.hold(reservation.amount)
            if shortage is not None:
                return shortage
            self._open.add(reservation)
            return reservation

    def settle(self, reservation: Reservation, usage: Usage) -> None:
        """Replace a reservation by the actual cost."""
        actual = actual_amount(reservation, usage, self._price)
        with self._lock:
            self._open.remove(reservation)
            self._account.settle(reservation.amount, actual)

    def release(self, reservation: Reservation) -> None:
        """Give back the money of a call that was not made or not answered."""
        with self._lock:
            self._open.remove(reservation)
            self._account.release(reservation.amount)

    def wait_for_others(self) -> None:
        """Do nothing: there are no others."""

    def when_eased(self, listener: Callable[[], None]) -> None:
        """Do nothing: there are no others."""


def require_price(price: Price | None) -> None:
    """Make sure that a limit in money can be kept. Raise SettingsError when the price is unknown."""
    if price is None:
        raise SettingsError(
            "the budget cannot be kept because the model's price is unknown; "
            "set [model.price] in llmigrate.toml, or run without a budget"
        )


def amount_of(usage: Usage, price: Price | None, batched: bool) -> Amount:
    """Return what a call amounts to; no money where the price is unknown."""
    usd = cost(usage, price, batched) if price else Decimal(0)
    return Amount(usd, usage.tokens_in + usage.tokens_out)


def actual_amount(reservation: Reservation, usage: Usage, price: Price | None) -> Amount:
    """Return what a call did amount to; all that was set aside for it when no usage was reported."""
    return amount_of(usage, price, reservation.batched) if usage.is_reported else reservation.amount
