"""What a batch keeps of runs elsewhere: answers as they arrive, and at last all that a run has left."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate.batch.job import Job
from migrate.batch.snapshot import MODULES
from migrate.batch.start import ELSEWHERE
from migrate.cluster.bundle import unpack_folder
from migrate.cluster.keep import forget_modules, kept_here, name_module
from migrate.cluster.kept import Kept
from migrate.cluster.staff import Staff
from migrate.model.batch_memory import NO_ORDERS
from migrate.model.choice import open_recorder
from migrate.run.ledger import Ledger
from migrate.run.output import held, writing

_LEDGER = "ledger.sqlite"


@dataclass(frozen=True, slots=True)
class Home:
    """The output folder of a batch that is run elsewhere."""

    out: Path

    @property
    def _own(self) -> Path:
        return self.out / ELSEWHERE

    def batch(self) -> str:
        """Return the name under which machines keep what belongs to this batch. Raise OutputError."""
        file = self._own / "batch"
        with writing(self.out):
            if not file.is_file():
                self._own.mkdir(parents=True, exist_ok=True)
                draft = file.with_suffix(".new")
                draft.write_text(uuid.uuid4().hex)
                draft.replace(file)
            return file.read_text()

    def collect(self, staff: Staff) -> None:
        """Take what was paid for on machines and never taken, since the batch or a worker came to an end.

        Raise OutputError, or OSError without a scheduler.
        """
        for address, machine in kept_by(staff, self.batch()).items():
            for name, kept in machine.items():
                self.keep(self.out / MODULES / name, kept)
            # Only what is here now: what a machine cannot read today it may be able to read tomorrow.
            staff.cluster.on_each([address], forget_modules, self.batch(), tuple(machine))

    def mend(self) -> None:
        """Bring back results that were being replaced when the batch was killed. Raise OutputError."""
        with writing(self.out):
            for before in (self._own / "before").glob("*"):
                folder = self.out / MODULES / before.name
                if not folder.is_dir():
                    before.replace(folder)
        for name in ("before", "arriving"):
            shutil.rmtree(self._own / name, ignore_errors=True)

    def keep(self, folder: Path, kept: Sequence[Kept]) -> None:
        """Keep what was paid for in a module's ledger, if anything was. Raise OutputError."""
        if not any(each.rows or each.orders != NO_ORDERS for each in kept):
            return
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with Ledger(folder / _LEDGER) as ledger:
            for each in kept:
                each.add_to(ledger)

    def ledger(self, folder: Path) -> bytes:
        """Return a module's ledger, begun if there is none. Raise OutputError."""
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with Ledger(folder / _LEDGER) as ledger:
            return ledger.copy()

    def take(self, job: Job, result: bytes) -> None:
        """Put what a run has left in the place of what was there, but for answers that it lacks.

        Raise OutputError.
        """
        folder = job.out
        draft, before = self._draft(folder), self._before(folder)
        with writing(folder):
            shutil.rmtree(draft, ignore_errors=True)
            unpack_folder(result, draft)
            before.parent.mkdir(exist_ok=True)
        with Ledger(folder / _LEDGER) as known, Ledger(draft / _LEDGER) as ledger:
            ledger.take(row.values for row in known.exchange_rows())
            name_module(ledger, job, job.open().settings.interface.kind)
        with held(draft), writing(folder):
            folder.replace(before)
            draft.replace(folder)
        shutil.rmtree(before, ignore_errors=True)

    def _draft(self, folder: Path) -> Path:
        return self._own / "arriving" / folder.name

    def _before(self, folder: Path) -> Path:
        return self._own / "before" / folder.name


def kept_by(staff: Staff, batch: str, module: str = "*") -> dict[str, dict[str, list[Kept]]]:
    """Return what machines keep of one module or of all, by worker; those that cannot say are left out."""
    found = staff.cluster.on_each(staff.fit(), kept_here, batch, module)
    return {address: kept for address, kept in found.items() if isinstance(kept, dict)}


def record(job: Job) -> None:
    """Write what was answered into the recording that a job wants. Raise OutputError, SettingsError."""
    if job.record is None:
        return
    recorder = open_recorder(job.record, job.open().settings.model, job.answered_by)
    with Ledger(job.out / _LEDGER) as ledger:
        for exchange in ledger.exchanges():
            recorder.record(exchange.request, exchange.answer)
