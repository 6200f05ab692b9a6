"""What the locals of a Rust function stand for, as reading comes to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis.rust_names import forks, names_in, picks
from analysis.structure import NOTHING
from analysis.syntax import Node

_ALIASES = 16


@dataclass
class Aliases:
    """Remembers the last value of each local by what it names."""

    stands_for: dict[str, frozenset[str]] = field(default_factory=dict)
    chosen: set[str] = field(default_factory=set)
    """Locals whose value is a choice."""

    def more(self, names: Iterable[str]) -> frozenset[str]:
        """Return what the locals among these names stand for."""
        found = NOTHING.union(*(self.stands_for.get(each, NOTHING) for each in names))
        return found - frozenset(names)

    def is_choice(self, value: Node | None) -> bool:
        """Tell whether a value is one of several."""
        if value is None:
            return False
        return forks(value) or picks(value) or bool(names_in(value) & self.chosen)

    def remember(self, names: Iterable[str], value: Node | None, operator: str) -> None:
        """Take note of a store to locals."""
        known = names_in(value)
        self.note(names, known | self.more(known), operator, choice=self.is_choice(value))

    def note(self, names: Iterable[str], known: frozenset[str], operator: str, *, choice: bool) -> None:
        """Take note of what locals stand for from here on."""
        for name in names:
            before = NOTHING if operator == "=" else self.stands_for.get(name, NOTHING)
            self.stands_for[name] = frozenset(sorted(known | before - {name})[:_ALIASES])
            (self.chosen.add if choice else self.chosen.discard)(name)
