"""What was paid for in a run: answers, and batches that its provider has; for another ledger of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migrate.model.batch_memory import add_orders, orders_in
from migrate.run.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Kept:
    """What one ledger knows of it."""

    rows: Sequence[Sequence[object]]
    """Prompts and answers, as they stand in it."""
    orders: str
    """Batches that were ordered and not collected, as they stand in it."""

    def add_to(self, ledger: Ledger) -> None:
        """Have a ledger know it too."""
        ledger.take(self.rows)
        add_orders(ledger, self.orders)


def kept_in(ledger: Ledger) -> Kept:
    """Return what a ledger knows of it."""
    return Kept([row.values for row in ledger.exchange_rows()], orders_in(ledger))
