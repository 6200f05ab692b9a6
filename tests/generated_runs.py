"""Generated runs: output folders with a report each, as large a fleet of them as is wanted."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from analysis.inventory import Kind
from analysis.unsafety import UnsafeUse
from migrate.model.exchange import Replayed
from migrate.report.calls import Calls
from migrate.report.json_format import report_json
from migrate.report.portion import Portion
from migrate.report.report import AttemptReport, HoleReport, ModelUse, Report, RunFacts
from migrate.run.attempt import Source
from repair.evidence.evidence import Evidence
from repair.evidence.harness import MutantFate, SetAside
from repair.plug import PlugKind
from repair.sandbox import SandboxKind
from repair.verdict import Finding, Gate

_ENDINGS = ("first",) * 6 + ("repaired",) * 3 + ("weak", "c")
_LINES = 14
_MISMATCH = Finding(
    Gate.COMPILE,
    "mismatched types",
    "7 |     let n: usize = len;\n  |                    ^^^ expected `usize`, found `u32`",
    "E0308",
)
_WEAKNESS = {
    "weak": "inputs reach 50% of branches, not 80%",
    "differs": "it differs in the finished crate",
}
_LACKS = Finding(Gate.OMISSION, "The loop of line 12 of the C has no counterpart.")


def write_fleet(folder: Path, modules: int, functions: int, seed: int = 1) -> None:
    """Leave the output folders of some runs, as a batch does, each of a module with so many functions."""
    for number in range(modules):
        report = generated_report(number, functions, random.Random(seed * 100_003 + number))
        write_run(folder / "modules" / report.facts.module, report)


def write_run(out: Path, report: Report) -> None:
    """Leave the output folder of a run with nothing but its report."""
    out.mkdir(parents=True)
    (out / "report.json").write_text(json.dumps(report_json(report), indent=2, ensure_ascii=False) + "\n")


def generated_report(number: int, functions: int, chance: random.Random) -> Report:
    """Return the report of a module whose functions end in many ways."""
    holes = tuple(_hole(number, index, chance) for index in range(functions))
    calls = sum(len(hole.attempts) for hole in holes)
    return Report(
        facts=RunFacts(
            *(f"module_{number:03}", "abi", "some-model"),
            tests_passed=True,
            test_command="make test",
            sandbox=SandboxKind.BUBBLEWRAP,
            fixed_items=3,
            evidence="full",
            root=f"/src/module_{number:03}",
        ),
        holes=holes,
        model=ModelUse(
            *("some-model", calls, 0, 0, 1800 * calls, 900 * calls, 400 * calls), Decimal(calls) / 100
        ),
        cargo_runs=calls,
        seconds=12.5 * calls,
    )


def _hole(module: int, index: int, chance: random.Random) -> HoleReport:
    name = _name(module, index)
    ending = chance.choice(_ENDINGS) if chance.random() < 0.98 else "differs"
    is_rust = ending != "c"
    rust = _rust(name, chance)
    return HoleReport(
        name=name,
        kind=Kind.FUNCTION,
        file=f"src/part_{index % 7}.c",
        line=10 + 30 * index,
        c_text=_c(name, chance),
        plug=PlugKind.RUST if is_rust else PlugKind.C,
        rust=rust if is_rust else "",
        source=Source.MODEL if is_rust else None,
        attempts=tuple(_attempts(rust, ending)),
        portion=Portion(_LINES + 2, UnsafeUse(1, _LINES // 2, 3, 2), 0) if is_rust else Portion(),
        reason=None,
        evidence=_evidence(ending, chance) if is_rust else None,
        completeness=1.0 if is_rust else None,
        lints=() if is_rust else None,
        calls=_calls(module, index, chance),
    )


def _name(module: int, index: int) -> str:
    return f"m{module}_{('read', 'write', 'find', 'drop')[index % 4]}_{index}"


def _calls(module: int, index: int, chance: random.Random) -> Calls:
    """Let functions call earlier ones, and now and then one of the module before theirs."""
    near = range(max(0, index - 40), index)
    inside = sorted(chance.sample(near, min(len(near), chance.choice((0, 0, 1, 2, 3)))))
    outside = [_name(module - 1, index)] if module % 5 and chance.random() < 0.1 else []
    return Calls(tuple(_name(module, each) for each in inside), ("memcpy", *outside))


def _c(name: str, chance: random.Random) -> str:
    steps = "".join(
        f"\tif (list->items[{line}].count > {chance.randrange(99)})\n"
        f"\t\ttotal += list->items[{line}].size * n;\n"
        for line in range(_LINES)
    )
    head = f"int {name}(const struct list *list, unsigned n)\n{{\n\tint total = 0; /* so far */\n\n"
    return f"{head}{steps}\treturn total;\n}}"


def _rust(name: str, chance: random.Random) -> str:
    steps = "".join(
        f"    if items[{line}].count > {chance.randrange(99)} {{\n"
        f"        total = total.wrapping_add(items[{line}].size.wrapping_mul(n as c_int));\n    }}\n"
        for line in range(_LINES)
    )
    head = f'pub unsafe extern "C" fn {name}(list: *const list, n: c_uint) -> c_int {{\n'
    first = "    // SAFETY: the caller hands over a list.\n    let items = unsafe { &(*list).items };\n"
    return f"{head}{first}    let mut total: c_int = 0;\n{steps}    total\n}}"


def _attempts(rust: str, ending: str) -> Iterator[AttemptReport]:
    rejected = {"repaired": (_MISMATCH,), "c": (_MISMATCH, _LACKS, _LACKS)}.get(ending, ())
    for number, finding in enumerate(rejected, 1):
        yield AttemptReport(number, Source.MODEL, Replayed.no, rust, (finding,), ())
    if ending != "c":
        yield AttemptReport(len(rejected) + 1, Source.MODEL, Replayed.no, rust, (), ())


def _evidence(ending: str, chance: random.Random) -> Evidence:
    is_weak, differs = ending == "weak", ending == "differs"
    branches = 2 * _LINES
    survivors = tuple(MutantFate(number, 12, ">", ">=", False) for number in range(9 if is_weak else 1))
    return Evidence(
        drivers=("rule",),
        inputs=chance.randrange(200, 2_000),
        tried=2_100,
        set_aside=SetAside(undefined=chance.randrange(20)),
        lines=_LINES,
        branches=branches,
        branches_hit=branches // 2 if is_weak else branches - chance.randrange(3),
        missed=(17, 18) if is_weak else (),
        mutants=30,
        survivors=survivors,
        weakness=_WEAKNESS.get(ending),
        differs=differs,
    )
