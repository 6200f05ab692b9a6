"""The result of a check as SARIF: every finding is a result, every kind of finding a rule."""

from __future__ import annotations

from typing import Any

from migrate.check.finding import LEVELS, MEANINGS, Change, Checked, Finding, Kind
from migrate.check.places import named_from, uri_of
from migrate.report import sarif
from migrate.report.sarif import Place, Result, Rule

_RULES = {kind: Rule(kind.value, MEANINGS[kind], LEVELS[kind].value) for kind in Kind}


def sarif_log(checked: Checked) -> dict[str, Any]:
    """Return a log with one run."""
    results = [_result(checked, each) for each in checked.findings]
    return sarif.sarif_log(tuple(_RULES.values()), results, checked.not_checked)


def _result(checked: Checked, finding: Finding) -> Result:
    elsewhere = [each for each in finding.changes if each.file != finding.file]
    declarations = (each.declaration for each in finding.changes)
    return Result(
        rule=_RULES[finding.kind],
        text=f"{finding.message}\n{finding.detail}" if finding.detail else finding.message,
        place=Place(_uri(checked, finding.file), finding.line, finding.name),
        same=(finding.kind, finding.file, finding.name, *declarations),
        related=tuple(_related(checked, each) for each in elsewhere),
    )


def _related(checked: Checked, change: Change) -> Place:
    message = f"{change.declaration} as it is now"
    return Place(_uri(checked, change.file), change.line, change.declaration, message)


def _uri(checked: Checked, file: str) -> str:
    return uri_of(named_from(checked.root, file))
