"""Replays inputs against a linked driver, each in a process of its own."""

from __future__ import annotations

import enum
import re
import signal
import struct
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from repair.evidence.lab import Lab, scratch

C_MILLISECONDS = 60
"""Processor time that the C may take for one input."""
RUST_MILLISECONDS = 2000
"""What its translation may take: unoptimised and with checks."""
MOST_STACK = 4 << 20
"""Bytes of stack that one run may take."""
_FILL = "a5"
OTHER_FILL = "3c"
_RESULT = re.compile(
    "([0-9]{1,9}) (finished|outgrew|signal|exit)(?::([0-9]{1,3}))? ([0-9a-f]{16}) ([0-9]{1,9}) ([0-9a-f]{16})"
)
"""A line of `replay`: input, how it ended, what it reported, and the values it took."""
_KILLER = re.compile("([0-9]{1,9}) (-1|[0-9]{1,9})")
"""A line of `mutants`."""
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
    stack: int = MOST_STACK,
) -> tuple[Run, ...]:
    """Run a program over inputs; milliseconds of processor time and bytes of stack for each.

    Counts of what was covered go to the folder `counters`. After `most_endless` runs that take all of
    their time or memory the others are skipped; 0 for never.
    """
    listed = program.with_name(f"{program.name}.inputs")
    listed.write_bytes(pack(inputs))
    argv = (program, "replay", listed, str(milliseconds), fill, str(stack), str(most_endless))
    environment = {} if counters is None else {"GCOV_PREFIX": str(counters)}
    with nullcontext(counters) if counters is not None else scratch(program.parent) as folder:
        ended = lab.run(argv, folder, _timeout(inputs, milliseconds), environment)
    runs = _runs(ended.stdout)
    # A program that does not come to the end of its list says nothing about the rest of it.
    enough = ended.ok and 0 < most_endless <= sum(each.end in _SPENT for each in runs.values())
    unsaid = Run(End.EXITED, ended.status, "", 0, "")
    skipped = Run(End.SKIPPED, ended.status, "", 0, "") if enough else unsaid
    last = max(runs, default=-1)
    return tuple(runs.get(number, unsaid if number < last else skipped) for number in range(len(inputs)))


def show(lab: Lab, program: Path, one: bytes, milliseconds: int) -> tuple[str, str]:
    """Return what a program reports about one input, and what it prints as errors."""
    listed = program.with_name(f"{program.name}.shown")
    listed.write_bytes(pack([one]))
    argv = (program, "show", listed, str(milliseconds), _FILL, str(MOST_STACK), "0")
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
    argv: tuple[str | Path, ...] = (
        *(program, "mutants", listed, str(milliseconds), _FILL, str(MOST_STACK)),
        *numbers,
    )
    with scratch(program.parent) as folder:
        ended = lab.run(argv, folder, timeout)
    told = (_KILLER.fullmatch(line) for line in _lines(ended.stdout))
    found = {int(each[1]): int(each[2]) for each in told if each is not None}
    return {number: None if killer < 0 else killer for number, killer in found.items()}


def _timeout(inputs: Sequence[bytes], milliseconds: int) -> float:
    # Each input has a limit of its own; a busy machine must not make the rest of them look as if they failed.
    return 60 + len(inputs) * 0.2 + min(len(inputs), 60) * milliseconds / 1000


def _lines(said: bytes) -> list[str]:
    # A program that was stopped may leave half a line.
    return said.decode(errors="replace").split("\n")[:-1]


def _runs(said: bytes) -> dict[int, Run]:
    """Return what can be read of a program's results, by the number of the input."""
    found = (_RESULT.fullmatch(line) for line in _lines(said))
    told = [(int(each[1]), _run(each)) for each in found if each is not None]
    times = Counter(number for number, _ in told)
    # Of an input that is spoken of twice, nobody knows what is true.
    return {number: run for number, run in told if times[number] == 1}


def _run(read: re.Match[str]) -> Run:
    _, name, detail, log, reports, taken = read.groups()
    number = int(detail or 0)
    if name == "signal":
        end = End.ENDLESS if number in _ENDLESS else End.CRASHED
    else:
        end = {"finished": End.FINISHED, "outgrew": End.OUTGREW}.get(name, End.EXITED)
    return Run(end, number, log, int(reports), taken)
