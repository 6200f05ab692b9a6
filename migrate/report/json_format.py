"""The format of `report.json`."""

from __future__ import annotations

from decimal import Decimal
from typing import NotRequired, TypedDict

from migrate.report.report import HoleReport, ModelUse, Report
from repair.plug import PlugKind
from repair.verdict import Finding


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


class HoleJson(TypedDict):
    """One hole in `report.json`."""

    name: str
    kind: str
    file: str
    line: int
    plug: str
    source: str | None
    attempts: int
    unsafe_blocks: int
    recorded_for_earlier_prompt: bool
    findings: list[FindingJson]


class ModelJson(TypedDict):
    """The model's part of `report.json`."""

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


def report_json(report: Report) -> ReportJson:
    """Return a report as `report.json` holds it."""
    counts, model, facts = report.counts, report.model, report.facts
    return {
        "module": facts.module,
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
    }


def _hole_json(hole: HoleReport) -> HoleJson:
    return {
        "name": hole.name,
        "kind": hole.kind.value,
        "file": hole.file,
        "line": hole.line,
        "plug": hole.plug.value,
        "source": hole.source.value if hole.source else None,
        "attempts": len(hole.attempts),
        "unsafe_blocks": hole.unsafe_blocks,
        "recorded_for_earlier_prompt": hole.is_for_earlier_prompt,
        "findings": [*_reason_json(hole.reason), *map(finding_json, hole.findings)],
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
