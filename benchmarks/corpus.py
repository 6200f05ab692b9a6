"""How strong the evidence for each function is: branches of its C reached, mutants of its C told apart.

Run as `python -m benchmarks.corpus [--fresh] [MODULE ...]`; needs no model. Figures are means over all
functions, in which one without a driver counts as nothing shown. With `--fresh` every harness is made again
without the cache, one after the other on one core, for the time that it takes.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from benchmarks.equivalent import Equivalents, read_equivalents
from benchmarks.evidence import SAMPLES, Sample, opened, progress
from repair.evidence.coverage import Coverage, Mark
from repair.evidence.harness import EFFORTS, MutantFate
from repair.evidence.lab import Lab
from repair.evidence.proof import Proof
from repair.evidence.proving import prove

_LEAST_BRANCHES, _LEAST_MUTANTS = 0.9, 0.85
_LEVEL = "full"


@dataclass(frozen=True, slots=True)
class Strength:
    """What was shown for one function, less what nothing could show."""

    sample: str
    proof: Proof
    missed: tuple[Mark, ...]
    """Branches that no input reaches, those left out that nothing can reach."""
    survivors: tuple[MutantFate, ...]
    equivalent: int
    """Branches and mutants left out."""
    unreachable: int
    """Those of them that are branches."""
    seconds: float | None
    """Wall time for its harnesses on one core; None where it was not measured."""

    @property
    def name(self) -> str:
        """The function and its module."""
        return f"{self.sample}: {self.proof.ident}"

    @property
    def branches(self) -> float:
        """The share of branches, or of lines where there are none; 0 where nothing was counted."""
        marks = _marks(self.proof.coverage)
        return _share(len(marks) - self.unreachable, len(self.missed)) if marks else 0.0

    @property
    def mutants(self) -> float:
        """The share of the C's mutants; 0 where none could be made, and without a driver."""
        if self.proof.mutants is None:
            return 0.0
        made = len(self.proof.mutants) - (self.equivalent - self.unreachable)
        return _share(made, len(self.survivors))

    @property
    def is_weak(self) -> bool:
        """Whether it falls short of what runs ask for."""
        return self.branches < _LEAST_BRANCHES or self.mutants < _LEAST_MUTANTS


def _marks(coverage: Coverage) -> tuple[Mark, ...]:
    return coverage.branches or coverage.lines


def _share(whole: int, missing: int) -> float:
    return 1 - missing / whole if whole else 1.0


def strength(sample: str, proof: Proof, equivalents: Equivalents, seconds: float | None = None) -> Strength:
    """Weigh a proof."""
    unreached = [mark for mark in _marks(proof.coverage) if not mark.hit]
    missed = tuple(mark for mark in unreached if not equivalents.unreachable(sample, proof.ident, mark.line))
    unreachable = len(unreached) - len(missed)
    survivors = tuple(
        each for each in proof.survivors if not equivalents.holds("c", sample, proof.ident, each)
    )
    return Strength(
        sample,
        proof,
        missed,
        survivors,
        len(proof.survivors) - len(survivors) + unreachable,
        unreachable,
        seconds,
    )


def seconds_afresh(sample: Sample, lab: Lab, proof: Proof) -> float:
    """Make the harnesses of a function again; return what that takes."""
    started = time.perf_counter()
    hole = sample.room.targets[proof.ident].hole
    for each in proof.harnesses:
        prove(lab, each.driver, hole, EFFORTS[_LEVEL])
    return time.perf_counter() - started


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep this process, and those that it starts, to one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def measure(sample: Sample, equivalents: Equivalents, *, fresh: bool) -> list[Strength]:
    """Weigh the proofs of all functions of a sample."""
    proofs = sample.behaviour.proofs.values()
    seconds: dict[str, float] = {}
    if fresh:
        # A folder of its own: nothing that was compiled before is there.
        lab = replace(sample.room.lab, folder=sample.room.lab.folder.with_name("afresh"), _objects={})
        with _one_core():
            for each in proofs:
                seconds[each.ident] = seconds_afresh(sample, lab, each)
                progress(f"    {each.ident}: {seconds[each.ident]:.1f} s")
    return [strength(sample.name, each, equivalents, seconds.get(each.ident)) for each in proofs]


def show(found: Sequence[Strength]) -> None:
    """Print a line for each function, and what is missed where that is too much."""
    print(f"{'function':<40}{'inputs':>8}{'branches':>10}{'mutants':>9}{'equivalent':>12}{'seconds':>9}")
    for each in found:
        seconds = "" if each.seconds is None else f"{each.seconds:.1f}"
        shares = f"{each.branches:>10.1%}{each.mutants:>9.1%}"
        print(f"{each.name:<40}{each.proof.inputs:>8}{shares}{each.equivalent:>12}{seconds:>9}")
    for each in sorted(found, key=lambda each: not each.is_weak):
        if each.missed or each.survivors or not each.proof.harnesses:
            show_gaps(each)


def show_gaps(found: Strength) -> None:
    """Print what of one function is missed."""
    how = "weak" if found.is_weak else "strong enough"
    print(f"{how}: {found.name}: {found.branches:.1%} of branches, {found.mutants:.1%} of mutants")
    for reason in found.proof.refused:
        print(f"    {reason}")
    for line in sorted({mark.line for mark in found.missed}):
        print(f"    line {line}: {sum(mark.line == line for mark in found.missed)} outcomes not reached")
    for each in found.survivors:
        print(f"    line {each.line}: {each.before} -> {each.after}")


def main() -> None:
    """Print the figures, the last line as one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", default=SAMPLES)
    parser.add_argument("--fresh", action="store_true", help="make every harness again and take the time")
    options = parser.parse_args()
    equivalents, found = read_equivalents(), list[Strength]()
    for path in options.modules:
        with opened(Path(path), _LEVEL) as sample:
            found += measure(sample, equivalents, fresh=options.fresh)
    show(found)
    for entry in equivalents.stale(("c", "branch"), {each.sample for each in found}):
        print(f"nothing missed is: {entry}")
    by_branches = min(found, key=lambda each: each.branches)
    by_mutants = min(found, key=lambda each: each.mutants)
    seconds = {each.name: each.seconds for each in found if each.seconds is not None}
    slowest = max(seconds, key=lambda name: seconds[name], default=None)
    figures = {
        "name": "corpus",
        "functions": len(found),
        "undriven": sum(not each.proof.harnesses for each in found),
        "branches": round(mean(each.branches for each in found), 4),
        "c_mutants": round(mean(each.mutants for each in found), 4),
        "worst_branches": {by_branches.name: round(by_branches.branches, 4)},
        "worst_c_mutants": {by_mutants.name: round(by_mutants.mutants, 4)},
        "weak": sum(each.is_weak for each in found),
        "equivalent": sum(each.equivalent for each in found),
        "seconds_per_function": round(mean(seconds.values()), 1) if seconds else None,
        "worst_seconds": {slowest: round(seconds[slowest], 1)} if slowest else None,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
