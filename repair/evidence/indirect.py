"""What the harness of a function shows of another one that it calls, and that no driver can call itself."""

from __future__ import annotations

from dataclasses import replace

from repair.evidence.coverage import measure_coverage
from repair.evidence.harness import Harness, MutantFate
from repair.evidence.lab import Lab, LabError
from repair.evidence.mutants import MutantProgram, Unmade, link_mutants
from repair.hole import Hole


def seen_through(lab: Lab, harness: Harness, function: Hole) -> Harness | None:
    """Measure the inputs of a harness on a function of the same C file that its own one calls.

    Mutants are those of that function; they are made where the harness has any itself. Return None where
    no input comes to it, or it does not build.
    """
    through = replace(harness, driver=replace(harness.driver, ident=function.ident))
    try:
        coverage = measure_coverage(lab, through.driver, function.symbol, harness.corpus.inputs)
        if not any(each.hit for each in coverage.lines):
            return None
        fates = None if harness.mutants is None else _fates(lab, through, function)
    except LabError:
        return None
    unmade = harness.mutants is not None and fates is None
    return replace(through, coverage=coverage, mutants=fates, unmade=unmade)


def _fates(lab: Lab, harness: Harness, function: Hole) -> tuple[MutantFate, ...] | None:
    made = link_mutants(lab, harness.driver, function)
    if not isinstance(made, MutantProgram):
        return () if made is Unmade.NOTHING_TO_CHANGE else None
    found = made.killers(harness.corpus.inputs, [each.number for each in made.mutants])
    survivors = frozenset(each.number for each in made.mutants if found.get(each.number) is None)
    return made.fates(survivors)
