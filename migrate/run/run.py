"""One run: from a module and its settings to a crate, a ledger and a report."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from migrate.errors import Exit, UserError
from migrate.model.asking import Address, Asker
from migrate.module import Module
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.report.display import RunDisplay
from migrate.report.files import write_report
from migrate.report.report import Report, RunFacts, make_report
from migrate.run.attempt import Filled
from migrate.run.baseline import build_tests, check_baseline, test_command
from migrate.run.ground import Ground
from migrate.run.isolation import choose_sandbox, isolated, require_dependencies
from migrate.run.ledger import Ledger
from migrate.run.output import Output
from migrate.run.progress import Progress, plugs_of, read_progress
from migrate.run.scheduler import Scheduler
from migrate.skeleton.transpile import find_c2rust, transpile
from repair.cargo import Workspace
from repair.hole import Hole
from repair.judge import Judge
from repair.module_tests import TestPrograms
from repair.plug import C_PLUG, Plug, PlugKind
from repair.sandbox import SandboxKind


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
        if self.report.facts.tests_passed is False and not self.report.counts[PlugKind.UNIMPLEMENTED]:
            return Exit.FAULT
        all_rust = self.report.counts[PlugKind.RUST] == len(self.report.holes)
        return Exit.DONE if all_rust else Exit.HOLES_LEFT


@dataclass
class Run:
    """A module on its way to Rust, in one output folder and one workspace."""

    module: Module
    output: Output
    ledger: Ledger
    workspace: Workspace
    display: RunDisplay

    def prepare(self) -> None:
        """Check the baseline and take the module apart. Raise BaselineError, or SettingsError for tools."""
        if self.module.settings.run.fallback == "transpiled":
            find_c2rust()
        self.prepared: Prepared = prepare(self.module, Templates(self.module.settings.run.prompts))
        sandbox = choose_sandbox(self.module.settings.run.sandbox)
        self.workspace = isolated(self.workspace, self.module, sandbox)
        self.tests: TestPrograms | None = build_tests(self.module, self.workspace.programs, sandbox)
        check_baseline(self.module, self.tests, self.workspace.programs)
        require_dependencies(self.workspace, self.prepared.assembly.render({}))
        self.judge = Judge(self.prepared.assembly, self.workspace, self.module.crate, self.tests)

    def remember(self, path: Path, address: Address) -> None:
        """Keep what later commands on this output need to find the module and its prompts again."""
        self.ledger.remember("path", str(path.resolve()))
        self.ledger.remember("address", json.dumps(asdict(address)))

    def migrate(self, asker: Asker) -> Outcome:
        """Ask for every open hole, judge the answers, and leave crate and report."""
        started = time.time()
        ground = Ground(self.judge, self.ledger, self.output.log / "skeleton.log")
        progress = ground.firm(self.progress())
        self._write_crate(plugs_of(progress))
        self.display.started(len(progress), sum(each.accepted for each in progress))
        scheduler = self._scheduler(asker)
        try:
            stopped = scheduler.run(self._in_order(progress))
            progress = tuple(scheduler.progress.values())
            if self.module.settings.run.fallback == "transpiled" and stopped is None:
                progress = self._transpile_rest(progress)
        except KeyboardInterrupt:
            self._report(tuple(scheduler.progress.values()), asker.address, None)
            raise
        finally:
            self.ledger.save_seconds(started, time.time() - started)
            self.display.finished()
        return Outcome(self.finish(progress, asker.address), stopped)

    def progress(self) -> tuple[Progress, ...]:
        """Read where every hole stands; the fingerprint of what it depends on tells what still counts."""
        filled = self.ledger.filled()
        return tuple(
            read_progress(
                self.ledger,
                hole,
                self.prepared.prompter.fingerprint(hole),
                filled,
            )
            for hole in self.prepared.skeleton.holes
        )

    def _write_crate(self, plugs: Mapping[str, Plug]) -> None:
        self.output.write_crate(self.prepared.assembly.render(plugs))

    def _in_order(self, progress: Iterable[Progress]) -> list[Progress]:
        """Sort holes so that each prompt begins as the one before it did, which providers cache."""
        first = self.prepared.prompter.first
        return sorted(progress, key=lambda each: [message.content for message in first(each.hole)])

    def _scheduler(self, asker: Asker) -> Scheduler:
        settings = self.module.settings
        return Scheduler(
            prompter=self.prepared.prompter,
            asker=asker,
            judge=self.judge,
            ledger=self.ledger,
            display=self.display,
            jobs=settings.model.jobs,
            attempts=settings.run.attempts,
            fall_back=self._fallback,
            crate_changed=self._write_crate,
        )

    def _fallback(self, progress: Progress) -> Plug:
        wanted = self.module.settings.run.fallback
        filled = progress.filled
        if wanted == "unimplemented" and progress.hole.stays is None:
            return Plug(PlugKind.UNIMPLEMENTED)
        if wanted == "transpiled" and filled is not None and filled.plug.kind is PlugKind.TRANSPILED:
            return filled.plug
        return C_PLUG

    def _transpile_rest(self, progress: Iterable[Progress]) -> tuple[Progress, ...]:
        """Let c2rust fill what is still C, one hole at a time, where the result builds and passes."""
        settled = {each.hole.ident: each for each in progress}
        for ident, each in settled.items():
            if each.filled is None or each.filled.plug.kind is not PlugKind.C:
                continue
            plug = self._transpiled(each.hole, plugs_of(tuple(settled.values())))
            if plug is not None:
                filled = Filled(ident, each.lineage, plug, None, None)
                self.ledger.fill(filled)
                settled[ident] = each.with_plug(filled)
                self.display.fell_back(ident, plug.kind.value)
        return tuple(settled.values())

    def _transpiled(self, hole: Hole, others: Mapping[str, Plug]) -> Plug | None:
        """Return c2rust's translation of a hole if the crate builds and passes with it."""
        plug = transpile(self.prepared.skeleton, hole)
        if plug is None:
            return None
        built, failure = self.judge.build_and_test({**others, hole.ident: plug})
        self.ledger.save_cargo_run(built)
        return plug if built.ok and failure is None else None

    def finish(self, progress: tuple[Progress, ...], address: Address) -> Report:
        """Test the crate as it stands and write it with its report. Raise UserError if it does not build."""
        plugs = plugs_of(progress)
        built, failure = self.judge.build_and_test(plugs)
        self.ledger.save_cargo_run(built)
        self._write_crate(plugs)
        if not built.ok:
            raise UserError(
                f"the finished crate does not build: {built.stderr.strip()[-500:]}; please report this",
                Exit.FAULT,
            )
        return self._report(progress, address, None if self.tests is None else failure is None)

    def _weakest_sandbox(self) -> SandboxKind:
        """Return what isolated model-written code; that it ran without is never forgotten."""
        kind = self.workspace.sandbox.kind
        if kind is SandboxKind.OFF:
            self.ledger.remember("sandbox", kind)
        return SandboxKind.OFF if self.ledger.recall("sandbox") == SandboxKind.OFF else kind

    def _report(self, progress: tuple[Progress, ...], address: Address, tests_passed: bool | None) -> Report:
        facts = RunFacts(
            module=self.module.name,
            interface="abi",
            model=address.model,
            tests_passed=tests_passed,
            test_command=test_command(self.module, self.output.crate),
            sandbox=self._weakest_sandbox(),
            fixed_items=len(self.prepared.skeleton.slots) - len(self.prepared.skeleton.holes),
        )
        lineages = {each.hole.ident: each.lineage for each in progress}
        report = make_report(self.prepared.skeleton.holes, self.ledger, facts, lineages)
        write_report(self.output.folder, report)
        return report
