"""Finds inputs for a driver on the C alone."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.process import Completed
from repair.evidence.driver import Driver
from repair.evidence.engine import Engine
from repair.evidence.lab import Lab, left_in, scratch
from repair.evidence.replay import pack, unpack
from repair.evidence.variants import GENERATE, SEARCH

_MOST_INPUTS = 700
_LONGEST = 512
_TRIED = re.compile(rb"llmigrate: (\d+) tried")
_KEPT = re.compile("[0-9a-f]{40}")
"""How libFuzzer calls an input that it keeps; others are what it complains of."""
_OURS = tuple(f"-handle_{name}=0" for name in ("segv", "bus", "abrt", "ill", "fpe"))


@dataclass(frozen=True, slots=True)
class Found:
    """Inputs that a search kept, and how many it tried."""

    inputs: tuple[bytes, ...]
    tried: int


def search(
    lab: Lab,
    driver: Driver,
    runs: int,
    seconds: int,
    seeds: Sequence[bytes] = (),
    engine: Engine | None = None,
) -> Found:
    """Search with an engine, by default the one that suits the lab.

    Deterministic for a given compiler as long as it needs fewer than `seconds`.
    Raise LabError when the driver does not build.
    """
    every = (*seeds, *random_inputs(48, 1))
    if (engine or lab.engine) is Engine.LIBFUZZER:
        return _fuzz(lab, driver, runs, seconds, every)
    return _generate(lab, driver, runs, seconds, every)


def _fuzz(lab: Lab, driver: Driver, runs: int, seconds: int, seeds: Sequence[bytes]) -> Found:
    program = lab.build(driver, SEARCH)
    given = lab.room(driver) / "seeds"
    given.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds):
        (given / f"seed_{number}").write_bytes(seed)
    limits = (f"-runs={runs}", f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-len_control=0")
    quiet = ("-print_final_stats=0", "-verbosity=0")
    argv: tuple[str | Path, ...] = (program, *limits, "-seed=1", "-use_value_profile=1", *quiet, *_OURS)
    with scratch(lab.room(driver)) as kept:
        # It writes to the first folder and reads both.
        ended = lab.run((*argv, kept, given), kept, seconds + 30)
        files = [*given.iterdir(), *(path for path in left_in(kept) if _KEPT.fullmatch(path.name))]
        files.sort(key=lambda path: (path.stat().st_size, path.name))
        step = max(1, -(-len(files) // _MOST_INPUTS))
        return _found(ended, tuple(path.read_bytes()[:_LONGEST] for path in files[::step]))


def _generate(lab: Lab, driver: Driver, runs: int, seconds: int, seeds: Sequence[bytes]) -> Found:
    program = lab.build(driver, GENERATE)
    given = lab.room(driver) / "generate.seeds"
    given.write_bytes(pack(seeds))
    with scratch(lab.room(driver)) as folder:
        argv = (program, given, folder / "kept", str(runs), "1", str(seconds))
        ended = lab.run(argv, folder, seconds + 30)
        kept = [path.read_bytes() for path in left_in(folder) if path.name == "kept"]
    inputs = unpack(kept[0]) if ended.ok and kept else ()
    return _found(ended, tuple(dict.fromkeys((*seeds, *inputs)))[:_MOST_INPUTS])


def _found(ended: Completed, inputs: tuple[bytes, ...]) -> Found:
    tried = _TRIED.search(ended.stderr)
    return Found(inputs, int(tried[1]) if tried else 0)


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
