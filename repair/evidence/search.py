"""Finds inputs for a driver on the C alone."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from repair.evidence.driver import Driver
from repair.evidence.lab import Lab
from repair.evidence.variants import SEARCH

_MOST_INPUTS = 700
_LONGEST = 512
_COUNTS = re.compile(rb"llmigrate: (\d+) tried, (\d+) undefined, (\d+) endless, (\d+) outgrown")
_OURS = tuple(f"-handle_{name}=0" for name in ("segv", "bus", "abrt", "ill", "fpe"))


@dataclass(frozen=True, slots=True)
class Found:
    """Inputs that a search kept, and what it met on the way."""

    inputs: tuple[bytes, ...]
    tried: int
    undefined: int
    endless: int


def search(lab: Lab, driver: Driver, runs: int, seconds: int, seeds: Sequence[bytes] = ()) -> Found:
    """Search with libFuzzer, deterministic for a given compiler as long as it needs fewer than `seconds`.

    Raise LabError when the driver does not build.
    """
    program = lab.build(driver, SEARCH)
    corpus = lab.room(driver) / "corpus"
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir()
    for number, seed in enumerate((*seeds, *random_inputs(48, 1))):
        (corpus / f"seed_{number}").write_bytes(seed)
    options = (
        f"-runs={runs}",
        f"-max_total_time={seconds}",
        "-seed=1",
        f"-max_len={_LONGEST}",
        "-len_control=0",
    )
    argv: list[str | Path] = [
        program,
        *options,
        "-use_value_profile=1",
        "-print_final_stats=0",
        "-verbosity=0",
        *_OURS,
        corpus,
    ]
    ended = lab.run(argv, lab.room(driver), seconds + 30)
    counts = _COUNTS.search(ended.stderr)
    tried, undefined, endless, outgrown = map(int, counts.groups()) if counts else (0, 0, 0, 0)
    files = sorted(corpus.iterdir(), key=lambda path: (path.stat().st_size, path.name))
    inputs = tuple(path.read_bytes() for path in _thinned(files))
    return Found(inputs, tried, undefined + outgrown, endless)


def _thinned(files: list[Path]) -> list[Path]:
    step = max(1, -(-len(files) // _MOST_INPUTS))
    return files[::step]


def random_inputs(count: int, seed: int) -> Iterator[bytes]:
    """Yield inputs of many lengths, some of small bytes only; the same ones for the same seed."""
    source = random.Random(seed)
    for number in range(count):
        length = source.choice((4, 8, 16, 24, 40, 64, 96, 160, 256))
        most = (255, 255, 15, 127)[number % 4]
        yield bytes(source.randrange(most + 1) for _ in range(length))


def mutated_inputs(inputs: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Yield small changes of inputs; the same ones for the same seed."""
    source = random.Random(seed)
    for _ in range(count):
        changed = bytearray(source.choice(inputs))
        for _ in range(source.choice((1, 1, 2, 4))):
            _change(changed, source)
        yield bytes(changed[:_LONGEST])


def _change(data: bytearray, source: random.Random) -> None:
    at = source.randrange(len(data) + 1)
    match source.randrange(5):
        case 0:
            data[at:at] = bytes([source.randrange(256)])
        case 1:
            del data[at : at + 1]
        case 2:
            data[at : at + 1] = bytes([source.randrange(256)])
        case 3:
            data[at : at + 1] = bytes([source.choice((0, 1, 2, 7, 8, 127, 128, 255))])
        case _:
            other = source.randrange(len(data) + 1)
            data[at:at] = data[other : other + source.randrange(1, 9)]
