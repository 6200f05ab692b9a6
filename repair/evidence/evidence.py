"""What was shown for an accepted function, in figures and in a sentence that a reviewer can believe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from repair.evidence.coverage import share_reached
from repair.evidence.harness import MutantFate, SetAside
from repair.evidence.proof import (
    Minimum,
    Proof,
    floored,
    share_told_apart,
    shortfall_reached,
    shortfall_told_apart,
)
from repair.excuse import Excuse

_LISTED = 3
_DIFFERS = "it differs in the finished crate"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Figures for one function; nothing in it that was not measured."""

    drivers: tuple[str, ...]
    """Who wrote each driver: `rule`, `model`."""
    inputs: int
    """Inputs on which C and Rust were seen to do the same."""
    tried: int
    set_aside: SetAside
    lines: int
    branches: int
    branches_hit: int
    missed: tuple[int, ...]
    """Lines of the C that no input reaches."""
    mutants: int | None
    """Single-edit mutants of the C; None where none were made."""
    survivors: tuple[MutantFate, ...]
    weakness: str | None
    """In what it falls short of the minimum asked for."""
    refused: tuple[str, ...] = ()
    """Why drivers were no evidence."""
    differs: bool = False
    """The finished crate does something else after all."""
    claims: tuple[Excuse, ...] = ()
    """Where the author of a driver says that no input can show more; it does not count for anything."""
    unmade: bool = False
    """Mutants were asked for and could not be made."""
    through: str = ""
    """The function that was called for it, where it cannot be called itself."""

    @property
    def killed(self) -> int:
        """Mutants that an input tells apart."""
        return (self.mutants or 0) - len(self.survivors)

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        if not self.inputs and not self.differs:
            return "behaviour not shown: no driver could call it"
        return "; ".join(self._parts())

    @property
    def short(self) -> str:
        """Say it in a table's cell."""
        if self.differs:
            return "differs from the C"
        if not self.inputs:
            return "not shown"
        told = "" if not self.mutants else f", {self.killed}/{self.mutants} mutants"
        branches = words_of_branches(self.branches_hit, self.branches, self.lines)
        return f"{self.inputs:,} inputs, {branches}{told}"

    def below(self, minimum: Minimum) -> str | None:
        """Return in what the figures fall short of a minimum, or None."""
        if self.differs:
            return _DIFFERS
        if not self.inputs:
            return "no driver could call it"
        share = share_reached(self.branches_hit, self.branches, self.lines - len(self.missed), self.lines)
        told = share_told_apart(self.killed, self.mutants or 0, unmade=self.unmade)
        reached = shortfall_reached(share, minimum, measured=bool(self.lines or self.branches))
        return reached or shortfall_told_apart(told, minimum, unmade=self.unmade)

    def _parts(self) -> Iterator[str]:
        if self.differs:
            yield "it differs from the C in the finished crate"
        if self.lines:
            yield f"{self.lines} line{'s' if self.lines > 1 else ''}"
        if self.branches:
            yield f"{self.inputs:,} inputs at {_percent(self.branches_hit, self.branches)} of branches"
        else:
            yield f"{self.inputs:,} inputs"
            yield words_of_branches(self.branches_hit, self.branches, self.lines)
        if self.unmade:
            yield "mutants of it could not be made"
        elif self.mutants == 0:
            yield "no mutant can be made of it"
        elif self.mutants is not None:
            yield f"{self.killed} of {self.mutants} mutants told apart"
        if self.survivors:
            listed = ", ".join(map(_spelled, self.survivors[:_LISTED]))
            more = "" if len(self.survivors) <= _LISTED else ", …"
            yield f"{len(self.survivors)} survivor{'s' if len(self.survivors) > 1 else ''}: {listed}{more}"

    @property
    def not_shown(self) -> tuple[str, ...]:
        """Say what is open, a sentence each."""
        return tuple(self._gaps())

    def _gaps(self) -> Iterator[str]:
        if self.differs:
            yield "In the finished crate it does something else than the C on an input."
        if not self.inputs:
            yield from self.refused or ("There was no driver.",)
            return
        if self.through:
            yield f"It was seen at work through `{self.through}` only: C cannot call its Rust."
        if self.missed:
            yield f"No input reaches {_ranges(self.missed)} of the C."
        if self.unmade:
            yield "No mutants of the C could be made: it cannot be read for that."
        elif self.mutants is None:
            yield "No mutants of the C were made; --evidence full makes them where its C can be read."
        if self.set_aside.total:
            yield f"{self.set_aside.total:,} inputs were set aside: {_reasons(self.set_aside)}."
        for claim in self.claims:
            lines = _ranges(tuple(range(claim.first, claim.last + 1)))
            yield f"Who wrote the driver claims that no input shows more of {lines}: {claim.reason}"


def evidence_of(proof: Proof, minimum: Minimum, *, differs: bool) -> Evidence:
    """Sum up a proof that was replayed on the finished crate."""
    coverage = proof.coverage
    return Evidence(
        drivers=tuple(each.value for each in proof.sources),
        inputs=proof.inputs,
        tried=proof.tried,
        set_aside=proof.set_aside,
        lines=len(coverage.lines),
        branches=len(coverage.branches),
        branches_hit=sum(each.hit for each in coverage.branches),
        missed=coverage.missed,
        mutants=None if proof.mutants is None else len(proof.mutants),
        survivors=proof.survivors,
        weakness=_DIFFERS if differs else proof.weakness(minimum),
        refused=proof.refused,
        differs=differs,
        claims=proof.standing_claims,
        unmade=proof.unmade,
    )


def read_evidence(kept: Mapping[str, Any]) -> Evidence:
    """Read what `dataclasses.asdict` made of evidence."""
    values: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in kept.items()
    }
    values["set_aside"] = SetAside(**kept["set_aside"])
    values["survivors"] = tuple(MutantFate(**each) for each in kept["survivors"])
    values["claims"] = tuple(Excuse(**each) for each in kept.get("claims", ()))
    return Evidence(**values)


def words_of_branches(hit: int, branches: int, lines: int) -> str:
    """Say what share of a function's branches inputs reach, where it has any and they were counted."""
    if branches:
        return f"{_percent(hit, branches)} of branches"
    return "no branches" if lines else "branches not measured"


def _percent(part: int, whole: int) -> str:
    return floored(part / whole).replace("%", " %")


def _spelled(mutant: MutantFate) -> str:
    change = f"`{mutant.after}` for `{mutant.before}`" if mutant.after else f"without `{mutant.before}`"
    return f"line {mutant.line} {change}"


def _reasons(aside: SetAside) -> str:
    reasons = {
        "the C is undefined": aside.undefined,
        "the C does not end": aside.endless,
        "the C takes too much memory or time in callbacks": aside.outgrown,
        "the C depends on memory that nobody wrote, or on the time": aside.undetermined,
    }
    return ", ".join(f"{count:,} since {reason}" for reason, count in reasons.items() if count)


def _ranges(lines: tuple[int, ...]) -> str:
    """Spell lines as ranges: `lines 3-5, 9`."""
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    spelled = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
    return f"line{'s' if len(lines) > 1 else ''} {spelled}"
