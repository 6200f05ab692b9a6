"""One run on a given interface: from a module and a crate with open bodies to the crate filled."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from migrate.errors import SettingsError, UserError
from migrate.evidence.proofs import AskingSideBySide
from migrate.given.assembly import GivenAssembly
from migrate.given.crate import GivenCrate
from migrate.given.matching import not_asked_for
from migrate.given.prepare import MATCHING, PreparedGiven, prepare_given
from migrate.given.reading import GivenReader
from migrate.given.suspects import Suspects, accused
from migrate.model.asking import Asker
from migrate.model.exchange import Message
from migrate.module import Module
from migrate.prompts import Templates
from migrate.report.display import RunDisplay
from migrate.report.files import write_report
from migrate.report.report import CrateTestsReport, Report, RunFacts, make_report
from migrate.run.attempt import Filled
from migrate.run.baseline import build_tests, check_baseline
from migrate.run.isolation import choose_sandbox, isolated
from migrate.run.ledger import Ledger
from migrate.run.outcome import Outcome
from migrate.run.output import Output
from migrate.run.progress import Progress, plugs_of, read_progress
from migrate.run.scheduler import Scheduler
from migrate.settings import CrateTestsRule
from repair.cargo import Workspace
from repair.crate_tests import CrateTests, RustTest, Status, failing
from repair.dependencies import provide_dependencies
from repair.judge import Judge
from repair.module_tests import TestFailure
from repair.plug import Plug, PlugKind, RenderedCrate
from repair.verdict import Finding, Gate, Verdict

_SHOWN_TESTS = 3
_OPEN = Plug(PlugKind.UNIMPLEMENTED)


@dataclass
class GivenRun:
    """A crate with open bodies on its way to a filled one, in one output folder and one workspace."""

    module: Module
    crate: GivenCrate
    output: Output
    ledger: Ledger
    workspace: Workspace
    display: RunDisplay
    asker: Asker

    def prepare(self) -> None:
        """Check that the C passes its tests and the crate compiles, and match them.

        Raise BaselineError or SettingsError.
        """
        sandbox = choose_sandbox(self.module.settings.run.sandbox)
        self.workspace = isolated(self.workspace, self.module, sandbox)
        programs = build_tests(self.module, self.workspace.programs, sandbox)
        check_baseline(self.module, programs, self.workspace.programs)
        self._check_crate()
        templates = Templates(self.module.settings.run.prompts)
        self.prepared: PreparedGiven = prepare_given(self.module, self.crate, templates, self._ask_matching)
        self.assembly = GivenAssembly(self.crate, self.prepared.holes)
        self.judge = Judge(self.assembly, self.workspace, self.crate.name, None)
        self.tests = CrateTests(self.workspace, self.module.settings.tests.timeout)

    def _ask_matching(self, messages: tuple[Message, ...]) -> str | None:
        request = self.asker.address.request(MATCHING, 1, messages)
        return AskingSideBySide(self.asker, self.display, 1)([request]).get(MATCHING)

    def _check_crate(self) -> None:
        """Make sure that the crate compiles as it is given, its tests too. Raise SettingsError."""
        folder = self.crate.folder
        bare = RenderedCrate(self.crate.files, {})
        said = provide_dependencies(self.workspace, bare)
        if said is not None:
            raise SettingsError(
                f"cargo cannot get what {folder} depends on: {said}; connect to the network once, "
                "or fetch it with `cargo fetch`"
            )
        self.workspace.write(bare)
        for built in (self.workspace.build(), self.workspace.build_tests()):
            if not built.ok:
                first = next((each.message for each in built.diagnostics if each.is_error), built.stderr)
                raise SettingsError(
                    f"{folder} does not compile as it is: {first.strip().splitlines()[-1]}; "
                    "make `cargo test --no-run` pass there first"
                )

    def migrate(self) -> Outcome:
        """Fill every open body that can be filled, and leave crate and report."""
        started = time.time()
        progress = self.progress()
        self._write_crate(plugs_of(progress))
        self.display.started(len(progress), sum(each.accepted for each in progress))
        scheduler = self._scheduler()
        try:
            stopped = scheduler.run(progress)
            while stopped is None and self._reopen(scheduler):
                stopped = scheduler.run(tuple(scheduler.progress.values()))
        finally:
            self.ledger.save_seconds(started, time.time() - started)
            self.display.finished()
        return self._finish(tuple(scheduler.progress.values()), stopped)

    def progress(self) -> tuple[Progress, ...]:
        """Read where every open body stands."""
        filled = self.ledger.filled()
        prompter = self.prepared.prompter
        return tuple(
            read_progress(self.ledger, each.hole, prompter.fingerprint(each.hole), filled)
            for each in self.prepared.holes
        )

    def _scheduler(self) -> Scheduler:
        settings = self.module.settings
        return Scheduler(
            prompter=self.prepared.prompter,
            asker=self.asker,
            judge=self.judge,
            ledger=self.ledger,
            display=self.display,
            jobs=settings.model.jobs,
            attempts=settings.run.attempts,
            fall_back=_last_that_compiled,
            crate_changed=self._write_crate,
            read=GivenReader(self.prepared.prompter.unsafe_allowed).read,
        )

    def _write_crate(self, plugs: Mapping[str, Plug]) -> None:
        self.output.write_crate(replace(self.assembly, handed_over=True).render(plugs))

    def _run_tests(self, plugs: Mapping[str, Plug]) -> tuple[RustTest, ...] | TestFailure:
        self.workspace.write(self.assembly.render(plugs))
        return self.tests.run()

    def _reopen(self, scheduler: Scheduler) -> bool:
        """Open bodies again that failing tests accuse; return whether there are any."""
        if self.module.settings.interface.tests is CrateTestsRule.HIDDEN:
            return False
        plugs = plugs_of(tuple(scheduler.progress.values()))
        found = self._run_tests(plugs)
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
        return progress.accepted and not confirmed and len(texts) < self.module.settings.run.attempts

    def _suspects(self, plugs: Mapping[str, Plug]) -> Suspects:
        texts = {ident: plug.text for ident, plug in plugs.items()}
        lines = self.assembly.render(plugs).lines
        return Suspects(self.crate, self.prepared.holes, texts, lines)

    def _reject(self, scheduler: Scheduler, ident: str, verdict: Verdict) -> None:
        progress = scheduler.progress[ident].reopened(verdict)
        scheduler.progress[ident] = progress
        filled = Filled(ident, progress.lineage, _OPEN, None, None)
        self.ledger.accept(progress.attempts[-1], filled)
        self.display.rejected(ident, len(progress.attempts), f"{Gate.TESTS}: {verdict.findings[0].message}")

    def _finish(self, progress: tuple[Progress, ...], stopped: UserError | None) -> Outcome:
        plugs = plugs_of(progress)
        found = self._run_tests(plugs)
        self._write_crate(plugs)
        passed = not isinstance(found, TestFailure) and not failing(found)
        report = self._report(progress, passed if found else None, found)
        return Outcome(report, stopped)

    def _report(
        self, progress: Sequence[Progress], passed: bool | None, found: tuple[RustTest, ...] | TestFailure
    ) -> Report:
        facts = RunFacts(
            module=self.module.name,
            interface=self.crate.name,
            model=self.asker.address.model,
            tests_passed=passed,
            test_command="cargo test",
            sandbox=self.workspace.sandbox.kind,
            fixed_items=0,
            not_asked_for=not_asked_for(self.prepared.matches, self.prepared.inventory),
            crate_tests=self._sum_up(found) if found else None,
        )
        lineages = {each.hole.ident: each.lineage for each in progress}
        report = make_report([each.hole for each in self.prepared.holes], self.ledger, facts, lineages)
        write_report(self.output.folder, report)
        return report

    def _sum_up(self, found: tuple[RustTest, ...] | TestFailure) -> CrateTestsReport:
        rule = self.module.settings.interface.tests
        if isinstance(found, TestFailure):
            return CrateTestsReport(rule, 0, (found.program,), ())
        by_status = {status: tuple(each.name for each in found if each.status is status) for status in Status}
        return CrateTestsReport(
            rule, len(by_status[Status.PASSED]), by_status[Status.FAILED], by_status[Status.OPEN]
        )


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
