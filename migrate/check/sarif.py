"""The result of a check as SARIF 2.1.0, which code hosts show beside the code.

Static Analysis Results Interchange Format (SARIF) Version 2.1.0, OASIS Standard, 27 March 2020.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Any

from migrate.check.finding import LEVELS, MEANINGS, Change, Checked, Finding, Kind
from migrate.check.places import named_from, uri_of

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(checked: Checked) -> dict[str, Any]:
    """Return a log with one run; every finding is a result, every kind of finding a rule."""
    driver = {"name": "llmigrate", "version": version("llmigrate"), "rules": [_rule(kind) for kind in Kind]}
    notes = [{"level": "note", "message": {"text": each}} for each in checked.not_checked]
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": notes}
    results = [_result(checked, each) for each in checked.findings]
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(kind: Kind) -> dict[str, Any]:
    return {
        "id": kind.value,
        "shortDescription": {"text": MEANINGS[kind]},
        "defaultConfiguration": {"level": LEVELS[kind].value},
    }


def _result(checked: Checked, finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.kind.value,
        "ruleIndex": list(Kind).index(finding.kind),
        "level": finding.level.value,
        "message": {"text": _text(finding)},
        "locations": [_location(checked, finding.file, finding.line, finding.name)],
        "partialFingerprints": {"llmigrate/v1": _fingerprint(finding)},
    }
    elsewhere = [each for each in finding.changes if each.file != finding.file]
    if elsewhere:
        result["relatedLocations"] = [_related(checked, each) for each in elsewhere]
    return result


def _text(finding: Finding) -> str:
    return f"{finding.message}\n{finding.detail}" if finding.detail else finding.message


def _location(checked: Checked, file: str, line: int | None, name: str) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri_of(named_from(checked.root, file))}}
    if line is not None:
        physical["region"] = {"startLine": line}
    return {"physicalLocation": physical, "logicalLocations": [{"name": name}]}


def _related(checked: Checked, change: Change) -> dict[str, Any]:
    location = _location(checked, change.file, change.line, change.declaration)
    return {**location, "message": {"text": f"{change.declaration} as it is now"}}


def _fingerprint(finding: Finding) -> str:
    """Return what stays the same while lines move, so that hosts see the same finding again."""
    parts = (finding.kind, finding.file, finding.name, *(each.declaration for each in finding.changes))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
