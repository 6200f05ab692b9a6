"""SARIF 2.1.0, which code hosts show beside the code, of whatever the results are.

Static Analysis Results Interchange Format (SARIF) Version 2.1.0, OASIS Standard, 27 March 2020.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of result."""

    ident: str
    meaning: str
    level: str
    """`error`, `warning` or `note`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands."""

    uri: str
    line: int | None
    name: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that is not as it should be."""

    rule: Rule
    text: str
    place: Place
    same: tuple[str, ...]
    """What stays the same while lines move, so that hosts see the same result again."""
    related: tuple[Place, ...] = ()


def sarif_log(rules: Sequence[Rule], results: Iterable[Result], notes: Iterable[str] = ()) -> dict[str, Any]:
    """Return a log with one run."""
    driver = {"name": "llmigrate", "version": version("llmigrate"), "rules": [_rule(each) for each in rules]}
    told = [{"level": "note", "message": {"text": each}} for each in notes]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": told}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, rules) for each in results],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.ident,
        "shortDescription": {"text": rule.meaning},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(result: Result, rules: Sequence[Rule]) -> dict[str, Any]:
    written: dict[str, Any] = {
        "ruleId": result.rule.ident,
        "ruleIndex": rules.index(result.rule),
        "level": result.rule.level,
        "message": {"text": result.text},
        "locations": [_location(result.place)],
        "partialFingerprints": {"llmigrate/v1": hashlib.sha256("\0".join(result.same).encode()).hexdigest()},
    }
    if result.related:
        related = [{**_location(each), "message": {"text": each.message}} for each in result.related]
        written["relatedLocations"] = related
    return written


def _location(place: Place) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": place.uri}}
    if place.line is not None:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical, "logicalLocations": [{"name": place.name}]}
