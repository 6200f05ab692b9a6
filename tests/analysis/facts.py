"""Facts of small C texts, for tests of what is found."""

from __future__ import annotations

from pathlib import Path

from analysis.callgraph import build_call_graph
from analysis.facts import facts_of
from analysis.pointers import Facts, FunctionFacts, PointerFacts
from tests.analysis.modules import inventory_of


def facts(tmp_path: Path, c: str, **headers: str) -> Facts:
    """Find the facts of one C file; `name=text` writes `name.h` beside it."""
    files = {**{f"{name}.h": text for name, text in headers.items()}, "m.c": c}
    inventory = inventory_of(tmp_path, files)
    return facts_of(inventory, build_call_graph(inventory))


def function(tmp_path: Path, c: str, name: str = "f") -> FunctionFacts:
    """Find the facts of one function of a C text."""
    return facts(tmp_path, c).functions[name]


def pointer(tmp_path: Path, c: str, name: str = "p", function_name: str = "f") -> PointerFacts:
    """Find the facts of one pointer parameter of a C text."""
    found = function(tmp_path, c, function_name)
    return next(each for each in found.pointers if each.name == name)
