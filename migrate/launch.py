"""A run as it was asked for, whoever asks: the command, or a batch of many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from migrate.errors import OutputError, SettingsError
from migrate.given.crate import open_given
from migrate.given.run import GivenRun
from migrate.idiomatic.run import IdiomaticRun
from migrate.model.asking import Address, Asker
from migrate.model.budget import Budget, Purse
from migrate.model.choice import PaidFrom, live, open_recorder, replayed
from migrate.model.prices import Price
from migrate.module import Module
from migrate.prompts import Templates
from migrate.report.display import RunDisplay
from migrate.report.run_log import RunLog
from migrate.run.ledger import Ledger
from migrate.run.outcome import Outcome
from migrate.run.output import Output, open_output
from migrate.run.run import prepared_run, strategy_of
from migrate.settings import ABI, Strategy
from migrate.subject import Subject, remembered_interface, remembered_subject
from repair.cargo import Workspace, leased_workspace


def _from_its_own(budget: Budget, price: Price | None) -> Purse:
    return budget


@dataclass(frozen=True, slots=True)
class Launch:
    """What is run, where the result goes, and who answers."""

    module: Module
    subject: Subject
    out: Path
    replay: Path | None = None
    """The recording that answers in place of a model."""
    record: Path | None = None
    answered_by: str | None = None
    paid_from: PaidFrom = _from_its_own
    overheard: Callable[[float, str], None] | None = None
    """Told whenever a call waits before it is made again: how long, and why; on any thread."""
    patience: float = 0.0
    """Seconds that another process may still hold the output folder."""

    def run(self, display: RunDisplay) -> Outcome:
        """Migrate the module. Raise UserError for all that is no fault of the program."""
        with (
            open_output(self.out, self.patience) as output,
            Ledger(output.ledger) as ledger,
            leased_workspace() as workspace,
        ):
            self._check_same_module(ledger)
            self._check_same_strategy(ledger)
            self._check_same_interface(ledger)
            return self._run(output, ledger, workspace, RunLog(display, output.log / "run.log"))

    def _run(self, output: Output, ledger: Ledger, workspace: Workspace, display: RunDisplay) -> Outcome:
        asker = self._asker(ledger)
        interface = self.module.settings.interface
        if interface.kind != ABI:
            self.subject.remember(ledger)
            ledger.remember("interface", interface.kind)
            place = (output, ledger, workspace, display, _needed(asker))
            if interface.crate is not None:
                return GivenRun(self.module, open_given(interface.crate), *place).migrate()
            return IdiomaticRun(self.module, *place).migrate()
        with prepared_run(self.module, output, ledger, workspace, display) as run:
            address = asker.address if asker is not None else self._nobody()
            self.subject.remember(ledger)
            run.remember(address)
            return run.migrate(address, asker)

    def _check_same_module(self, ledger: Ledger) -> None:
        """Refuse to put a module where another one's result is. Raise OutputError."""
        known = remembered_subject(ledger)
        if known is not None and known.paths != self.subject.paths and known.paths[0].exists():
            raise OutputError(
                f"{self.out} holds the result of {known.paths[0]}; "
                f"choose another -o for {self.subject.paths[0]}"
            )

    def _check_same_strategy(self, ledger: Ledger) -> None:
        """Refuse to mix strategies in one result, which would be neither's. Raise OutputError."""
        known, wanted = strategy_of(ledger), self.module.settings.run.strategy
        if remembered_subject(ledger) is not None and known is not wanted:
            raise OutputError(
                f"{self.out} holds a run with --strategy {known}; choose another -o for --strategy {wanted}"
            )

    def _check_same_interface(self, ledger: Ledger) -> None:
        """Refuse to mix interfaces in one result. Raise OutputError."""
        known, wanted = remembered_interface(ledger), self.module.settings.interface.kind
        if remembered_subject(ledger) is not None and known != wanted:
            raise OutputError(
                f"{self.out} holds a run with --interface {known}; choose another -o for --interface {wanted}"
            )

    def _nobody(self) -> Address:
        return Address("", "", {}, Templates(self.module.settings.run.prompts).digest)

    def _asker(self, ledger: Ledger) -> Asker | None:
        settings = self.module.settings
        if settings.run.strategy is Strategy.TRANSPILE:
            if self.replay or self.record:
                raise SettingsError("--strategy transpile asks no model; leave out --replay and --record")
            return None
        template = Templates(settings.run.prompts).digest
        if self.replay:
            return replayed(self.replay, settings, template, ledger)
        recorder = open_recorder(self.record, settings.model, self.answered_by) if self.record else None
        asker = live(settings, template, ledger, recorder, self.paid_from)
        asker.waits.also = self.overheard
        return asker


def _needed(asker: Asker | None) -> Asker:
    if asker is None:
        raise SettingsError("c2rust knows the interface of the C only; leave out --strategy transpile")
    return asker
