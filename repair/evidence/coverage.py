"""Which lines and branches of a C function a corpus reaches, as gcov counts them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.process import run
from repair.evidence.driver import Driver
from repair.evidence.lab import Lab
from repair.evidence.replay import C_MILLISECONDS, replay
from repair.evidence.variants import COVERAGE


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts for one function; lines are those of the module's file."""

    lines: int
    lines_hit: int
    branches: int
    """Outcomes of conditions: two for an `if`, one for each arm of a `switch`."""
    branches_hit: int
    missed: tuple[int, ...]
    """Lines that no input reaches."""
    half: tuple[int, ...]
    """Lines with a condition that never turns out one way."""
    reached: tuple[int, ...]

    @property
    def share(self) -> float:
        """The share of branches that are reached, or of lines in a function without branches: 0 to 1."""
        hit, all_of_them = (
            (self.branches_hit, self.branches) if self.branches else (self.lines_hit, self.lines)
        )
        return hit / all_of_them if all_of_them else 1.0


def measure_coverage(lab: Lab, driver: Driver, symbol: str, inputs: Sequence[bytes]) -> Coverage:
    """Replay inputs on instrumented C and count what of one function they reach. Raise LabError."""
    program = lab.build(driver, COVERAGE)
    counters = lab.room(driver) / "counters"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir()
    replay(lab, program, inputs, C_MILLISECONDS, environment={"GCOV_PREFIX": str(counters)})
    number = lab.c_side.number(driver.file)
    lines = _lines_of(_gcov(lab, counters, number), symbol)
    return _coverage(lines, lab.c_side.line_shifts.get(driver.ident, 0))


def _gcov(lab: Lab, counters: Path, number: int) -> Mapping[str, Any]:
    notes = lab.folder / COVERAGE.name / f"{number}.gcno"
    counted = next(counters.rglob(f"{number}.gcda"), None)
    if counted is None:
        return {"files": []}
    shutil.copy(notes, counted.with_suffix(".gcno"))
    ended = run(("gcov", "--json-format", "--stdout", "--branch-probabilities", counted), cwd=counted.parent)
    found: Mapping[str, Any] = json.loads(ended.stdout) if ended.ok else {"files": []}
    return found


def _lines_of(report: Mapping[str, Any], symbol: str) -> Iterator[Mapping[str, Any]]:
    for file in report["files"]:
        yield from (line for line in file["lines"] if line.get("function_name", "").lstrip("*") == symbol)


def _coverage(lines: Iterator[Mapping[str, Any]], shift: int) -> Coverage:
    counted: dict[int, bool] = {}
    outcomes: dict[int, list[bool]] = {}
    for line in lines:
        number = line["line_number"] - shift
        counted[number] = counted.get(number, False) or line["count"] > 0
        outcomes.setdefault(number, []).extend(
            branch["count"] > 0 for branch in line["branches"] if not branch["throw"]
        )
    every = [hit for found in outcomes.values() for hit in found]
    return Coverage(
        lines=len(counted),
        lines_hit=sum(counted.values()),
        branches=len(every),
        branches_hit=sum(every),
        missed=tuple(sorted(number for number, hit in counted.items() if not hit)),
        half=tuple(sorted(number for number, hits in outcomes.items() if any(hits) and not all(hits))),
        reached=tuple(sorted(number for number, hit in counted.items() if hit)),
    )
