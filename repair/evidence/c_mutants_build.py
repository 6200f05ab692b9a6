"""Compiles all mutants of a C function into one object, and finds those that gcc does not accept."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.c_mutants import MARKER, Mutant, Schemata, without
from analysis.process import Completed, run

_ERROR = re.compile(rf"^{MARKER}:(\d+):(?:\d+:)? (?:fatal )?error:", re.MULTILINE)
_TIMEOUT = 300.0
"""Seconds for one call of gcc."""


@dataclass(frozen=True, slots=True)
class BuiltMutants:
    """An object with the mutants of one function."""

    object: Path
    schemata: Schemata
    """Of the mutants that compile."""
    refused: tuple[Mutant, ...]
    """Those that are no C: gcc reports an error for them."""
    seconds: float
    """What gcc took in all."""


@dataclass(frozen=True, slots=True)
class NotBuilt:
    """The compiler's own words on a file that it does not accept without any mutant either."""

    message: str


def build_mutants(
    schemata: Schemata, flags: Sequence[str], directory: Path, target: Path
) -> BuiltMutants | NotBuilt:
    """Compile a schemata to the object `target`; mutants that gcc reports errors for are left out.

    `flags` are the file's own, and relative ones count from `directory`; whatever they say, nothing is
    optimised and no warning is an error. Raise FileNotFoundError when there is no gcc.
    """
    build = _Build(flags, directory, target)
    kept = schemata
    while True:
        completed = build(kept)
        if completed.ok:
            break
        if completed.timed_out:
            return NotBuilt(f"gcc did not end within {_TIMEOUT:g} seconds.")
        blamed = {int(number) for number in _ERROR.findall(completed.errors)}
        fewer = without(kept, blamed) if blamed else _bisected(kept, build)
        if fewer is None:
            return NotBuilt(completed.errors)
        kept = fewer
    refused = tuple(each for each in schemata.mutants if each not in kept.mutants)
    return BuiltMutants(target, kept, refused, build.seconds)


class _Build:
    """Runs gcc and adds up what it takes."""

    def __init__(self, flags: Sequence[str], directory: Path, target: Path) -> None:
        # A zero that is a choice is no null pointer any more; gcc 14 calls that an error unless told not to.
        ours = ("-w", "-fpermissive", "-O0", "-x", "cpp-output", "-c", "-")
        self._argv: tuple[str | Path, ...] = ("gcc", *flags, *ours, "-o", target)
        self._directory = directory
        self.seconds = 0.0

    def __call__(self, schemata: Schemata) -> Completed:
        completed = run(
            self._argv,
            cwd=self._directory,
            # The word "error" is read from what gcc says.
            env={**os.environ, "LC_ALL": "C"},
            stdin=schemata.text,
            timeout=_TIMEOUT,
        )
        self.seconds += completed.seconds
        return completed


def _bisected(schemata: Schemata, build: Callable[[Schemata], Completed]) -> Schemata | None:
    """Return the schemata with as many mutants as compile together, or None where not even the original does.

    For errors that gcc does not report where the mutant stands.
    """
    everything = frozenset(each.number for each in schemata.mutants)
    kept: frozenset[int] = frozenset()
    if not build(without(schemata, everything)).ok:
        return None
    pending = [tuple(sorted(everything))]
    while pending:
        tried = pending.pop()
        if build(without(schemata, everything - kept - set(tried))).ok:
            kept |= set(tried)
        elif len(tried) > 1:
            middle = len(tried) // 2
            pending += (tried[middle:], tried[:middle])
    return without(schemata, everything - kept)
