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
from migrate.module_prompts import ModulePrompter
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.report.display import RunDisplay
from migrate.report.files import write_report
from migrate.report.report import Report, RunFacts, make_report
from migrate.run.baseline import build_tests, check_baseline, test_command
from migrate.run.ground import Ground
from migrate.run.ledger import Ledger
from migrate.run.module_rounds import ModuleRounds, names_of
from migrate.run.output import Output
from migrate.run.progress import Progress, plugs_of, read_progress
from migrate.run.scheduler import Scheduler
from migrate.run.transpiling import Transpiling
from migrate.settings import Strategy
from migrate.skeleton.transpile import find_c2rust
from repair.cargo import Workspace
from repair.judge import Judge
from repair.module_tests import TestPrograms
from repair.plug import C_PLUG, Plug, PlugKind


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
        counts = self.report.counts
        transpiled = counts[PlugKind.TRANSPILED] if self.report.facts.strategy == Strategy.TRANSPILE else 0
        all_rust = counts[PlugKind.RUST] + transpiled == len(self.report.holes)
        return Exit.DONE if all_rust else Exit.HOLES_LEFT


def strategy_of(ledger: Ledger) -> Strategy:
    """Return the strategy of the run that a ledger is of; before it was remembered there was one only."""
    return Strategy(ledger.recall("strategy") or Strategy.FUNCTION)


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
        settings = self.module.settings.run
        if settings.fallback == "transpiled" or settings.strategy is Strategy.TRANSPILE:
            find_c2rust()
        self.prepared: Prepared = prepare(self.module, Templates(settings.prompts))
        self.tests: TestPrograms | None = build_tests(self.module, self.workspace.programs)
        check_baseline(self.module, self.tests, self.workspace.programs)
        self.judge = Judge(self.prepared.assembly, self.workspace, self.module.crate, self.tests)

    def remember(self, path: Path, address: Address) -> None:
        """Keep what later commands on this output need to find the module and its prompts again."""
        self.ledger.remember("path", str(path.resolve()))
        self.ledger.remember("address", json.dumps(asdict(address)))
        self.ledger.remember("strategy", self.module.settings.run.strategy)

    def migrate(self, address: Address, asker: Asker | None) -> Outcome:
        """Fill every open hole as the strategy says, and leave crate and report.

        Without an asker there is no model, and c2rust fills them.
        """
        started = time.time()
        ground = Ground(self.judge, self.ledger, self.output.log / "skeleton.log")
        progress = ground.firm(self.progress())
        self._write_crate(plugs_of(progress))
        self.display.started(len(progress), sum(each.accepted for each in progress))
        way = self._transpiling() if asker is None else self._asking(asker)
        try:
            stopped = way.run(self._in_order(progress) if isinstance(way, Scheduler) else progress)
            progress = tuple(way.progress.values())
            if self.module.settings.run.fallback == "transpiled" and stopped is None:
                way = self._transpiling()
                way.run(progress)
                progress = tuple(way.progress.values())
        except KeyboardInterrupt:
            self._report(tuple(way.progress.values()), address, None)
            raise
        finally:
            self.ledger.save_seconds(started, time.time() - started)
            self.display.finished()
        return Outcome(self.finish(progress, address), stopped)

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

    def _transpiling(self) -> Transpiling:
        return Transpiling(
            self.prepared.skeleton, self.judge, self.ledger, self.display, fall_back=self._fallback
        )

    def _asking(self, asker: Asker) -> Scheduler | ModuleRounds:
        whole = self.module.settings.run.strategy is Strategy.WHOLE_MODULE
        return self._module_rounds(asker) if whole else self._scheduler(asker)

    def _module_rounds(self, asker: Asker) -> ModuleRounds:
        return ModuleRounds(
            prompter=ModulePrompter(self.prepared.prompter),
            asker=asker,
            judge=self.judge,
            ledger=self.ledger,
            display=self.display,
            names=names_of(self.prepared.skeleton),
            attempts=self.module.settings.run.attempts,
            fall_back=self._fallback,
            crate_changed=self._write_crate,
        )

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

    def _report(self, progress: tuple[Progress, ...], address: Address, tests_passed: bool | None) -> Report:
        facts = RunFacts(
            module=self.module.name,
            interface="abi",
            model=address.model,
            tests_passed=tests_passed,
            test_command=test_command(self.module, self.output.crate),
            fixed_items=len(self.prepared.skeleton.slots) - len(self.prepared.skeleton.holes),
            strategy=strategy_of(self.ledger),
        )
        lineages = {each.hole.ident: each.lineage for each in progress}
        report = make_report(self.prepared.skeleton.holes, self.ledger, facts, lineages)
        write_report(self.output.folder, report)
        return report
