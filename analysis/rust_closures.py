"""Closures that a Rust function calls by name: what they do is done at each call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analysis.rust_names import bound_by
from analysis.structure import NOTHING, Unit, UnitKind, plain
from analysis.syntax import Node, child, descendants, text_of


@dataclass(frozen=True, slots=True)
class Closure:
    """What a closure does, in terms of its parameters."""

    parameters: tuple[frozenset[str], ...]
    """The names that each binds."""
    units: tuple[Unit, ...]

    def units_with(self, given: Sequence[frozenset[str]]) -> Iterator[Unit]:
        """Yield what a call does, given the names in each of its arguments."""
        stands_for = {
            name: names for bound, names in zip(self.parameters, given, strict=False) for name in bound
        }
        for unit in self.units:
            names, atoms, left = (_with(each, stands_for) for each in (unit.names, unit.atoms, unit.left))
            # A field may have a parameter's name, and stays what it is.
            if unit.kind is not UnitKind.PLACE:
                unit = replace(unit, names=names, left=left)
            yield replace(unit, atoms=atoms)


def _with(names: frozenset[str], stands_for: dict[str, frozenset[str]]) -> frozenset[str]:
    return names.union(*(stands_for.get(each, NOTHING) for each in names))


def parameters_of(closure: Node) -> Iterator[frozenset[str]]:
    """Yield the names that each parameter of a closure binds."""
    parameters = child(closure, "parameters")
    for each in parameters.named_children if parameters is not None else ():
        yield frozenset(bound_by(child(each, "pattern") or each))


def called(root: Node) -> Iterator[str]:
    """Yield what is called by a plain name."""
    for call in descendants(root, {"call_expression"}):
        function = child(call, "function")
        if function is not None and function.type == "identifier":
            yield plain(text_of(function))
