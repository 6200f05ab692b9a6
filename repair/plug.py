"""What fills a hole."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class PlugKind(enum.StrEnum):
    """The four things that can fill a hole."""

    RUST = "rust"
    TRANSPILED = "transpiled"
    C = "c"
    UNIMPLEMENTED = "unimplemented"


WRITTEN = frozenset({PlugKind.RUST, PlugKind.TRANSPILED})
"""What fills a hole with Rust that does something."""


@dataclass(frozen=True, slots=True)
class Plug:
    """What fills one hole now."""

    kind: PlugKind
    text: str = ""
    """Rust for `rust` (the items of an accepted candidate) and `transpiled` (a module of its own)."""


C_PLUG = Plug(PlugKind.C)


@dataclass(frozen=True, slots=True)
class Lines:
    """A range of lines of one file of the crate, both ends included, counted from 1."""

    file: str
    first: int
    last: int

    def __contains__(self, place: tuple[str, int]) -> bool:
        file, line = place
        return file == self.file and self.first <= line <= self.last


@dataclass(frozen=True, slots=True)
class RenderedCrate:
    """A crate as files, and where in them each hole's own text stands."""

    files: Mapping[str, bytes]
    """Contents by path relative to the crate's folder."""
    lines: Mapping[str, Lines]
    """Where the text of each hole with a `rust` plug stands, and the module of each `transpiled` one."""


class Assembler(Protocol):
    """Whatever can put a crate together for any set of plugs."""

    def render(self, plugs: Mapping[str, Plug]) -> RenderedCrate:
        """Return the crate with these plugs; holes that are not named stay in C."""
        ...
