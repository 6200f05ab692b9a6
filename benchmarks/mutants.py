"""How many wrong translations the gates let through: single-edit mutants of the accepted Rust.

Run as `python -m benchmarks.mutants [--sample N] [MODULE ...]`; needs no model. A mutant is killed when its
function, judged with everything else as accepted, is rejected: by the gates on its text, by a lint, by its
own harness, or by the module's tests. `made` counts those that compile, less the equivalent ones in
`equivalent.toml` and less plain arithmetic for wrapping, which is apart: the same on all that never wraps.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.mutations import MutationKind
from analysis.rust_mutants import RustMutant, rust_mutants
from benchmarks.equivalent import Equivalents, read_equivalents
from benchmarks.evidence import SAMPLES, Accepted, Sample, opened, progress
from benchmarks.variants import Variant, VariantCrate
from repair.candidate import Candidate
from repair.judge import textual_findings

_GATES = ("text", "lint", "behaviour", "tests")
_SURVIVES = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """One mutant of an accepted function, and which gate rejects it."""

    sample: str
    ident: str
    mutant: RustMutant
    gate: str
    """Empty where none does."""
    equivalent: bool

    @property
    def counts(self) -> bool:
        """Whether it should have been rejected for all that is known."""
        return not self.equivalent and self.mutant.kind is not MutationKind.OVERFLOW


def rejected_as_text(accepted: Accepted, text: str) -> bool:
    """Tell whether the gates that need no compiler reject a change of what was accepted."""
    return bool(textual_findings(Candidate(accepted.candidate.hole, text), accepted.excuses))


def try_mutants(sample: Sample, step: int, equivalents: Equivalents) -> list[Tried]:
    """Put every `step`-th mutant of a sample's functions that compiles through all gates."""
    made = [
        (ident, each)
        for ident, accepted in sample.functions.items()
        for each in rust_mutants(accepted.candidate.text)
    ][::step]
    mutants = dict(enumerate(made, 1))
    variants = [Variant(number, ident, each.text) for number, (ident, each) in mutants.items()]
    gates = gates_of(sample, variants)
    return [
        Tried(
            sample.name,
            ident,
            each,
            gates[number],
            gates[number] == _SURVIVES and equivalents.holds("rust", sample.name, ident, each),
        )
        for number, (ident, each) in mutants.items()
        if number in gates
    ]


def gates_of(sample: Sample, variants: Sequence[Variant]) -> dict[int, str]:
    """Return for each variant that compiles, by number, the first gate that rejects it, or nothing."""
    crate = VariantCrate(sample)
    sifted = crate.sift(variants)
    gates = {
        each.number: "text"
        for each in sifted.compiling
        if rejected_as_text(sample.functions[each.ident], each.text)
    }
    gates = dict.fromkeys(sifted.linted, "lint") | gates
    alive = [each for each in sifted.compiling if each.number not in gates]
    gates |= dict.fromkeys(crate.told_apart(alive, sifted.library), "behaviour")
    alive = [each for each in alive if each.number not in gates]
    progress(f"    {len(alive)} of {sample.name} go to the module's tests")
    gates |= dict.fromkeys(crate.fail_tests(alive, sifted.library), "tests")
    return {each.number: gates.get(each.number, _SURVIVES) for each in sifted.compiling}


def show(tried: Sequence[Tried]) -> None:
    """Print a line for each function, and each survivor."""
    print(f"{'function':<40}{'made':>6}" + "".join(f"{gate:>11}" for gate in _GATES) + f"{'survive':>9}")
    counted = [each for each in tried if each.counts]
    for sample, ident in dict.fromkeys((each.sample, each.ident) for each in counted):
        mine = Counter(each.gate for each in counted if (each.sample, each.ident) == (sample, ident))
        cells = "".join(f"{mine[gate]:>11}" for gate in _GATES)
        print(f"{f'{sample}: {ident}':<40}{mine.total():>6}{cells}{mine[_SURVIVES]:>9}")
    for each in tried:
        if each.gate == _SURVIVES and each.counts:
            edit = each.mutant
            print(f"survivor: {each.sample}: {each.ident}, line {edit.line}: {edit.before} -> {edit.after}")


def main() -> None:
    """Print the figures, the last line as one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", default=SAMPLES)
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="try every N-th mutant only")
    options = parser.parse_args()
    equivalents, tried = read_equivalents(), list[Tried]()
    started = time.perf_counter()
    for path in options.modules:
        with opened(Path(path)) as sample:
            tried += try_mutants(sample, options.sample, equivalents)
    show(tried)
    names = {each.sample for each in tried}
    for entry in equivalents.stale(("rust",), names) if options.sample == 1 else ():
        print(f"no survivor is: {entry}")
    counted = [each for each in tried if each.counts]
    overflow = [each for each in tried if each.mutant.kind is MutationKind.OVERFLOW]
    gates = Counter(each.gate for each in counted)
    killed = len(counted) - gates[_SURVIVES]
    figures = {
        "name": "mutants",
        "killed": round(killed / max(1, len(counted)), 4),
        "made": len(counted),
        "survivors": gates[_SURVIVES],
        "equivalent": sum(each.equivalent for each in tried),
        **{f"by_{gate}": gates[gate] for gate in _GATES},
        "overflow_made": len(overflow),
        "overflow_killed": sum(each.gate != _SURVIVES for each in overflow),
        "every": options.sample,
        "seconds": round(time.perf_counter() - started),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
