"""Makes a harness out of a driver: finds inputs, screens them, and measures how strong they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from repair.evidence.coverage import measure_coverage
from repair.evidence.driver import Driver
from repair.evidence.harness import Corpus, Effort, Harness, SetAside, Unusable
from repair.evidence.lab import Lab, LabError
from repair.evidence.replay import C_MILLISECONDS, OTHER_FILL, End, Run, replay
from repair.evidence.search import random_inputs, search
from repair.evidence.variants import OTHERWISE, PLAIN, SCREEN

_SCREEN_MILLISECONDS = 4 * C_MILLISECONDS


@dataclass(frozen=True, slots=True)
class Screened:
    """Inputs on which the C is defined, ends and always does the same."""

    inputs: tuple[bytes, ...]
    runs: tuple[Run, ...]
    set_aside: SetAside


def prove(lab: Lab, driver: Driver, symbol: str, effort: Effort) -> Harness | Unusable:
    """Make the harness of a driver; `symbol` is how the C links the function that it calls."""
    try:
        return _prove(lab, driver, symbol, effort)
    except LabError as error:
        return Unusable(f"It does not build: {error}")


def _prove(lab: Lab, driver: Driver, symbol: str, effort: Effort) -> Harness | Unusable:
    found = search(lab, driver, effort.runs, effort.seconds)
    screened = screen(lab, driver, _distinct((*found.inputs, *random_inputs(effort.random_inputs, 7))))
    if not screened.inputs:
        return Unusable("There is no input on which the C is defined, ends, and always does the same.")
    if not any(run.reports for run in screened.runs):
        return Unusable("It reports nothing.")
    corpus = Corpus(screened.inputs, tuple(run.log for run in screened.runs), screened.set_aside, found.tried)
    return Harness(driver, corpus, measure_coverage(lab, driver, symbol, corpus.inputs), None)


def screen(lab: Lab, driver: Driver, inputs: Sequence[bytes]) -> Screened:
    """Set aside what is no evidence either way. Raise LabError."""
    checked = replay(lab, lab.build(driver, SCREEN), inputs, _SCREEN_MILLISECONDS)
    reasons = Counter(run.end for run in checked)
    defined = [each for each, run in zip(inputs, checked, strict=True) if run.end is End.FINISHED]
    plain = replay(lab, lab.build(driver, PLAIN), defined, C_MILLISECONDS)
    otherwise = replay(lab, lab.build(driver, OTHERWISE), defined, C_MILLISECONDS, OTHER_FILL)
    kept = [
        (each, one)
        for each, one, other in zip(defined, plain, otherwise, strict=True)
        if one.end is other.end is End.FINISHED and one.log == other.log
    ]
    slow = sum(run.end is End.ENDLESS for run in plain)
    set_aside = SetAside(
        undefined=reasons[End.CRASHED] + reasons[End.EXITED],
        endless=reasons[End.ENDLESS] + slow,
        outgrown=reasons[End.OUTGREW],
        undetermined=len(defined) - len(kept) - slow,
    )
    return Screened(tuple(each for each, _ in kept), tuple(run for _, run in kept), set_aside)


def _distinct(inputs: Sequence[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(inputs))
