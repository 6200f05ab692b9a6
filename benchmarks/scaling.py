"""How the time and memory of `llmigrate plan` grow with the size of a module.

Run `python -m benchmarks.scaling`; the last line of the output is one JSON object. Seconds are wall-clock
time of a fresh process for each size, memory is the larger one's peak, compilers and bindgen left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SIZES = (1_000, 10_000)
FUNCTIONS_PER_FILE = 1_000
FUNCTIONS_PER_CHAIN = 10
_HEADER = """\
struct item { int key; unsigned flags : 4; struct item *next; };
enum state { IDLE, BUSY = 4 };
#define LIMIT 64
#define CLAMP(value) ((value) > LIMIT ? LIMIT : (value))
"""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one plan cost."""

    functions: int
    seconds: float
    peak_mib: float


def write_module(folder: Path, functions: int) -> None:
    """Write a C module: every tenth function calls the one before it, some have types and globals."""
    (folder / "shared.h").write_text(_HEADER)
    for first in range(0, functions, FUNCTIONS_PER_FILE):
        last = min(first + FUNCTIONS_PER_FILE, functions)
        text = "\n".join(_file(first, last))
        (folder / f"part_{first}.c").write_text(text)


def _file(first: int, last: int) -> Iterator[str]:
    yield '#include "shared.h"\n'
    yield f"static int total_{first} = {first};"
    yield f"static const int steps_{first}[] = {{ 1, 2, 3, {first} }};\n"
    for number in range(first, last):
        yield from _function(number, first)


def _function(number: int, first: int) -> Iterator[str]:
    if number % 50 == 0:
        yield f"struct pair_{number} {{ int left; struct item *right; }};\n"
        yield f"static struct pair_{number} pair_of_{number} = {{ {number}, 0 }};\n"
    storage = "static " if number % 3 == 0 else ""
    yield f"/* Mix the numbers of item {number}. */"
    yield f"{storage}int work_{number}(struct item *it, int count)\n{{"
    yield f"\tint sum = steps_{first}[count & 3];\n"
    yield "\tfor (int i = 0; i < CLAMP(count); i++)\n\t\tsum += it->key ^ i;"
    yield f"\tif (it->flags == BUSY)\n\t\ttotal_{first} += sum;"
    is_linked = number % FUNCTIONS_PER_CHAIN == 0 and number - FUNCTIONS_PER_CHAIN >= first
    called = f" + work_{number - FUNCTIONS_PER_CHAIN}(it->next, count)" if is_linked else ""
    yield f"\treturn sum{called};\n}}\n"


def measure(functions: int) -> Measurement:
    """Plan a generated module in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as name:
        write_module(Path(name), functions)
        started = time.monotonic()
        process = subprocess.Popen(
            (sys.executable, "-m", "migrate.cli", "plan", name, "--json"), stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        planned = json.load(process.stdout)
        # Of this child alone: RUSAGE_CHILDREN would be the largest of all children so far.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or planned["totals"]["functions"] != functions:
        raise SystemExit(f"the plan of {functions} functions failed: exit {process.returncode}")
    return Measurement(functions, time.monotonic() - started, usage.ru_maxrss / 1024)


def main() -> None:
    """Measure each size, print what was measured, and end with one JSON object."""
    small, large = (measure(size) for size in SIZES)
    for each in (small, large):
        print(f"{each.functions:>6} functions {each.seconds:>7.2f} s {each.peak_mib:>7.0f} MiB")
    figures = {
        "name": "scaling",
        "seconds_1000": round(small.seconds, 2),
        "seconds_10000": round(large.seconds, 2),
        "ratio": round(large.seconds / small.seconds, 2),
        "peak_mib": round(large.peak_mib),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
