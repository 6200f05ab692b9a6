"""Gate: has everything that the C does a counterpart?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.c_structure import c_structure
from analysis.inventory import Kind
from analysis.rust_structure import rust_structure
from analysis.structure import Structure, Unit, UnitKind, Way, plain
from repair.allowances import Allowances
from repair.candidate import Candidate
from repair.correspondence import Correspondence, correspond, relation_agrees
from repair.excuse import Excuse
from repair.laziness import lazy_signs, quoted
from repair.verdict import Finding, Gate

_LEAST_SHARE = 0.3
_LEAST_TOKENS = 80
_ANSWERING = {Way.OUT: {Way.OUT}, Way.BREAK: {Way.OUT, Way.GOTO}, Way.GOTO: {Way.OUT, Way.GOTO}}
"""Where the Rust may go where the C jumps."""
_LIMITS = re.compile(r"\w*_?(MAX|MIN)$")


@dataclass(frozen=True, slots=True)
class _Lack:
    """Something of one line of the C."""

    line: int
    """From 0, in the C text."""
    what: str


def check(candidate: Candidate, excuses: Sequence[Excuse] = ()) -> tuple[Finding, ...]:
    """Look for work of the C that the candidate does not do; what excuses cover is set aside."""
    compared = _compared(candidate)
    if compared is None:
        return ()
    groups = [group for group in _lacking(compared) if not _excused(candidate, group, excuses)]
    findings = (_finding(candidate, group) for group in groups)
    signs = lazy_signs(candidate.text, candidate.hole.c_text)
    return (*signs, *_hollow(candidate, compared), *findings)


def excused_lines(candidate: Candidate, excuses: Sequence[Excuse]) -> tuple[int, ...]:
    """Return the lines of the C file without a counterpart that excuses cover, in order.

    An excuse holds where behaviour is the same on inputs that reach these lines.
    """
    compared = _compared(candidate)
    lacking = _lacking(compared) if compared is not None else []
    groups = (group for group in lacking if _excused(candidate, group, excuses))
    return tuple(sorted({candidate.hole.line + lack.line for group in groups for lack in group}))


def score(candidate: Candidate) -> float | None:
    """Return the share of the C's fingerprint that has a counterpart: 0 to 1, or None without any."""
    compared = _compared(candidate)
    if compared is None:
        return None
    found, missing = compared[2:]
    named = list(_names(compared))
    elements = len(found.pairs) + len(missing) + len(named)
    lost = len(missing) + sum(not there for _, _, there in named)
    return 1 - lost / elements if elements else None


_Compared = tuple[Structure, Structure, Correspondence, tuple[int, ...]]


def _compared(candidate: Candidate) -> _Compared | None:
    hole = candidate.hole
    try:
        c = c_structure(hole.c_text, hole.macros) if hole.kind is Kind.FUNCTION else None
        rust = rust_structure(candidate.text)
    except RecursionError:  # nested too deeply for anybody to read, so nothing can be said about it
        return None
    if c is None:
        return None
    found = correspond(c, rust)
    return c, rust, found, Allowances(c, rust, hole.signature, found).missing()


# What is lacking


def _lacking(compared: _Compared) -> list[list[_Lack]]:
    """Return what has no counterpart, in groups of neighbouring lines."""
    looks = (_unpaired, _not_left, _fallen_through, _unstepped, _unmentioned)
    lacks = sorted(
        {lack for look in looks for lack in look(compared)}, key=lambda each: (each.line, each.what)
    )
    groups: list[list[_Lack]] = []
    for lack in lacks:
        if groups and lack.line - groups[-1][-1].line <= 1:
            groups[-1].append(lack)
        else:
            groups.append([lack])
    return groups


def _unpaired(compared: _Compared) -> Iterator[_Lack]:
    c, _, _, missing = compared
    for at in missing:
        yield _Lack(c.units[at].line, _said(c.units[at]))


def _said(unit: Unit) -> str:
    names = ", ".join(f"`{each}`" for each in sorted(unit.names) if not each.isdigit())
    said = {
        UnitKind.CALL: "the call of",
        UnitKind.TEST: "the case" if unit.copies == 0 else "the test of",
        UnitKind.LOCAL: "the store to",
        UnitKind.PLACE: "the store to",
    }
    return f"{said[unit.kind]} {names}".rstrip()


def _not_left(compared: _Compared) -> Iterator[_Lack]:
    """Find jumps of the C that the Rust does not make at the same place."""
    c, rust, found, _ = compared
    for at, other in sorted(found.pairs.items()):
        unit, counterpart = c.units[at], rust.units[other]
        if unit.way is Way.ON or counterpart.way in _ANSWERING.get(unit.way, {Way.OUT, Way.CONTINUE}):
            continue
        if unit.kind is UnitKind.TEST and not relation_agrees(unit, counterpart):
            continue
        yield _Lack(unit.way_line, f"the {'early return' if unit.way is Way.OUT else f'`{unit.way}`'}")


def _fallen_through(compared: _Compared) -> Iterator[_Lack]:
    """Find what some arms repeat for a fall-through of the C, but not all of them."""
    c, rust, _, _ = compared
    for unit in c.units:
        if unit.copies < 2 or unit.kind is UnitKind.TEST or not unit.names:
            continue
        alike = [each for each in c.units if (each.kind, each.names) == (unit.kind, unit.names)]
        alike = [each for each in alike if not each.trivial]
        there = sum(
            each.kind is unit.kind and unit.names <= each.names and not each.trivial for each in rust.units
        )
        if len(alike) < there < sum(each.copies for each in alike):
            yield _Lack(unit.line, f"{_said(unit)} in one of the cases that fall through to it")


def _unstepped(compared: _Compared) -> Iterator[_Lack]:
    c, rust, _, _ = compared
    for unit in c.units:
        if unit.loop and unit.kind is UnitKind.LOCAL and unit.names & set(rust.skipped):
            yield _Lack(unit.line, f"{_said(unit)} before a `continue`")


def _unmentioned(compared: _Compared) -> Iterator[_Lack]:
    """Find what the Rust never names, on lines of which nothing else is lacking."""
    c, _, _, missing = compared
    lines = {c.units[at].line for at in missing}
    for name, line, there in _names(compared):
        if not there and line not in lines:
            yield _Lack(line, f"`{name}`")


def _names(compared: _Compared) -> Iterator[tuple[str, int, bool]]:
    """Yield the fields, constants, variables and strings of the C, their lines, and whether Rust has them.

    A number that the C does not have can be a constant's value.
    """
    c, rust, _, _ = compared
    called = frozenset[str]().union(*(each.names for each in c.units if each.kind is UnitKind.CALL))
    texts = "".join(rust.mentions)
    written_out = len(rust.numbers - c.numbers)
    for name, line in c.mentions.items():
        if name not in called:
            there = name.strip('"') in texts if name[0] == '"' else _is_named(name, rust)
            if not there and name.isupper() and written_out:
                there, written_out = True, written_out - 1
            yield name, line, there


def _is_named(name: str, rust: Structure) -> bool:
    limit = _LIMITS.match(name)
    return plain(name) in rust.words or (limit is not None and limit[1] in rust.words)


# What is said about it


def _excused(candidate: Candidate, group: Sequence[_Lack], excuses: Sequence[Excuse]) -> bool:
    start = candidate.hole.line
    return all(any(start + lack.line in excuse for excuse in excuses) for lack in group)


def _finding(candidate: Candidate, group: Sequence[_Lack]) -> Finding:
    first, last = group[0].line, group[-1].line
    start = candidate.hole.line
    lines = candidate.hole.c_text.split("\n")[first : last + 1]
    where = f"Line {start + first}" if first == last else f"Lines {start + first}-{start + last}"
    whats = list(dict.fromkeys(lack.what for lack in group))
    what = " and ".join([", ".join(whats[:-1]), whats[-1]] if len(whats) > 1 else whats)
    detail = "\n".join(f"{start + first + at:>4} | {line}" for at, line in enumerate(lines))
    verb = "has" if first == last else "have"
    return Finding(Gate.OMISSION, f"{where} of the C {verb} no counterpart in the Rust: {what}.", detail)


# Signs in the Rust itself


def _hollow(candidate: Candidate, compared: _Compared) -> Iterator[Finding]:
    c, rust, _, missing = compared
    shown = candidate.text.split("\n")
    if rust.unfinished:
        message = "A branch or loop of the Rust does nothing; do there what the C does, or leave it out."
        yield Finding(Gate.OMISSION, message, quoted(shown, rust.unfinished))
    if missing and c.tokens >= _LEAST_TOKENS and rust.tokens < _LEAST_SHARE * c.tokens:
        message = f"The Rust has {rust.tokens} tokens for {c.tokens} of the C; translate all of it."
        yield Finding(Gate.OMISSION, message)
