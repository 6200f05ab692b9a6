"""A harness: a driver, the inputs it is replayed on, and how strong they were found to be."""

from __future__ import annotations

from dataclasses import dataclass

from repair.evidence.coverage import Coverage
from repair.evidence.driver import Driver


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is spent on one function."""

    name: str
    runs: int
    """Inputs that a search tries."""
    seconds: int
    """What a search may take at most."""
    random_inputs: int
    mutants: bool
    """Whether mutants of the C are made."""
    hunts: int
    """Rounds of a search for inputs that tell surviving mutants apart."""


QUICK = Effort("quick", 20_000, 12, 100, mutants=False, hunts=0)
FULL = Effort("full", 60_000, 12, 300, mutants=True, hunts=2)
EFFORTS = {each.name: each for each in (QUICK, FULL)}


@dataclass(frozen=True, slots=True)
class SetAside:
    """Inputs that are no evidence either way, by reason."""

    undefined: int = 0
    """The C does what C leaves undefined."""
    endless: int = 0
    """The C does not end in time."""
    outgrown: int = 0
    """The C takes more memory, or calls back more often, than any input may."""
    undetermined: int = 0
    """The C gives another result when memory that it never wrote holds something else, or at another time."""

    @property
    def total(self) -> int:
        """How many there are."""
        return self.undefined + self.endless + self.outgrown + self.undetermined


@dataclass(frozen=True, slots=True)
class Corpus:
    """Inputs on which the C is defined, and what it reports on each."""

    inputs: tuple[bytes, ...]
    logs: tuple[str, ...]
    """Hashes of what the C reports, one for each input."""
    set_aside: SetAside
    tried: int
    """Inputs that the search went through to find these."""


@dataclass(frozen=True, slots=True)
class MutantFate:
    """A single-edit mutant of the C function, and whether any input tells it apart."""

    number: int
    line: int
    before: str
    after: str
    """Nothing where a statement is deleted."""
    killed: bool


@dataclass(frozen=True, slots=True)
class Harness:
    """What a function's translation has to stand up to."""

    driver: Driver
    corpus: Corpus
    coverage: Coverage
    mutants: tuple[MutantFate, ...] | None
    """None where they were not made."""
    unmade: bool = False
    """Whether mutants were asked for, and could not be made since the C cannot be read for them."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a driver is no evidence."""

    reason: str
    """One sentence."""
