"""The board: the rows of a batch as they change, on disk and on the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Protocol

from migrate.batch.row import Row, State
from migrate.batch.teller import Teller
from migrate.batch.wire import Ended, Shown
from migrate.model.budget import Amount

_PAUSE = 0.5
"""Seconds between two writes."""


class BatchDisplay(Protocol):
    """Whatever shows a batch; every call comes from one thread."""

    def changed(self, row: Row) -> None:
        """Show where a module stands."""
        ...

    def concluded(self, row: Row) -> None:
        """Show that a module has had its turn."""
        ...

    def note(self, name: str, text: str) -> None:
        """Say something about a module, in one line."""
        ...


@dataclass
class Board:
    """Rows by name, in the order of the fleet."""

    rows: dict[str, Row]
    display: BatchDisplay
    save: Callable[[tuple[Row, ...]], None]
    """Writes them down."""
    spent_before: dict[str, Amount] = field(default_factory=dict)
    """By module, what its ledger knew when the batch was started."""
    _saved: float = 0.0

    def change(self, name: str, **fields: Any) -> None:
        """Change a row."""
        self.rows[name] = replace(self.rows[name], **fields)
        self.display.changed(self.rows[name])
        self._save_sometimes()

    def start(self, name: str, fingerprint: str) -> None:
        """Say that a run has begun."""
        self.change(name, state=State.RUNNING, fingerprint=fingerprint, started=time.time(), message="")

    def show(self, name: str, shown: Shown) -> None:
        """Take what a run shows into its row."""
        row, arguments = self.rows[name], shown.arguments
        if shown.what == "note":
            self.display.note(name, str(arguments[0]))
        elif shown.what == "started":
            self.change(name, holes=arguments[0], rust=arguments[1])
        elif shown.what == "judging":
            self.change(name, judging=arguments[0])
        elif shown.what in _STEPS:
            field_name, step = _STEPS[shown.what]
            self.change(name, **{field_name: max(0, getattr(row, field_name) + step)})

    def account(self, name: str, teller: Teller) -> None:
        """Take what a run has spent into its row."""
        spent = self.spent_before.get(name, Amount(Decimal(0), 0)) + teller.spent.get(name, Amount())
        if (spent.usd, spent.tokens) != (self.rows[name].spent, self.rows[name].tokens):
            self.change(name, usd=str(spent.usd), tokens=spent.tokens)

    def conclude(self, name: str, state: State, ended: Ended) -> None:
        """Keep how a run ended."""
        row, totals = self.rows[name], ended.totals
        done = "holes" if state is State.RUST else "rust"
        counts = {"holes": totals["holes"], "rust": totals[done]} if totals else {}
        seconds = row.seconds + time.time() - (row.started or time.time())
        self.rows[name] = replace(
            row, state=state, message=ended.message, at_model=0, judging=0, seconds=seconds, **counts
        )
        self.display.concluded(self.rows[name])
        self.save_now()

    def save_now(self) -> None:
        """Write the rows down."""
        self.save(tuple(self.rows.values()))
        self._saved = time.monotonic()

    def _save_sometimes(self) -> None:
        if time.monotonic() - self._saved >= _PAUSE:
            self.save_now()


_STEPS = {
    "asked": ("at_model", 1),
    "answered": ("at_model", -1),
    "accepted": ("rust", 1),
    "put_back": ("rust", -1),
    "rejected": ("rejected", 1),
}
"""What an event of a run adds to which number of its row."""
