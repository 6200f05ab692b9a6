"""In which order the modules of a fleet are started."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import networkx as nx

from migrate.batch.headers import Headers
from migrate.module import Module


class Order(enum.StrEnum):
    """What comes first."""

    CALLEES = "callees"
    """Modules whose headers others include."""
    SIZE = "size"
    """Small ones, by the bytes of their C."""
    NAME = "name"


Opened = Mapping[str, Module]
"""Modules by name; those that cannot be opened are missing."""


def ordered(names: Sequence[str], modules: Opened, order: Order, headers: Headers) -> tuple[str, ...]:
    """Sort the modules of a fleet; equal ones by name."""
    return tuple(_ORDERS[order](sorted(names), modules, headers))


def _by_name(names: Sequence[str], modules: Opened, headers: Headers) -> Sequence[str]:
    return names


def _by_size(names: Sequence[str], modules: Opened, headers: Headers) -> Sequence[str]:
    return sorted(names, key=lambda name: _size(modules.get(name)))


def _size(module: Module | None) -> int:
    return sum(file.stat().st_size for file in module.sources) if module is not None else 0


def _callees_first(names: Sequence[str], modules: Opened, headers: Headers) -> Sequence[str]:
    """Put what is included before what includes it; in a circle, by name."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from(_uses(modules, headers))
    condensed = nx.condensation(graph)
    members = {node: sorted(condensed.nodes[node]["members"]) for node in condensed}
    steps = nx.lexicographical_topological_sort(condensed.reverse(), key=lambda node: members[node][0])
    return [name for node in steps for name in members[node]]


def _uses(modules: Opened, headers: Headers) -> Iterator[tuple[str, str]]:
    """Yield pairs of modules of which the first includes a header of the second."""
    roots: dict[Path, list[str]] = {}
    for name, module in modules.items():
        roots.setdefault(module.root, []).append(name)
    for name, module in modules.items():
        for header in headers.of(module.commands):
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


_ORDERS: Mapping[Order, Callable[[Sequence[str], Opened, Headers], Sequence[str]]] = MappingProxyType(
    {Order.CALLEES: _callees_first, Order.SIZE: _by_size, Order.NAME: _by_name}
)
