"""The store: a folder of plain JSON that can be committed, one file for each C file that was migrated."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from migrate.check.record import Record
from migrate.check.record_json import NotARecord, read_record, record_text
from migrate.errors import OutputError, SettingsError, newer_format

FORMAT = 1
"""Version of the store; one with a newer one is left alone."""
_MARK = "store.json"
_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Kept:
    """A record and the bytes that it was read from."""

    record: Record
    text: bytes


@dataclass(frozen=True, slots=True)
class Store:
    """A store on disk."""

    folder: Path

    def read(self) -> tuple[Kept, ...]:
        """Read every record, sorted by file. Raise SettingsError when there is no store or it is broken."""
        self._check()
        paths = (path for path in self.folder.rglob(f"*{_SUFFIX}") if path != self.folder / _MARK)
        return tuple(self._kept(path) for path in sorted(paths))

    def write(self, records: Iterable[Record]) -> None:
        """Add records, in place of those of the same files. Raise OutputError when that is impossible."""
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            self._check()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / _MARK).write_text(json.dumps({"format": FORMAT}) + "\n")
            for record in records:
                path = self.folder / f"{record.file}{_SUFFIX}"
                path.parent.mkdir(parents=True, exist_ok=True)
                draft = path.with_name(f".{path.name}.new")
                draft.write_text(record_text(record), encoding="ascii")
                draft.replace(path)
        except OSError as error:
            raise OutputError(
                f"{self.folder} cannot be written: {error.strerror}; make room or permissions there"
            ) from None

    def forget(self, module: str, files: Iterable[str]) -> None:
        """Remove what earlier runs of a module left of files that it no longer has."""
        kept = set(files)
        for each in self.read():
            if each.record.module == module and each.record.file not in kept:
                (self.folder / f"{each.record.file}{_SUFFIX}").unlink()

    def _check(self) -> None:
        remedy = "name a folder that `llmigrate store` has written"
        if not self.folder.is_dir():
            raise SettingsError(f"{self.folder} is not there, or is no folder; {remedy}")
        try:
            found = json.loads((self.folder / _MARK).read_bytes())["format"]
        except (OSError, ValueError, KeyError, TypeError):
            found = None
        if type(found) is not int:
            raise SettingsError(f"{self.folder} is not a store: it has no {_MARK} with a format; {remedy}")
        if found > FORMAT:
            raise SettingsError(newer_format(self.folder, found, FORMAT))

    def _kept(self, path: Path) -> Kept:
        try:
            text = path.read_bytes()
            record = read_record(text)
            if f"{record.file}{_SUFFIX}" != path.relative_to(self.folder).as_posix():
                raise NotARecord(f"it is about {record.file}")
        except (OSError, NotARecord) as error:
            raise SettingsError(
                f"{path} is not a part of a store ({error}); restore it, or store the run again"
            ) from None
        return Kept(record, text)
