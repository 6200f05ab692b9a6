"""Replays what is Rust on the crate as it stands, and puts back to C what makes it differ from the C."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from migrate.report.display import RunDisplay
from migrate.run.ground import lost_ground
from migrate.run.ledger import Ledger
from migrate.run.progress import Progress, plugs_of, rust_plugs_of, tested_plugs_of
from repair.judge import GroundLostError, Judge
from repair.plug import Plug
from repair.verdict import Verdict


@dataclass
class Reviewer:
    """Looks at a crate as a whole, as candidates were accepted on top of others than those it has now."""

    judge: Judge
    ledger: Ledger
    display: RunDisplay
    _differing: frozenset[str] = frozenset()
    """Functions that were seen to differ with nobody to blame."""
    _seen: Mapping[str, Plug] | None = None

    def faithful(self, progress: tuple[Progress, ...]) -> tuple[Progress, ...]:
        """Return the holes with what does what the C does; the rest is C and counts as rejected.

        Nothing is replayed twice on the same crate. Raise OutputError when it no longer builds.
        """
        plugs = rust_plugs_of(progress)
        if self.judge.behaviour is None or plugs == self._seen:
            return progress
        revoked = self._revoked(plugs)
        told = tuple(self._told(each, revoked.get(each.hole.ident)) for each in progress)
        self._seen = rust_plugs_of(told)
        return told

    def differing_at_last(self, progress: tuple[Progress, ...]) -> Collection[str]:
        """Return the functions that differ in the crate where nothing stands in for what is not there."""
        plugs, behaviour = plugs_of(progress), self.judge.behaviour
        if behaviour is None or plugs == tested_plugs_of(progress):
            return self._differing
        self.judge.workspace.write(self.judge.assembler.render(plugs))
        built = self.judge.workspace.build()
        self.ledger.save_cargo_run(built)
        library = self.judge.workspace.library(self.judge.crate)
        return behaviour.differences(rust_plugs_of(progress), library) if built.ok else frozenset()

    def _revoked(self, plugs: Mapping[str, Plug]) -> Mapping[str, Verdict]:
        self.display.judging(len(plugs))
        try:
            review = self.judge.review(plugs)
        except GroundLostError as error:
            raise lost_ground(error) from None
        self.display.judging(0)
        for run in review.runs:
            self.ledger.save_cargo_run(run)
        self._differing = review.differing
        return review.revoked

    def _told(self, progress: Progress, verdict: Verdict | None) -> Progress:
        if verdict is None:
            return progress
        return put_back(self.ledger, self.display, progress, verdict)


def put_back(ledger: Ledger, display: RunDisplay, progress: Progress, verdict: Verdict) -> Progress:
    """Put a hole back to C, and say in the ledger why."""
    changed = progress.put_back(verdict)
    ledger.accept(changed.attempt, changed.filled)
    display.put_back(progress.hole.ident, verdict.reason)
    return changed.progress
