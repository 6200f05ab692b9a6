"""The loop over open bodies: ask, judge, run tests, ask again, and hand the crate over."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from migrate.errors import UserError
from migrate.given.prepare import PreparedGiven
from migrate.given.reading import GivenReader
from migrate.given.suspects import Suspects, accused
from migrate.model.asking import Asker
from migrate.report.display import RunDisplay
from migrate.report.files import write_report
from migrate.report.report import Report, RunFacts, make_report
from migrate.run.attempt import Filled
from migrate.run.ledger import Ledger
from migrate.run.outcome import Outcome
from migrate.run.output import Output
from migrate.run.progress import Progress, plugs_of, read_progress
from migrate.run.review import Reviewer
from migrate.run.scheduler import Scheduler
from migrate.settings import CrateTestsRule
from repair.crate_tests import CrateTests, RustTest, failing
from repair.judge import Judge
from repair.lints import Lints, lint
from repair.module_tests import TestFailure
from repair.plug import Assembler, Plug, PlugKind
from repair.verdict import Finding, Gate, Verdict

_SHOWN_TESTS = 3
_OPEN = Plug(PlugKind.UNIMPLEMENTED)


@dataclass
class Filling:
    """Open bodies on their way to Rust, in one output folder and one workspace."""

    prepared: PreparedGiven
    output: Output
    ledger: Ledger
    display: RunDisplay
    asker: Asker
    judge: Judge
    handed_over: Assembler
    """Renders the crate as its user gets it."""
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By hole: those that it calls, to be judged before it."""

    @cached_property
    def reviewer(self) -> Reviewer:
        """Looks at all bodies together, where they are replayed."""
        return Reviewer(self.judge, self.ledger, self.display)

    @property
    def tests(self) -> CrateTests:
        """The crate's own tests."""
        return CrateTests(self.judge.workspace, self.prepared.module.settings.tests.timeout)

    def fill(self, unfinished: RunFacts) -> tuple[tuple[Progress, ...], UserError | None]:
        """Fill every open body that can be filled; return where each stands, and why it stopped early.

        Leave a report with the facts of an unfinished run where the user interrupts it.
        """
        started = time.time()
        progress = self.progress()
        self.write_crate(plugs_of(progress))
        self.display.started(len(progress), sum(each.accepted for each in progress))
        scheduler = self._scheduler()
        try:
            stopped = scheduler.run(progress)
            while stopped is None and (self._review(scheduler) or self._reopen(scheduler)):
                stopped = scheduler.run(tuple(scheduler.progress.values()))
        except KeyboardInterrupt:
            self.report(progress, unfinished)
            raise
        finally:
            self.ledger.save_seconds(started, time.time() - started)
            self.display.finished()
        return tuple(scheduler.progress.values()), stopped

    def progress(self) -> tuple[Progress, ...]:
        """Read where every open body stands."""
        filled = self.ledger.filled()
        prompter = self.prepared.prompter
        return tuple(
            read_progress(self.ledger, each.hole, prompter.fingerprint(each.hole), filled)
            for each in self.prepared.holes
        )

    def write_crate(self, plugs: Mapping[str, Plug]) -> None:
        """Leave the crate as it stands."""
        self.output.write_crate(self.handed_over.render(plugs))

    def run_tests(self, plugs: Mapping[str, Plug]) -> tuple[RustTest, ...] | TestFailure:
        """Run the crate's own tests."""
        self.judge.workspace.write(self.judge.assembler.render(plugs))
        return self.tests.run()

    def lints(self, plugs: Mapping[str, Plug]) -> Lints | None:
        """Ask clippy about the crate as it is handed over."""
        run, found = lint(self.judge.workspace, self.handed_over.render(plugs))
        self.ledger.save_cargo_run(run)
        return found

    def finish(self, progress: Sequence[Progress], stopped: UserError | None, facts: RunFacts) -> Outcome:
        """Leave crate and report."""
        self.write_crate(plugs_of(progress))
        return Outcome(self.report(progress, facts), stopped)

    def report(self, progress: Sequence[Progress], facts: RunFacts) -> Report:
        """Leave a report of where every open body stands."""
        lineages = {each.hole.ident: each.lineage for each in progress}
        report = make_report([each.hole for each in self.prepared.holes], self.ledger, facts, lineages)
        write_report(self.output.folder, report)
        return report

    def _scheduler(self) -> Scheduler:
        settings = self.prepared.module.settings
        return Scheduler(
            prompter=self.prepared.prompter,
            asker=self.asker,
            judge=self.judge,
            ledger=self.ledger,
            display=self.display,
            jobs=settings.model.side_by_side,
            attempts=settings.run.attempts,
            fall_back=_last_that_compiled,
            crate_changed=self.write_crate,
            read=GivenReader(self.prepared.prompter.unsafe_allowed).read,
            needs=self.needs,
        )

    def _review(self, scheduler: Scheduler) -> bool:
        """Open bodies again that turn out to be wrong beside the others; return whether there are any."""
        before = tuple(scheduler.progress.values())
        after = self.reviewer.faithful(before)
        scheduler.progress = {each.hole.ident: each for each in after}
        return after != before

    def _reopen(self, scheduler: Scheduler) -> bool:
        """Open bodies again that failing tests accuse; return whether there are any."""
        if self.prepared.module.settings.interface.tests is CrateTestsRule.HIDDEN:
            return False
        plugs = plugs_of(tuple(scheduler.progress.values()))
        found = self.run_tests(plugs)
        failed = () if isinstance(found, TestFailure) else failing(found)
        suspects = self._suspects(plugs)
        may_be_asked = {ident for ident, each in scheduler.progress.items() if self._may_be_asked(each)}
        charges = accused(failed, suspects, may_be_asked)
        for ident, tests in charges.items():
            verdict = Verdict(tuple(_charge(each, suspects) for each in tests[:_SHOWN_TESTS]))
            self._reject(scheduler, ident, verdict)
        return bool(charges)

    def _may_be_asked(self, progress: Progress) -> bool:
        """Tell whether a body that is filled can be asked for again, and was not confirmed already."""
        texts = [each.text for each in progress.attempts]
        confirmed = len(texts) != len(set(texts))
        limit = self.prepared.module.settings.run.attempts
        return progress.accepted and not confirmed and len(texts) < limit

    def _suspects(self, plugs: Mapping[str, Plug]) -> Suspects:
        texts = {ident: plug.text for ident, plug in plugs.items()}
        lines = self.judge.assembler.render(plugs).lines
        return Suspects(self.prepared.crate, self.prepared.holes, texts, lines)

    def _reject(self, scheduler: Scheduler, ident: str, verdict: Verdict) -> None:
        progress = scheduler.progress[ident].reopened(verdict)
        scheduler.progress[ident] = progress
        filled = Filled(ident, progress.lineage, _OPEN, None, None)
        self.ledger.accept(progress.attempts[-1], filled)
        self.display.rejected(ident, len(progress.attempts), f"{Gate.TESTS}: {verdict.findings[0].message}")


def _last_that_compiled(progress: Progress) -> Plug:
    """Return what stands in a body that is out of attempts: what only tests speak against, or nothing."""
    compiled = [each for each in progress.attempts if each.verdict.gate is Gate.TESTS]
    return Plug(PlugKind.RUST, compiled[-1].text or "") if compiled else _OPEN


def _charge(test: RustTest, suspects: Suspects) -> Finding:
    source = suspects.source_of(test)
    text = f"{source.text}\n\n" if source is not None else ""
    message = (
        f"The crate's test `{test.name}` fails with this function in it. If the function does what it "
        "should, answer it unchanged: the fault then lies in another."
    )
    return Finding(Gate.TESTS, message, f"{text}{test.said}")
