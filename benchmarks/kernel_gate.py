"""What the gates of a kernel take for one function: its object, the link, the boot and the tests.

Run as `python -m benchmarks.kernel_gate OUT [OUT ...]` on the output folders of finished runs with --kernel;
needs no model. Each function's accepted Rust is put into the kernel by itself, as for one candidate: all else
is as it was accepted. `judged` is all gates together, `in_kernel` is from the object on.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.finished import Finished, finished
from migrate.report.files import read_report


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall time for one function."""

    name: str
    judged: float
    in_kernel: float


def measure(run: Finished) -> Iterator[Cost]:
    """Time the gates on each accepted function. Raise SystemExit where one no longer passes."""
    judge = run.run.judge
    if judge.tests is None:
        raise SystemExit(f"{run.name} has no tests, so there is nothing to time")
    for ident, text in run.functions.items():
        started = time.perf_counter()
        verdict = run.verdict(ident, text)
        judged = time.perf_counter() - started
        if not verdict.accepted:
            raise SystemExit(f"{run.name}: {ident} is rejected: {verdict.findings[0].message}")
        started = time.perf_counter()
        failure = judge.tests.run((judge.workspace.library(judge.crate),))
        in_kernel = time.perf_counter() - started
        if failure is not None:
            raise SystemExit(f"{run.name}: {failure.message}")
        yield Cost(f"{run.name}: {ident}", judged, in_kernel)


def main() -> None:
    """Print the figures, the last line as one JSON object."""
    if not sys.argv[1:]:
        raise SystemExit("usage: python -m benchmarks.kernel_gate OUT [OUT ...]")
    costs: list[Cost] = []
    first_answers: list[bool] = []
    for name in sys.argv[1:]:
        out = Path(name)
        first_answers += [hole["attempts"] == 1 for hole in read_report(out)["holes"] if hole["attempts"]]
        with finished(out) as run:
            costs += measure(run)
    print(f"{'function':<44}{'judged':>9}{'in kernel':>11}")
    for each in costs:
        print(f"{each.name:<44}{each.judged:>9.2f}{each.in_kernel:>11.2f}")
    worst = max(costs, key=lambda each: each.in_kernel)
    figures = {
        "name": "kernel_gate",
        "seconds": round(mean(each.in_kernel for each in costs), 2),
        "worst_seconds": {worst.name: round(worst.in_kernel, 2)},
        "judged_seconds": round(mean(each.judged for each in costs), 2),
        "worst_judged_seconds": round(max(each.judged for each in costs), 2),
        "functions": len(costs),
        "accepted_at_first_answer": round(mean(first_answers), 4) if first_answers else None,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
