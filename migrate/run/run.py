"""One run: from a module and its settings to a crate, a ledger and a report."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace

from migrate.errors import Exit, UserError
from migrate.evidence.proofs import AskingSideBySide
from migrate.evidence.room import Answers, EvidenceRoom
from migrate.model.asking import Address, Asker
from migrate.module import Module
from migrate.module_prompts import ModulePrompter
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.report.calls import Calls, calls_of
from migrate.report.display import RunDisplay
from migrate.report.files import write_report
from migrate.report.report import Report, RunFacts, furniture_of, make_report
from migrate.run.baseline import test_command
from migrate.run.bench import test_bench
from migrate.run.ground import Ground
from migrate.run.isolation import choose_sandbox, isolated, require_dependencies, weakest_sandbox
from migrate.run.ledger import Ledger
from migrate.run.module_rounds import ModuleRounds, names_of
from migrate.run.outcome import Outcome
from migrate.run.output import Output
from migrate.run.progress import Progress, plugs_of, read_progress, rust_plugs_of
from migrate.run.review import Reviewer
from migrate.run.scheduler import Scheduler
from migrate.run.transpiling import Transpiling
from migrate.settings import Strategy
from migrate.skeleton.bindings import EDITION
from migrate.skeleton.transpile import find_c2rust
from repair.cargo import Workspace
from repair.evidence.evidence import Evidence, evidence_of
from repair.judge import Judge
from repair.lints import Lints, lint
from repair.plug import C_PLUG, Plug, PlugKind


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

    def prepare(self, held: ExitStack) -> None:
        """Check the baseline and take the module apart. Raise BaselineError, or SettingsError for tools.

        What its tests need is held until the stack is closed.
        """
        settings = self.module.settings.run
        if settings.fallback == "transpiled" or settings.strategy is Strategy.TRANSPILE:
            find_c2rust()
        self.prepared: Prepared = prepare(self.module, Templates(settings.prompts))
        sandbox = choose_sandbox(settings.sandbox)
        self.workspace = isolated(self.workspace, self.module, sandbox)
        self.tests = held.enter_context(test_bench(self.module, self.workspace, sandbox))
        require_dependencies(self.workspace, self.prepared.assembly.render({}))
        self.judge = Judge(self.prepared.assembly, self.workspace, self.module.crate, self.tests)
        self.reviewer = Reviewer(self.judge, self.ledger, self.display)
        self.room = EvidenceRoom(self.prepared, self.workspace, self.display)

    def hold_behaviour(self, address: Address, answers: Answers | None) -> None:
        """Find inputs for every function, for candidates to be replayed on, if the settings want it."""
        if self.module.settings.evidence.level != "none":
            linkable = replace(self.prepared.assembly, linkable=True)
            behaviour = self.room.behaviour(answers, address)
            self.judge = replace(self.judge, assembler=linkable, behaviour=behaviour)
            self.reviewer = Reviewer(self.judge, self.ledger, self.display)

    def evidence_for(self, ident: str) -> Evidence | None:
        """Return what stands for a function that was just judged; None where nothing was looked for."""
        behaviour = self.judge.behaviour
        proof = behaviour.proofs.get(ident) if behaviour else None
        return None if proof is None else evidence_of(proof, self.room.minimum, differs=False)

    def remember(self, address: Address) -> None:
        """Keep what later commands on this output need to find its prompts again."""
        self.ledger.remember("address", json.dumps(asdict(address)))
        self.ledger.remember("strategy", self.module.settings.run.strategy)
        self.ledger.remember("evidence", self.module.settings.evidence.level)

    def migrate(self, address: Address, asker: Asker | None) -> Outcome:
        """Fill every open hole as the strategy says, and leave crate and report.

        Without an asker there is no model, and c2rust fills them.
        """
        started = time.time()
        progress = self._ground().firm(self.progress())
        self.hold_behaviour(address, self._driver_answers(asker))
        progress = self.reviewer.faithful(progress)
        self._write_crate(plugs_of(progress))
        self.display.started(len(progress), sum(each.accepted for each in progress))
        try:
            progress, stopped = self._filled_and_reviewed(progress, asker)
        except KeyboardInterrupt:
            self._report(progress, address, None)
            raise
        finally:
            self.ledger.save_seconds(started, time.time() - started)
            self.display.finished()
        return Outcome(self.finish(progress, address), stopped)

    def _filled_and_reviewed(
        self, progress: tuple[Progress, ...], asker: Asker | None
    ) -> tuple[tuple[Progress, ...], UserError | None]:
        """Work until no hole is open and nothing is put back; also return why it stopped before that."""
        while True:
            filled, stopped = self._filled(progress, asker)
            progress = self.reviewer.faithful(filled)
            if progress == filled or stopped is not None:
                return progress, stopped
            self._write_crate(plugs_of(progress))

    def _filled(
        self, progress: tuple[Progress, ...], asker: Asker | None
    ) -> tuple[tuple[Progress, ...], UserError | None]:
        way = self._transpiling() if asker is None else self._asking(asker)
        stopped = way.run(self._in_order(progress) if isinstance(way, Scheduler) else progress)
        if self.module.settings.run.fallback == "transpiled" and stopped is None:
            asked, way = way, self._transpiling()
            way.run(asked.progress.values())
        return tuple(way.progress.values()), stopped

    def _ground(self) -> Ground:
        return Ground(self.judge, self.ledger, self.output.log / "skeleton.log")

    def _driver_answers(self, asker: Asker | None) -> Answers | None:
        if asker is None:
            return None
        return AskingSideBySide(asker, self.display, self.module.settings.model.side_by_side)

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
            jobs=settings.model.side_by_side,
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
        """Review and test the crate and write it with its report. Raise UserError if it does not build."""
        progress = self.reviewer.faithful(progress)
        plugs = plugs_of(progress)
        self._sum_up(progress)
        finished = replace(self.judge, assembler=self.prepared.assembly)
        built, failure = finished.build_and_test(plugs)
        self.ledger.save_cargo_run(built)
        self._write_crate(plugs)
        if not built.ok:
            raise UserError(
                f"the finished crate does not build: {built.stderr.strip()[-500:]}; please report this",
                Exit.FAULT,
            )
        passed = None if self.tests is None else failure is None
        return self._report(progress, address, passed, self._lints(plugs))

    def _lints(self, plugs: Mapping[str, Plug]) -> Lints | None:
        run, found = lint(self.workspace, self.prepared.assembly.render(plugs))
        self.ledger.save_cargo_run(run)
        return found

    def _sum_up(self, progress: tuple[Progress, ...]) -> None:
        """Keep what was shown for everything that is Rust, on the crate as it will be handed over."""
        behaviour = self.judge.behaviour
        if behaviour is None:
            return
        differing = self.reviewer.differing_at_last(progress)
        found = self.room.sum_up(behaviour.proofs, rust_plugs_of(progress), differing)
        lineages = {each.hole.ident: each.lineage for each in progress}
        self.ledger.save_evidence({ident: (lineages[ident], each) for ident, each in found.items()})

    def _report(
        self,
        progress: tuple[Progress, ...],
        address: Address,
        tests_passed: bool | None,
        lints: Lints | None = None,
    ) -> Report:
        skeleton = self.prepared.skeleton
        facts = RunFacts(
            module=self.module.name,
            interface="abi",
            model=address.model,
            tests_passed=tests_passed,
            test_command=test_command(self.module, self.output.crate),
            sandbox=weakest_sandbox(self.ledger, self.workspace),
            fixed_items=sum(hole.value is not None for hole in skeleton.slots),
            strategy=strategy_of(self.ledger),
            evidence=self.module.settings.evidence.level,
            evidence_required=self.module.settings.evidence.required,
            furniture=furniture_of(skeleton.furniture),
            edition=EDITION,
            lints=lints,
            root=str(self.module.root),
            calls=self._calls(),
        )
        lineages = {each.hole.ident: each.lineage for each in progress}
        report = make_report(skeleton.holes, self.ledger, facts, lineages)
        write_report(self.output.folder, report)
        return report

    def _calls(self) -> dict[str, Calls]:
        inventory = self.prepared.inventory
        return calls_of(
            inventory,
            {each.ident: (inventory.by_ident[each.ident],) for each in self.prepared.skeleton.holes},
        )


@contextmanager
def prepared_run(
    module: Module, output: Output, ledger: Ledger, workspace: Workspace, display: RunDisplay
) -> Iterator[Run]:
    """Prepare a run, and hold what its tests need until it is over. Raise BaselineError, SettingsError."""
    with ExitStack() as held:
        run = Run(module, output, ledger, workspace, display)
        run.prepare(held)
        yield run
