"""How fast a batch is, what the tool costs beside model and cargo, and whether kills cost anything.

Run `python -m benchmarks.batch`: generated modules of twenty functions (`--modules`, default 200) against an
endpoint on this machine that answers after `--delay` seconds, with 1, 2 and 4 modules at a time; then
`--kills` kills of the batch or of one of its runs at random moments. The last line is one JSON object.

The overhead is measured with one module at a time and no delay: wall time less all cargo runs, for each
function. Compilers and bindgen that read the C, rustfmt, the module's own tests and the start of each process
are in it; what of it passes in gcc and bindgen is timed by stand-ins for these programs, and shown apart. The
CPU time of the tool's own process, which other load on the machine does not change, is measured besides.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fleet import FUNCTIONS, answer, write_generated
from tests.endpoint import Endpoint
from tests.fleets import answered, crates, runs_of

ROOT = Path(__file__).resolve().parent.parent
JOBS = (1, 2, 4)
_TIMED = ("gcc", "bindgen")
_STAND_IN = """\
#!/bin/sh
begun=$(date +%s%N)
{program} "$@"
status=$?
echo $(($(date +%s%N) - begun)) >>{log}
exit $status
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One batch from start to end."""

    seconds: float
    cargo_seconds: float
    """Of all cargo runs that were counted, added up."""


def command(fleet: Path, out: Path, endpoint: Endpoint, jobs: int) -> tuple[str, ...]:
    """Return the command of a batch."""
    model = ("--model", "scripted", "--base-url", endpoint.base_url)
    options = ("-o", str(out), "-q", "--jobs", str(jobs), "--evidence", "none", "--json")
    return (sys.executable, "-m", "migrate.cli", "batch", str(fleet), *options, *model)


def measure(fleet: Path, out: Path, endpoint: Endpoint, jobs: int, path: str | None = None) -> Measured:
    """Run a batch to its end, which must be a good one."""
    environment = {**os.environ, **({"PATH": path} if path else {})}
    begun = time.monotonic()
    ended = subprocess.run(
        command(fleet, out, endpoint, jobs), cwd=ROOT, capture_output=True, env=environment, check=False
    )
    seconds = time.monotonic() - begun
    if ended.returncode != 0:
        raise SystemExit(f"the batch ended with {ended.returncode}: {ended.stderr.decode().strip()}")
    return Measured(seconds, sum(_cargo_seconds(path) for path in out.glob("modules/*/ledger.sqlite")))


def _cargo_seconds(ledger: Path) -> float:
    with sqlite3.connect(ledger) as database:
        return float(database.execute("SELECT COALESCE(SUM(seconds), 0) FROM cargo_run").fetchone()[0])


def throughput(modules: int, delay: float) -> dict[str, float]:
    """Measure modules a minute with several numbers of modules at a time."""
    rates: dict[str, float] = {}
    for jobs in JOBS:
        with tempfile.TemporaryDirectory(prefix="llmigrate-") as name, Endpoint(answer, delay) as endpoint:
            fleet = write_generated(Path(name) / "fleet", modules)
            found = measure(fleet, Path(name) / "out", endpoint, jobs)
        rates[f"modules_a_minute_{jobs}"] = round(modules / found.seconds * 60, 2)
        share = found.cargo_seconds / found.seconds
        rates[f"cargo_at_a_time_{jobs}"] = round(share, 2)
        print(f"{jobs} at a time: {found.seconds:.1f} s for {modules} modules, {share:.2f} cargo at a time")
    return rates


def overhead(modules: int) -> dict[str, float]:
    """Measure what the tool takes beside cargo, for each function."""
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as name, Endpoint(answer) as endpoint:
        folder = Path(name)
        fleet, log = write_generated(folder / "fleet", modules), folder / "log"
        found = measure(fleet, folder / "out", endpoint, 1, _timing(folder / "bin", log))
        timed = sum(int(line) for line in log.read_text().split()) / 1e9
    each = modules * FUNCTIONS / 1000
    beside = found.seconds - found.cargo_seconds
    print(f"1 at a time without delay: {found.seconds:.1f} s, cargo {found.cargo_seconds:.1f} s,")
    print(f"gcc and bindgen {timed:.1f} s")
    return {
        "own_cpu_ms_a_function": round(own_cpu(modules) / FUNCTIONS * 1000, 1),
        "overhead_ms_a_function": round(beside / each, 1),
        "overhead_ms_a_function_without_compilers_of_c": round((beside - timed) / each, 1),
    }


def own_cpu(modules: int) -> float:
    """Return the CPU seconds of the tool's own process for a module, on average."""
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as name, Endpoint(answer) as endpoint:
        fleet = write_generated(Path(name) / "fleet", modules + 1)
        words = (sys.executable, "-m", "benchmarks.own_cpu", str(fleet), endpoint.base_url, f"{name}/out")
        ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[float] = json.loads(ended.stdout.splitlines()[-1])["cpu_seconds"]
    return sum(found) / len(found)


def _timing(folder: Path, log: Path) -> str:
    """Write stand-ins that time programs; return a PATH on which they come first."""
    folder.mkdir()
    for name in _TIMED:
        program = shutil.which(name)
        if program is not None:
            (folder / name).write_text(_STAND_IN.format(program=program, log=log))
            (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@dataclass
class Kills:
    """Batches that are killed at random moments and continued until each has ended as an undisturbed one."""

    fleet: Path
    endpoint: Endpoint
    whole: Mapping[str, bytes]
    """The crates of an undisturbed batch."""
    longest: float
    """Seconds until a kill at most."""
    chance: random.Random
    asked_again: int = 0
    other_crates: int = 0
    of_runs: int = 0

    def round(self, out: Path, kills: int) -> int:
        """Kill a batch or its runs up to some times, and let it end; return how often it was killed."""
        killed = 0
        while killed < kills and self._stretch(out, kill=True):
            killed += 1
        self._stretch(out, kill=False)
        self.other_crates += crates(out) != self.whole
        return killed

    def _stretch(self, out: Path, kill: bool) -> bool:
        """Go on with a batch; tell whether it was killed before its end."""
        paid, before = answered(out), len(self.endpoint.requests)
        with subprocess.Popen(
            command(self.fleet, out, self.endpoint, 2),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as batch:
            killed = kill and self._kill(batch)
            batch.wait()
        if not kill and batch.returncode != 0:
            raise SystemExit(f"a continued batch ended with {batch.returncode}")
        self.asked_again += len({each.prompt for each in self.endpoint.requests[before:]} & paid)
        return killed

    def _kill(self, batch: subprocess.Popen[bytes]) -> bool:
        """Kill a batch, or one of its runs and let the others end, unless it ends before that."""
        with suppress(subprocess.TimeoutExpired):
            batch.wait(self.chance.uniform(0.3, self.longest))
            return False
        runs = runs_of(batch.pid)
        if runs and self.chance.random() < 0.5:
            self.of_runs += 1
            os.kill(self.chance.choice(runs), signal.SIGKILL)
        else:
            batch.kill()
        return True


def kill(kills: int, modules: int, seed: int) -> dict[str, int]:
    """Kill batches and their runs, and count what went wrong after it."""
    chance, left = random.Random(seed), kills
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as name, Endpoint(answer, 0.2) as endpoint:
        folder = Path(name)
        fleet = write_generated(folder / "fleet", modules)
        found = measure(fleet, folder / "whole", endpoint, 2)
        killing = Kills(fleet, endpoint, crates(folder / "whole"), found.seconds, chance)
        while left:
            left -= killing.round(folder / "out", min(left, chance.randint(1, 4)))
            shutil.rmtree(folder / "out")
            wrong = f"{killing.asked_again} asked again, {killing.other_crates} other crates"
            print(f"{kills - left} kills: {wrong}")
    return {
        "kills": kills,
        "kills_of_runs": killing.of_runs,
        "asked_again": killing.asked_again,
        "other_crates": killing.other_crates,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures, the last line as one JSON object."""
    parser = argparse.ArgumentParser(description="Measure batches.")
    parser.add_argument("--modules", type=int, default=200)
    parser.add_argument("--delay", type=float, default=1.0, help="seconds for an answer")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--killed-modules", type=int, default=4, help="modules of each killed batch")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    figures: dict[str, float | str] = {"name": "batch", "modules": chosen.modules, "delay": chosen.delay}
    if chosen.modules:
        figures |= throughput(chosen.modules, chosen.delay)
        figures |= overhead(min(chosen.modules, 40))
    if chosen.kills:
        figures |= kill(chosen.kills, chosen.killed_modules, chosen.seed)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
