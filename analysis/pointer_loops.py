"""Loops of a C function: which parameter says how often, and what is gone through meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from analysis.pointer_terms import Step, Term, Until, Within


@dataclass
class _Loop:
    """One loop, while it is read."""

    depth: int
    compared: bool = False
    """It compares sizes, or counts down."""
    bounds: set[tuple[str, str]] = field(default_factory=set)
    """Variables, and the parameters that they stay below."""
    asked: dict[str, str] = field(default_factory=dict)
    """Variables that end the loop at 0, and the parameters that they started as."""
    lowered: set[str] = field(default_factory=set)
    """Variables that each round lowers."""
    indexed: list[tuple[Term, frozenset[str]]] = field(default_factory=list)
    stepped: list[Term] = field(default_factory=list)
    """Pointers that each round moves."""
    ends: list[Term] = field(default_factory=list)
    """What is read in the condition and ends the loop when it is 0."""

    def sized(self) -> Iterator[tuple[Term, str]]:
        """Yield pointers with the parameter that says how far the loop goes in what they lead to."""
        counting = {name: count for name, count in self.asked.items() if name in self.lowered}
        for term, names in self.indexed:
            yield from ((term, count) for name, count in self.bounds if name in names)
            yield from ((term, count) for name, count in counting.items() if name in names)
        for term in self.stepped:
            yield from ((term, count) for count in counting.values())


class Loops:
    """The loops around the place that is read, innermost last."""

    def __init__(self) -> None:
        self._open: list[_Loop] = []
        self._depth = 0
        self.in_condition = False

    def enter(self) -> None:
        """Begin a loop."""
        self._open.append(_Loop(self._depth))

    def leave(self, line: int) -> Iterator[Step]:
        """End a loop, and yield what it tells."""
        loop = self._open.pop()
        yield from (Within(term, count, line) for term, count in loop.sized())
        if not loop.compared:
            yield from (Until(term, line) for term in loop.ends)

    def branch(self) -> None:
        """Begin what not every round does."""
        self._depth += 1

    def join(self) -> None:
        """End what not every round does."""
        self._depth -= 1

    @property
    def inside(self) -> bool:
        """Tell whether what is read here may be repeated."""
        return bool(self._open)

    @property
    def conditional(self) -> bool:
        """Tell whether what is read here may be skipped or repeated."""
        return bool(self._open) or self._depth > 0

    def stays_below(self, name: str | None, count: str | None, counts: bool) -> None:
        """Take in that a variable is compared with something, and whether that is a parameter."""
        for loop in self._open if counts else ():
            loop.compared = True
        if self._open and self.in_condition:
            self._open[-1].compared = True
            if name is not None and count is not None:
                self._open[-1].bounds.add((name, count))

    def ends_at_zero(self, name: str, count: str) -> None:
        """Take in that the loop ends when a variable is 0."""
        if self._open and self.in_condition:
            self._open[-1].asked[name] = count

    def ends_at_nul(self, address: Term) -> None:
        """Take in that the loop ends when a character is 0."""
        if self._open and self.in_condition:
            self._open[-1].ends.append(address)

    def lowers(self, name: str, counts: bool) -> None:
        """Take in that a variable is lowered, and whether it counts from a parameter on."""
        for loop in self._open if counts else ():
            loop.compared = True
        if self._every_round():
            self._open[-1].lowered.add(name)

    def steps(self, pointer: Term) -> None:
        """Take in that a pointer is moved."""
        if self._every_round():
            self._open[-1].stepped.append(pointer)

    def indexes(self, pointer: Term, names: frozenset[str]) -> None:
        """Take in that something is reached from a pointer by variables."""
        for loop in self._open:
            loop.indexed.append((pointer, names))

    def _every_round(self) -> bool:
        return bool(self._open) and self._open[-1].depth == self._depth
