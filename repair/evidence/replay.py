"""Replays inputs against a linked driver, each in a process of its own."""

from __future__ import annotations

import enum
import signal
import struct
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from repair.evidence.lab import Lab, scratch

C_MILLISECONDS = 60
"""Processor time that the C may take for one input."""
RUST_MILLISECONDS = 2000
"""What its translation may take: unoptimised and with checks."""
_FILL = "a5"
OTHER_FILL = "3c"
_ENDLESS = frozenset({signal.SIGPROF, signal.SIGALRM, signal.SIGXCPU})


class End(enum.StrEnum):
    """How a run over one input ended."""

    FINISHED = "finished"
    CRASHED = "crashed"
    EXITED = "exited"
    ENDLESS = "endless"
    OUTGREW = "outgrew"
    SKIPPED = "skipped"
    """It was not run: enough others did not end."""


_SPENT = frozenset({End.ENDLESS, End.OUTGREW})


@dataclass(frozen=True, slots=True)
class Run:
    """What one input led to."""

    end: End
    detail: int
    """The signal or exit status, 0 where there is none."""
    log: str
    """The hash of everything that was reported."""
    reports: int
    taken: str
    """The hash of the values that were made of the input: where it is the same, so are the calls."""


def pack(inputs: Sequence[bytes]) -> bytes:
    """Write inputs in the form that the runtime reads."""
    return b"".join(struct.pack("<I", len(each)) + each for each in inputs)


def unpack(packed: bytes) -> tuple[bytes, ...]:
    """Read what `pack` wrote."""
    inputs: list[bytes] = []
    at = 0
    while at < len(packed):
        (size,) = struct.unpack_from("<I", packed, at)
        inputs.append(packed[at + 4 : at + 4 + size])
        at += 4 + size
    return tuple(inputs)


def replay(
    lab: Lab,
    program: Path,
    inputs: Sequence[bytes],
    milliseconds: int,
    fill: str = _FILL,
    counters: Path | None = None,
    most_endless: int = 0,
) -> tuple[Run, ...]:
    """Run a program over inputs; milliseconds of processor time for each.

    Counts of what was covered go to the folder `counters`. After `most_endless` runs that take all of
    their time or memory the others are skipped; 0 for never.
    """
    listed = program.with_name(f"{program.name}.inputs")
    listed.write_bytes(pack(inputs))
    argv = (program, "replay", listed, str(milliseconds), fill, str(most_endless))
    environment = {} if counters is None else {"GCOV_PREFIX": str(counters)}
    with nullcontext(counters) if counters is not None else scratch(program.parent) as folder:
        ended = lab.run(argv, folder, _timeout(inputs, milliseconds), environment)
    # A program that was stopped may leave half a line.
    runs = tuple(_run(line) for line in ended.stdout.decode().split("\n")[:-1])
    # A program that does not come to the end of its list says nothing about the rest of it.
    missing = len(inputs) - len(runs)
    enough = ended.ok and 0 < most_endless <= sum(each.end in _SPENT for each in runs)
    return (*runs, *([Run(End.SKIPPED if enough else End.EXITED, ended.status, "", 0, "")] * missing))


def show(lab: Lab, program: Path, one: bytes, milliseconds: int) -> tuple[str, str]:
    """Return what a program reports about one input, and what it prints as errors."""
    listed = program.with_name(f"{program.name}.shown")
    listed.write_bytes(pack([one]))
    argv = (program, "show", listed, str(milliseconds), _FILL, "0")
    with scratch(program.parent) as folder:
        ended = lab.run(argv, folder, _timeout([one], milliseconds))
    log = ended.stdout.decode("utf-8", errors="replace")
    return log.rpartition("\n")[0].rpartition("\n")[0], ended.errors


def first_killers(
    lab: Lab,
    program: Path,
    inputs: Sequence[bytes],
    mutants: Sequence[int],
    milliseconds: int = C_MILLISECONDS,
) -> dict[int, int | None]:
    """Return for each mutant the first input that tells it apart from the original, or None.

    Milliseconds of processor time for each input. Mutants that there was no time for are left out.
    """
    if not mutants:
        return {}
    listed = program.with_name(f"{program.name}.inputs")
    listed.write_bytes(pack(inputs))
    numbers = [str(number) for number in mutants]
    timeout = 30 + len(inputs) * len(mutants) * 0.01 + len(mutants) * 5 * milliseconds / 1000
    argv: tuple[str | Path, ...] = (program, "mutants", listed, str(milliseconds), _FILL, *numbers)
    with scratch(program.parent) as folder:
        ended = lab.run(argv, folder, timeout)
    found = (line.split() for line in ended.stdout.decode().split("\n")[:-1])
    return {int(number): None if killer == "-1" else int(killer) for number, killer in found}


def _timeout(inputs: Sequence[bytes], milliseconds: int) -> float:
    # Each input has a limit of its own; a busy machine must not make the rest of them look as if they failed.
    return 60 + len(inputs) * 0.2 + min(len(inputs), 60) * milliseconds / 1000


def _run(line: str) -> Run:
    how, log, reports, taken = line.split()
    name, _, detail = how.partition(":")
    number = int(detail or 0)
    if name == "signal":
        end = End.ENDLESS if number in _ENDLESS else End.CRASHED
    else:
        end = {"finished": End.FINISHED, "outgrew": End.OUTGREW}.get(name, End.EXITED)
    return Run(end, number, log, int(reports), taken)
