"""What tests on kernels share."""

from __future__ import annotations

import pytest

from repair.sandbox import Sandbox, find_sandbox


@pytest.fixture
def sandbox() -> Sandbox:
    """Return the sandbox of this machine."""
    found = find_sandbox()
    assert found is not None
    return found
