"""Who calls whom, as reports keep it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.callgraph import uses
from analysis.inventory import Definition, Inventory


@dataclass(frozen=True, slots=True)
class Calls:
    """What the C of one hole uses."""

    inside: tuple[str, ...] = ()
    """Holes that it calls or otherwise names, by their unique names."""
    outside: tuple[str, ...] = ()
    """Functions of other modules and of libraries that it calls."""
    local: bool = False
    """No other module can call it."""


NO_CALLS = Calls()


def calls_of(
    inventory: Inventory,
    stands_for: Mapping[str, Sequence[Definition]],
    helpers: Mapping[str, Sequence[Definition]] | None = None,
) -> dict[str, Calls]:
    """Return what each hole uses, given the definitions that it stands for and those that it takes in."""
    hole_of = {each.ident: hole for hole, definitions in stands_for.items() for each in definitions}
    taken_in = helpers or {}
    return {
        hole: _calls(inventory, definitions, taken_in.get(hole, ()), hole_of)
        for hole, definitions in stands_for.items()
    }


def _calls(
    inventory: Inventory, own: Sequence[Definition], more: Sequence[Definition], hole_of: Mapping[str, str]
) -> Calls:
    held = (*own, *more)
    used = (hole_of.get(other.ident) for each in held for other in uses(inventory, each))
    outside = {name for each in held for name in each.calls if _is_outside(inventory, each, name)}
    inside = dict.fromkeys(name for name in used if name)
    return Calls(tuple(inside), tuple(sorted(outside)), local=all(each.static for each in own))


def _is_outside(inventory: Inventory, caller: Definition, name: str) -> bool:
    return name in caller.unit.declared_functions and inventory.resolve(name, caller.file) is None
