"""What `llmigrate show` tells of an output folder: every hole, or all that was said about one."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from migrate.errors import SettingsError
from migrate.model.exchange import Message, Replayed
from migrate.report.compare import densities
from migrate.report.console import PLUG_STYLES, Column, Console
from migrate.report.figures import counted, dollars, kept_by_design
from migrate.report.json_format import (
    CrateTestsJson,
    EvidenceJson,
    FurnitureJson,
    HoleJson,
    PortionJson,
    ReportJson,
    finding_json,
)
from migrate.run.attempt import Attempt, Source
from migrate.run.ledger import Exchange, Ledger
from repair.evidence.evidence import words_of_branches
from repair.evidence.proof import floored
from repair.sandbox import SandboxKind
from repair.verdict import Finding

_USUAL = "function"
"""The strategy that goes without saying."""
_COLUMNS = (
    Column("Name"),
    Column("Plug", styles=PLUG_STYLES),
    Column("Attempts", "right"),
    Column("Unsafe", "right"),
    Column("Lines", "right"),
    Column("Derefs", "right"),
    Column("Casts", "right"),
    Column("Clippy", "right"),
    Column("Evidence"),
    Column("Where"),
)


def show_run(console: Console, report: ReportJson) -> None:
    """Write a line for every hole, and what they come to."""
    console.table(_COLUMNS, [_row(hole) for hole in report["holes"]])
    console.data("")
    for line in unsafety_lines(report):
        console.data(line)
    for line in furniture_lines(report):
        console.data(line)
    console.data(summary(report))


def furniture_lines(report: ReportJson) -> Iterator[str]:
    """Yield the line that names what stays in C by design, if there is anything."""
    made = report.get("made_by_macros")
    if made:
        yield kept_by_design({each["name"]: each["macro"] for each in made})


def unsafety_lines(report: ReportJson) -> Iterator[str]:
    """Yield how much of the bodies is unsafe, and how much of the file by which C calls them."""
    found = report.get("unsafety")
    if found is None:
        return
    if found["bodies"]["lines"]:
        yield f"functions: {_portion(found['bodies'])}"
    ffi = found["ffi"]
    if ffi is not None:
        each = f"{counted(ffi['symbols'], 'symbol')}, {ffi['lines_per_symbol']:.1f} lines each"
        yield f"ffi.rs: {each}; {_portion(ffi)}"


def _portion(portion: PortionJson) -> str:
    unsafe, dereferences, casts, clippy = densities(portion)
    lines = f"{counted(portion['lines'], 'line')}, in unsafe {unsafe}"
    return f"{lines}, dereferences {dereferences}, casts {casts}, clippy findings {clippy}"


def summary(report: ReportJson) -> str:
    """Return one sentence that says what became of the holes."""
    totals = report["totals"]
    counts = {
        "transpiled": totals["transpiled"],
        "in C": totals["c"],
        "unimplemented": totals["unimplemented"],
    }
    strategy = report.get("strategy", _USUAL)
    by = "" if strategy == _USUAL else f"Strategy {strategy}: "
    rest = "".join(f", {count} {label}" for label, count in counts.items() if count)
    unsafely = "; ran without a sandbox" if report.get("sandbox") == SandboxKind.OFF else ""
    weak = f", {report['weak']} of them weak" if report.get("weak") else ""
    shown = [found for hole in report["holes"] if (found := hole.get("evidence"))]
    differing = sum(each.get("differs", False) for each in shown)
    differs = f", {differing} of them unlike the C" if differing else ""
    rust = f"{totals['rust']} of {counted(totals['holes'], 'hole')} Rust{weak}{differs}{rest}"
    back = sum(hole.get("put_back", False) for hole in report["holes"])
    put_back = f"; {back} {'was' if back == 1 else 'were'} Rust and put back" if back else ""
    return f"{by}{rust}{put_back}; {_tests(report)}{unsafely}."


def show_hole(console: Console, report: ReportJson, ledger: Ledger, name: str) -> None:
    """Write every attempt at a hole. Raise SettingsError when there is no such hole."""
    made = _furniture(report, name)
    if made is not None:
        console.heading(f"{made['name']}  {made['file']}:{made['line']}")
        console.data(kept_by_design({made["name"]: made["macro"]}))
        return
    hole = _find(report, name)
    console.heading(f"{hole['name']}  {hole['file']}:{hole['line']}")
    console.data(f"filled by {_plug(hole)} after {counted(hole['attempts'], 'attempt')}")
    if (completeness := hole.get("completeness")) is not None:
        console.data(f"complete: {floored(completeness)} of the structure of the C has a counterpart")
    for line in _rust_lines(hole):
        console.data(line)
    if (found := hole.get("evidence")) is not None:
        for line in evidence_lines(found):
            console.data(line)
    for reason in hole["findings"]:
        if reason["gate"] is None:
            console.data(f"why: {reason['message']}")
    said: Sequence[Message] = ()
    for attempt in _attempts(ledger, name):
        exchange = ledger.exchange(attempt.request_key) if attempt.request_key else None
        _show_attempt(console, attempt, exchange, said)
        said = exchange.request.messages if exchange else said


def hole_json(report: ReportJson, ledger: Ledger, name: str) -> dict[str, Any]:
    """Return every attempt at a hole as JSON. Raise SettingsError when there is no such hole."""
    made = _furniture(report, name)
    if made is not None:
        return {**made}
    hole = _find(report, name)
    attempts = []
    for attempt in _attempts(ledger, name):
        exchange = ledger.exchange(attempt.request_key) if attempt.request_key else None
        attempts.append(_attempt_json(attempt, exchange))
    return {**hole, "attempts": attempts}


def _row(hole: HoleJson) -> tuple[str, ...]:
    is_rust = hole["plug"] in ("rust", "transpiled")
    unsafe = map(_figure, _unsafety(hole)) if is_rust else "-" * 5
    where = f"{hole['file']}:{hole['line']}"
    return hole["name"], hole["plug"], str(hole["attempts"]), *unsafe, _shown(hole), where


def _unsafety(hole: HoleJson) -> tuple[int | None, ...]:
    """Return the figures of its Rust: blocks, lines in unsafe, dereferences, casts and findings of clippy."""
    lints = hole.get("clippy")
    figures = (hole.get("unsafe_lines"), hole.get("dereferences"), hole.get("casts"))
    return (hole["unsafe_blocks"], *figures, None if lints is None else len(lints))


def _figure(count: int | None) -> str:
    return "-" if count is None else str(count)


def _rust_lines(hole: HoleJson) -> Iterator[str]:
    """Yield how much of its Rust is unsafe and what clippy says of it, where the report knows."""
    if hole.get("lines"):
        lines = f"{hole.get('unsafe_lines', 0):,} of {counted(hole['lines'], 'line')}"
        accesses = counted(hole.get("dereferences", 0), "dereference")
        casts = counted(hole.get("casts", 0), "cast")
        yield f"unsafe: {counted(hole['unsafe_blocks'], 'block')}, {lines}; {accesses}, {casts}"
    for name, times in Counter(hole.get("clippy") or ()).items():
        yield f"clippy: {name}{f', {times} times' if times > 1 else ''}"


def _shown(hole: HoleJson) -> str:
    """Say in a few words what was shown for a hole."""
    found = hole.get("evidence")
    if found is None:
        return "-"
    if found.get("differs"):
        return "differs from the C"
    if not found["inputs"]:
        return "weak: not shown"
    branches = words_of_branches(found["branches_reached"], found["branches"], found["lines"])
    told = "" if found["mutants"] is None else f", {found['mutants_told_apart']}/{found['mutants']} mutants"
    return f"{'weak: ' if found['weak'] else ''}{found['inputs']:,} inputs, {branches}{told}"


def evidence_lines(found: EvidenceJson) -> Iterator[str]:
    """Yield what was shown for a function, and what was not, a line each."""
    yield f"evidence: {found['sentence']}"
    if found["weak"]:
        yield f"weak: {found['weak']}"
    yield from (f"not shown: {each}" for each in found["not_shown"])


def _tests(report: ReportJson) -> str:
    crate = report.get("crate_tests")
    if crate is not None:
        return _crate_tests(crate) + _not_asked_for(report.get("not_asked_for", []))
    passed = report["tests"]["passed"]
    if passed is not None:
        return f"the module's tests {'pass' if passed else 'fail'}"
    return "the module's tests were not run" if report["tests"]["command"] else "the module has no tests"


def _crate_tests(found: CrateTestsJson) -> str:
    total = found["passed"] + len(found["failed"]) + len(found["open"])
    if not total:
        return "the crate has no tests"
    said = f"{found['passed']} of {counted(total, 'test')} of the crate pass"
    failed = f", failing: {', '.join(found['failed'])}" if found["failed"] else ""
    return f"{said}{failed}" + (f", {len(found['open'])} came to an open body" if found["open"] else "")


def _not_asked_for(names: Sequence[str]) -> str:
    return f"; not asked for: {', '.join(names)}" if names else ""


def _furniture(report: ReportJson, name: str) -> FurnitureJson | None:
    return next((each for each in report.get("made_by_macros", []) if each["name"] == name), None)


def _find(report: ReportJson, name: str) -> HoleJson:
    holes = {hole["name"]: hole for hole in report["holes"]}
    if name in holes:
        return holes[name]
    close = difflib.get_close_matches(name, holes, n=3) or [
        each for each in holes if each.endswith(f":{name}")
    ]
    hint = f"did you mean {' or '.join(close)}?" if close else "`show` without a name lists them all"
    raise SettingsError(f"the run has no function or variable {name}; {hint}")


def _plug(hole: HoleJson) -> str:
    return f"{hole['plug']}, written by hand," if hole["source"] == Source.HAND else hole["plug"]


def _attempts(ledger: Ledger, name: str) -> tuple[Attempt, ...]:
    lineage = ledger.lineages().get(name)
    return () if lineage is None else ledger.attempts(name, lineage)


def _show_attempt(
    console: Console, attempt: Attempt, exchange: Exchange | None, said: Sequence[Message]
) -> None:
    console.data("")
    console.heading(f"Attempt {attempt.number}: {_outcome(attempt)}")
    console.data(_origin(attempt, exchange))
    if exchange is not None:
        _show_prompt(console, exchange.request.messages, said)
        _part(console, "answer:", exchange.answer.text)
    elif attempt.text is not None:
        _part(console, "candidate:", attempt.text)
    for finding in attempt.verdict.findings:
        _part(console, f"finding: {_headline(finding)}", finding.detail)
    if attempt.fixes:
        console.data(f"applied the compiler's own fixes: {', '.join(attempt.fixes)}")


def _show_prompt(console: Console, messages: Sequence[Message], said: Sequence[Message]) -> None:
    """Write the messages of a prompt, less those that it shares with the prompt before it."""
    shared = _shared(messages, said)
    if shared:
        console.data(f"the prompt begins with {counted(shared, 'message')} of the attempt before")
    for message in messages[shared:]:
        _part(console, f"prompt, {message.role}:", message.content)


def _shared(messages: Sequence[Message], said: Sequence[Message]) -> int:
    pairs = zip(messages, said, strict=False)
    return next((n for n, (now, before) in enumerate(pairs) if now != before), min(len(messages), len(said)))


def _part(console: Console, title: str, text: str) -> None:
    console.data("")
    console.label(title)
    if text:
        console.data(text.rstrip("\n"))


def _outcome(attempt: Attempt) -> str:
    gate = attempt.verdict.gate
    return "accepted" if gate is None else f"rejected by the gate {gate.value}"


def _headline(finding: Finding) -> str:
    return f"{finding.gate.value}{f' [{finding.code}]' if finding.code else ''}: {finding.message}"


def _origin(attempt: Attempt, exchange: Exchange | None) -> str:
    if attempt.is_second_verdict:
        return "what had filled it, judged again in the crate as it was then; it was put back to C"
    if attempt.source is Source.HAND:
        return "written by hand"
    if exchange is None:
        return "no answer is kept"
    usage, answer = exchange.answer.usage, exchange.answer
    tokens = f"{usage.tokens_in:,} tokens in ({usage.tokens_cached:,} cached), {usage.tokens_out:,} out"
    price = "cost unknown" if exchange.cost is None else dollars(exchange.cost)
    once = "" if answer.replayed is Replayed.no else " when it was recorded"
    return f"{answer.replayed.value}, by {answer.model}: {tokens}, {answer.seconds:.1f} s, {price}{once}"


def _attempt_json(attempt: Attempt, exchange: Exchange | None) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "source": attempt.source.value,
        "accepted": attempt.verdict.accepted,
        "findings": [finding_json(each) for each in attempt.verdict.findings],
        "fixes": list(attempt.fixes),
        "candidate": attempt.text,
        "exchange": _exchange_json(exchange) if exchange else None,
    }


def _exchange_json(exchange: Exchange) -> dict[str, Any]:
    request, answer = exchange.request, exchange.answer
    return {
        "prompt": [asdict(message) for message in request.messages],
        "answer": answer.text,
        "finish_reason": answer.finish_reason,
        "model": answer.model,
        "from": answer.replayed.value,
        "usage": asdict(answer.usage),
        "seconds": answer.seconds,
        "cost_usd": None if exchange.cost is None else float(exchange.cost),
    }
