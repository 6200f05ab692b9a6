"""Says whose a difference is: that of the function that shows it, or of what it calls and reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from repair.evidence.comparison import Difference
from repair.plug import RenderedCrate


@dataclass(frozen=True, slots=True)
class Replayed:
    """A crate that functions were replayed on, and those that do something else than the C there."""

    crate: RenderedCrate
    differing: Mapping[str, Difference]


@dataclass(frozen=True, slots=True)
class Fault:
    """What shows that something in Rust is wrong."""

    shown_by: str
    """The function that differs: the guilty one itself, or one in C that relies on it."""
    difference: Difference
    crate: RenderedCrate
    """Where that was seen."""


Without = Callable[[frozenset[str], frozenset[str]], Replayed | None]
"""Puts some holes to C besides those that are, and replays some functions; None where that does not build."""


@dataclass(frozen=True, slots=True)
class Blame:
    """Finds out who is to blame in one crate."""

    reached: Mapping[str, frozenset[str]]
    """By function: the holes that a call of it may run or read, its own included."""
    rust: frozenset[str]
    """The holes that are Rust and may be wrong."""
    without: Without

    def faults(self, now: Replayed) -> dict[str, Fault]:
        """Return what is to blame for functions that differ, each with what shows it.

        A function that does what the C does once it is C itself was wrong. One that differs even then was
        misled. Those that may be mended by what is found here are left for the next time.
        """
        lowest = self._lowest(now.differing)
        relying = frozenset(each for each in lowest if self._below(each))
        misled = self.without(relying, relying) if relying else None
        mended = self._mended(misled) if misled is not None else frozenset()
        guilty: dict[str, Fault] = {}
        for each in sorted(lowest):
            if misled is not None and each in mended:
                guilty |= {} if self._below(each) & guilty.keys() else self._culprits(each, misled)
            elif each in self.rust:
                guilty[each] = Fault(each, now.differing[each], now.crate)
        return guilty

    def _lowest(self, differing: Mapping[str, Difference]) -> frozenset[str]:
        """Return the functions whose difference cannot come from another one that differs.

        Of those that call one another in a circle it is the first.
        """
        reached = {each: self.reached[each] & differing.keys() for each in differing}
        lowest = {each for each, others in reached.items() if all(each in reached[one] for one in others)}
        return frozenset(min(reached[each]) for each in lowest)

    def _below(self, function: str) -> frozenset[str]:
        return self.reached[function] & self.rust - {function}

    def _mended(self, misled: Replayed) -> frozenset[str]:
        """Return which of some misled functions do what the C does when they rely on no Rust."""
        found = frozenset(misled.differing)
        clean = self.without(found.union(*map(self._below, found)), found) if found else None
        return found - clean.differing.keys() if clean is not None else frozenset()

    def _culprits(self, function: str, misled: Replayed) -> dict[str, Fault]:
        group, shown = self._narrowed(sorted(self._below(function)), function, misled)
        return dict.fromkeys(group, Fault(function, shown.differing[function], shown.crate))

    def _narrowed(
        self, group: Sequence[str], function: str, shown: Replayed
    ) -> tuple[Sequence[str], Replayed]:
        """Halve a group that misleads a function in C, for as long as a half does."""
        middle = len(group) // 2
        for half in (group[:middle], group[middle:]) if middle else ():
            in_c = self._below(function) - frozenset(half) | {function}
            tried = self.without(in_c, frozenset({function}))
            if tried is not None and function in tried.differing:
                return self._narrowed(half, function, tried)
        return group, shown
