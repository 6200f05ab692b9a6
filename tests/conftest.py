"""Every test starts without the user's settings, in a folder of its own.

Cargo's build folders in the user's cache are shared on purpose: to fill a new one takes longer than a test.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tiny import write_module

# What looks for evidence takes seconds for each function: tests that are about it ask for it.
NO_EVIDENCE = ("LLMIGRATE_EVIDENCE", "none")
os.environ.setdefault(*NO_EVIDENCE)


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take keys and settings out of the environment, and work in an empty folder."""
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "LLMIGRATE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv(*NO_EVIDENCE)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Write a module of three functions with a test of each."""
    return write_module(tmp_path / "tiny")
