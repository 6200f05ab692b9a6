"""Do the module's own tests pass with the candidate in the crate?"""

from __future__ import annotations

from repair.module_tests import TestFailure
from repair.verdict import Finding, Gate


def check(failure: TestFailure | None) -> tuple[Finding, ...]:
    """Say what a failure of the module's tests means for the candidate that causes it."""
    if failure is None:
        return ()
    message = f"The module's tests pass without this item and fail with it. {failure.message}"
    return (Finding(Gate.TESTS, message, failure.output),)
