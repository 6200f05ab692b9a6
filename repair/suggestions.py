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
    edits: list[Place] = []
    for diagnostic in diagnostics:
        if diagnostic.code in ALLOWED and _applicable(diagnostic, lines):
            edits += diagnostic.suggestions
    return _applied(text.encode(), start, edits).decode()


def _applicable(diagnostic: Diagnostic, lines: Lines) -> bool:
    return bool(diagnostic.suggestions) and all(
        place.applicability == "MachineApplicable"
        and (place.file, place.line) in lines
        and (place.file, place.end_line) in lines
        for place in diagnostic.suggestions
    )


def _applied(text: bytes, start: int, edits: list[Place]) -> bytes:
    last_start: int | None = None
    for edit in sorted(set(edits), key=lambda place: (place.byte_start, place.byte_end), reverse=True):
        # Overlapping edits come from two diagnostics on one expression; the next round sees the second.
        if last_start is not None and edit.byte_end > last_start:
            continue
        replacement = (edit.replacement or "").encode()
        text = text[: edit.byte_start - start] + replacement + text[edit.byte_end - start :]
        last_start = edit.byte_start
    return text
