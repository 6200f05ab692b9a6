"""The Rust of a crate on disk, taken apart."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.rust_parts import RustFileParts, RustPart, as_text, take_apart
from migrate.errors import SettingsError

DEFINING = frozenset({"fn", "static"})
"""The kinds of parts that a definition of the C becomes."""
_MANIFEST = "Cargo.toml"
_CACHE_MARK = "CACHEDIR.TAG"
"""Stands in build folders of cargo, whatever they are called."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A part of a crate, and the file that it stands in."""

    file: str
    part: RustPart

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.file}:{self.part.line}"


@dataclass(frozen=True)
class RustCrate:
    """The Rust files of a crate by their paths in it."""

    files: Mapping[str, RustFileParts]
    sources: Mapping[str, bytes]

    @cached_property
    def parts(self) -> tuple[Placed, ...]:
        """All parts, file by file and in their order."""
        return tuple(Placed(file, part) for file, taken in self.files.items() for part in taken.parts)

    @property
    def broken(self) -> dict[str, int]:
        """Return the first line that cannot be parsed of each file that has one."""
        return {file: taken.broken for file, taken in self.files.items() if taken.broken is not None}

    def as_text(self, files: Collection[str]) -> RustCrate:
        """Return the crate with some files as mere text."""
        whole = {file: as_text(self.sources[file]) for file in files if file in self.sources}
        return RustCrate({**self.files, **whole}, self.sources)


def read_crate(folder: Path) -> RustCrate:
    """Read every Rust file of a crate, apart from what builds left. Raise SettingsError when it is none."""
    if not folder.is_dir():
        raise SettingsError(
            f"{folder} is not a folder; name the folder of the crate, where {_MANIFEST} stands"
        )
    if not (folder / _MANIFEST).is_file():
        raise SettingsError(
            f"{folder} is not a crate: it has no {_MANIFEST}; name the folder where that stands"
        )
    sources = {path.relative_to(folder).as_posix(): _read(path) for path in sorted(_rust_files(folder))}
    if not sources:
        raise SettingsError(f"{folder} holds no Rust; name the folder of the crate with its src")
    return RustCrate({file: take_apart(source) for file, source in sources.items()}, sources)


def _rust_files(folder: Path) -> Iterator[Path]:
    for base, folders, files in os.walk(folder):
        here = Path(base)
        folders[:] = [each for each in folders if not _is_left_out(here / each, folder)]
        yield from (here / each for each in files if each.endswith(".rs"))


def _is_left_out(folder: Path, crate: Path) -> bool:
    return folder.name.startswith(".") or folder == crate / "target" or (folder / _CACHE_MARK).exists()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}); make it readable") from None
