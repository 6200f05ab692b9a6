"""One run on a given interface: from a module and a crate with open bodies to the crate filled."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.errors import UserError
from migrate.given.assembly import GivenAssembly
from migrate.given.compiling import check_compiles
from migrate.given.crate import GivenCrate
from migrate.given.filling import Filling
from migrate.given.matching import not_asked_for
from migrate.given.prepare import MATCHING, PreparedGiven, prepare_given
from migrate.idiomatic.witness import Witness, can_be_linked
from migrate.model.asking import Asker
from migrate.model.exchange import Message
from migrate.module import Module
from migrate.prepare import prepare
from migrate.prompts import Templates
from migrate.report.display import RunDisplay
from migrate.report.report import CrateTestsReport, RunFacts
from migrate.run.baseline import build_tests, check_baseline
from migrate.run.isolation import choose_sandbox, isolated, weakest_sandbox
from migrate.run.ledger import Ledger
from migrate.run.outcome import Outcome
from migrate.run.output import Output
from migrate.run.progress import Progress, plugs_of, rust_plugs_of
from migrate.run.settling import Settling
from repair.cargo import Workspace
from repair.crate_tests import RustTest, Status
from repair.judge import Judge
from repair.lints import Lints
from repair.module_tests import TestFailure


@dataclass
class GivenRun:
    """A crate that a user gave on its way to a filled one."""

    module: Module
    crate: GivenCrate
    output: Output
    ledger: Ledger
    workspace: Workspace
    display: RunDisplay
    asker: Asker

    def migrate(self) -> Outcome:
        """Fill the bodies, run the tests, and leave crate and report. Raise BaselineError, SettingsError."""
        filling = self._prepared()
        prepared = filling.prepared
        progress, stopped = filling.fill(self._facts(prepared))
        plugs = plugs_of(progress)
        found = filling.run_tests(plugs)
        self._hold_against_c(prepared, progress)
        return filling.finish(progress, stopped, self._facts(prepared, found, filling.lints(plugs)))

    def _hold_against_c(self, prepared: PreparedGiven, progress: tuple[Progress, ...]) -> None:
        """Keep what replays show of the bodies that C can call, if the settings want it."""
        if self.module.settings.evidence.level == "none" or not can_be_linked(self.crate):
            return
        templates, address = Templates(self.module.settings.run.prompts), self.asker.address
        try:
            abi = prepare(self.module, templates)
        except UserError as error:
            self.display.note(f"nothing is replayed: {error.message}")
            return
        witness = Witness(abi, prepared, self.workspace, self.display, address)
        found = witness.evidence(rust_plugs_of(progress))
        lineages = {each.hole.ident: each.lineage for each in progress}
        self.ledger.save_evidence({ident: (lineages[ident], each) for ident, each in found.items()})

    def _prepared(self) -> Filling:
        """Check that the C passes its tests and the crate compiles, and match them."""
        sandbox = choose_sandbox(self.module.settings.run.sandbox)
        workspace = self.workspace = isolated(self.workspace, self.module, sandbox)
        programs = build_tests(self.module, workspace.programs, sandbox)
        check_baseline(self.module, programs, workspace.programs)
        check_compiles(self.crate, workspace)
        templates = Templates(self.module.settings.run.prompts)
        prepared = prepare_given(self.module, self.crate, templates, self._ask_matching)
        assembly = GivenAssembly(self.crate, prepared.holes)
        judge = Judge(assembly, workspace, self.crate.name, None)
        handed_over = GivenAssembly(self.crate, prepared.holes, handed_over=True)
        return Filling(prepared, self.output, self.ledger, self.display, self.asker, judge, handed_over)

    def _ask_matching(self, messages: tuple[Message, ...]) -> str:
        return Settling(self.asker, self.ledger, self.display).ask(MATCHING, 1, messages)

    def _facts(
        self,
        prepared: PreparedGiven,
        found: tuple[RustTest, ...] | TestFailure = (),
        lints: Lints | None = None,
    ) -> RunFacts:
        tests = self._sum_up(found) if found else None
        return RunFacts(
            module=self.module.name,
            interface=self.crate.name,
            model=self.asker.address.model,
            tests_passed=None if tests is None else not tests.failed,
            test_command="cargo test",
            sandbox=weakest_sandbox(self.ledger, self.workspace),
            fixed_items=0,
            evidence=self.module.settings.evidence.level,
            evidence_required=self.module.settings.evidence.required,
            not_asked_for=not_asked_for(prepared.matches, prepared.inventory),
            crate_tests=tests,
            edition=self.crate.edition,
            lints=lints,
            root=str(self.module.root),
            calls=prepared.calls,
        )

    def _sum_up(self, found: tuple[RustTest, ...] | TestFailure) -> CrateTestsReport:
        rule = self.module.settings.interface.tests
        if isinstance(found, TestFailure):
            return CrateTestsReport(rule, 0, (found.program,), ())
        by_status = {status: tuple(each.name for each in found if each.status is status) for status in Status}
        return CrateTestsReport(
            rule, len(by_status[Status.PASSED]), by_status[Status.FAILED], by_status[Status.OPEN]
        )
