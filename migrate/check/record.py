"""What is kept of one C file: its definitions, the declarations they need, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.file_scope import Key


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration that a slice holds, in a file of the tree."""

    kind: str
    name: str
    file: str
    """Relative to the tree's root."""
    hash: str
    """Over the tokens of the text."""
    text: str

    @property
    def key(self) -> Key:
        """What the file knows it by."""
        return self.kind, self.name

    @property
    def ident(self) -> str:
        """What slices know it by."""
        return f"{self.kind} {self.name} {self.file}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One function or file-scope variable of the C."""

    kind: str
    """`function` or `global`."""
    name: str
    line: int
    """Where it stood, counted from 1."""
    hash: str
    """Over the tokens of the text."""
    text: str
    slice: tuple[str, ...]
    """The declarations that it needs, by `Declared.ident`."""
    state: str
    """What fills it: `rust`, `transpiled`, `c`, `unimplemented`."""
    why: str | None = None
    """Why it is not Rust."""
    rust: str | None = None
    evidence: Mapping[str, Any] | None = None
    """As `repair.evidence.evidence` serialises it; None where nothing was looked for."""
    drivers: tuple[str, ...] = ()
    """Answers that hold the drivers which a model wrote for it, in the order in which they were given."""

    @property
    def key(self) -> Key:
        """What the file knows it by."""
        return self.kind, self.name


@dataclass(frozen=True)
class Record:
    """One C file, or header with definitions, as it was when its run was stored."""

    file: str
    """Relative to the tree's root, as all paths here."""
    module: str
    """The PATH that was migrated."""
    target: str
    """`user`, or what else the Rust was made for: only `user` can be built here."""
    minimum: tuple[float, float]
    """The shares of branches and of mutants that the run asked its evidence for."""
    hashes: Mapping[str, str]
    """SHA-256 of the files with declarations below, as they were: what is the same needs no closer look."""
    declarations: Mapping[str, Declared]
    entries: tuple[Entry, ...]
    others: tuple[Key, ...] = field(default=())
    """Definitions in the text that were no part of the run: not active in its configuration, or in no need
    of translation."""
