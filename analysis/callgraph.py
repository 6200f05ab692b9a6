"""Who calls whom in a module: the graph, its cycles, and its callee-first waves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import networkx as nx

from analysis.inventory import Definition, Inventory, Kind


@dataclass(frozen=True)
class CallGraph:
    """The module's functions and variables; an edge leads from a user to what it uses."""

    graph: nx.DiGraph[str]

    @cached_property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """Return the groups of functions that call one another, a function that calls itself included."""
        components = (sorted(component) for component in nx.strongly_connected_components(self.graph))
        cyclic = (
            tuple(component)
            for component in components
            if len(component) > 1 or self.graph.has_edge(component[0], component[0])
        )
        return tuple(sorted(cyclic))

    @cached_property
    def waves(self) -> tuple[tuple[str, ...], ...]:
        """Return the definitions callee-first: each wave uses only itself and earlier ones."""
        condensed = nx.condensation(self.graph).reverse(copy=False)
        names: dict[int, set[str]] = {node: held["members"] for node, held in condensed.nodes(data=True)}
        return tuple(
            tuple(sorted(name for component in generation for name in names[component]))
            for generation in nx.topological_generations(condensed)
        )

    @cached_property
    def wave_of(self) -> dict[str, int]:
        """Return the number of each definition's wave, counted from 0."""
        return {name: number for number, wave in enumerate(self.waves) for name in wave}


def build_call_graph(inventory: Inventory) -> CallGraph:
    """Connect every definition with the module's definitions that it names.

    A function that is called, handed over as an argument, assigned or put into an initialiser counts
    alike: through a pointer each of these may end in a call.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(each.ident for each in inventory.definitions)
    for each in inventory.definitions:
        graph.add_edges_from((each.ident, used.ident) for used in uses(inventory, each))
    return CallGraph(graph)


def uses(inventory: Inventory, definition: Definition) -> tuple[Definition, ...]:
    """Return the module's definitions that one definition names, in the order of the module.

    A function's own name counts only where the function calls itself.
    """
    found = (inventory.resolve(name, definition.file) for name in definition.references)
    idents = {
        each.ident
        for each in found
        if each is not None and (each.ident != definition.ident or each.name in definition.calls)
    }
    return tuple(sorted((inventory.by_ident[ident] for ident in idents), key=inventory.position))


def callees(inventory: Inventory, definition: Definition) -> tuple[str, ...]:
    """Return the functions a definition calls directly or through macros, sorted by name.

    Functions of the module by their unique name, others as the C calls them.
    """
    names: set[str] = set()
    declared = definition.unit.declared_functions
    for name in definition.calls:
        own = inventory.resolve(name, definition.file)
        if own is not None and own.kind is Kind.FUNCTION:
            names.add(own.ident)
        elif own is None and name in declared:
            names.add(name)
    return tuple(sorted(names))
