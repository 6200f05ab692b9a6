"""What the behaviour gate adds to judging a candidate whose function's inputs are in the cache.

Run as `python -m benchmarks.gate_cost [MODULE ...]`; needs no model. Each accepted function of each sample is
linked with its drivers and replayed by itself, as for one candidate. A build that the gate needs besides is
the one that the module's tests link as well, so it costs nothing more.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.evidence import SAMPLES, Sample, opened
from repair.evidence.replay import RUST_MILLISECONDS, replay
from repair.evidence.variants import PLAIN


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall time for one function."""

    name: str
    inputs: int
    seconds: float
    """What the gate takes."""
    linking: float
    replaying: float
    """What its two steps take when they are taken once more, each by itself."""


def measure(sample: Sample) -> Iterator[Cost]:
    """Time the gate on each accepted function."""
    library = sample.build(sample.plugs)
    behaviour = sample.behaviour
    # Drivers are compiled once in a run, however many candidates there are.
    behaviour.differences(sample.functions, library)
    for ident in sample.functions:
        proof = behaviour.proofs[ident]
        if proof.harnesses:
            started = time.perf_counter()
            differing = behaviour.differences([ident], library)
            seconds = time.perf_counter() - started
            if differing:
                raise SystemExit(f"{sample.name}: {ident} differs from the C, so its time says nothing")
            yield Cost(f"{sample.name}: {ident}", proof.inputs, seconds, *_split(sample, ident, library))


def _split(sample: Sample, ident: str, library: Path) -> tuple[float, float]:
    linking = replaying = 0.0
    lab = sample.behaviour.lab
    for harness in sample.behaviour.proofs[ident].harnesses:
        started = time.perf_counter()
        program = lab.link(harness.driver, PLAIN, (library,), "rust")
        linked = time.perf_counter()
        replay(lab, program, harness.corpus.inputs, RUST_MILLISECONDS)
        linking += linked - started
        replaying += time.perf_counter() - linked
    return linking, replaying


def main() -> None:
    """Print the figures, the last line as one JSON object."""
    costs: list[Cost] = []
    for path in sys.argv[1:] or SAMPLES:
        with opened(Path(path)) as sample:
            costs += measure(sample)
    print(f"{'function':<40}{'inputs':>8}{'seconds':>9}{'linking':>9}{'replay':>9}")
    for each in costs:
        steps = f"{each.linking:>9.2f}{each.replaying:>9.2f}"
        print(f"{each.name:<40}{each.inputs:>8}{each.seconds:>9.2f}{steps}")
    worst = max(costs, key=lambda each: each.seconds)
    figures = {
        "name": "gate_cost",
        "seconds_per_candidate": round(mean(each.seconds for each in costs), 3),
        "worst_seconds": {worst.name: round(worst.seconds, 2)},
        "linking_seconds": round(mean(each.linking for each in costs), 3),
        "replaying_seconds": round(mean(each.replaying for each in costs), 3),
        "functions": len(costs),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
