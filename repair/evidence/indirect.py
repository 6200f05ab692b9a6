"""What the harness of a function shows of another one that it calls, and that no driver can call itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from repair.evidence.coverage import measure_coverages
from repair.evidence.harness import Harness, MutantFate
from repair.evidence.lab import Lab, LabError
from repair.evidence.mutants import MutantProgram, Unmade, link_mutants
from repair.hole import Hole


def reached_through(lab: Lab, harness: Harness, functions: Iterable[Hole]) -> dict[str, Harness]:
    """Measure what the inputs of a harness reach of functions of the same C file that its own one calls.

    There are no mutants in it. Functions that no input comes to are left out; so are all where the driver
    does not build.
    """
    symbols = {each.ident: each.symbol for each in functions}
    try:
        found = measure_coverages(lab, harness.driver, symbols, harness.corpus.inputs)
    except LabError:
        return {}
    return {
        ident: replace(harness, driver=replace(harness.driver, ident=ident), coverage=coverage, mutants=None)
        for ident, coverage in found.items()
        if any(each.hit for each in coverage.lines)
    }


def told_apart_through(lab: Lab, reached: Harness, function: Hole) -> Harness:
    """Tell which mutants of a function the inputs that come to it tell apart."""
    try:
        fates = _fates(lab, reached, function)
    except LabError:
        fates = None
    return replace(reached, mutants=fates, unmade=fates is None)


def _fates(lab: Lab, harness: Harness, function: Hole) -> tuple[MutantFate, ...] | None:
    made = link_mutants(lab, harness.driver, function)
    if not isinstance(made, MutantProgram):
        return () if made is Unmade.NOTHING_TO_CHANGE else None
    found = made.killers(harness.corpus.inputs, [each.number for each in made.mutants])
    survivors = frozenset(each.number for each in made.mutants if found.get(each.number) is None)
    return made.fates(survivors)
