"""A report as values again, out of what `report.json` holds of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from analysis.inventory import Kind
from analysis.unsafety import UnsafeUse
from migrate.model.exchange import Replayed
from migrate.report.calls import Calls
from migrate.report.json_format import (
    AttemptJson,
    CrateTestsJson,
    EvidenceJson,
    FfiJson,
    FindingJson,
    HoleJson,
    ModelJson,
    PortionJson,
    ReportJson,
)
from migrate.report.portion import Portion
from migrate.report.report import (
    AttemptReport,
    Become,
    CrateTestsReport,
    FfiReport,
    Furniture,
    HoleReport,
    ModelUse,
    Report,
    RunFacts,
)
from migrate.run.attempt import Source
from repair.evidence.evidence import Evidence
from repair.evidence.harness import MutantFate, SetAside
from repair.excuse import Excuse
from repair.plug import PlugKind
from repair.sandbox import SandboxKind
from repair.verdict import Finding, Gate

NOT_KEPT = "an older llmigrate wrote the report of this run, and kept no texts in it"


def report_of(content: ReportJson) -> Report:
    """Return the report; what an older one does not say is left empty."""
    return Report(
        facts=_facts(content),
        holes=tuple(map(_hole, content["holes"])),
        model=_model(content["model"]),
        cargo_runs=content["cargo_runs"],
        seconds=content["seconds"],
    )


def _facts(content: ReportJson) -> RunFacts:
    tests, ffi = content.get("crate_tests"), content["unsafety"]["ffi"] if "unsafety" in content else None
    return RunFacts(
        module=content["module"],
        interface=content["interface"],
        model=content["model"]["name"],
        tests_passed=content["tests"]["passed"],
        test_command=content["tests"]["command"],
        sandbox=SandboxKind(content.get("sandbox", SandboxKind.BUBBLEWRAP)),
        fixed_items=content.get("fixed_items", 0),
        strategy=content.get("strategy", "function"),
        evidence=content.get("evidence", "none"),
        not_asked_for=tuple(content.get("not_asked_for", ())),
        crate_tests=None if tests is None else _crate_tests(tests),
        settled=tuple(Become(each["c"], each["rust"], each["reason"]) for each in content.get("settled", ())),
        furniture=tuple(Furniture(**each) for each in content.get("made_by_macros", ())),
        ffi=None if ffi is None else _ffi(ffi),
        root=content.get("root", ""),
    )


def _crate_tests(found: CrateTestsJson) -> CrateTestsReport:
    return CrateTestsReport(found["rule"], found["passed"], tuple(found["failed"]), tuple(found["open"]))


def _ffi(found: FfiJson) -> FfiReport:
    return FfiReport(_portion(found), found["symbols"])


def _portion(found: PortionJson) -> Portion:
    use = UnsafeUse(found["unsafe_blocks"], found["unsafe_lines"], found["dereferences"], found["casts"])
    return Portion(found["lines"], use, found["clippy"])


def _model(found: ModelJson) -> ModelUse:
    usd = found["cost_usd"]
    values: dict[str, Any] = {**found, "cost_usd": None if usd is None else Decimal(str(usd))}
    return ModelUse(**values)


def _hole(hole: HoleJson) -> HoleReport:
    evidence, clippy = hole.get("evidence"), hole.get("clippy")
    source = hole["source"]
    return HoleReport(
        name=hole["name"],
        kind=Kind(hole["kind"]),
        file=hole["file"],
        line=hole["line"],
        c_text=hole.get("c_text", ""),
        plug=PlugKind(hole["plug"]),
        rust=hole.get("rust_text", ""),
        source=None if source is None else Source(source),
        attempts=tuple(map(_attempt, hole.get("tried", ()))),
        portion=_portion_of(hole),
        reason=hole.get("reason", NOT_KEPT),
        evidence=None if evidence is None else _evidence(evidence),
        completeness=hole.get("completeness"),
        lints=None if clippy is None else tuple(clippy),
        calls=calls_in(hole),
    )


def calls_in(hole: HoleJson) -> Calls:
    """Return what the C of a hole uses."""
    inside, outside = hole.get("calls", ()), hole.get("calls_outside", ())
    return Calls(tuple(inside), tuple(outside), hole.get("local", False))


def _portion_of(hole: HoleJson) -> Portion:
    lints = hole.get("clippy")
    use = UnsafeUse(
        hole["unsafe_blocks"],
        hole.get("unsafe_lines", 0),
        hole.get("dereferences", 0),
        hole.get("casts", 0),
    )
    return Portion(hole.get("lines", 0), use, None if lints is None else len(lints))


def _attempt(attempt: AttemptJson) -> AttemptReport:
    replayed = attempt["replayed"]
    return AttemptReport(
        number=attempt["number"],
        source=Source(attempt["source"]),
        replayed=None if replayed is None else Replayed(replayed),
        text=attempt["text"],
        findings=_findings(attempt["findings"]),
        fixes=tuple(attempt["fixes"]),
        is_second_verdict=attempt["second_verdict"],
    )


def _findings(found: Sequence[FindingJson]) -> tuple[Finding, ...]:
    return tuple(
        Finding(Gate(each["gate"]), each["message"], each["detail"], each["code"])
        for each in found
        if each["gate"] is not None
    )


def _evidence(found: EvidenceJson) -> Evidence:
    return Evidence(
        drivers=tuple(found["drivers"]),
        inputs=found["inputs"],
        tried=found["tried"],
        set_aside=SetAside(**found["set_aside"]),
        lines=found["lines"],
        branches=found["branches"],
        branches_hit=found["branches_reached"],
        missed=tuple(found["lines_not_reached"]),
        mutants=found["mutants"],
        survivors=tuple(MutantFate(0, **each, killed=False) for each in found["survivors"]),
        weakness=found["weak"],
        refused=tuple(found.get("refused", ())),
        differs=found.get("differs", False),
        claims=tuple(Excuse(**each) for each in found.get("claims", ())),
        unmade=found.get("unmade", False),
        through=found.get("through", ""),
    )
