"""Functions and calls agree with gcc's own call graph, on the samples and on C that was not written here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.callgraph import callees
from analysis.inventory import Inventory
from analysis.process import run
from analysis.unit import CompileCommand
from migrate.module import Module, open_module
from migrate.prepare import read_inventory
from migrate.settings import ModuleSettings, load_settings
from tests.packages import package_source

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
INDIRECT_CALL = "__indirect_call"
_NODE = re.compile(
    r'^node: \{ title: "([^"]*)" label: "([^"\\]*)\\n([^"]*):\d+:\d+[^"]*"( shape : ellipse)?', re.M
)
_EDGE = re.compile(r'^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"', re.M)

Defined = set[tuple[str, str]]
Edges = set[tuple[tuple[str, str], tuple[str, str]]]
"""Functions are (file, name); those of others have no file."""


@dataclass(frozen=True)
class CallGraph:
    """Who is defined, and who calls whom by name."""

    defined: Defined
    edges: Edges


def open_sample(name: str) -> Module:
    return open_module(SAMPLES / name, load_settings(SAMPLES / name, {}, {}))


def open_libcsv() -> Module:
    return open_module(package_source("libcsv") / "libcsv.c", ModuleSettings())


def open_zlib() -> Module:
    settings = ModuleSettings(name="zlib", sources=("adler32.c", "crc32.c"))
    return open_module(package_source("zlib"), settings)


def by_gcc(module: Module, scratch: Path) -> CallGraph:
    """Read the graphs that gcc writes for each C file, calls through pointers left out: they name nobody."""
    defined: Defined = set()
    edges: Edges = set()
    for number, command in enumerate(module.commands):
        compiled = scratch / f"{number}.o"
        # gcc would drop file-local functions that nobody calls, and fold calls of builtins.
        flags = (*command.flags, "-O0", "-fno-builtin", "-fkeep-static-functions", "-fkeep-inline-functions")
        done = run(
            ("gcc", *flags, "-w", "-c", "-fcallgraph-info", command.file, "-o", compiled),
            cwd=command.directory,
        )
        assert done.ok, done.errors
        written = compiled.with_suffix(".ci").read_text()
        titles = dict(_titles(written, command, module.root))
        defined |= {titled for titled in titles.values() if titled[0]}
        edges |= {
            (titles[caller], titles[callee])
            for caller, callee in _EDGE.findall(written)
            if callee != INDIRECT_CALL
        }
    return CallGraph(defined, {edge for edge in edges if edge[0][0]})


def _titles(written: str, command: CompileCommand, root: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    for title, name, file, is_outside in _NODE.findall(written):
        path = (command.directory / file).resolve()
        own = not is_outside and path.is_relative_to(root)
        yield title, (path.relative_to(root).as_posix() if own else "", name)


def by_us(inventory: Inventory) -> CallGraph:
    """Read the same from the inventory."""
    key = {each.ident: (each.file.as_posix(), each.name) for each in inventory.functions}
    return CallGraph(
        set(key.values()),
        {
            (key[each.ident], key.get(callee, ("", callee)))
            for each in inventory.functions
            for callee in callees(inventory, each)
        },
    )


def linked(graph: CallGraph) -> CallGraph:
    """Give calls of functions that another C file of the module defines that file."""
    files = {name: (file, name) for file, name in graph.defined}
    edges = {
        (caller, files.get(name, (file, name)) if not file else (file, name))
        for caller, (file, name) in graph.edges
    }
    return CallGraph(graph.defined, edges)


@pytest.mark.parametrize("name", ["intmath", "ramfs", "sort", "libcsv", "zlib"])
def test_functions_and_calls_are_those_that_gcc_sees(name: str, tmp_path: Path) -> None:
    opened = {"libcsv": open_libcsv, "zlib": open_zlib}
    module = opened[name]() if name in opened else open_sample(name)
    ours = by_us(read_inventory(module))
    reference = linked(by_gcc(module, tmp_path))
    assert len(reference.defined) > 10
    assert ours.defined == reference.defined
    assert ours.edges == reference.edges
