"""Does the crate compile with the candidate in it?"""

from __future__ import annotations

from repair.diagnostics import Diagnostic


def rejects(diagnostic: Diagnostic) -> bool:
    """Tell whether a diagnostic is a compiler's error."""
    return diagnostic.is_error
