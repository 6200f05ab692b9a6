"""One run on a given interface: from a module and a crate with open bodies to the crate filled."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.errors import SettingsError
from migrate.given.assembly import GivenAssembly
from migrate.given.crate import GivenCrate
from migrate.given.filling import Filling
from migrate.given.matching import not_asked_for
from migrate.given.prepare import MATCHING, PreparedGiven, prepare_given
from migrate.model.asking import Asker
from migrate.model.exchange import Message
from migrate.module import Module
from migrate.prompts import Templates
from migrate.report.display import RunDisplay
from migrate.report.report import CrateTestsReport, RunFacts
from migrate.run.baseline import build_tests, check_baseline
from migrate.run.isolation import choose_sandbox, isolated
from migrate.run.ledger import Ledger
from migrate.run.outcome import Outcome
from migrate.run.output import Output
from migrate.run.progress import plugs_of
from migrate.run.settling import Settling
from repair.cargo import Workspace
from repair.crate_tests import RustTest, Status
from repair.dependencies import provide_dependencies
from repair.judge import Judge
from repair.lints import Lints
from repair.module_tests import TestFailure
from repair.plug import RenderedCrate


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
        progress, stopped = filling.fill()
        plugs = plugs_of(progress)
        found = filling.run_tests(plugs)
        return filling.finish(progress, stopped, self._facts(filling.prepared, found, filling.lints(plugs)))

    def _prepared(self) -> Filling:
        """Check that the C passes its tests and the crate compiles, and match them."""
        sandbox = choose_sandbox(self.module.settings.run.sandbox)
        workspace = self.workspace = isolated(self.workspace, self.module, sandbox)
        programs = build_tests(self.module, workspace.programs, sandbox)
        check_baseline(self.module, programs, workspace.programs)
        self._check_crate()
        templates = Templates(self.module.settings.run.prompts)
        prepared = prepare_given(self.module, self.crate, templates, self._ask_matching)
        assembly = GivenAssembly(self.crate, prepared.holes)
        judge = Judge(assembly, workspace, self.crate.name, None)
        handed_over = GivenAssembly(self.crate, prepared.holes, handed_over=True)
        return Filling(prepared, self.output, self.ledger, self.display, self.asker, judge, handed_over)

    def _ask_matching(self, messages: tuple[Message, ...]) -> str:
        return Settling(self.asker, self.ledger, self.display).ask(MATCHING, 1, messages)

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

    def _facts(
        self, prepared: PreparedGiven, found: tuple[RustTest, ...] | TestFailure, lints: Lints | None
    ) -> RunFacts:
        tests = self._sum_up(found) if found else None
        return RunFacts(
            module=self.module.name,
            interface=self.crate.name,
            model=self.asker.address.model,
            tests_passed=None if tests is None else not tests.failed,
            test_command="cargo test",
            sandbox=self.workspace.sandbox.kind,
            fixed_items=0,
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
