"""How a run ended, and the exit code that says so."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.errors import Exit, UserError
from migrate.report.report import Report
from migrate.settings import ABI, Strategy
from repair.plug import PlugKind


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    report: Report
    stopped: UserError | None
    """Why it stopped before every hole had its turn, or None."""

    @property
    def exit(self) -> Exit:
        """The exit code of the command."""
        if self.stopped is not None:
            return self.stopped.exit
        counts = self.report.counts
        failed = self.report.facts.tests_passed is False
        if failed and self.report.facts.interface == ABI and not counts[PlugKind.UNIMPLEMENTED]:
            return Exit.FAULT
        transpiled = counts[PlugKind.TRANSPILED] if self.report.facts.strategy == Strategy.TRANSPILE else 0
        all_rust = counts[PlugKind.RUST] + transpiled == len(self.report.holes) and not self.report.differing
        shown = not (self.report.facts.evidence_required and self.report.weak)
        return Exit.DONE if all_rust and shown and not failed else Exit.HOLES_LEFT
