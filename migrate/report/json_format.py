"""The format of `report.json`."""

# Annotations are evaluated here: as text they would hide from TypedDict which keys may be missing.
from dataclasses import asdict
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from migrate.report.portion import Portion
from migrate.report.report import (
    AttemptReport,
    CrateTestsReport,
    FfiReport,
    Furniture,
    HoleReport,
    ModelUse,
    Report,
)
from repair.evidence.evidence import Evidence
from repair.plug import PlugKind
from repair.verdict import Finding

FORMAT = 1
"""Version of the format; a report with a newer one is not read. What is only added leaves it as it is."""


class TotalsJson(TypedDict):
    """Numbers of holes."""

    holes: int
    rust: int
    transpiled: int
    c: int
    unimplemented: int


class FindingJson(TypedDict):
    """One reason why a hole is not Rust; without a gate where no candidate was judged."""

    gate: str | None
    code: str | None
    message: str
    detail: str


class EvidenceJson(TypedDict):
    """What was shown for a function."""

    sentence: str
    weak: str | None
    differs: NotRequired[bool]
    """The finished crate does something else than the C."""
    not_shown: list[str]
    drivers: list[str]
    inputs: int
    tried: int
    set_aside: dict[str, int]
    lines: int
    branches: int
    branches_reached: int
    lines_not_reached: list[int]
    mutants: int | None
    mutants_told_apart: int | None
    survivors: list[dict[str, Any]]
    refused: NotRequired[list[str]]
    """Why drivers were no evidence."""
    claims: NotRequired[list[dict[str, Any]]]
    unmade: NotRequired[bool]
    """Mutants were asked for and could not be made."""
    through: NotRequired[str]
    """The function that was called for it, where it cannot be called itself."""


class AttemptJson(TypedDict):
    """One try at a hole."""

    number: int
    source: str
    replayed: str | None
    """Where the model's answer came from; null when there was none."""
    text: str
    """The candidate, or nothing."""
    findings: list[FindingJson]
    fixes: list[str]
    second_verdict: bool
    """It is no answer of its own: what had filled the hole was rejected after all."""


class HoleJson(TypedDict):
    """One hole in `report.json`."""

    name: str
    kind: str
    file: str
    line: int
    plug: str
    source: str | None
    attempts: int
    verdicts: NotRequired[list[str]]
    """Of each attempt in order: `accepted`, or the gate that rejected it."""
    omitted: NotRequired[bool]
    """The last answer lacks something of the C, or none held the item as Rust."""
    put_back: NotRequired[bool]
    """It was Rust and is not any more, as that was rejected after all."""
    unsafe_blocks: int
    lines: NotRequired[int]
    """Lines with code of functions and of variables with a value."""
    unsafe_lines: NotRequired[int]
    dereferences: NotRequired[int]
    casts: NotRequired[int]
    clippy: NotRequired[list[str] | None]
    """Lints of clippy that it breaks, each as often as it does; null where clippy was not asked."""
    recorded_for_earlier_prompt: bool
    findings: list[FindingJson]
    completeness: NotRequired[float | None]
    """Share of the C's structure with a counterpart in the Rust."""
    evidence: NotRequired[EvidenceJson | None]
    c_text: NotRequired[str]
    rust_text: NotRequired[str]
    """What fills it if that is Rust, else nothing."""
    tried: NotRequired[list[AttemptJson]]
    """Every attempt in order."""
    reason: NotRequired[str | None]
    """Why it is not Rust, where the verdict on the last answer does not say so."""
    calls: NotRequired[list[str]]
    """Holes of this report that its C calls or otherwise names."""
    calls_outside: NotRequired[list[str]]
    """Functions of other modules and of libraries that its C calls."""
    local: NotRequired[bool]
    """Its C is file-local, so that no other module can call it."""


class ModelJson(TypedDict):
    """The model's part of `report.json`; without a name where none was asked."""

    name: str
    calls: int
    replayed: int
    replayed_for_earlier_prompt: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    cost_usd: float | None


class TestsJson(TypedDict):
    """How the module's own tests went; `passed` is null where there are none."""

    passed: bool | None
    command: str


class CrateTestsJson(TypedDict):
    """How the Rust tests of a given crate ended."""

    rule: str
    """`visible` where failures went into prompts, else `hidden`."""
    passed: int
    failed: list[str]
    open: list[str]
    """Those that came to a body that is not filled."""


class FurnitureJson(TypedDict):
    """A variable that stays in C by design, and is no hole."""

    name: str
    file: str
    line: int
    macro: str
    """What makes it."""


class BecomeJson(TypedDict):
    """What something of the C has become in a safe interface, and why."""

    c: str
    rust: str
    reason: str


class PortionJson(TypedDict):
    """Some Rust of the crate in figures."""

    lines: int
    unsafe_blocks: int
    unsafe_lines: int
    dereferences: int
    casts: int
    clippy: int | None
    """Findings of clippy; null where clippy was not asked."""
    per_100_lines: dict[str, float | None]
    """The figures above, but for the blocks."""


class FfiJson(PortionJson):
    """The file by which C calls safe Rust."""

    symbols: int
    """Functions that C can call through it."""
    lines_per_symbol: float


class UnsafetyJson(TypedDict):
    """How much of the crate is unsafe."""

    bodies: PortionJson
    """All functions that are Rust."""
    ffi: FfiJson | None
    """Null where C calls what fills the holes itself."""


class ReportJson(TypedDict):
    """The format of `report.json`."""

    module: str
    interface: str
    totals: TotalsJson
    holes: list[HoleJson]
    model: ModelJson
    cargo_runs: int
    tests: TestsJson
    seconds: float
    sandbox: NotRequired[str]
    fixed_items: NotRequired[int]
    format: NotRequired[int]
    strategy: NotRequired[str]
    evidence: NotRequired[str]
    weak: NotRequired[int]
    """Functions that are Rust on evidence that is too weak."""
    not_asked_for: NotRequired[list[str]]
    """Functions of the C that nothing in a given interface stands for."""
    crate_tests: NotRequired[CrateTestsJson | None]
    settled: NotRequired[list[BecomeJson]]
    made_by_macros: NotRequired[list[FurnitureJson]]
    unsafety: NotRequired[UnsafetyJson]
    root: NotRequired[str]
    """The folder that the names of C files are relative to; nothing where it is not known."""


def report_json(report: Report) -> ReportJson:
    """Return a report as `report.json` holds it."""
    counts, model, facts = report.counts, report.model, report.facts
    return {
        "format": FORMAT,
        "module": facts.module,
        "strategy": facts.strategy,
        "interface": facts.interface,
        "totals": {
            "holes": len(report.holes),
            "rust": counts[PlugKind.RUST],
            "transpiled": counts[PlugKind.TRANSPILED],
            "c": counts[PlugKind.C],
            "unimplemented": counts[PlugKind.UNIMPLEMENTED],
        },
        "holes": [_hole_json(hole) for hole in report.holes],
        "model": _model_json(model),
        "cargo_runs": report.cargo_runs,
        "tests": {"passed": facts.tests_passed, "command": facts.test_command},
        "seconds": round(report.seconds, 3),
        "sandbox": facts.sandbox.value,
        "fixed_items": facts.fixed_items,
        "evidence": facts.evidence,
        "weak": len(report.weak),
        "not_asked_for": list(facts.not_asked_for),
        "crate_tests": None if facts.crate_tests is None else _crate_tests_json(facts.crate_tests),
        "settled": [{"c": each.c, "rust": each.rust, "reason": each.reason} for each in facts.settled],
        "made_by_macros": [_furniture_json(each) for each in facts.furniture],
        "unsafety": {
            "bodies": _portion_json(report.bodies),
            "ffi": None if facts.ffi is None else _ffi_json(facts.ffi),
        },
        "root": facts.root,
    }


def _portion_json(portion: Portion) -> PortionJson:
    return {
        "lines": portion.lines,
        "unsafe_blocks": portion.use.blocks,
        "unsafe_lines": portion.use.lines,
        "dereferences": portion.use.dereferences,
        "casts": portion.use.casts,
        "clippy": portion.clippy,
        "per_100_lines": portion.per_100_lines,
    }


def _ffi_json(ffi: FfiReport) -> FfiJson:
    lines_per_symbol = round(ffi.lines_per_symbol, 1)
    return {**_portion_json(ffi.portion), "symbols": ffi.symbols, "lines_per_symbol": lines_per_symbol}


def _crate_tests_json(found: CrateTestsReport) -> CrateTestsJson:
    return {
        "rule": found.rule,
        "passed": found.passed,
        "failed": list(found.failed),
        "open": list(found.open),
    }


def _furniture_json(made: Furniture) -> FurnitureJson:
    return {"name": made.name, "file": made.file, "line": made.line, "macro": made.macro}


def _hole_json(hole: HoleReport) -> HoleJson:
    return {
        "name": hole.name,
        "kind": hole.kind.value,
        "file": hole.file,
        "line": hole.line,
        "plug": hole.plug.value,
        "source": hole.source.value if hole.source else None,
        "attempts": len(hole.attempts),
        "verdicts": list(hole.verdicts),
        "omitted": hole.is_omitted,
        "put_back": hole.was_put_back,
        "unsafe_blocks": hole.portion.use.blocks,
        "lines": hole.portion.lines,
        "unsafe_lines": hole.portion.use.lines,
        "dereferences": hole.portion.use.dereferences,
        "casts": hole.portion.use.casts,
        "clippy": None if hole.lints is None else list(hole.lints),
        "recorded_for_earlier_prompt": hole.is_for_earlier_prompt,
        "findings": [*_reason_json(hole.reason), *map(finding_json, hole.findings)],
        "completeness": None if hole.completeness is None else round(hole.completeness, 4),
        "evidence": None if hole.evidence is None else evidence_json(hole.evidence),
        "c_text": hole.c_text,
        "rust_text": hole.rust,
        "tried": [_attempt_json(attempt) for attempt in hole.attempts],
        "reason": hole.reason,
        "calls": list(hole.calls.inside),
        "calls_outside": list(hole.calls.outside),
        "local": hole.calls.local,
    }


def _attempt_json(attempt: AttemptReport) -> AttemptJson:
    return {
        "number": attempt.number,
        "source": attempt.source.value,
        "replayed": None if attempt.replayed is None else attempt.replayed.value,
        "text": attempt.text,
        "findings": [finding_json(each) for each in attempt.findings],
        "fixes": list(attempt.fixes),
        "second_verdict": attempt.is_second_verdict,
    }


def evidence_json(evidence: Evidence) -> EvidenceJson:
    """Return evidence as `report.json` holds it."""
    return {
        "sentence": evidence.sentence,
        "weak": evidence.weakness,
        "differs": evidence.differs,
        "not_shown": list(evidence.not_shown),
        "drivers": list(evidence.drivers),
        "inputs": evidence.inputs,
        "tried": evidence.tried,
        "set_aside": asdict(evidence.set_aside),
        "lines": evidence.lines,
        "branches": evidence.branches,
        "branches_reached": evidence.branches_hit,
        "lines_not_reached": list(evidence.missed),
        "mutants": evidence.mutants,
        "mutants_told_apart": None if evidence.mutants is None else evidence.killed,
        "survivors": [
            {"line": each.line, "before": each.before, "after": each.after} for each in evidence.survivors
        ],
        "refused": list(evidence.refused),
        "claims": [asdict(each) for each in evidence.claims],
        "unmade": evidence.unmade,
        "through": evidence.through,
    }


def finding_json(finding: Finding) -> FindingJson:
    """Return a finding as `report.json` holds it."""
    gate = finding.gate.value
    return {"gate": gate, "code": finding.code, "message": finding.message, "detail": finding.detail}


def _reason_json(reason: str | None) -> list[FindingJson]:
    return [{"gate": None, "code": None, "message": reason, "detail": ""}] if reason else []


def _model_json(model: ModelUse) -> ModelJson:
    return {
        "name": model.name,
        "calls": model.calls,
        "replayed": model.replayed,
        "replayed_for_earlier_prompt": model.replayed_for_earlier_prompt,
        "tokens_in": model.tokens_in,
        "tokens_cached": model.tokens_cached,
        "tokens_out": model.tokens_out,
        "cost_usd": _number(model.cost_usd),
    }


def _number(usd: Decimal | None) -> float | None:
    return None if usd is None else float(usd)
