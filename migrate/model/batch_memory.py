"""What batches were handed over and not all collected, kept in the ledger so that a killed run finds them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock

from migrate.run.ledger import Ledger

_NAME = "provider batches"
NO_ORDERS = "[]"


@dataclass(frozen=True, slots=True)
class Order:
    """A batch that was ordered: its token, its id once the provider has it, and the prompts in it."""

    token: str
    ident: str
    """Empty until the provider has said it."""
    keys: Mapping[str, int]
    """For each request how many answers it had before: with one more, its answer is collected."""


class BatchMemory:
    """Remembers orders on disk; safe to use from several threads, each call with a ledger of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()

    def uncollected(self) -> tuple[Order, ...]:
        """Return the orders that answers may still come from, and forget the others."""
        with self._lock, Ledger(self._path) as ledger:
            orders = _orders(ledger)
            narrowed = (_uncollected(ledger, order) for order in orders)
            left = tuple(order for order in narrowed if order.keys)
            if left != orders:
                _keep(ledger, left)
            return left

    def begin(self, token: str, keys: Iterable[str]) -> Order:
        """Remember an order before it is handed over."""
        with self._lock, Ledger(self._path) as ledger:
            order = Order(token, "", {key: ledger.times_answered(key) for key in keys})
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


def _uncollected(ledger: Ledger, order: Order) -> Order:
    return _narrowed(order, [key for key, times in order.keys.items() if ledger.times_answered(key) <= times])


def _narrowed(order: Order, keys: Collection[str]) -> Order:
    return replace(order, keys={key: times for key, times in order.keys.items() if key in keys})


def _orders(ledger: Ledger) -> tuple[Order, ...]:
    return _read(orders_in(ledger))


def _read(text: str) -> tuple[Order, ...]:
    return tuple(Order(**each) for each in json.loads(text))


def _keep(ledger: Ledger, orders: Iterable[Order]) -> None:
    ledger.remember(_NAME, json.dumps([asdict(each) for each in orders]))
