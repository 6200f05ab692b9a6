"""Which of the compiler's and clippy's words reject a candidate."""

from __future__ import annotations

import re

from repair.diagnostics import Diagnostic

_REJECTING_LINTS = re.compile(
    r"unused_.*|unreachable_.*|unconditional_.*|overflowing_literals|arithmetic_overflow|path_statements"
    r"|static_mut_refs|invalid_.*|dangling_.*|useless_ptr_null_checks|unpredictable_function_pointer_comparisons"
    r"|clippy::(?:undocumented_unsafe_blocks|while_immutable_condition|eq_op|no_effect|suspicious_.*"
    r"|almost_swapped|erasing_op)"
)


def is_rejected_for(diagnostic: Diagnostic) -> bool:
    """Tell whether a candidate with this diagnostic has to be fixed: any error, and lints that matter here.

    Clippy's matters of taste are not among them: they would cost an answer each and prove nothing.
    """
    return diagnostic.is_error or bool(_REJECTING_LINTS.fullmatch(diagnostic.code or ""))
