"""What had spoken for a function when it was handed over: its gates and its evidence."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from migrate.report.json_format import HoleJson, ReportJson
from migrate.report.states import ACCEPTED, is_rejected
from repair.plug import PlugKind
from repair.verdict import Gate

_TEXTUAL = (Gate.PARSE, Gate.INTERFACE, Gate.OMISSION, Gate.POLICY, Gate.COMPILE, Gate.LINT)
"""What every accepted candidate has passed."""


class Basis(enum.StrEnum):
    """What a hole was handed over on, the strongest first."""

    SHOWN = "shown"
    """Accepted, and its evidence is as strong as was asked for."""
    WEAK = "weak"
    """Accepted on evidence that is too weak."""
    ACCEPTED = "accepted"
    """Accepted, and no evidence was looked for."""
    TRANSPILED = "transpiled"
    DIFFERS = "differs"
    """It is Rust, and the finished crate was seen to do something else than the C."""
    REJECTED = "rejected"
    """It is Rust that compiles, and only the crate's tests speak against it."""
    UNIMPLEMENTED = "unimplemented"
    C = "c"


@dataclass(frozen=True, slots=True)
class Standing:
    """What had spoken for a hole, and against it."""

    basis: Basis
    passed: tuple[Gate, ...]
    """The gates that what fills it has passed, cheapest first."""
    rejected_by: str | None
    """The gate that speaks against what fills it, or that rejected the last attempt where nothing does.

    None where it was accepted, or nothing was tried.
    """
    verdicts: tuple[str, ...]
    """Of each attempt in order."""
    evidence: str | None
    """What was shown, in a sentence; None where nothing was looked for."""


def standing_of(report: ReportJson, hole: HoleJson) -> Standing:
    """Read out of a report what had spoken for a hole."""
    verdicts = tuple(hole.get("verdicts", ()))
    found = hole.get("evidence")
    return Standing(
        basis=_basis(hole, verdicts),
        passed=tuple(_passed(report, hole, verdicts)),
        rejected_by=_rejected_by(hole, verdicts),
        verdicts=verdicts,
        evidence=None if found is None else found["sentence"],
    )


def _rejected_by(hole: HoleJson, verdicts: tuple[str, ...]) -> str | None:
    if not verdicts or verdicts[-1] == ACCEPTED:
        return None
    # What fills it all the same compiled, and a later answer may have been worse.
    return Gate.TESTS if hole["plug"] == PlugKind.RUST else verdicts[-1]


def _basis(hole: HoleJson, verdicts: tuple[str, ...]) -> Basis:
    plug, found = PlugKind(hole["plug"]), hole.get("evidence")
    if plug in {PlugKind.C, PlugKind.UNIMPLEMENTED}:
        return Basis(plug.value)
    if found is not None and found.get("differs"):
        return Basis.DIFFERS
    if plug is PlugKind.TRANSPILED:
        return Basis.TRANSPILED
    if is_rejected(plug, verdicts):
        return Basis.REJECTED
    if found is None:
        return Basis.ACCEPTED
    return Basis.WEAK if found["weak"] else Basis.SHOWN


def _passed(report: ReportJson, hole: HoleJson, verdicts: tuple[str, ...]) -> Iterator[Gate]:
    plug, found = PlugKind(hole["plug"]), hole.get("evidence")
    if plug in {PlugKind.C, PlugKind.UNIMPLEMENTED}:
        return
    yield from _TEXTUAL if plug is PlugKind.RUST else (Gate.COMPILE,)
    if found is not None and found["inputs"] and not found.get("differs"):
        yield Gate.BEHAVIOUR
    if report["tests"]["passed"]:
        yield Gate.TESTS
