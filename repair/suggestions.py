"""Mechanical fixes: the compiler's own suggestions, from a list of those that cannot change meaning.

Some that rustc marks machine-applicable do change it: `.try_into().unwrap()` panics where C wraps,
`.clone()` copies state. So nothing is applied that is not on the list.
"""

from __future__ import annotations

from collections.abc import Iterable

from repair.diagnostics import Diagnostic, Place
from repair.plug import Lines

ALLOWED = frozenset(
    {
        "unused_mut",
        "unused_parens",
        "unused_braces",
        "unused_imports",
        "unused_unsafe",
        "unused_variables",
        "clippy::needless_return",
        "clippy::redundant_field_names",
        "clippy::unnecessary_cast",
        "clippy::borrow_as_ptr",
        "clippy::ptr_eq",
        "clippy::cmp_null",
        "clippy::assign_op_pattern",
        "clippy::redundant_static_lifetimes",
        "clippy::zero_ptr",
        "clippy::let_and_return",
        "clippy::deref_addrof",
        "clippy::manual_c_str_literals",
        "clippy::needless_borrow",
        "clippy::unneeded_struct_pattern",
        "clippy::nonminimal_bool",
        "clippy::collapsible_if",
        "clippy::collapsible_else_if",
        "clippy::ptr_offset_with_cast",
        "clippy::identity_op",
    }
)
"""Lints whose suggestion keeps the meaning: they drop or respell, never convert or copy."""


def apply_suggestions(text: str, start: int, lines: Lines, diagnostics: Iterable[Diagnostic]) -> str:
    """Apply the allowed suggestions to a candidate's text; return it unchanged where there are none.

    `start` is the byte offset of the text in its file, `lines` where it stands.
    """
    edits = [place for diagnostic in applicable(diagnostics, lines) for place in diagnostic.suggestions]
    return _applied(text.encode(), start, edits).decode()


def applicable(diagnostics: Iterable[Diagnostic], lines: Lines) -> tuple[Diagnostic, ...]:
    """Choose the diagnostics whose suggestions can be applied together.

    Of two that overlap the later one waits for the next round, whole: half of it may not even parse.
    """
    chosen: list[Diagnostic] = []
    for diagnostic in diagnostics:
        places = [place for each in chosen for place in each.suggestions]
        is_allowed = diagnostic.code in ALLOWED and _is_mechanical(diagnostic, lines)
        if is_allowed and not any(_overlap(one, other) for one in diagnostic.suggestions for other in places):
            chosen.append(diagnostic)
    return tuple(chosen)


def _overlap(one: Place, other: Place) -> bool:
    return one.byte_start < other.byte_end and other.byte_start < one.byte_end


def _is_mechanical(diagnostic: Diagnostic, lines: Lines) -> bool:
    return bool(diagnostic.suggestions) and all(
        place.applicability == "MachineApplicable"
        and (place.file, place.line) in lines
        and (place.file, place.end_line) in lines
        for place in diagnostic.suggestions
    )


def _applied(text: bytes, start: int, edits: list[Place]) -> bytes:
    for edit in sorted(set(edits), key=lambda place: (place.byte_start, place.byte_end), reverse=True):
        replacement = (edit.replacement or "").encode()
        text = text[: edit.byte_start - start] + replacement + text[edit.byte_end - start :]
    return text
