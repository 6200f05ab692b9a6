"""The values: a run among others, the functions of its module, and what they come to."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.inventory import Kind
from migrate.report.calls import Calls
from migrate.report.compare import RunFigures
from migrate.report.states import State
from repair.plug import PlugKind


class Acceptance(enum.StrEnum):
    """How something came to be Rust."""

    FIRST = "first"
    """The model's first answer was accepted."""
    REPAIRED = "repaired"
    """A later answer was."""
    HAND = "hand"
    """A person wrote it."""
    NEVER = "never"
    """It is not Rust, or it is Rust that tests speak against."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown for a function, in figures."""

    sentence: str
    inputs: int
    branches: int
    branches_reached: int
    mutants: int | None
    mutants_told_apart: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """A function or variable of a module, and how far it has come."""

    name: str
    place: str
    """Where on the module's page it stands."""
    kind: Kind
    file: str
    line: int
    plug: PlugKind
    state: State
    omitted: bool
    """The last answer lacks something of the C, or none held it as Rust."""
    acceptance: Acceptance
    attempts: int
    why: str
    """What it lacks, in a sentence; nothing for what is done."""
    shown: Shown | None
    """None where nothing was looked for."""
    lines: int
    """Lines of Rust with code."""
    unsafe_lines: int
    calls: Calls

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do for it."""
        return self.state is State.RUST


@dataclass(frozen=True)
class Tally:
    """Some functions and variables, counted."""

    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return len(self.parts)

    @cached_property
    def states(self) -> dict[State, int]:
        """How many there are in each state."""
        found = Counter(part.state for part in self.parts)
        return {state: found[state] for state in State}

    @cached_property
    def plugs(self) -> dict[PlugKind, int]:
        """How many each kind of plug fills."""
        found = Counter(part.plug for part in self.parts)
        return {kind: found[kind] for kind in PlugKind}

    @cached_property
    def acceptances(self) -> dict[Acceptance, int]:
        """How many came to be Rust in each way."""
        found = Counter(part.acceptance for part in self.parts)
        return {each: found[each] for each in Acceptance}

    @property
    def rust(self) -> int:
        """How many are Rust, on whatever evidence."""
        return self.plugs[PlugKind.RUST]

    @property
    def done(self) -> int:
        """How many are Rust with nothing against them."""
        return self.states[State.RUST]

    @cached_property
    def omitted(self) -> int:
        """How many were left out."""
        return sum(part.omitted for part in self.parts)

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """What was shown for functions that are Rust."""
        rust = (part for part in self.parts if part.plug is PlugKind.RUST)
        return tuple(part.shown for part in rust if part.shown is not None)

    @cached_property
    def not_looked_at(self) -> int:
        """How many functions are Rust without that evidence was looked for."""
        rust = (part for part in self.parts if part.plug is PlugKind.RUST and part.kind is Kind.FUNCTION)
        return sum(part.shown is None for part in rust)

    @cached_property
    def branches(self) -> float | None:
        """Share of the branches of the C that inputs reach: 0 to 1; None where none were measured."""
        return _share(
            sum(each.branches_reached for each in self.shown), sum(each.branches for each in self.shown)
        )

    @cached_property
    def mutants(self) -> float | None:
        """Share of mutants of the C that inputs tell apart: 0 to 1; None where none were made."""
        told = sum(each.mutants_told_apart or 0 for each in self.shown)
        return _share(told, sum(each.mutants or 0 for each in self.shown))

    @cached_property
    def lines(self) -> int:
        """Lines with code in functions that are Rust."""
        return sum(part.lines for part in self.parts if part.kind is Kind.FUNCTION)

    @cached_property
    def unsafe_lines(self) -> int:
        """How many of these are in what is unsafe."""
        return sum(part.unsafe_lines for part in self.parts if part.kind is Kind.FUNCTION)


@dataclass(frozen=True)
class ModuleRun:
    """A run, and what became of the module."""

    key: str
    """Unique among runs, and fit for file names and addresses."""
    title: str
    folder: Path
    """Its output folder."""
    run: str
    """The same, to be read."""
    running: bool
    """A process is at work in that folder, so that this is what it had come to."""
    root: str
    """The folder that the names of C files are relative to; nothing where it is not known."""
    figures: RunFigures
    tally: Tally


@dataclass(frozen=True, slots=True)
class Pending:
    """A run without a report so far."""

    run: str
    running: bool
    why: str = ""
    """Why there is none, where that is known."""


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
