"""Static facts from which safe Rust types and signatures can be chosen, put together for a module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from analysis.c_types import NO_RECORD, CType, Types
from analysis.call_facts import CallFacts, call_facts
from analysis.callgraph import CallGraph
from analysis.declarations import Variable
from analysis.error_convention import ErrorConvention, error_conventions
from analysis.inventory import Definition, Inventory
from analysis.opacity import Opacity, hidden, opacities
from analysis.ownership import Flows, addressed, escaping, solve
from analysis.pointer_effects import Deed, Effect, Summary, Value
from analysis.pointer_facts import place_spelled, pointer_facts, spelled
from analysis.pointer_terms import VARIABLES, Ask, Member, RootKind
from analysis.pointers import (
    Facts,
    FunctionFacts,
    GlobalFacts,
    MemberFacts,
    NewMemory,
    PointerFacts,
    RecordFacts,
)

_STATIC = frozenset({RootKind.TEXT, *VARIABLES})


def facts_of(inventory: Inventory, graph: CallGraph) -> Facts:
    """Find the facts of a module. It needs no compiler beyond what the inventory has asked, and no model."""
    records = opacities(inventory)
    flows = solve(inventory, graph, hidden(records))
    calls = call_facts(flows)
    conventions = error_conventions(
        inventory, graph, lambda each: _returned(each, flows.types[each.unit.file]), _through(flows)
    )
    releasers = _releasers(flows)
    functions = {
        each.ident: _function(each.ident, flows, calls, conventions[each.ident], releasers)
        for each in inventory.functions
    }
    variables = {each.ident: _variable(each, flows) for each in inventory.variables}
    return Facts(functions, _records(inventory, records, flows, calls), variables)


def _returned(definition: Definition, types: Types) -> CType | None:
    kind = types.function(definition.name)
    return kind.inner if kind is not None and kind.is_function else None


def _through(flows: Flows) -> dict[str, set[str]]:
    """Return the functions to which members may lead, by the member's name alone."""
    found: dict[str, set[str]] = {}
    for member, targets in flows.targets.items():
        found.setdefault(member.name.rpartition(".")[2], set()).update(targets.functions)
    return found


def _releasers(flows: Flows) -> dict[str, set[str]]:
    """Return the functions that free a record which they are given, by the record."""
    found: dict[str, set[str]] = {}
    for name, steps in flows.steps.items():
        freed = {
            effect.value.root.name
            for effect in flows.summaries[name].effects
            if effect.deed is Deed.FREED
            and effect.value.root.kind is RootKind.PARAMETER
            and not effect.value.path
        }
        for each in steps.parameters:
            if each.name in freed and each.record not in {"", NO_RECORD}:
                found.setdefault(each.record, set()).add(name)
    return found


def _function(
    ident: str, flows: Flows, calls: CallFacts, error: ErrorConvention, releasers: Mapping[str, set[str]]
) -> FunctionFacts:
    steps, summary = flows.steps.get(ident), flows.summaries.get(ident)
    if steps is None or summary is None:
        return FunctionFacts(ident, (), error)
    pointers = tuple(_with_calls(each, ident, calls) for each in pointer_facts(steps.parameters, summary))
    own = [effect for effect in summary.effects if effect.value.root.kind in VARIABLES]
    freed = [each.value for each in own if each.deed is Deed.FREED]
    return FunctionFacts(
        ident=ident,
        pointers=pointers,
        error=error,
        allocates=tuple(_new_memory(summary, releasers)),
        releases=tuple(sorted({spelled(each) for each in freed})),
        returns_static=any(
            each.deed is Deed.RETURNED and each.value.root.kind in _STATIC for each in summary.effects
        ),
        globals_written=_globals(summary, Deed.WRITTEN),
        globals_handed=_globals(summary, Deed.HANDED),
        entangled=summary.entangled,
        unread=steps.unread,
    )


def _with_calls(facts: PointerFacts, ident: str, calls: CallFacts) -> PointerFacts:
    key = (ident, facts.name)
    return replace(facts, aliases=tuple(calls.aliases.get(key, ())), null_passed=calls.nulls.get(key))


def _globals(summary: Summary, deed: Deed) -> tuple[str, ...]:
    values = (effect.value for effect in summary.effects if effect.deed is deed)
    return tuple(
        sorted({each.root.name for each in values if each.root.kind is RootKind.GLOBAL and not each.path})
    )


def _new_memory(summary: Summary, releasers: Mapping[str, set[str]]) -> Iterator[NewMemory]:
    """Yield the places where new memory may be found after a call."""
    outliving = escaping(summary)
    found: dict[tuple[str, bool], set[str]] = {}
    for effect in summary.effects:
        if effect.value.root not in outliving or effect.value.path:
            continue
        if effect.deed is Deed.RETURNED:
            found.setdefault(("", False), set()).add(effect.value.record)
        elif effect.at is not None and effect.at.root.kind in {RootKind.PARAMETER, *VARIABLES}:
            found.setdefault(_where(effect.at), set()).add(effect.value.record)
    for where, beyond in sorted(found):
        records = sorted(found[where, beyond] - {"", NO_RECORD})
        record = records[0] if len(records) == 1 else ""
        yield NewMemory(where, beyond, record, tuple(sorted(releasers.get(record, ()))))


def _where(at: Value) -> tuple[str, bool]:
    """Return the pointer that leads to what is stored at an address, and whether it is further on."""
    if at.path:
        return spelled(at._replace(path=at.path[:1])), True
    return (spelled(at) if at.root.kind in VARIABLES else place_spelled(at)), False


def _variable(definition: Definition, flows: Flows) -> GlobalFacts:
    def doing(deed: Deed) -> tuple[str, ...]:
        """Name the functions that do it on their own, or by passing the address on."""
        done = {
            name: {
                place.by for effect, place in each.effects.items() if _is_of(effect, deed, definition.ident)
            }
            for name, each in flows.summaries.items()
        }
        return tuple(sorted(name for name, by in done.items() if any(not done.get(each) for each in by)))

    declared = definition.declared
    return GlobalFacts(
        ident=definition.ident,
        written_by=doing(Deed.WRITTEN),
        handed_by=doing(Deed.HANDED),
        read_by=doing(Deed.READ),
        is_const=isinstance(declared, Variable) and declared.const,
        kept=definition.ident in addressed(flows)
        or any(
            _is_of(each, Deed.KEPT, definition.ident)
            for summary in flows.summaries.values()
            for each in summary.effects
        ),
    )


def _is_of(effect: Effect, deed: Deed, variable: str) -> bool:
    root = effect.value.root
    is_it = root.kind in VARIABLES and root.name == variable
    return is_it and effect.deed is deed and not effect.value.path


def _records(
    inventory: Inventory, records: Mapping[str, Opacity], flows: Flows, calls: CallFacts
) -> dict[str, RecordFacts]:
    used: dict[str, set[str]] = {}
    tested: set[Member] = set()
    for name, steps in flows.steps.items():
        for member in steps.members:
            used.setdefault(member.record, set()).add(inventory.by_ident[name].file.as_posix())
        tested |= {each.member for each in steps.steps if isinstance(each, Ask) and each.member is not None}
    return {
        name: RecordFacts(
            each,
            tuple(sorted(used.get(name, ()))),
            tuple(_members(name, flows, calls, tested)),
        )
        for name, each in records.items()
    }


def _only(counts: set[str]) -> tuple[str, ...]:
    """Return the one length that there is: what is cut to several has none of its own."""
    return tuple(counts) if len(counts) == 1 else ()


def _members(record: str, flows: Flows, calls: CallFacts, tested: set[Member]) -> Iterator[MemberFacts]:
    known = {*calls.frees, *calls.counts, *flows.targets, *tested}
    for each in sorted(member for member in known if member.record == record):
        targets = flows.targets.get(each)
        yield MemberFacts(
            name=each.name,
            freed_by=tuple(sorted(calls.frees.get(each, ()))),
            tested=each in tested,
            counted_by=_only(calls.counts.get(each, set())),
            functions=tuple(sorted(targets.functions)) if targets is not None else (),
            only_these=targets is not None and targets.complete,
        )
