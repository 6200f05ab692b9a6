"""What a check finds, and what it comes to."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path


class Kind(enum.StrEnum):
    """What can be wrong with a function."""

    DRIFT = "drift"
    """Its C, or a declaration of its slice, is another than the one that was translated."""
    NEW = "new"
    """It stands in a file that was migrated, and was never translated."""
    REMOVED = "removed"
    """It was translated, and is no longer in the C."""
    FAILS = "fails"
    """Its Rust no longer builds or passes."""
    WEAK = "weak-evidence"
    """Less was shown for it than is asked for."""
    IN_C = "in-c"
    """It is not Rust."""


class Level(enum.StrEnum):
    """How serious a finding is, in the words of SARIF."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


LEVELS = {
    Kind.DRIFT: Level.ERROR,
    Kind.NEW: Level.WARNING,
    Kind.REMOVED: Level.ERROR,
    Kind.FAILS: Level.ERROR,
    Kind.WEAK: Level.WARNING,
    Kind.IN_C: Level.NOTE,
}
MEANINGS = {
    Kind.DRIFT: "The C, or a declaration that it needs, has changed since the Rust was accepted.",
    Kind.NEW: "The C was added to a migrated file after it was migrated.",
    Kind.REMOVED: "The C that was translated is no longer there.",
    Kind.FAILS: "The accepted Rust no longer builds, or does something else than the C.",
    Kind.WEAK: "Less is shown for the Rust than the settings ask for.",
    Kind.IN_C: "The function is still in C.",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A declaration that is not what it was."""

    declaration: str
    """Its kind and name."""
    file: str
    """Relative to the tree's root."""
    line: int | None
    """Where it stands now; None where it is gone."""
    old: str
    new: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    kind: Kind
    file: str
    """Relative to the tree's root."""
    line: int | None
    name: str
    message: str
    """One sentence."""
    changes: tuple[Change, ...] = ()
    detail: str = ""
    """What a compiler or a test said."""

    @property
    def level(self) -> Level:
        """How serious it is."""
        return LEVELS[self.kind]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to."""

    root: Path
    functions: int
    """Functions and variables that were looked at."""
    files: int
    findings: tuple[Finding, ...]
    ignored: int
    """Findings of kinds that the user wants ignored."""
    built: tuple[str, ...]
    """Modules whose Rust was built, tested and replayed."""
    not_checked: tuple[str, ...]
    """What could not be looked at, and why, a sentence each."""
