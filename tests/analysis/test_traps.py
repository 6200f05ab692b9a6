from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from analysis.index import index_file
from analysis.learned import Learned
from analysis.source import SourceFile
from tests.analysis.traps import TRAPS, Trap

each_trap = pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)


def names(trap: Trap, learned: Learned | None = None) -> tuple[str, ...]:
    source = SourceFile(Path("trap.c"), trap.text.encode())
    return tuple(function.name for function in index_file(source, learned).functions)


@each_trap
def test_the_snippet_is_c(trap: Trap) -> None:
    command = ["gcc", "-std=gnu89", "-fsyntax-only", "-w", "-x", "c", "-"]
    result = subprocess.run(
        command, input=trap.header + trap.text, text=True, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stderr


@each_trap
def test_its_functions_are_found_without_its_headers(trap: Trap) -> None:
    assert names(trap) == trap.functions


@each_trap
def test_its_functions_are_found_with_its_headers(trap: Trap) -> None:
    assert names(trap, Learned.scan([trap.header.encode()])) == trap.functions
