"""Is the candidate free of the warnings that matter, and are its unsafe blocks small?"""

from __future__ import annotations

import re

from analysis.syntax import descendants, parse_rust
from repair.candidate import Candidate
from repair.diagnostics import Diagnostic
from repair.verdict import Finding, Gate

_STATEMENTS_IN_ONE_BLOCK = 8
"""More than this, and nobody can see which of them needs the block, or what makes each of them sound."""

_REJECTING = re.compile(
    r"unused_.*|unreachable_.*|unconditional_.*|overflowing_literals|arithmetic_overflow|path_statements"
    r"|long_running_const_eval|text_direction_.*|static_mut_refs|invalid_.*|dangling_.*|useless_ptr_null_checks|unpredictable_function_pointer_comparisons"
    r"|clippy::(?:undocumented_unsafe_blocks|while_immutable_condition|eq_op|no_effect|suspicious_.*"
    r"|almost_swapped|erasing_op)"
)


_GROUPS = frozenset(
    {
        *("unused", "warnings", "clippy::all", "clippy::correctness", "clippy::suspicious"),
        *("clippy::complexity", "clippy::restriction", "unsafe_op_in_unsafe_fn", "rust_2024_compatibility"),
    }
)
"""Groups that hold such lints, and what the crate denies."""
_STATEMENTS = frozenset({"expression_statement", "let_declaration"})


def must_hold(name: str) -> bool:
    """Tell whether an answer may not switch a lint or a group of lints off."""
    return name in _GROUPS or _REJECTING.fullmatch(name) is not None


def check(candidate: Candidate) -> tuple[Finding, ...]:
    """Look for unsafe blocks that hold too much."""
    root = parse_rust(candidate.text.encode())
    found: list[Finding] = []
    for unsafe in descendants(root, frozenset({"unsafe_block"})):
        statements = sum(1 for _ in descendants(unsafe, _STATEMENTS))
        if statements > _STATEMENTS_IN_ONE_BLOCK:
            found.append(_too_large(unsafe.start_point.row + 1, statements))
    return tuple(found)


def _too_large(line: int, statements: int) -> Finding:
    message = (
        f"The unsafe block on line {line} holds {statements} statements: put only what needs it into "
        "blocks of its own, each with its own SAFETY comment."
    )
    return Finding(Gate.LINT, message)


def rejects(diagnostic: Diagnostic) -> bool:
    """Tell whether a candidate with this warning has to be corrected.

    Clippy's matters of taste are not among them: they would cost an answer each and prove nothing.
    """
    return _REJECTING.fullmatch(diagnostic.code or "") is not None
