"""A batch as plain lines on stderr, one for each thing that happened to a module."""

from __future__ import annotations

from collections.abc import Callable

from migrate.batch.row import Row, State
from migrate.report.figures import counted


class LineDisplay:
    """Shows a batch as lines."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def changed(self, row: Row) -> None:
        """Write that a run has begun."""
        if row.state is State.RUNNING and row.at_model == row.judging == 0 and not row.holes:
            self._say(f"started   {row.name}")

    def concluded(self, row: Row) -> None:
        """Write how a run has ended."""
        self._say(f"{row.state:9} {row.name}  {outcome_of(row)}")

    def note(self, name: str, text: str) -> None:
        """Write what a run says."""
        self._say(f"{name}: {text}")


class NoDisplay:
    """Shows nothing."""

    def changed(self, row: Row) -> None:
        """Do nothing."""

    def concluded(self, row: Row) -> None:
        """Do nothing."""

    def note(self, name: str, text: str) -> None:
        """Do nothing."""


def outcome_of(row: Row) -> str:
    """Return what became of a module in a few words."""
    return row.message or f"{row.rust} of {counted(row.holes, 'hole')} Rust"
