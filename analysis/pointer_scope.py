"""What a name in a function means: a variable of its own, or something at file scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field

from analysis.c_types import CType
from analysis.pointer_terms import Root, RootKind

Meaning = tuple[Root, CType | None]
"""Where something stands, and its type where that is known."""


@dataclass
class Scope:
    """The names that are visible at one place of a function."""

    outside: Callable[[str], Meaning | None]
    blocks: list[dict[str, Meaning]] = field(default_factory=lambda: [{}])
    used: set[str] = field(default_factory=set)
    fixed: Set[str] | None = frozenset()
    """Variables that are the same from their declaration on; None where all are."""
    jumps: dict[str, list[list[dict[str, Meaning]]]] = field(default_factory=dict)
    """By label: what names meant where the jumps to it stand."""
    counts: dict[Root, set[str]] = field(default_factory=dict)
    """Integer parameters, and what may have started as a copy of one."""

    def enter(self) -> None:
        """Begin a block."""
        self.blocks.append({})

    def leave(self) -> None:
        """End a block."""
        self.blocks.pop()

    def declare(self, name: str, kind: CType, root: Root | None = None) -> Root:
        """Make a name known from here on, as a local variable unless it stands elsewhere."""
        if root is None:
            key = name if name not in self.used else f"{name}@{len(self.used)}"
            self.used.add(key)
            root = Root(RootKind.LOCAL, key)
        self.blocks[-1][name] = (root, kind)
        return root

    def find(self, name: str) -> Meaning | None:
        """Return what a name means here."""
        for block in reversed(self.blocks):
            if name in block:
                return block[name]
        return self.outside(name)

    def renew(self, name: str) -> None:
        """Take a local variable for another one from here on, since it is set anew."""
        block = next((each for each in reversed(self.blocks) if name in each), None)
        if block is None or self.fixed is None or name in self.fixed:
            return
        root, kind = block[name]
        if root.kind is RootKind.LOCAL:
            self.used.add(f"{name}#{len(self.used)}")
            block[name] = (Root(RootKind.LOCAL, f"{name}#{len(self.used) - 1}"), kind)

    def jump(self, label: str) -> None:
        """Take in that a jump leads from here to a label further on."""
        self.jumps.setdefault(label, []).append([dict(each) for each in self.blocks])

    def arrive(self, label: str, falls: bool) -> Iterator[tuple[Root, tuple[Root, ...]]]:
        """Yield the variables that differ between the ways to a label, each with what it may have been.

        `falls` says whether one of the ways is the statement before.
        """
        arriving = [*self.jumps.get(label, []), *([self.blocks] if falls else [])]
        for number, block in enumerate(self.blocks):
            for name, (root, kind) in list(block.items()):
                ways = {each[number][name][0] for each in arriving if name in each[number]}
                if len(ways) == 1:
                    block[name] = (ways.pop(), kind)
                elif len(ways) > 1:
                    self.renew(name)
                    yield block[name][0], tuple(sorted(ways))
                del root

    def count_of(self, name: str) -> str | None:
        """Return the integer parameter that a variable is, or started as."""
        found = self.find(name)
        known = self.counts.get(found[0], set()) if found is not None else set()
        return next(iter(known)) if len(known) == 1 else None
