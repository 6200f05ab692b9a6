"""Makes a harness out of a driver: finds inputs, screens them, and measures how strong they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from repair.evidence.coverage import measure_coverage
from repair.evidence.driver import Driver, DriverSource
from repair.evidence.driver_symbols import foreign_symbols
from repair.evidence.harness import Corpus, Effort, Harness, MutantFate, SetAside, Unusable
from repair.evidence.lab import Lab, LabError
from repair.evidence.mutants import MutantProgram, Unmade, link_mutants
from repair.evidence.replay import C_MILLISECONDS, OTHER_FILL, End, Run, replay
from repair.evidence.search import mutated_inputs, random_inputs, search
from repair.evidence.variants import OTHERWISE, PLAIN, SCREEN
from repair.hole import Hole

_SCREEN_MILLISECONDS = 3 * C_MILLISECONDS
_C_STACK = 1 << 20
"""Bytes that the C may take: its translation's frames are larger, without optimisation and with checks."""
_HUNTED = 400
"""Inputs of one round of a hunt."""


@dataclass(frozen=True, slots=True)
class Screened:
    """Inputs on which the C is defined, ends and always does the same."""

    inputs: tuple[bytes, ...]
    runs: tuple[Run, ...]
    set_aside: SetAside


def prove(lab: Lab, driver: Driver, function: Hole, effort: Effort) -> Harness | Unusable:
    """Make the harness of a driver for the function of a hole."""
    try:
        return _prove(lab, driver, function, effort)
    except LabError as error:
        return Unusable(f"It does not build: {error}")


def _prove(lab: Lab, driver: Driver, function: Hole, effort: Effort) -> Harness | Unusable:
    foreign = foreign_symbols(lab, driver) if driver.source is DriverSource.MODEL else ()
    if foreign:
        return Unusable(f"It uses `{foreign[0]}`, which a driver has no business with; do without.")
    found = search(lab, driver, effort.runs, effort.seconds)
    screened = screen(lab, driver, _distinct((*found.inputs, *random_inputs(effort.random_inputs, 7))))
    if not screened.inputs:
        return Unusable("There is no input on which the C is defined, ends, and always does the same.")
    if not any(run.reports for run in screened.runs):
        return Unusable("It reports nothing.")
    mutants = link_mutants(lab, driver, function)
    fates: tuple[MutantFate, ...] | None = None
    if isinstance(mutants, MutantProgram) and effort.mutants:
        screened, fates = _hunted(lab, driver, mutants, screened, effort.hunts)
    else:
        screened = _telling(screened, ())
    if isinstance(mutants, MutantProgram):
        if not _shows(mutants, screened, fates):
            return Unusable("Whatever is changed in the C, it reports the same.")
    elif effort.mutants and mutants is Unmade.NOTHING_TO_CHANGE:
        fates = ()
    logs = tuple(run.log for run in screened.runs)
    corpus = Corpus(screened.inputs, logs, screened.set_aside, found.tried)
    coverage = measure_coverage(lab, driver, function.symbol, corpus.inputs)
    return Harness(driver, corpus, coverage, fates, unmade=effort.mutants and fates is None)


def _shows(mutants: MutantProgram, screened: Screened, fates: tuple[MutantFate, ...] | None) -> bool:
    if fates is not None:
        return any(each.killed for each in fates)
    return mutants.shows(screened.inputs)


def _telling(screened: Screened, killers: Collection[int | None]) -> Screened:
    """Leave out inputs on which nothing is reported, unless it tells a mutant apart that nothing is."""
    pairs = zip(screened.inputs, screened.runs, strict=True)
    kept = [pair for number, pair in enumerate(pairs) if pair[1].reports or number in killers]
    inputs, runs = (each for each, _ in kept), (run for _, run in kept)
    return Screened(tuple(inputs), tuple(runs), screened.set_aside)


def _hunted(
    lab: Lab, driver: Driver, mutants: MutantProgram, screened: Screened, rounds: int
) -> tuple[Screened, tuple[MutantFate, ...]]:
    """Look for inputs that tell surviving mutants apart, and add those that do."""
    found = mutants.killers(screened.inputs, [each.number for each in mutants.mutants])
    screened = _telling(screened, found.values())
    # One that there was no time for counts as not told apart.
    survivors = frozenset(each.number for each in mutants.mutants if found.get(each.number) is None)
    for number in range(rounds):
        if not survivors:
            break
        changed = mutated_inputs(screened.inputs, _HUNTED, 100 + number)
        more = screen(lab, driver, _distinct((*changed, *random_inputs(_HUNTED // 4, 200 + number))))
        killers = mutants.killers(more.inputs, sorted(survivors))
        useful = sorted({killer for killer in killers.values() if killer is not None})
        survivors = frozenset(mutant for mutant in survivors if killers.get(mutant) is None)
        screened = Screened(
            (*screened.inputs, *(more.inputs[index] for index in useful)),
            (*screened.runs, *(more.runs[index] for index in useful)),
            screened.set_aside,
        )
    return screened, mutants.fates(survivors)


def screen(lab: Lab, driver: Driver, inputs: Sequence[bytes]) -> Screened:
    """Set aside what is no evidence either way. Raise LabError."""
    # What does not end is told soonest where nothing is checked.
    plain = replay(lab, lab.build(driver, PLAIN), inputs, C_MILLISECONDS, stack=_C_STACK)
    tried = _differing(inputs, plain)
    ended = [pair for pair in tried if pair[1].end is End.FINISHED]
    checked = replay(lab, lab.build(driver, SCREEN), [each for each, _ in ended], _SCREEN_MILLISECONDS)
    defined = [pair for pair, run in zip(ended, checked, strict=True) if run.end is End.FINISHED]
    otherwise = replay(
        lab, lab.build(driver, OTHERWISE), [each for each, _ in defined], C_MILLISECONDS, OTHER_FILL
    )
    kept = [
        (each, one)
        for (each, one), other in zip(defined, otherwise, strict=True)
        if other.end is End.FINISHED and one.log == other.log
    ]
    reasons = Counter(run.end for run in (*(run for _, run in tried), *checked))
    set_aside = SetAside(
        undefined=reasons[End.CRASHED] + reasons[End.EXITED],
        endless=reasons[End.ENDLESS],
        outgrown=reasons[End.OUTGREW],
        undetermined=len(defined) - len(kept),
    )
    return Screened(tuple(each for each, _ in kept), tuple(run for _, run in kept), set_aside)


def _differing(inputs: Sequence[bytes], runs: Sequence[Run]) -> list[tuple[bytes, Run]]:
    """Return inputs with their runs, of those that lead to the same call the first."""
    found: dict[str, tuple[bytes, Run]] = {}
    for each, run in zip(inputs, runs, strict=True):
        found.setdefault(run.taken, (each, run))
    return list(found.values())


def _distinct(inputs: Sequence[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(inputs))
