"""Runs taken together: what they come to, what they cost, and which module calls which."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from analysis.inventory import Kind
from migrate.overview.module import ModuleRun, Pending, Tally


@dataclass(frozen=True, slots=True)
class Spent:
    """What runs used up."""

    usd: float
    """Of the runs whose price is known."""
    unpriced: int
    """Runs of which some price is not known."""
    tokens_in: int
    tokens_out: int
    seconds: float


@dataclass(frozen=True)
class Fleet:
    """Any set of runs."""

    modules: tuple[ModuleRun, ...]
    pending: tuple[Pending, ...] = ()

    @cached_property
    def tally(self) -> Tally:
        """All functions and variables of all runs, counted."""
        return Tally(tuple(part for each in self.modules for part in each.tally.parts))

    @cached_property
    def spent(self) -> Spent:
        """What all of them used up."""
        figures = [each.figures for each in self.modules]
        costs = [each.cost_usd for each in figures]
        return Spent(
            usd=sum(cost for cost in costs if cost is not None),
            unpriced=sum(cost is None for cost in costs),
            tokens_in=sum(each.tokens_in for each in figures),
            tokens_out=sum(each.tokens_out for each in figures),
            seconds=sum(each.seconds for each in figures),
        )

    @property
    def running(self) -> int:
        """How many runs are still going on."""
        reported = sum(each.running for each in self.modules)
        return reported + sum(each.running for each in self.pending)

    @cached_property
    def failing(self) -> tuple[ModuleRun, ...]:
        """The runs whose tests fail with the crate."""
        return tuple(each for each in self.modules if each.figures.tests_passed is False)

    @cached_property
    def calls(self) -> dict[str, tuple[str, ...]]:
        """Which modules each one calls, all by their keys.

        A function that several modules define is nobody's: a name alone does not say which is meant.
        """
        home = self.homes
        found = {
            each.key: {home.get(name) for part in each.tally.parts for name in part.calls.outside}
            for each in self.modules
        }
        return {key: tuple(sorted(other for other in used if other)) for key, used in found.items()}

    @cached_property
    def homes(self) -> dict[str, str]:
        """Return the module of each function that one module only defines for others, by its key."""
        defined = [
            (part.name, each.key)
            for each in self.modules
            for part in each.tally.parts
            if part.kind is Kind.FUNCTION and not part.calls.local
        ]
        counts = Counter(name for name, _ in defined)
        return {name: key for name, key in defined if counts[name] == 1}
