"""How long `llmigrate check lib/ fs/ mm/` takes on the kernel, with 2,000 stored functions, on one core.

Run `python -m benchmarks.check [TREE]`; the last line of the output is one JSON object. Seconds are
wall-clock time of a fresh process, the best of three, on files that the system has read before; `..._cpu_s`
is what such a process took of the processor. `cold_s`: nothing is remembered, and every file of the tree is
another than the stored one (by an empty line), so that each has to be read and compared declaration by
declaration. `warm_s`: the same once more. `scattered_...`: for 2,000 functions drawn at random, which touch
as many files as they can, where the others are those of whole files. `peak_mib` is the largest peak of all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.analysis import Unavailable, kernel_source
from benchmarks.kernel_stores import FOLDERS, FUNCTIONS

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one check cost."""

    seconds: float
    cpu_seconds: float
    """Differs from the above where other processes want the core too."""
    peak_mib: float


def measure(tree: Path, store: Path, cache: Path) -> Measurement:
    """Check the tree in a process of its own. Raise SystemExit when anything is found."""
    started = time.monotonic()
    process = subprocess.Popen(
        (
            *(sys.executable, "-m", "migrate.cli", "check", *(str(tree / folder) for folder in FOLDERS)),
            *("--against", str(store), "--no-build", "--json"),
        ),
        stdout=subprocess.PIPE,
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
    )
    assert process.stdout is not None
    result = json.load(process.stdout)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or result["functions"] != FUNCTIONS:
        raise SystemExit(f"the check failed: exit {process.returncode}, {result['findings'][:3]}")
    seconds = time.monotonic() - started
    return Measurement(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _seconds(measurement: Measurement) -> float:
    return measurement.seconds


def main() -> None:
    """Measure, print what was measured, and end with one JSON object."""
    tree = (
        Path(sys.argv[1]) if len(sys.argv) > 1 else kernel_source((*FOLDERS, "include", "arch/x86/include"))
    )
    if isinstance(tree, Unavailable):
        print(f"Skipped: the source of the kernel cannot be had, because {tree.reason}.")
        return
    # One core, for the processes that are started from here too.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    found: dict[str, tuple[Measurement, Measurement]] = {}
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as name:
        folder = Path(name)
        # In a process of its own: a child's peak of memory counts what its parent had when it began.
        subprocess.run((sys.executable, "-m", "benchmarks.kernel_stores", str(tree), name), check=True)
        for kind in ("modules", "scattered"):
            caches = [folder / f"{kind}.cache.{number}" for number in range(ROUNDS)]
            cold = min((measure(tree, folder / kind, cache) for cache in caches), key=_seconds)
            warm = min((measure(tree, folder / kind, cache) for cache in caches), key=_seconds)
            found[kind] = (cold, warm)
            for label, each in (("cold", cold), ("warm", warm)):
                print(
                    f"{kind:<12}{label:<6}{each.seconds:>6.2f} s, {each.cpu_seconds:>6.2f} s of CPU,"
                    f" {each.peak_mib:>5.0f} MiB"
                )
    cold, warm = found["modules"]
    figures = {
        "name": "check",
        "cold_s": round(cold.seconds, 2),
        "warm_s": round(warm.seconds, 2),
        "peak_mib": round(max(each.peak_mib for pair in found.values() for each in pair)),
        "cold_cpu_s": round(cold.cpu_seconds, 2),
        "warm_cpu_s": round(warm.cpu_seconds, 2),
        "scattered_cold_s": round(found["scattered"][0].seconds, 2),
        "scattered_warm_s": round(found["scattered"][1].seconds, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
