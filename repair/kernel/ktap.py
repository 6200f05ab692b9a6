"""Reads the results of tests out of a boot's log: the Kernel Test Anything Protocol, version 1."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_STAMP = re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[\s*[TC]\d+\])? ?")
_HEADER = re.compile(r"^(\s*)K?TAP version \d+$")
_PLAN = re.compile(r"^(\s*)1\.\.(\d+)(?:\s*# SKIP.*)?$")
_NAME = re.compile(r"^\s*# Subtest: (.*)$")
_RESULT = re.compile(r"^(\s*)(not )?ok (\d+)(?: -)? ?(.*?)(?:\s*# (SKIP|TODO|skip|todo)\b\s?(.*))?$")
_SAID = re.compile(r"^\s*# (?!Totals: |module: |Subtest: )(.*)$")


class Outcome(enum.StrEnum):
    """How a test ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNFINISHED = "unfinished"
    """It was begun or announced, and never ended."""


@dataclass(frozen=True, slots=True)
class KernelTest:
    """A test or a suite of tests, and what it said."""

    name: str
    outcome: Outcome
    said: tuple[str, ...] = ()
    """What was written about it before its result, without marks: a failed expectation's words."""
    tests: tuple[KernelTest, ...] = ()

    def leaves(self, above: str = "") -> Iterator[tuple[str, KernelTest]]:
        """Yield every test that has none of its own, with its name below its suites'."""
        name = f"{above}/{self.name}" if above else self.name
        if not self.tests:
            yield name, self
        for each in self.tests:
            yield from each.leaves(name)


@dataclass(frozen=True, slots=True)
class Ktap:
    """All results in a log."""

    tests: tuple[KernelTest, ...] = ()

    def named(self, outcome: Outcome) -> tuple[str, ...]:
        """Return the names of tests that ended so, each below its suites', in the log's order."""
        return tuple(name for name, leaf in self._leaves() if leaf.outcome is outcome)

    def suite(self, name: str) -> KernelTest | None:
        """Return the suite of this name, or None where the log has none."""
        return next((each for each in self.tests if each.name == name), None)

    @property
    def ok(self) -> bool:
        """Whether there are results, and none of them is a failure or missing; skipping is no failure."""
        bad = (Outcome.FAILED, Outcome.UNFINISHED)
        return bool(self.tests) and not any(_holds(each, bad) for each in self.tests)

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """How each test ended, by its name below its suites'."""
        return {name: leaf.outcome for name, leaf in self._leaves()}

    def _leaves(self) -> Iterator[tuple[str, KernelTest]]:
        for each in self.tests:
            yield from each.leaves()


def _holds(test: KernelTest, outcomes: tuple[Outcome, ...]) -> bool:
    return test.outcome in outcomes or any(_holds(each, outcomes) for each in test.tests)


@dataclass(slots=True)
class _Level:
    """One level of nesting while it is read."""

    indent: int
    name: str = ""
    planned: int | None = None
    said: list[str] = field(default_factory=list)
    tests: list[KernelTest] = field(default_factory=list)

    def missing(self) -> list[KernelTest]:
        """Return a stand-in for each test that was announced and never ended."""
        numbers = range(len(self.tests) + 1, (self.planned or 0) + 1)
        return [KernelTest(f"test {number}", Outcome.UNFINISHED) for number in numbers]

    def unfinished(self) -> KernelTest:
        """Return this level as a suite that broke off."""
        name = self.name or "unnamed suite"
        return KernelTest(name, Outcome.UNFINISHED, tuple(self.said), (*self.tests, *self.missing()))


def read_ktap(log: str) -> Ktap:
    """Return the results in a log; other lines of the kernel may stand between them.

    Source of the form: Documentation/dev-tools/ktap.rst of Linux 6.12. Where a suite was announced and
    broke off, what it still owed counts as unfinished.
    """
    levels: list[_Level] = []
    for raw in log.splitlines():
        line = _STAMP.sub("", raw.rstrip())
        if header := _HEADER.match(line):
            _begin(levels, len(header[1]))
        elif levels:
            _read_line(levels, line)
    while len(levels) > 1:
        broken = levels.pop()
        levels[-1].tests.append(broken.unfinished())
    if not levels:
        return Ktap()
    return Ktap((*levels[0].tests, *levels[0].missing()))


def _begin(levels: list[_Level], indent: int) -> None:
    """Enter a level. A second header at the outermost one begins another report, which adds to the first."""
    while levels and levels[-1].indent > indent:
        broken = levels.pop()
        if levels:
            levels[-1].tests.append(broken.unfinished())
    if levels and levels[-1].indent == indent:
        levels[-1].tests += levels[-1].missing()
        levels[-1].planned = None
    else:
        levels.append(_Level(indent))


def _read_line(levels: list[_Level], line: str) -> None:
    level = levels[-1]
    if plan := _PLAN.match(line):
        if len(plan[1]) == level.indent:
            level.planned = len(level.tests) + int(plan[2])
    elif name := _NAME.match(line):
        level.name = name[1]
    elif result := _RESULT.match(line):
        _end(levels, result)
    elif said := _SAID.match(line):
        level.said.append(said[1])


def _end(levels: list[_Level], result: re.Match[str]) -> None:
    """Add a result to the level of its indent; it closes the deeper ones."""
    indent, name = len(result[1]), result[4]
    inner: _Level | None = None
    while levels[-1].indent > indent and len(levels) > 1:
        if inner is not None:
            levels[-1].tests.append(inner.unfinished())
        inner = levels.pop()
    tests = () if inner is None else (*inner.tests, *inner.missing())
    said = (*levels[-1].said, *(inner.said if inner else ()))
    levels[-1].said.clear()
    levels[-1].tests.append(KernelTest(name, _outcome(result), said, tests))


def _outcome(result: re.Match[str]) -> Outcome:
    directive = (result[5] or "").upper()
    if directive == "SKIP":
        return Outcome.SKIPPED
    return Outcome.FAILED if result[2] and directive != "TODO" else Outcome.PASSED
