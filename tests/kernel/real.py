"""The kernel build that tests marked `kernel` use; where it is has to be said before they start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repair.kernel.build import KernelBuild, KernelUnit, Unusable, open_build

# Read once, since each test starts without such variables.
_FOLDER = os.environ.get("LLMIGRATE_KERNEL_BUILD")
_TREE = os.environ.get("LLMIGRATE_KERNEL_TREE")


def real_build() -> KernelBuild:
    """Open the build that the environment names; skip the test where it names none."""
    if _FOLDER is None:
        pytest.skip("LLMIGRATE_KERNEL_BUILD names no build; `make test-kernel` makes one")
    build = open_build(Path(_FOLDER), Path(_TREE) if _TREE else None)
    assert isinstance(build, KernelBuild), build
    return build


def real_unit(build: KernelBuild, file: str) -> KernelUnit:
    """Return a file of the kernel as it is compiled."""
    unit = build.unit(build.tree / file)
    assert not isinstance(unit, Unusable), unit
    return unit
