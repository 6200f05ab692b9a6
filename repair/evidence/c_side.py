"""The module's C as evidence needs it: exposed, with every definition, and with declarations only."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
DEFINED = "c"
DECLARED = "d"
"""Folders of the two copies; flags name include folders from the folder that both stand in."""


@dataclass(frozen=True, slots=True)
class CSource:
    """One C file of the module and how each copy of it is compiled."""

    file: str
    """Relative to the copy's folder, with `/`."""
    flags: tuple[str, ...]
    declared_flags: tuple[str, ...]


@dataclass(frozen=True)
class CSide:
    """All C of a module in which everything can be linked by its own symbol."""

    sources: tuple[CSource, ...]
    defined: Mapping[str, bytes]
    """Every file, headers included, by its path relative to the copy's folder."""
    declared: Mapping[str, bytes]
    """The same files with functions and variables declared only."""
    line_shifts: Mapping[str, int]
    """By ident: how many lines further down a function's body stands in the copy than in the module."""

    @cached_property
    def fingerprint(self) -> str:
        """The hash of all C and flags."""
        parts = [(each.file, each.flags) for each in self.sources]
        text = json.dumps(
            [parts, [[name, hashlib.sha256(self.defined[name]).hexdigest()] for name in sorted(self.defined)]]
        )
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def macros(self) -> frozenset[str]:
        """The names of all macros that the module itself defines."""
        return frozenset(
            name.decode(errors="replace") for text in self.defined.values() for name in _DEFINE.findall(text)
        )

    def source(self, file: str) -> CSource:
        """Return a C file by its path."""
        return next(each for each in self.sources if each.file == file)

    def number(self, file: str) -> int:
        """Return the position of a C file among the sources."""
        return [each.file for each in self.sources].index(file)

    def write(self, folder: Path) -> None:
        """Write both copies."""
        for name, files in ((DEFINED, self.defined), (DECLARED, self.declared)):
            for file, text in files.items():
                path = folder / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
