"""What the calls of a module say of parameters and members: aliases, NULL, lengths, what is freed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from analysis.library import known_function
from analysis.ownership import Flows
from analysis.pointer_direct import Direct
from analysis.pointer_effects import Deed, Value
from analysis.pointer_terms import NULL, Argument, Either, Invoke, Member, RootKind, Steps
from analysis.pointers import Alias

_PLAIN = re.compile(r"[\w\s.>&*\[\]-]+")
_NOWHERE = frozenset({RootKind.FUNCTION, RootKind.TEXT, RootKind.NULL})


@dataclass
class CallFacts:
    """What was found at the calls of a module."""

    aliases: dict[tuple[str, str], list[Alias]]
    """By function and parameter."""
    nulls: dict[tuple[str, str], tuple[str, int]]
    """By function and parameter: a caller that passes NULL, and the line."""
    frees: dict[Member, set[str]]
    """By member: the functions that free what it leads to."""
    counts: dict[Member, set[str]]
    """By member: members of the same record that are its length."""


def call_facts(flows: Flows) -> CallFacts:
    """Look at every call of a module."""
    found = CallFacts({}, {}, {}, {})
    for caller, steps in flows.steps.items():
        direct = Direct(steps)
        for number, step in enumerate(steps.steps):
            if isinstance(step, Invoke):
                for name in called(step, flows):
                    _Call(found, caller, step, number, direct).look(name, flows)
    return found


def called(call: Invoke, flows: Flows) -> Iterator[str]:
    """Yield the functions that a call is known to reach."""
    if call.function is not None:
        yield call.function
    elif call.member is not None and call.member in flows.targets:
        yield from sorted(flows.targets[call.member].functions)


@dataclass(frozen=True)
class _Call:
    """One call, and where its facts go."""

    found: CallFacts
    caller: str
    call: Invoke
    number: int
    direct: Direct

    def look(self, name: str, flows: Flows) -> None:
        """Take in what the call says of a function that it reaches."""
        steps = flows.steps.get(name)
        if steps is not None:
            self._parameters(name, steps)
        freed, sized = _positions(name, flows)
        arguments = self.call.arguments
        for index in freed:
            if index < len(arguments) and (member := arguments[index].member) is not None:
                self.found.frees.setdefault(member, set()).add(self.caller)
        for index, counts in sized:
            for count in counts:
                if max(index, count) < len(arguments):
                    self._counted(arguments[index].member, arguments[count].member)

    def _counted(self, pointer: Member | None, count: Member | None) -> None:
        if pointer is not None and count is not None and pointer.record == count.record:
            self.found.counts.setdefault(pointer, set()).add(count.name)

    def _parameters(self, name: str, steps: Steps) -> None:
        pairs = [
            (parameter.name, argument)
            for parameter, argument in zip(steps.parameters, self.call.arguments, strict=False)
            if parameter.kind.is_pointer
        ]
        for parameter, argument in pairs:
            parts = argument.value.of if isinstance(argument.value, Either) else (argument.value,)
            if NULL in parts:
                self.found.nulls.setdefault((name, parameter), (self.caller, self.call.line))
        for (one, first), (other, second) in combinations(pairs, 2):
            same = (
                first.text == second.text and _PLAIN.fullmatch(first.text) is not None and first.value != NULL
            )
            if same or self._overlap(first, second):
                self._alias(name, one, other, same)
                self._alias(name, other, one, same)

    def _alias(self, name: str, one: str, other: str, same: bool) -> None:
        listed = self.found.aliases.setdefault((name, one), [])
        listed.append(Alias(other, same, self.caller, self.call.line))

    def _overlap(self, first: Argument, second: Argument) -> bool:
        values = [self.direct.value(each.value, self.number) for each in (first, second)]
        one, other = values
        return one is not None and other is not None and _overlap(one, other)


def _overlap(one: Value, other: Value) -> bool:
    """Tell whether two addresses are those of one object, or one is that of a part of the other."""
    if one.root.kind in _NOWHERE or (one.root, one.path) != (other.root, other.path):
        return False
    shorter, longer = sorted((one.offset, other.offset), key=len)
    return longer == shorter or not shorter or longer.startswith(f"{shorter}.")


def _positions(name: str, flows: Flows) -> tuple[set[int], list[tuple[int, tuple[int, ...]]]]:
    """Return which arguments a function frees, and which are lengths of which others."""
    summary = flows.summaries.get(name)
    if summary is None:
        known = known_function(name)
        return (set(known.frees), list(known.sized)) if known is not None else (set(), [])
    at: Mapping[str, int] = {each: index for index, each in enumerate(summary.parameters)}
    freed: set[int] = set()
    sized: list[tuple[int, tuple[int, ...]]] = []
    for effect in summary.effects:
        value = effect.value
        if (
            value.root.kind is not RootKind.PARAMETER
            or value.path
            or value.offset
            or value.root.name not in at
        ):
            continue
        if effect.deed is Deed.FREED:
            freed.add(at[value.root.name])
        elif effect.deed is Deed.SIZED:
            counts = effect.what.split("*")
            sized.append((at[value.root.name], tuple(at[each] for each in counts if each in at)))
    return freed, sized
