"""Whether kills of workers, schedulers and batches cost anything that was answered.

Run `python -m benchmarks.cluster`: a generated fleet on a Dask cluster of three worker processes on this
machine, each with a cache of its own as if it were a machine, against an endpoint that answers after a
fifth of a second. `--kills` times, at a random moment, a worker, the scheduler or the batch is killed and
what is missing is started again, until the batch has come to its end; then its crates are compared with
those of a batch without a scheduler. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.batch import ROOT, command, measure
from benchmarks.fleet import answer, write_generated
from tests.cluster import DaskCluster, eventually, is_alive, kill, runs_below
from tests.endpoint import Endpoint
from tests.fleets import answered, answered_in, crates

_DELAY = 0.2


@dataclass
class Siege:
    """A fleet on a cluster whose parts are killed, again and again."""

    fleet: Path
    folder: Path
    endpoint: Endpoint
    whole: Mapping[str, bytes]
    """The crates of an undisturbed batch."""
    longest: float
    """Seconds until a kill at most."""
    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    asked_again: int = 0
    other_crates: int = 0

    def round(self, kills: int) -> None:
        """Run a batch, kill something some times while it runs, and let it end."""
        out, known = self.folder / "out", list[tuple[int, set[str]]]()
        with ExitStack() as stack:
            cluster = stack.enter_context(DaskCluster(self.folder / "cluster"))
            batch = self._start(cluster, out)
            for _ in range(kills):
                time.sleep(self.chance.uniform(0.5, self.longest))
                if batch.poll() is not None:
                    break
                known.append(self._kill(cluster, batch, out))
                batch = batch if batch.poll() is None else self._start(cluster, out)
            if batch.wait() != 0:
                raise SystemExit(f"a continued batch ended with {batch.returncode}")
        for before, answers in known:
            self.asked_again += len({each.prompt for each in self.endpoint.requests[before:]} & answers)
        self.other_crates += crates(out) != self.whole
        shutil.rmtree(out)

    def _start(self, cluster: DaskCluster, out: Path) -> subprocess.Popen[bytes]:
        # One at a time is what `command` says of --jobs; the last word counts.
        words = (*command(self.fleet, out, self.endpoint, 1), "--jobs", "3", "--scheduler", cluster.address)
        return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _kill(self, cluster: DaskCluster, batch: subprocess.Popen[bytes], out: Path) -> tuple[int, set[str]]:
        """Kill something; return how much was asked until then, and what was known without it."""
        what = self.chance.choice(("worker", "scheduler", "batch"))
        self.killed[what] += 1
        if what == "worker":
            number = self.chance.randrange(len(cluster.workers))
            kill(cluster.workers[number])
            # What only a machine knows that is gone, nobody can know.
            known = answered(out)
            cluster.restart_worker(number)
            return len(self.endpoint.requests), known
        runs = [run for each in cluster.workers for run in runs_below(each.pid)]
        kill(batch if what == "batch" else cluster.scheduler)
        batch.wait()
        eventually(lambda: not any(map(is_alive, runs)), "the end of all runs")
        known = answered(out) | answered_in(*cluster.kept())
        if what == "scheduler":
            cluster.restart()
        return len(self.endpoint.requests), known


def besiege(kills: int, modules: int, seed: int) -> dict[str, int]:
    """Kill parts of a cluster and batches on it, and count what went wrong after it."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as name, Endpoint(answer, _DELAY) as endpoint:
        folder = Path(name)
        fleet = write_generated(folder / "fleet", modules)
        found = measure(fleet, folder / "whole", endpoint, 3)
        siege = Siege(fleet, folder, endpoint, crates(folder / "whole"), found.seconds, chance)
        while siege.killed.total() < kills:
            siege.round(min(kills - siege.killed.total(), chance.randint(1, 4)))
            wrong = f"{siege.asked_again} asked again, {siege.other_crates} other crates"
            print(f"{siege.killed.total()} kills: {wrong}", flush=True)
    return {
        **{f"kills_of_{what}": siege.killed[what] for what in ("worker", "scheduler", "batch")},
        "asked_again": siege.asked_again,
        "other_crates": siege.other_crates,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures, the last line as one JSON object."""
    parser = argparse.ArgumentParser(description="Kill what a batch on a cluster is made of.")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--modules", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    figures = besiege(chosen.kills, chosen.modules, chosen.seed)
    print(json.dumps({"name": "cluster", "kills": chosen.kills, "modules": chosen.modules, **figures}))


if __name__ == "__main__":
    main()
