"""Mutants and branches that no input can tell from the original, each for a stated reason."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

LISTED = Path(__file__).with_name("equivalent.toml")
Language = Literal["c", "rust"]


class Edit(Protocol):
    """A single edit of a function."""

    @property
    def line(self) -> int:
        """Where it is: of the file in C, of the answer's text in Rust."""
        ...

    @property
    def before(self) -> str:
        """What stood there."""
        ...

    @property
    def after(self) -> str:
        """What stands there instead; nothing where it is deleted."""
        ...


@dataclass(frozen=True)
class Equivalents:
    """What `equivalent.toml` lists: `[[c]]` and `[[rust]]` mutants, and `[[branch]]` lines of the C."""

    mutants: frozenset[tuple[str, ...]]
    branches: frozenset[tuple[str, ...]]
    met: set[tuple[str, ...]] = field(default_factory=set)
    """Entries that were asked for and found."""

    def holds(self, language: Language, sample: str, function: str, edit: Edit) -> bool:
        """Tell whether a mutant is listed."""
        return self._met((language, sample, function, str(edit.line), edit.before, edit.after))

    def unreachable(self, sample: str, function: str, line: int) -> bool:
        """Tell whether what no input reaches in a line is listed."""
        return self._met(("branch", sample, function, str(line)))

    def stale(self, kinds: Sequence[str], samples: Iterable[str]) -> list[str]:
        """Return the entries of these kinds and samples that nothing was found for."""
        wanted = {(kind, sample) for sample in samples for kind in kinds}
        listed = self.mutants | self.branches
        return sorted(" ".join(each) for each in listed - self.met if (each[0], each[1]) in wanted)

    def _met(self, entry: tuple[str, ...]) -> bool:
        if entry not in self.mutants and entry not in self.branches:
            return False
        self.met.add(entry)
        return True


NONE = Equivalents(frozenset(), frozenset())


def read_equivalents(path: Path = LISTED) -> Equivalents:
    """Read the list. Raise SystemExit for an entry without a reason."""
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    for kind, entries in listed.items():
        for each in entries:
            if not each.get("reason"):
                raise SystemExit(f"{path}: a [[{kind}]] of {each['function']} has no reason")
    mutants = {
        (kind, *(str(each[key]) for key in ("sample", "function", "line", "before", "after")))
        for kind in ("c", "rust")
        for each in listed.get(kind, ())
    }
    branches = {
        ("branch", *(str(each[key]) for key in ("sample", "function", "line")))
        for each in listed.get("branch", ())
    }
    return Equivalents(frozenset(mutants), frozenset(branches))
