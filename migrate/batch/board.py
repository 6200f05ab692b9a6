"""The board: the rows of a batch as they change, on disk and on the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from migrate.batch.row import Row, State
from migrate.batch.teller import Teller
from migrate.batch.wire import Ended, Shown
from migrate.model.budget import NOTHING, Amount
from migrate.report.figures import waiting_notice

_PAUSE = 0.5
"""Seconds between two writes."""
_STEPS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "asked": ("at_model", 1),
        "answered": ("at_model", -1),
        "accepted": ("rust", 1),
        "put_back": ("rust", -1),
        "rejected": ("rejected", 1),
    }
)
"""What an event of a run adds to which number of its row."""


class BatchDisplay(Protocol):
    """Whatever shows a batch; every call comes from one thread."""

    def begun(self, rows: Sequence[Row]) -> None:
        """Show all modules before the first run is started."""
        ...

    def changed(self, row: Row) -> None:
        """Show where a module stands."""
        ...

    def concluded(self, row: Row) -> None:
        """Show that a module has had its turn."""
        ...

    def funds(self, usd: Decimal | None, usd_left: Decimal | None, seconds_left: float | None) -> None:
        """Show what was spent, and what is left of money and time; None where that is not known."""
        ...

    def note(self, name: str, text: str) -> None:
        """Say something about a module, in one line."""
        ...

    def finished(self) -> None:
        """Say that the batch ends here, for whatever reason."""
        ...


@dataclass
class Board:
    """Rows by name, in the order in which they are started."""

    rows: dict[str, Row]
    display: BatchDisplay
    save: Callable[[tuple[Row, ...]], None]
    """Writes them down."""
    spent_before: Mapping[str, Amount] = field(default_factory=dict)
    """By module, what its ledger knew when the batch was started."""
    _saved: float = 0.0

    def begin(self) -> None:
        """Show and keep all rows."""
        self.display.begun(tuple(self.rows.values()))
        self.save_now()

    def start(self, name: str, fingerprint: str) -> None:
        """Say that a run has begun."""
        row = replace(self.rows[name], state=State.RUNNING, fingerprint=fingerprint, message="")
        self.rows[name] = replace(row, step="preparing", rejected=0, started=time.time())
        self.display.changed(self.rows[name])
        self.save_now()

    def change(self, name: str, **fields: Any) -> None:
        """Change a row."""
        self.rows[name] = replace(self.rows[name], **fields)
        self.display.changed(self.rows[name])
        if time.monotonic() - self._saved >= _PAUSE:
            self.save_now()

    def show(self, name: str, shown: Shown) -> None:
        """Take what a run shows into its row."""
        row, arguments = self.rows[name], shown.arguments
        if shown.what == "note":
            self.display.note(name, str(arguments[0]))
        elif shown.what == "waiting":
            self.display.note(name, waiting_notice(float(str(arguments[0])), str(arguments[1])))
        elif shown.what == "started":
            self.change(name, holes=arguments[0], rust=arguments[1], step="")
        elif shown.what == "proving":
            self.change(name, step=f"inputs for {arguments[0]} of {arguments[1]} functions")
        elif shown.what == "judging":
            self.change(name, judging=arguments[0])
        elif shown.what == "cost":
            self.change(name, usd=arguments[0])
        elif shown.what in _STEPS:
            number, step = _STEPS[shown.what]
            self.change(name, **{number: max(0, getattr(row, number) + step)})

    def account(self, name: str, teller: Teller) -> None:
        """Take what a run has taken into its row."""
        tokens = (self.spent_before.get(name, NOTHING) + teller.spent.get(name, NOTHING)).tokens
        if tokens != self.rows[name].tokens:
            self.change(name, tokens=tokens)
        self.funds(teller)

    def funds(self, teller: Teller) -> None:
        """Show what is left."""
        priced = teller.account.limits.usd is not None or any(each.usd for each in self.rows.values())
        usd = teller.account.spent.usd if priced else None
        self.display.funds(usd, teller.usd_left, teller.seconds_left)

    def conclude(self, name: str, state: State, ended: Ended) -> None:
        """Keep how a run ended."""
        row, totals = self.rows[name], ended.totals
        done = "holes" if state is State.RUST else "rust"
        counts: dict[str, Any] = {"holes": totals["holes"], "rust": totals[done]} if totals else {}
        seconds = row.seconds + time.time() - (row.started or time.time())
        self.rows[name] = replace(
            row, state=state, message=ended.message, step="", at_model=0, judging=0, seconds=seconds, **counts
        )
        self.display.concluded(self.rows[name])
        self.save_now()

    def save_now(self) -> None:
        """Write the rows down."""
        self.save(tuple(self.rows.values()))
        self._saved = time.monotonic()
