"""What a function's translation is held against: its harnesses, and what they come to together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

from repair.evidence.coverage import Coverage
from repair.evidence.driver import DriverSource
from repair.evidence.harness import Harness, MutantFate, SetAside


@dataclass(frozen=True, slots=True)
class Minimum:
    """How strong evidence has to be; shares from 0 to 1."""

    coverage: float
    kills: float


@dataclass(frozen=True)
class Proof:
    """The harnesses of one function; none where no driver was usable."""

    ident: str
    harnesses: tuple[Harness, ...]
    refused: tuple[str, ...] = ()
    """Why drivers were no evidence."""

    @property
    def inputs(self) -> int:
        """How many inputs are replayed."""
        return sum(len(each.corpus.inputs) for each in self.harnesses)

    @property
    def tried(self) -> int:
        """How many inputs the searches went through."""
        return sum(each.corpus.tried for each in self.harnesses)

    @property
    def set_aside(self) -> SetAside:
        """Inputs that are no evidence either way."""
        every = [each.corpus.set_aside for each in self.harnesses]
        return SetAside(
            sum(each.undefined for each in every),
            sum(each.endless for each in every),
            sum(each.outgrown for each in every),
            sum(each.undetermined for each in every),
        )

    @property
    def sources(self) -> tuple[DriverSource, ...]:
        """Who wrote the drivers."""
        return tuple(each.driver.source for each in self.harnesses)

    @cached_property
    def coverage(self) -> Coverage:
        """What any of them reaches."""
        return reduce(Coverage.joined, (each.coverage for each in self.harnesses), Coverage((), ()))

    @cached_property
    def mutants(self) -> tuple[MutantFate, ...] | None:
        """Every mutant, killed if any harness tells it apart; None where none were made."""
        made = [each.mutants for each in self.harnesses if each.mutants is not None]
        return _joined(made) if made else None

    @property
    def kills(self) -> float:
        """The share of mutants that is told apart: 0 to 1; 1 where there are none."""
        mutants = self.mutants or ()
        return sum(each.killed for each in mutants) / len(mutants) if mutants else 1.0

    @property
    def survivors(self) -> tuple[MutantFate, ...]:
        """The mutants that nothing tells apart."""
        return tuple(each for each in self.mutants or () if not each.killed)

    def weakness(self, minimum: Minimum) -> str | None:
        """Return in what it falls short of a minimum, or None."""
        if not self.harnesses:
            return "no driver could call it"
        if self.coverage.share < minimum.coverage:
            return f"{self.coverage.share:.0%} of branches reached, {minimum.coverage:.0%} wanted"
        if self.kills < minimum.kills:
            return f"{self.kills:.0%} of mutants told apart, {minimum.kills:.0%} wanted"
        return None


def _joined(made: Sequence[Sequence[MutantFate]]) -> tuple[MutantFate, ...]:
    killed = {each.number for mutants in made for each in mutants if each.killed}
    every = {each.number: each for mutants in made for each in mutants}
    return tuple(replace(each, killed=number in killed) for number, each in sorted(every.items()))
