"""Replays a harness on the Rust, and reduces the first difference to a small input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from repair.evidence.harness import Harness
from repair.evidence.lab import Lab
from repair.evidence.proving import screen
from repair.evidence.replay import C_MILLISECONDS, RUST_MILLISECONDS, End, Run, replay, show
from repair.evidence.variants import PLAIN

_ROUNDS = 6
_MOST_ENDLESS = 1
"""Runs that do not end before the rest is left: each takes its full time or memory, and one is enough."""
_PANIC = re.compile(r"panicked at (\S+?):(\d+):\d+:\n(.*)")


@dataclass(frozen=True, slots=True)
class Panic:
    """Where and why Rust gave up."""

    file: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Difference:
    """An input on which the Rust does something else than the C."""

    end: End | None
    """How the Rust ended; None where it does not even link with the driver."""
    c_log: str
    """What the C reports, line by line."""
    rust_log: str
    panic: Panic | None


def compare(lab: Lab, harness: Harness, module: Sequence[Path]) -> Difference | None:
    """Replay a harness on a module with Rust in it, objects and static libraries in the linker's order.

    Return None when it does what the C does. Raise LabError.
    """
    program = lab.link(harness.driver, PLAIN, module, "rust")
    runs = _replayed(lab, program, harness.corpus.inputs)
    pairs = zip(harness.corpus.inputs, harness.corpus.logs, runs, strict=True)
    differing = [each for each, log, run in pairs if _differs(log, run)]
    if not differing:
        return None
    smallest = _reduced(lab, harness, program, min(differing, key=_size))
    return _difference(lab, harness, program, smallest)


def _replayed(lab: Lab, program: Path, inputs: Sequence[bytes]) -> tuple[Run, ...]:
    return replay(lab, program, inputs, RUST_MILLISECONDS, most_endless=_MOST_ENDLESS)


def _differs(log: str, run: Run) -> bool:
    if run.end is End.SKIPPED:
        return False
    return run.end is not End.FINISHED or run.log != log


def _size(data: bytes) -> tuple[int, int]:
    return len(data), sum(data)


def _reduced(lab: Lab, harness: Harness, program: Path, failing: bytes) -> bytes:
    """Make an input smaller for as long as the C stays defined and the Rust differs."""
    for _ in range(_ROUNDS):
        screened = screen(lab, harness.driver, tuple(dict.fromkeys(_smaller(failing))))
        runs = _replayed(lab, program, screened.inputs)
        triples = zip(screened.inputs, screened.runs, runs, strict=True)
        differing = [each for each, c_run, run in triples if _differs(c_run.log, run)]
        if not differing:
            return failing
        failing = min(differing, key=_size)
    return failing


def _smaller(data: bytes) -> Iterator[bytes]:
    size = len(data)
    for length in (size // 4, size // 2, size * 3 // 4, size - 4, size - 1):
        if 0 <= length < size:
            yield data[:length]
    for width in (8, 4, 2, 1):
        for at in range(0, min(size, 48), width):
            yield data[:at] + data[at + width :]
    for at, byte in enumerate(data[:48]):
        for other in {0, byte // 2, byte - 1} if byte else set():
            yield data[:at] + bytes([other]) + data[at + 1 :]


def _difference(lab: Lab, harness: Harness, program: Path, one: bytes) -> Difference:
    (run,) = replay(lab, program, [one], RUST_MILLISECONDS)
    c_log, _ = show(lab, lab.build(harness.driver, PLAIN), one, C_MILLISECONDS)
    rust_log, errors = show(lab, program, one, RUST_MILLISECONDS)
    found = _PANIC.search(errors)
    panic = Panic(found[1], int(found[2]), found[3]) if found else None
    return Difference(run.end, c_log, rust_log, panic)
