"""Seeded errors in Rust that a kernel was booted with: which gate rejects each.

Run as `python -m benchmarks.kernel_mutants OUT [OUT ...] [--each N] [--equivalent FILE]` on the output
folders of finished runs with --kernel; needs no model. Of every run N single-edit mutants, evenly spread over
its functions' Rust, are put through all gates, each with everything else as it was accepted. One that does
not compile counts for nothing and the next is taken instead. Mutants that FILE lists, in the form of
`equivalent.toml`, are apart.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.mutations import MutationKind
from analysis.rust_mutants import RustMutant, rust_mutants
from benchmarks.equivalent import NONE, Equivalents, read_equivalents
from benchmarks.evidence import progress
from benchmarks.finished import Finished, finished, spread
from repair.verdict import Gate


@dataclass(frozen=True, slots=True)
class Seeded:
    """One error, and what became of it."""

    module: str
    ident: str
    mutant: RustMutant
    gate: Gate | None
    """None where it survives."""
    said: str
    """The first finding."""
    equivalent: bool


def seeded(run: Finished, wanted: int, equivalents: Equivalents) -> Iterator[Seeded]:
    """Yield so many errors of a run, as far as there are that many that compile."""
    made = [
        (ident, each)
        for ident, text in run.functions.items()
        for each in rust_mutants(text)
        # Plain arithmetic for wrapping is the same on all that never wraps.
        if each.kind is not MutationKind.OVERFLOW
    ]
    order = spread(len(made), wanted)
    order += [each for each in range(len(made)) if each not in set(order)]
    done = 0
    for at in order:
        if done == wanted:
            return
        ident, mutant = made[at]
        verdict = run.verdict(ident, mutant.text)
        if verdict.gate is Gate.COMPILE:
            continue
        done += 1
        said = verdict.findings[0].message if verdict.findings else ""
        listed = verdict.accepted and equivalents.holds("rust", run.name, ident, mutant)
        outcome = Seeded(run.name, ident, mutant, verdict.gate, said, listed)
        progress(f"    {done} of {wanted}: {describe(outcome)}")
        yield outcome


def describe(each: Seeded) -> str:
    """Say in one line what was changed, and what came of it."""
    edit = f"{each.mutant.before} -> {each.mutant.after or 'nothing'}"
    outcome = f"{each.gate}: {each.said}" if each.gate else "equivalent" if each.equivalent else "SURVIVES"
    return f"{each.module}: {each.ident}, line {each.mutant.line}: {edit}: {outcome}"


def main() -> None:
    """Print a line for each error, the last line as one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="+", type=Path, metavar="OUT")
    parser.add_argument("--each", type=int, default=20, metavar="N", help="errors for each run [20]")
    parser.add_argument("--equivalent", type=Path, metavar="FILE", help="mutants with a reason each")
    options = parser.parse_args()
    equivalents = read_equivalents(options.equivalent) if options.equivalent else NONE
    started, found = time.perf_counter(), list[Seeded]()
    for out in options.runs:
        with finished(out) as run:
            found += seeded(run, options.each, equivalents)
    print("\n".join(map(describe, found)))
    counted = [each for each in found if not each.equivalent]
    gates = Counter(str(each.gate) for each in counted if each.gate)
    figures = {
        "name": "kernel_mutants",
        "killed": round(gates.total() / max(1, len(counted)), 4),
        "made": len(counted),
        "equivalent": len(found) - len(counted),
        **{f"by_{gate}": count for gate, count in gates.items()},
        "seconds": round(time.perf_counter() - started),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
