"""What a function's translation is held against: its harnesses, and what they come to together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

from repair.evidence.coverage import Coverage
from repair.evidence.driver import Driver, DriverSource
from repair.evidence.harness import Harness, MutantFate, SetAside
from repair.excuse import Excuse


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
    claims: tuple[Excuse, ...] = ()
    """Where the author of a driver says that no input can show more; nobody has checked it."""

    def has(self, driver: Driver) -> bool:
        """Tell whether a harness has the very same driver."""
        return any(each.driver.fingerprint == driver.fingerprint for each in self.harnesses)

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
    def unmade(self) -> bool:
        """Whether mutants were asked for and could not be made."""
        return self.mutants is None and any(each.unmade for each in self.harnesses)

    @property
    def kills(self) -> float:
        """The share of mutants that is told apart, as `share_told_apart` counts it."""
        mutants = self.mutants or ()
        killed = sum(each.killed for each in mutants)
        return share_told_apart(killed, len(mutants), unmade=self.unmade)

    @property
    def survivors(self) -> tuple[MutantFate, ...]:
        """The mutants that nothing tells apart."""
        return tuple(each for each in self.mutants or () if not each.killed)

    def weakness(self, minimum: Minimum) -> str | None:
        """Return in what it falls short of a minimum, or None."""
        if not self.harnesses:
            return "no driver could call it"
        measured = bool(self.coverage.lines or self.coverage.branches)
        reached = shortfall_reached(self.coverage.share, minimum, measured=measured)
        return reached or shortfall_told_apart(self.kills, minimum, unmade=self.unmade)

    def may_grow(self, minimum: Minimum) -> bool:
        """Tell whether it falls short in what another driver might show."""
        # No driver makes mutants of C that cannot be read for them.
        possible = replace(minimum, kills=0.0) if self.unmade else minimum
        return self.weakness(possible) is not None

    @property
    def standing_claims(self) -> tuple[Excuse, ...]:
        """The claims about lines where something is not shown."""
        gaps = {*self._unreached, *(each.line for each in self.survivors)}
        return tuple(each for each in self.claims if any(line in each for line in gaps))

    def is_explained(self, minimum: Minimum) -> bool:
        """Tell whether its author claims of all that it falls short in that no input can show it."""
        short = self._unreached if self.coverage.share < minimum.coverage else set()
        if self.kills < minimum.kills:
            short = short | {each.line for each in self.survivors}
        return bool(self.harnesses) and all(map(self.is_claimed, short))

    def is_claimed(self, line: int) -> bool:
        """Tell whether its author says of a line that no input can show more."""
        return any(line in each for each in self.claims)

    @property
    def _unreached(self) -> set[int]:
        return {*self.coverage.missed, *self.coverage.half}


def share_told_apart(killed: int, mutants: int, *, unmade: bool) -> float:
    """Return the share of mutants that is told apart: 1 where there are none, 0 where none could be made."""
    return killed / mutants if mutants else float(not unmade)


def shortfall_reached(share: float, minimum: Minimum, *, measured: bool) -> str | None:
    """Return in what coverage falls short of a minimum, or None."""
    if share >= minimum.coverage:
        return None
    if not measured:
        return "its lines and branches could not be counted"
    return f"{floored(share)} of branches reached, {minimum.coverage:.0%} wanted"


def shortfall_told_apart(share: float, minimum: Minimum, *, unmade: bool) -> str | None:
    """Return in what mutants that are told apart fall short of a minimum, or None."""
    if share >= minimum.kills:
        return None
    if unmade:
        return "mutants of it could not be made"
    return f"{floored(share)} of mutants told apart, {minimum.kills:.0%} wanted"


def floored(share: float) -> str:
    """Spell a share as whole percent, rounded down: what falls short never looks as if it did not."""
    # 0.29 * 100 is less than 29 for a computer.
    return f"{int(share * 100 + 1e-9)}%"


def _joined(made: Sequence[Sequence[MutantFate]]) -> tuple[MutantFate, ...]:
    killed = {each.number for mutants in made for each in mutants if each.killed}
    every = {each.number: each for mutants in made for each in mutants}
    return tuple(replace(each, killed=number in killed) for number, each in sorted(every.items()))
