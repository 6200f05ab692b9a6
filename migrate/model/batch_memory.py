"""What batches were handed over and not all collected, kept in the ledger so that a killed run finds them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import TypeVar

from migrate.model.budget import NOTHING, Amount
from migrate.run.ledger import Ledger

_NAME = "provider batches"
NO_ORDERS = "[]"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Order:
    """A batch that was ordered: its token, its id once the provider has it, and the prompts in it."""

    token: str
    ident: str
    """Empty until the provider has said it."""
    keys: Mapping[str, int]
    """For each request how many answers it had before: with one more, its answer is collected."""
    amounts: Mapping[str, Amount]
    """For each request what it costs at most, where that is known."""


class BatchMemory:
    """Remembers orders on disk; safe to use from several threads, each call with a ledger of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()

    def uncollected(self) -> tuple[Order, ...]:
        """Return the orders that answers may still come from, and forget the others."""
        with self._lock, Ledger(self._path) as ledger:
            orders = _orders(ledger)
            left = tuple(_uncollected(ledger, orders))
            if left != orders:
                _keep(ledger, left)
            return left

    def begin(self, token: str, amounts: Mapping[str, Amount]) -> Order:
        """Remember an order of some requests, with what each costs at most, before it is handed over."""
        with self._lock, Ledger(self._path) as ledger:
            order = Order(token, "", {key: ledger.times_answered(key) for key in amounts}, amounts)
            _keep(ledger, (*_orders(ledger), order))
            return order

    def ordered(self, token: str, ident: str) -> None:
        """Remember the provider's name for an order."""
        with self._lock, Ledger(self._path) as ledger:
            orders = _orders(ledger)
            _keep(ledger, (replace(each, ident=ident) if each.token == token else each for each in orders))

    def narrow(self, token: str, keys: Collection[str]) -> None:
        """Remember of an order only some requests, those that it answers; without any, forget it."""
        with self._lock, Ledger(self._path) as ledger:
            orders = [each if each.token != token else _narrowed(each, keys) for each in _orders(ledger)]
            _keep(ledger, (each for each in orders if each.keys))


def orders_in(ledger: Ledger) -> str:
    """Return the orders that a ledger remembers, as they stand in it."""
    return ledger.recall(_NAME) or NO_ORDERS


def add_orders(ledger: Ledger, text: str) -> None:
    """Remember orders of another ledger of the same run; of one that is in both, what both still want."""
    known = {each.token: each for each in _orders(ledger)}
    merged = dict(known)
    for order in _read(text):
        here = known.get(order.token, order)
        merged[order.token] = replace(_narrowed(here, order.keys), ident=here.ident or order.ident)
    if merged != known:
        _keep(ledger, (each for each in merged.values() if each.keys))


def uncollected_amount(ledger: Ledger) -> Amount:
    """Return what the answers that may still come from orders cost at most."""
    left = _uncollected(ledger, _orders(ledger))
    return sum((each for order in left for each in order.amounts.values()), NOTHING)


def _uncollected(ledger: Ledger, orders: Iterable[Order]) -> Iterator[Order]:
    for order in orders:
        left = [key for key, times in order.keys.items() if ledger.times_answered(key) <= times]
        if left:
            yield _narrowed(order, left)


def _narrowed(order: Order, keys: Collection[str]) -> Order:
    wanted = frozenset(keys)
    return replace(order, keys=_only(order.keys, wanted), amounts=_only(order.amounts, wanted))


def _only(found: Mapping[str, _T], keys: frozenset[str]) -> dict[str, _T]:
    return {key: each for key, each in found.items() if key in keys}


def _orders(ledger: Ledger) -> tuple[Order, ...]:
    return _read(orders_in(ledger))


def _read(text: str) -> tuple[Order, ...]:
    return tuple(
        Order(each["token"], each["ident"], each["keys"], _amounts(each.get("amounts", {})))
        for each in json.loads(text)
    )


def _amounts(said: Mapping[str, tuple[str, int]]) -> dict[str, Amount]:
    return {key: Amount(Decimal(usd), tokens) for key, (usd, tokens) in said.items()}


def _keep(ledger: Ledger, orders: Iterable[Order]) -> None:
    ledger.remember(_NAME, json.dumps([_spelled(each) for each in orders]))


def _spelled(order: Order) -> dict[str, object]:
    amounts = {key: (str(each.usd), each.tokens) for key, each in order.amounts.items()}
    return {"token": order.token, "ident": order.ident, "keys": order.keys, "amounts": amounts}
