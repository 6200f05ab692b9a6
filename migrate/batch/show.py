"""A batch on a terminal, or as plain lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from migrate.batch.row import Row, State
from migrate.report.console import Bars
from migrate.report.figures import counted, dollars, duration

_ALL = "\0all"
"""The key of the bar of all modules; no module is named so."""


class NoDisplay:
    """Shows nothing."""

    def begun(self, rows: Sequence[Row]) -> None:
        """Do nothing."""

    def changed(self, row: Row) -> None:
        """Do nothing."""

    def concluded(self, row: Row) -> None:
        """Do nothing."""

    def funds(self, usd: Decimal | None, usd_left: Decimal | None, seconds_left: float | None) -> None:
        """Do nothing."""

    def note(self, name: str, text: str) -> None:
        """Do nothing."""

    def finished(self) -> None:
        """Do nothing."""


class LineDisplay(NoDisplay):
    """Shows a batch as lines, one for each thing that happened to a module."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._running: set[str] = set()
        self._total = self._done = 0

    def begun(self, rows: Sequence[Row]) -> None:
        """Write how many modules there are."""
        self._total, self._done = len(rows), sum(each.is_finished for each in rows)
        kept = f", {self._done} of them finished before" if self._done else ""
        self._say(f"{counted(self._total, 'module')}{kept}")

    def changed(self, row: Row) -> None:
        """Write that a run has begun."""
        if row.name not in self._running:
            self._running.add(row.name)
            self._say(f"started      {row.name}")

    def concluded(self, row: Row) -> None:
        """Write how a run has ended."""
        self._running.discard(row.name)
        self._done += 1
        self._say(f"{row.state:12} {row.name}  {outcome(row)}  [{self._done}/{self._total}]")

    def note(self, name: str, text: str) -> None:
        """Write what a run says."""
        self._say(f"note         {name}  {text}")


class LiveBatchDisplay(NoDisplay):
    """Shows a batch as a bar for all modules, and one for each that runs."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._rows: dict[str, Row] = {}
        self._left: list[str] = []

    def begun(self, rows: Sequence[Row]) -> None:
        """Begin to show the bars."""
        self._rows = {each.name: each for each in rows}
        self._refresh()
        self._bars.start()

    def changed(self, row: Row) -> None:
        """Show where a module stands."""
        is_new = self._rows[row.name].state is not row.state
        self._rows[row.name] = row
        text = " · ".join((row.name, *doing(row)))
        self._bars.show(row.name, text, row.rust, row.holes or None)
        if is_new:
            self._refresh()

    def concluded(self, row: Row) -> None:
        """Write how a run has ended, and take its bar away."""
        self._rows[row.name] = row
        self._bars.drop(row.name)
        self._bars.note(f"{row.name}: {row.state}, {outcome(row)}")
        self._refresh()

    def funds(self, usd: Decimal | None, usd_left: Decimal | None, seconds_left: float | None) -> None:
        """Show money and time beside the bar of all modules."""
        parts = [] if usd is None else [dollars(usd)]
        parts += [] if usd_left is None else [f"{dollars(max(usd_left, Decimal(0)))} left"]
        parts += [] if seconds_left is None else [f"{duration(seconds_left)} left"]
        self._left = parts
        self._refresh()

    def note(self, name: str, text: str) -> None:
        """Write what a run says above the bars."""
        self._bars.note(f"{name}: {text}")

    def finished(self) -> None:
        """Leave the bars as they are."""
        for name in self._rows:
            self._bars.drop(name)
        self._bars.stop()

    def _refresh(self) -> None:
        parts = [*by_state(self._rows.values()), *self._left]
        done = sum(each.state not in (State.WAITING, State.RUNNING) for each in self._rows.values())
        self._bars.show(_ALL, " · ".join(("modules", *parts)), done, len(self._rows))


def outcome(row: Row) -> str:
    """Return what became of a module in a few words."""
    return row.message or f"{row.rust} of {counted(row.holes, 'hole')} Rust"


def doing(row: Row) -> list[str]:
    """Return what a run does now, in a few words each."""
    if row.step:
        return [row.step]
    counts = {"at the model": row.at_model, "being judged": row.judging, "rejected": row.rejected}
    return [f"{count} {label}" for label, count in counts.items() if count]


def by_state(rows: Iterable[Row]) -> list[str]:
    """Return how many modules are in which state."""
    counts = Counter(each.state for each in rows)
    return [f"{counts[state]} {state.value}" for state in State if counts[state]]
