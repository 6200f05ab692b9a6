"""A crate's own Rust tests: built by cargo, run in the sandbox, and read."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.process import Completed
from repair.cargo import Workspace
from repair.limits import Limits
from repair.module_tests import TestFailure

_RESULT = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|ignored)", re.MULTILINE)
_SAID = re.compile(r"^---- (\S+) stdout ----\n(.*?)(?=^---- \S+ stdout ----$|^failures:$|\Z)", re.M | re.S)
_PANIC = re.compile(r"panicked at ([^\s:]+):(\d+):\d+:\n")
_OPEN = re.compile(r"panicked at [^\n]*\n(?:not implemented|not yet implemented)\b")
_NOISE = re.compile(
    r"^note: run with `RUST_BACKTRACE=1`.*$|^thread '[^']*' (?:\(\d+\) )?(?=panicked at )", re.MULTILINE
)
_LISTED = re.compile(r"^(\S+): test$", re.MULTILINE)
_SHOWN_LINES = 30


class Status(enum.StrEnum):
    """How a test ended."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"
    """It came to a body that is not filled."""


@dataclass(frozen=True, slots=True)
class RustTest:
    """One test of the crate, and how it ended."""

    name: str
    """As the test program calls it, such as `tests::empty`."""
    program: str
    status: Status
    said: str = ""
    """What it printed where it did not pass: the assertion and its values."""
    place: tuple[str, int] | None = None
    """File and line where it panicked."""


@dataclass(frozen=True, slots=True)
class CrateTests:
    """Runs the Rust tests of the crate that lies in a workspace."""

    __test__ = False
    workspace: Workspace
    timeout: float
    """Seconds for one test program."""

    def run(self) -> tuple[RustTest, ...] | TestFailure:
        """Build and run every test; where they do not compile, say so."""
        built = self.workspace.build_tests()
        if not built.ok:
            return TestFailure("cargo test", "The tests of the crate do not compile.", built.errors)
        return tuple(test for program in built.programs for test in self._run(program))

    def _run(self, program: Path) -> Iterator[RustTest]:
        ended = self._start(program)
        if not ended.timed_out and (ended.ok or ended.status == 101):
            yield from _read(program, _text(ended))
            return
        # One of them hangs or ended them all.
        for name in _LISTED.findall(_text(self._start(program, "--list"))):
            alone = self._start(program, "--exact", name)
            found = tuple(_read(program, _text(alone)))
            yield from found if found and not alone.timed_out else [self._broken(program, name, alone)]

    def _start(self, program: Path, *arguments: str) -> Completed:
        return self.workspace.sandbox.run(
            (program, *arguments),
            cwd=self.workspace.folder,
            limits=Limits(self.timeout),
            visible=(self.workspace.folder, self.workspace.target),
            environment={"RUST_BACKTRACE": "0"},
        )

    def _broken(self, program: Path, name: str, ended: Completed) -> RustTest:
        how = (
            f"It did not end within {self.timeout:g} seconds."
            if ended.timed_out
            else f"It ended its program with status {ended.status}.\n{ended.errors.strip()}"
        )
        return RustTest(name, _program_name(program), Status.FAILED, how)


def _read(program: Path, printed: str) -> Iterator[RustTest]:
    said = {name: _shown(text) for name, text in _SAID.findall(printed)}
    for name, result in _RESULT.findall(printed):
        if result == "ignored":
            continue
        text = said.get(name, "")
        status = Status.PASSED if result == "ok" else Status.OPEN if _OPEN.search(text) else Status.FAILED
        place = _PANIC.search(text)
        where = (place[1], int(place[2])) if place else None
        yield RustTest(name, _program_name(program), status, "" if result == "ok" else text, where)


def _program_name(program: Path) -> str:
    return program.name.rpartition("-")[0] or program.name


def _shown(text: str) -> str:
    lines = _NOISE.sub("", text).strip().splitlines()
    return "\n".join(lines[:_SHOWN_LINES])


def _text(ended: Completed) -> str:
    return ended.stdout.decode("utf-8", "replace")


def failing(tests: Iterable[RustTest]) -> tuple[RustTest, ...]:
    """Return the tests that failed for another reason than a body that is still open."""
    return tuple(each for each in tests if each.status is Status.FAILED)
