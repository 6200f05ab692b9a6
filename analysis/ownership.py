"""What every function of a module may do with pointers, callees included."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.c_types import Types
from analysis.callgraph import CallGraph
from analysis.inventory import Inventory, Kind
from analysis.pointer_direct import place_of
from analysis.pointer_effects import Deed, MemberTargets, Summary, Targets
from analysis.pointer_flow import TooMuchError, follow, glance
from analysis.pointer_reader import read_initialiser, read_steps
from analysis.pointer_terms import (
    NULL,
    VARIABLES,
    Either,
    Invoke,
    Member,
    Name,
    Nothing,
    Put,
    Root,
    RootKind,
    Step,
    Steps,
    Term,
)

_MOST_ROUNDS = 10
_LONGEST = 2
"""Pointers that are told apart on a way, where that does not get too much."""
_HELD = frozenset({RootKind.PARAMETER, RootKind.UNSEEN, *VARIABLES})


@dataclass(frozen=True)
class Flows:
    """A module as its pointers flow."""

    steps: Mapping[str, Steps]
    """By function; those without a readable body are left out."""
    initial: Mapping[str, tuple[Step, ...]]
    """What variables hold from the start."""
    summaries: Mapping[str, Summary]
    targets: MemberTargets
    types: Mapping[Path, Types]
    """By the unit's C file."""


def solve(inventory: Inventory, graph: CallGraph, hidden: Collection[str]) -> Flows:
    """Follow the pointers of a module.

    `hidden` are the records that no code outside the module can see into, by their names in types.
    """
    types: dict[Path, Types] = {}
    steps: dict[str, Steps] = {}
    initial: dict[str, tuple[Step, ...]] = {}
    for each in inventory.definitions:
        known = types.setdefault(each.unit.file, Types(each.unit))
        if each.kind is Kind.GLOBAL:
            initial[each.ident] = read_initialiser(inventory, each, known)
        elif (read := read_steps(inventory, each, known)) is not None:
            steps[each.ident] = read
    every = [step for read in steps.values() for step in read.steps]
    every += [step for read in initial.values() for step in read]
    targets = _targets(every, hidden)
    return Flows(steps, initial, _fixed_point(steps, graph, targets), targets, types)


def _fixed_point(steps: Mapping[str, Steps], graph: CallGraph, targets: MemberTargets) -> dict[str, Summary]:
    """Follow each function until nothing is new, callees first."""
    order = [name for wave in graph.waves for name in wave if name in steps]
    summaries = {name: Summary({}, tuple(each.name for each in steps[name].parameters)) for name in order}
    longest = dict.fromkeys(order, _LONGEST)
    used = {name: _used(name, steps[name], graph, targets) for name in order}
    stale = set(order)
    for _ in range(_MOST_ROUNDS):
        changed: set[str] = set()
        for name in order:
            if name in stale or used[name] & changed:
                found = _follow(name, steps[name], summaries, targets, longest)
                if found.effects.keys() != summaries[name].effects.keys():
                    changed.add(name)
                summaries[name] = found
        stale = {name for name in order if used[name] & changed}
        if not stale:
            break
    return summaries


def _follow(
    name: str, steps: Steps, summaries: Mapping[str, Summary], targets: MemberTargets, longest: dict[str, int]
) -> Summary:
    """Follow a function as closely as it pays."""
    while longest[name] > 0:
        try:
            return follow(steps, summaries.get, targets, longest[name])
        except TooMuchError:
            longest[name] -= 1
    return glance(steps, summaries.get, targets, name)


def _used(name: str, steps: Steps, graph: CallGraph, targets: MemberTargets) -> set[str]:
    """Return the functions whose effects one function may take over."""
    members = (step.member for step in steps.steps if isinstance(step, Invoke) and step.member is not None)
    through = {each for member in members if member in targets for each in targets[member].functions}
    named = set(graph.graph.successors(name))
    # A table leads to what stands in it.
    return through | named | {each for table in named for each in graph.graph.successors(table)}


def _targets(steps: Iterable[Step], hidden: Collection[str]) -> dict[Member, Targets]:
    """Find the functions that are stored in members of records, and in variables at file scope."""
    functions: dict[Member, set[str]] = {}
    others: set[Member] = set()
    for step in (each for each in steps if isinstance(each, Put)):
        for member in _stored_in(step):
            names = functions.setdefault(member, set())
            for term in _parts(step.value):
                if isinstance(term, Name) and term.root.kind is RootKind.FUNCTION:
                    names.add(term.root.name)
                elif term != NULL:
                    others.add(member)
    return {
        member: Targets(frozenset(names), member.record in hidden and member not in others)
        for member, names in functions.items()
        if names
    }


def _stored_in(step: Put) -> Iterator[Member]:
    if step.member is not None:
        yield step.member
    place = place_of(step.address)
    if place is not None and place.root.kind in VARIABLES:
        yield Member(place.root.name, place.offset)


def addressed(flows: Flows) -> frozenset[str]:
    """Return the variables whose address stands in another one from the start."""
    puts = (step for steps in flows.initial.values() for step in steps if isinstance(step, Put))
    places = (place_of(term) for step in puts for term in _parts(step.value))
    return frozenset(each.root.name for each in places if each is not None and each.root.kind in VARIABLES)


def _parts(term: Term) -> Iterator[Term]:
    if isinstance(term, Either):
        for each in term.of:
            yield from _parts(each)
    elif not isinstance(term, Nothing):
        yield term


def escaping(summary: Summary) -> frozenset[Root]:
    """Return the new memory that outlives a call: it is returned, or stored where it can be found."""
    found = {
        effect.value.root
        for effect in summary.effects
        if effect.value.root.kind is RootKind.NEW
        and (effect.deed is Deed.RETURNED or (effect.at is not None and effect.at.root.kind in _HELD))
    }
    while (
        more := {
            effect.value.root
            for effect in summary.effects
            if effect.at is not None and effect.at.root in found and effect.value.root.kind is RootKind.NEW
        }
        - found
    ):
        found |= more
    return frozenset(found)
