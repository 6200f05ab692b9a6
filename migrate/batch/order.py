"""In which order the modules of a fleet are started."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import networkx as nx

from migrate.module import Module

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]', re.MULTILINE)
_SEARCHED = ("-I", "-iquote", "-isystem", "-idirafter")


class Order(enum.StrEnum):
    """What comes first."""

    CALLEES = "callees"
    """Modules whose headers others include."""
    SIZE = "size"
    """Small ones, by the bytes of their C."""
    NAME = "name"


Opened = Mapping[str, Module]
"""Modules by name; those that cannot be opened are missing."""


def ordered(names: Sequence[str], modules: Opened, order: Order) -> tuple[str, ...]:
    """Sort the modules of a fleet; equal ones by name."""
    return tuple(_ORDERS[order](sorted(names), modules))


def _by_name(names: Sequence[str], modules: Opened) -> Sequence[str]:
    return names


def _by_size(names: Sequence[str], modules: Opened) -> Sequence[str]:
    return sorted(names, key=lambda name: _size(modules.get(name)))


def _size(module: Module | None) -> int:
    return sum(file.stat().st_size for file in module.sources) if module is not None else 0


def _callees_first(names: Sequence[str], modules: Opened) -> Sequence[str]:
    """Put what is included before what includes it; in a circle, by name."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from(_uses(modules))
    condensed = nx.condensation(graph)
    members = {node: sorted(condensed.nodes[node]["members"]) for node in condensed}
    steps = nx.lexicographical_topological_sort(condensed.reverse(), key=lambda node: members[node][0])
    return [name for node in steps for name in members[node]]


def _uses(modules: Opened) -> Iterator[tuple[str, str]]:
    """Yield pairs of modules of which the first includes a header of the second."""
    roots: dict[Path, list[str]] = {}
    for name, module in modules.items():
        roots.setdefault(module.root, []).append(name)
    for name, module in modules.items():
        for header in _included(module):
            owner = _owner(header, roots, modules)
            if owner not in (None, name):
                yield name, str(owner)


def _owner(header: Path, roots: Mapping[Path, Sequence[str]], modules: Opened) -> str | None:
    """Return the module in whose folder a header lies; of several, the one with a C file of its name."""
    lodgers = next((roots[folder] for folder in header.parents if folder in roots), ())
    if len(lodgers) == 1:
        return lodgers[0]
    named = (name for name in lodgers if header.stem in {file.stem for file in modules[name].sources})
    return next(named, None)


def _included(module: Module) -> set[Path]:
    """Return the headers that a module's files include by a path that can be told without a preprocessor."""
    found: set[Path] = set()
    for command in module.commands:
        searched = tuple(_search_path(command.flags, command.directory))
        for file in {command.file, *command.file.parent.glob(f"{command.file.stem}.h")}:
            for name in _INCLUDE.findall(file.read_bytes()):
                path = _resolved(name.decode("utf-8", "surrogateescape"), (file.parent, *searched))
                found |= {path} if path is not None else set()
    return found


def _resolved(name: str, folders: Sequence[Path]) -> Path | None:
    paths = (folder / name for folder in folders)
    return next((path.resolve() for path in paths if path.is_file()), None)


def _search_path(flags: Sequence[str], directory: Path) -> Iterator[Path]:
    for before, flag in zip(("", *flags), flags, strict=False):
        prefix = next((each for each in _SEARCHED if flag.startswith(each)), None)
        named = flag if before in _SEARCHED else flag.removeprefix(prefix) if prefix else ""
        if named:
            yield directory / named


_ORDERS: Mapping[Order, Callable[[Sequence[str], Opened], Sequence[str]]] = MappingProxyType(
    {Order.CALLEES: _callees_first, Order.SIZE: _by_size, Order.NAME: _by_name}
)
