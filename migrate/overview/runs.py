"""Finds the output folders of runs: those that are named, and those below a folder that is named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from migrate.batch.snapshot import FILE_NAME
from migrate.errors import OutputError
from migrate.overview.batches import modules_of
from migrate.report.files import JSON_NAME

_LEDGER = "ledger.sqlite"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The output folder of a run."""

    folder: Path
    why: str = ""
    """Why there is no report, if the batch around it says so."""

    @property
    def has_report(self) -> bool:
        """Whether there is a report in it."""
        return (self.folder / JSON_NAME).is_file()


def find_runs(outs: Iterable[Path]) -> tuple[RunFolder, ...]:
    """Return every run once, in the order of the folders named and of their names below them.

    Raise OutputError for a folder in which there is none.
    """
    found: dict[Path, RunFolder] = {}
    for out in outs:
        for each in _runs_of(out):
            found.setdefault(each.folder.resolve(), each)
    return tuple(found.values())


def _runs_of(out: Path) -> list[RunFolder]:
    if not out.is_dir():
        raise OutputError(f"{out} is not the output of a run: there is no such folder; name a run's -o")
    if _is_run(out):
        return [RunFolder(out)]
    below = list(_below(out))
    if not below:
        raise OutputError(
            f"{out} is not the output of a run, and no folder below it is; name a run's -o, or a batch's"
        )
    return below


def _below(out: Path) -> Iterator[RunFolder]:
    """Yield the runs below a folder, those of a batch that have not begun too; no run lies in a run."""
    known: dict[Path, str] = {}
    for name, folders, files in os.walk(out, onerror=_unreadable):
        folder = Path(name)
        if FILE_NAME in files:
            known |= modules_of(folder)
        if _is_run(folder):
            folders.clear()
            yield RunFolder(folder, known.pop(folder, ""))
        folders.sort()
    for folder, why in known.items():
        yield RunFolder(folder, why)


def _is_run(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (_LEDGER, JSON_NAME))


def _unreadable(error: OSError) -> None:
    raise OutputError(f"{error.filename} cannot be read ({error.strerror}); see to its permissions") from None
