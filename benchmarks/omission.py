"""How many deletions from accepted Rust the omission gate notices, and how often it cries without one.

Run as `python -m benchmarks.omission [MODULE ...]`; needs no model. Each accepted function of the samples is
taken, and each statement, arm, branch and loop body in it is deleted in turn, and the first and last third
of each block; what does not compile is left out. `recall` is over the deletions that the function's harness
tells from the whole, `recall_of_all` over those too that no input tells apart.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deletions import Deletion, deletions
from benchmarks.evidence import SAMPLES, Sample, opened
from benchmarks.variants import Variant, VariantCrate
from repair.gates import omission
from repair.verdict import Finding


@dataclass(frozen=True, slots=True)
class Tried:
    """One deletion that compiles, and what the gate says of it."""

    deletion: Deletion
    findings: tuple[Finding, ...]
    linted: bool
    """The lint gate rejects it as well."""
    changes_behaviour: bool
    """The function's harness tells it from the whole."""


def try_deletions(sample: Sample) -> list[Tried]:
    """Return what the gate says of each deletion in a sample that compiles."""
    possible = [each for accepted in sample.functions.values() for each in deletions(accepted.candidate)]
    numbered = dict(enumerate(possible, 1))
    variants = [Variant(number, each.whole.hole.ident, each.text) for number, each in numbered.items()]
    crate = VariantCrate(sample)
    sifted = crate.sift(variants)
    changing = crate.told_apart(sifted.compiling, sifted.library)
    print(f"{sample.name}: {len(possible)} deletions, {len(sifted.compiling)} of them compile")
    return [
        Tried(
            numbered[each.number],
            omission.check(numbered[each.number].candidate, sample.functions[each.ident].excuses),
            each.number in sifted.linted,
            each.number in changing,
        )
        for each in sifted.compiling
    ]


def alarms(sample: Sample) -> tuple[dict[str, tuple[Finding, ...]], float]:
    """Return what the gate says of the whole functions, and in how many seconds."""
    started = time.perf_counter()
    said = {ident: omission.check(each.candidate, each.excuses) for ident, each in sample.functions.items()}
    return said, time.perf_counter() - started


def recall(tried: Sequence[Tried]) -> float:
    """Return the share of deletions that the gate notices; 1 where there are none."""
    return round(1 - sum(not each.findings for each in tried) / max(1, len(tried)), 4)


def show(tried: Sequence[Tried], said: Mapping[str, tuple[Finding, ...]]) -> None:
    """Print each miss and each false alarm."""
    for each in tried:
        if not each.findings:
            also = " (the lint gate rejects it)" if each.linted else ""
            same = "" if each.changes_behaviour else " (no input tells it apart)"
            print(f"miss: {each.deletion.whole.hole.ident}, line {each.deletion.line}{also}{same}")
            print("    " + each.deletion.deleted.replace("\n", "\n    "))
    for ident, findings in said.items():
        if findings:
            print(f"false alarm: {ident}: {'; '.join(each.message for each in findings)}")


def main() -> None:
    """Print the figures, the last line as one JSON object."""
    tried: list[Tried] = []
    said: dict[str, tuple[Finding, ...]] = {}
    seconds = 0.0
    for path in sys.argv[1:] or SAMPLES:
        with opened(Path(path)) as sample:
            tried += try_deletions(sample)
            of_wholes, spent = alarms(sample)
        said |= {f"{path}: {ident}": findings for ident, findings in of_wholes.items()}
        seconds += spent
    show(tried, said)
    changing = [each for each in tried if each.changes_behaviour]
    cried = sum(bool(findings) for findings in said.values())
    figures = {
        "name": "omission",
        "functions": len(said),
        "deletions": len(changing),
        "recall": recall(changing),
        "recall_of_all": recall(tried),
        "recall_where_lint_is_silent": recall([each for each in changing if not each.linted]),
        "false_alarms": round(cried / max(1, len(said)), 4),
        "misses": sum(not each.findings for each in changing),
        "alarms": cried,
        "not_told_apart": len(tried) - len(changing),
        "milliseconds_a_function": round(1000 * seconds / max(1, len(said)), 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
