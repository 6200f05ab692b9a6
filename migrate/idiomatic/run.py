"""One run with an idiomatic interface: settle it, fill it, and hold it against the C through shims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from migrate.evidence.proofs import AskingSideBySide
from migrate.given.assembly import GivenAssembly
from migrate.given.crate import open_given
from migrate.given.filling import Filling
from migrate.given.prepare import PreparedGiven
from migrate.idiomatic.assembly import FFI, Outside, ShimmedAssembly
from migrate.idiomatic.blueprint import Blueprint
from migrate.idiomatic.design import Ask, Designer
from migrate.idiomatic.interface import FOLDER, modules_of, prepared_interface
from migrate.idiomatic.keeping import Keeping
from migrate.idiomatic.known import known_of
from migrate.idiomatic.prompter import InterfacePrompter
from migrate.idiomatic.room import ShimmedRoom
from migrate.idiomatic.shim_check import ShimCheck
from migrate.idiomatic.shims import ShimMaker, types_of
from migrate.model.asking import Asker
from migrate.module import Module
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.report.display import RunDisplay
from migrate.report.portion import measure
from migrate.report.report import FfiReport, RunFacts
from migrate.run.baseline import build_tests, check_baseline, test_command
from migrate.run.isolation import choose_sandbox, isolated, weakest_sandbox
from migrate.run.ledger import Ledger
from migrate.run.outcome import Outcome
from migrate.run.output import Output
from migrate.run.progress import Progress, plugs_of, rust_plugs_of
from migrate.run.settling import Settling
from migrate.settings import IDIOMATIC, UnsafeRule
from repair.cargo import Workspace
from repair.judge import Judge
from repair.lints import Lints
from repair.module_tests import TestPrograms
from repair.plug import Assembler, Plug


@dataclass
class IdiomaticRun:
    """A module on its way to safe Rust."""

    module: Module
    output: Output
    ledger: Ledger
    workspace: Workspace
    display: RunDisplay
    asker: Asker

    def migrate(self) -> Outcome:
        """Settle the interface, fill its bodies, show what they do, and leave crate and report.

        Raise BaselineError when the C does not build or pass, UserError where the interface is not settled.
        """
        prepared = self._interface()
        self.outside = self._shims(prepared)
        filling = self._filling(prepared)
        unfinished = self._facts(filling)
        progress, stopped = filling.fill(unfinished)
        self._sum_up(filling, progress)
        return filling.finish(progress, stopped, self._tested(filling, progress, unfinished))

    def settle(self) -> Outcome:
        """Settle the interface and stop, with a report that says what is open.

        Raise BaselineError when the C does not build or pass, UserError where the interface is not settled.
        """
        prepared = self._interface()
        base = GivenAssembly(prepared.crate, prepared.holes)
        filling = self._filling_of(prepared, Judge(base, self.workspace, prepared.crate.name, None), base)
        return Outcome(filling.report(filling.progress(), self._facts(filling)), None)

    def _interface(self) -> PreparedGiven:
        """Check that the C passes its tests, and have an interface for it."""
        sandbox = choose_sandbox(self.module.settings.run.sandbox)
        self.workspace = isolated(self.workspace, self.module, sandbox)
        self.programs = build_tests(self.module, self.workspace.programs, sandbox)
        check_baseline(self.module, self.programs, self.workspace.programs)
        self.abi: Prepared = prepare(self.module, Templates(self.module.settings.run.prompts))
        inventory = self.abi.inventory
        keeping = Keeping(self.output, self.ledger, self.workspace, self.display)
        self.blueprint = keeping.keep(self._designed(), inventory)
        crate = open_given(self.output.folder / FOLDER)
        return prepared_interface(self.module, inventory, crate, self.abi.prompter.templates)

    def _designed(self) -> Blueprint:
        inventory = self.abi.inventory
        modules = modules_of(inventory)
        exported = frozenset(hole.ident for hole in self.abi.skeleton.holes if not hole.local)
        templates = self.abi.prompter.templates
        prompter = InterfacePrompter(templates, inventory, known_of(inventory, self.abi.graph), exported)
        attempts = self.module.settings.run.attempts
        designer = Designer(
            inventory, self.abi.graph, prompter, self._ask, self.workspace, self.display, attempts
        )
        mirrored = tuple(dict.fromkeys(modules.values()))
        safe = self.module.settings.interface.unsafe is UnsafeRule.DENY
        return designer.design(Blueprint(self.module.crate, mirrored, safe=safe), modules)

    @property
    def _ask(self) -> Ask:
        return Settling(self.asker, self.ledger, self.display).ask

    def _shims(self, prepared: PreparedGiven) -> dict[str, Outside]:
        attempts = self.module.settings.run.attempts
        base = GivenAssembly(prepared.crate, prepared.holes)
        check = ShimCheck(base, self.workspace, prepared.crate.edition)
        return ShimMaker(self.abi, prepared.crate, prepared.holes, self._ask, check, attempts).make()

    def _filling(self, prepared: PreparedGiven) -> Filling:
        base = GivenAssembly(prepared.crate, prepared.holes)
        assembly = ShimmedAssembly(
            base, self.outside, prepared.crate.edition, self.module.settings.interface.shims
        )
        self.assembly = assembly
        judge = Judge(assembly, self.workspace, prepared.crate.name, None)
        types = types_of(prepared.crate)
        bodies = tuple(each.hole.ident for each in prepared.holes if each.functions)
        self.room = ShimmedRoom(self.abi, self.workspace, self.display, self.outside, types, bodies)
        if self.module.settings.evidence.level != "none":
            answers = AskingSideBySide(self.asker, self.display, self.module.settings.model.side_by_side)
            judge = replace(judge, behaviour=self.room.behaviour(answers, self.asker.address))
        filling = self._filling_of(prepared, judge, assembly.handed_over)
        return replace(filling, needs=self._needs(prepared))

    def _filling_of(self, prepared: PreparedGiven, judge: Judge, handed_over: Assembler) -> Filling:
        return Filling(prepared, self.output, self.ledger, self.display, self.asker, judge, handed_over)

    def _needs(self, prepared: PreparedGiven) -> dict[str, frozenset[str]]:
        """Say what is judged before each body, or with it: what it calls, and what handles the same types."""
        graph = self.abi.graph.graph
        called = {each.hole.ident: frozenset(graph.successors(each.hole.ident)) for each in prepared.holes}
        return called | {ident: each.needs for ident, each in self.outside.items() if ident in called}

    def _sum_up(self, filling: Filling, progress: tuple[Progress, ...]) -> None:
        """Keep what was shown for everything that is Rust, on all of it together."""
        behaviour = filling.judge.behaviour
        if behaviour is None:
            return
        differing = filling.reviewer.differing_at_last(progress)
        found = self.room.sum_up(behaviour.proofs, rust_plugs_of(progress), differing)
        lineages = {each.hole.ident: each.lineage for each in progress}
        self.ledger.save_evidence({ident: (lineages[ident], each) for ident, each in found.items()})

    def _facts(self, filling: Filling) -> RunFacts:
        """Return what is known before the crate is tested and linted."""
        return RunFacts(
            module=self.module.name,
            interface=IDIOMATIC,
            model=self.asker.address.model,
            tests_passed=None,
            test_command=test_command(self.module, self.output.crate),
            sandbox=weakest_sandbox(self.ledger, self.workspace),
            fixed_items=0,
            evidence=self.module.settings.evidence.level,
            evidence_required=self.module.settings.evidence.required,
            root=str(self.module.root),
            calls=filling.prepared.calls,
            settled=self.blueprint.became,
            edition=filling.prepared.crate.edition,
        )

    def _tested(self, filling: Filling, progress: tuple[Progress, ...], facts: RunFacts) -> RunFacts:
        """Add what tests and clippy say of the finished crate."""
        plugs = plugs_of(progress)
        lints = filling.lints(plugs)
        passed = self._passes(filling, plugs)
        return replace(facts, tests_passed=passed, lints=lints, ffi=self._ffi(plugs, lints))

    def _ffi(self, plugs: Mapping[str, Plug], lints: Lints | None) -> FfiReport | None:
        """Measure what C calls, as the crate is handed over; None where that has no such file."""
        shims = self.assembly.handed_over
        text = shims.render(plugs).files.get(FFI)
        if text is None:
            return None
        found = None if lints is None else lints.files.get(FFI, ())
        return FfiReport(measure(text.decode(), shims.edition, found), len(shims.callable(plugs)))

    def _passes(self, filling: Filling, plugs: Mapping[str, Plug]) -> bool | None:
        """Run the C's own tests on the crate as it is handed over; None where there are none."""
        if not isinstance(self.programs, TestPrograms):
            return None
        self.workspace.write(self.assembly.called_from_c.render(plugs))
        if not self.workspace.build().ok:
            return False
        return self.programs.run((self.workspace.library(filling.prepared.crate.name),)) is None
