"""Which lines and branches of a C function a corpus reaches, as gcov counts them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.process import run
from repair.evidence.driver import Driver
from repair.evidence.lab import Lab, left_in, scratch
from repair.evidence.replay import C_MILLISECONDS, replay
from repair.evidence.variants import COVERAGE


@dataclass(frozen=True, slots=True)
class Mark:
    """A line, or one outcome of a condition in it, and whether any input gets there."""

    line: int
    hit: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of one function is reached; lines are those of the module's file."""

    lines: tuple[Mark, ...]
    branches: tuple[Mark, ...]
    """Outcomes of conditions: two for an `if`, one for each arm of a `switch`."""

    @property
    def share(self) -> float:
        """The share of branches that are reached, or of lines in a function without branches: 0 to 1.

        0 where nothing was counted.
        """
        return share_reached(_hit(self.branches), len(self.branches), _hit(self.lines), len(self.lines))

    @property
    def missed(self) -> tuple[int, ...]:
        """Lines that no input reaches."""
        return tuple(each.line for each in self.lines if not each.hit)

    @property
    def half(self) -> tuple[int, ...]:
        """Lines with a condition that is reached and never turns out one way."""
        hit = {each.line for each in self.branches if each.hit}
        missed = {each.line for each in self.branches if not each.hit}
        return tuple(sorted(hit & missed))

    def reaches(self, lines: Iterable[int]) -> bool:
        """Tell whether inputs get to all of these lines; one without code counts as the one before it."""
        ahead = ([mark for mark in self.lines if mark.line <= line] for line in lines)
        return all(marks and marks[-1].hit for marks in ahead)

    def joined(self, other: Coverage) -> Coverage:
        """Return what either reaches; both are counts for the same function."""
        return Coverage(_joined(self.lines, other.lines), _joined(self.branches, other.branches))


def share_reached(branches_hit: int, branches: int, lines_hit: int, lines: int) -> float:
    """Return the share of branches, or of lines where there are no branches; 0 where nothing was counted."""
    hit, counted = (branches_hit, branches) if branches else (lines_hit, lines)
    return hit / counted if counted else 0.0


def _hit(marks: Iterable[Mark]) -> int:
    return sum(each.hit for each in marks)


def _joined(one: tuple[Mark, ...], other: tuple[Mark, ...]) -> tuple[Mark, ...]:
    if len(one) != len(other):
        return max(one, other, key=len)
    return tuple(Mark(a.line, a.hit or b.hit) for a, b in zip(one, other, strict=True))


def measure_coverage(lab: Lab, driver: Driver, symbol: str, inputs: Sequence[bytes]) -> Coverage:
    """Replay inputs on instrumented C and count what of one function they reach. Raise LabError."""
    return measure_coverages(lab, driver, {driver.ident: symbol}, inputs)[driver.ident]


def measure_coverages(
    lab: Lab, driver: Driver, symbols: Mapping[str, str], inputs: Sequence[bytes]
) -> dict[str, Coverage]:
    """Replay inputs once, and count what of some functions of the driver's file they reach.

    Functions are given and returned by ident. Raise LabError.
    """
    program = lab.build(driver, COVERAGE)
    number = lab.c_side.number(driver.file)
    with scratch(lab.room(driver)) as counters, scratch(lab.room(driver)) as ours:
        replay(lab, program, inputs, C_MILLISECONDS, counters=counters)
        for path in left_in(counters):
            if path.name == f"{number}.gcda":
                shutil.copy(path, ours)
        report = _gcov(lab, ours / f"{number}.gcda")
    shifts = lab.c_side.line_shifts
    return {
        ident: _coverage(_lines_of(report, symbol), shifts.get(ident, 0)) for ident, symbol in symbols.items()
    }


def _gcov(lab: Lab, counted: Path) -> Mapping[str, Any]:
    if not counted.is_file():
        return {"files": []}
    shutil.copy(lab.folder / COVERAGE.name / f"{counted.stem}.gcno", counted.parent)
    ended = run(("gcov", "--json-format", "--stdout", "--branch-probabilities", counted), cwd=counted.parent)
    found: Mapping[str, Any] = json.loads(ended.stdout) if ended.ok else {"files": []}
    return found


def _lines_of(report: Mapping[str, Any], symbol: str) -> Iterator[Mapping[str, Any]]:
    for file in report["files"]:
        # gcov writes a star before a name that an asm label gave.
        yield from (line for line in file["lines"] if line.get("function_name", "").lstrip("*") == symbol)


def _coverage(lines: Iterator[Mapping[str, Any]], shift: int) -> Coverage:
    counted: dict[int, bool] = {}
    outcomes: list[Mark] = []
    for line in lines:
        number = line["line_number"] - shift
        counted[number] = counted.get(number, False) or line["count"] > 0
        outcomes += (Mark(number, each["count"] > 0) for each in line["branches"] if not each["throw"])
    return Coverage(tuple(Mark(number, hit) for number, hit in sorted(counted.items())), tuple(outcomes))
