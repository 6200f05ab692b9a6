"""What a machine keeps of a run until the batch has it: the module, and all that the run leaves."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_cache_path

from migrate.batch.job import Job, read_job
from migrate.cluster.bundle import pack_folder, unpack
from migrate.cluster.kept import Kept, kept_in
from migrate.cluster.messages import Parcel
from migrate.cluster.relocation import Relocation
from migrate.errors import OutputError
from migrate.run.ledger import Ledger
from migrate.run.output import is_held
from migrate.subject import remembered_interface, remembered_subject

_LEDGER = "ledger.sqlite"
_OWN = frozenset({".lock", "crate", _LEDGER, f"{_LEDGER}-wal", f"{_LEDGER}-shm"})
"""What a run leaves that names no folders of the machine."""


def _cached(batch: str) -> Path:
    return user_cache_path("llmigrate") / "cluster" / batch


@dataclass(frozen=True, slots=True)
class Keep:
    """The place of one module of a batch on a machine."""

    batch: str
    name: str

    @property
    def folder(self) -> Path:
        """Where all of it is."""
        return _cached(self.batch) / self.name

    @property
    def tree(self) -> Path:
        """Where the files that were carried are."""
        return self.folder / "tree"

    @property
    def out(self) -> Path:
        """The output folder of the run."""
        return self.folder / "out"

    @property
    def _draft(self) -> Path:
        return self.folder / "out.new"

    @property
    def ledger(self) -> Path:
        """The ledger of the run."""
        return self.out / _LEDGER

    def kept(self) -> list[Kept]:
        """Return what was paid for here and is not known to be safe with the batch. Raise OutputError."""
        return [*_kept_below(self.out), *self._drafted()]

    def _drafted(self) -> list[Kept]:
        # A draft that was not written to its end is not all that there is.
        with suppress(OutputError):
            return _kept_below(self._draft)
        return []

    def lay_out(self, parcel: Parcel) -> Job:
        """Unpack a module, keep what was answered here before, and return the job as it is here."""
        shutil.rmtree(self.tree, ignore_errors=True)
        relocation = unpack(parcel.files, self.tree)
        said = relocation.value(json.loads(parcel.job))
        # What is recorded is recorded where the batch is.
        job = replace(read_job(json.dumps(said)), out=self.out, record=None)
        self._begin_ledger(parcel.ledger, job, relocation)
        return job

    def _begin_ledger(self, content: bytes, job: Job, relocation: Relocation) -> None:
        known = self.kept()
        shutil.rmtree(self._draft, ignore_errors=True)
        (self._draft / "log").mkdir(parents=True)
        (self._draft / _LEDGER).write_bytes(content)
        with Ledger(self._draft / _LEDGER) as ledger:
            for each in known:
                each.add_to(ledger)
            name_module(ledger, job, relocation.word(remembered_interface(ledger)))
        shutil.rmtree(self.out, ignore_errors=True)
        self._draft.rename(self.out)

    def at_home(self, text: bytes, out: Path) -> bytes:
        """Return what was written here as it would be where the batch is, with its output folder there."""
        for here, there in ((self.out, str(out)), (self.tree, "")):
            text = text.replace(_spelled(str(here)), _spelled(there)).replace(bytes(here), os.fsencode(there))
        return text

    def pack(self, out: Path) -> bytes:
        """Pack all that the run has left, for an output folder where the batch is."""
        for file in _texts(self.out):
            file.write_bytes(self.at_home(file.read_bytes(), out))
        return pack_folder(self.out, frozenset({".lock"}))

    def discard(self) -> None:
        """Forget it all."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _spelled(path: str) -> bytes:
    """Spell a path as JSON does, which has other words for all that is not ASCII."""
    return json.dumps(path)[1:-1].encode()


def _texts(out: Path) -> Iterator[Path]:
    found = (path for path in out.rglob("*") if path.relative_to(out).parts[0] not in _OWN)
    return (path for path in found if path.is_file())


def _kept_below(out: Path) -> list[Kept]:
    if not (out / _LEDGER).is_file():
        return []
    with Ledger(out / _LEDGER) as ledger:
        return [kept_in(ledger)]


def name_module(ledger: Ledger, job: Job, interface: str) -> None:
    """Have a ledger that names a module name it as it is for who reads it next."""
    if remembered_subject(ledger) is not None:
        job.subject.remember(ledger)
        ledger.remember("interface", interface)


def kept_here(batch: str, module: str = "*") -> dict[str, list[Kept]]:
    """Return, by module, what was paid for on this machine and the batch may not have; of one, or of all.

    A module whose ledger cannot be read is left out.
    """
    found: dict[str, list[Kept]] = {}
    for path in _cached(batch).glob(module):
        with suppress(OutputError):
            found[path.name] = Keep(batch, path.name).kept()
    return found


def forget_modules(batch: str, names: Iterable[str]) -> None:
    """Forget modules of a batch that has all of them now, but for what a process still works on."""
    for keep in (Keep(batch, name) for name in names):
        if not is_held(keep.folder) and not is_held(keep.out):
            keep.discard()
    with suppress(OSError):
        _cached(batch).rmdir()
