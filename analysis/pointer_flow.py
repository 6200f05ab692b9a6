"""Follows pointers through one function: what it may do with what its parameters lead to.

Conditions do not count, and what was stored once may be there ever after, so what is found may happen, not
must. What is not found does not happen as far as the C says what it does with pointers: not through integers,
assembler, or records that are read under another type than they were written. Code that is not seen is named
wherever a pointer is handed to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from analysis.library import Known, known_function
from analysis.pointer_direct import Direct
from analysis.pointer_effects import Deed, Effect, MemberTargets, Place, Summary, Targets, Value
from analysis.pointer_memory import ANY, AROUND, NO_VALUES, Memory, Values, fits
from analysis.pointer_terms import (
    VARIABLES,
    Argument,
    Around,
    Ask,
    Beyond,
    Cast,
    Copy,
    Either,
    Field,
    Get,
    Give,
    Invoke,
    Load,
    Member,
    Moved,
    Name,
    Parameter,
    Put,
    Result,
    Root,
    RootKind,
    Step,
    Steps,
    Term,
    Until,
    Within,
)

_MOST_ROUNDS = 12
_MOST_EFFECTS = 1500
_OUTSIDE = frozenset({RootKind.PARAMETER, RootKind.UNSEEN, *VARIABLES})
_PASSED_ON = frozenset({*_OUTSIDE, RootKind.NEW, RootKind.FUNCTION})
_HOLDING = frozenset({*_OUTSIDE, RootKind.NEW})
_DIRECT = frozenset({Deed.TESTED, Deed.TEXT, Deed.SIZED, Deed.TIED})
_PLAIN = frozenset({*_DIRECT, Deed.READ, Deed.WRITTEN})
_CHANGES = frozenset({Deed.WRITTEN, Deed.FREED})
_OF_MEMBERS = frozenset({Deed.WRITTEN, Deed.FREED, *_DIRECT})
"""What counts for one member of a record; the rest counts for the record."""
_NO_TARGETS = Targets(frozenset(), False)

Given = Mapping[str, tuple[Values, Argument]]
"""What a call hands over, by parameter."""
Summaries = Callable[[str], Summary | None]
"""Find what a function of the module does, by its unique name."""


class TooMuchError(Exception):
    """More is found than it is worth to tell apart."""


def follow(steps: Steps, summaries: Summaries, targets: MemberTargets, longest: int) -> Summary:
    """Say what a function may do, given what the functions that it calls may do.

    `longest` says how many pointers are told apart on the way to a place. Raise TooMuchError where that
    finds more than it is worth.
    """
    flow = _Flow(steps, summaries, targets, longest)
    done = 0
    for first, behind in steps.loops:
        flow.take(steps.steps, done, first)
        for _ in range(_MOST_ROUNDS):
            flow.memory.changed = False
            flow.take(steps.steps, first, behind)
            if not flow.memory.changed and not flow.changed():
                break
        done = behind
    flow.take(steps.steps, done, len(steps.steps))
    return Summary(flow.found(), tuple(each.name for each in steps.parameters))


def glance(steps: Steps, summaries: Summaries, targets: MemberTargets, name: str) -> Summary:
    """Say of a function only what is plain, and that anything may become of its parameters."""
    flow = _Flow(steps, summaries, targets, 0)
    flow.take(steps.steps, 0, len(steps.steps))
    place = Place(min((step.line for step in steps.steps if isinstance(step, Invoke)), default=0))
    anything = {
        Effect(Deed.HANDED, Value(Root(RootKind.PARAMETER, each.name))): place for each in steps.parameters
    }
    result = {Effect(Deed.RETURNED, Value(Root(RootKind.UNSEEN, name))): place}
    plain = {effect: place for effect, place in flow.found().items() if effect.deed in _PLAIN}
    parameters = tuple(each.name for each in steps.parameters)
    return Summary(plain | anything | result, parameters, entangled=True)


class _Flow:
    """One function while it is followed."""

    def __init__(self, steps: Steps, summaries: Summaries, targets: MemberTargets, longest: int) -> None:
        self.memory = Memory(longest)
        self._follows = longest > 0
        self._direct = Direct(steps)
        self._number = 0
        self.effects: dict[Effect, Place] = {}
        self._results: dict[int, Values] = {}
        self._stored: dict[Value, Values] = {}
        self._summaries = summaries
        self._targets = targets
        self._beyond: set[Value | None] = set()
        """Pointers from which more is reached than any one call goes through."""
        self._size = -1
        for each in steps.parameters:
            self.enter(each)

    def enter(self, parameter: Parameter) -> None:
        """Begin with a parameter: its own variable holds what the caller hands over."""
        root, local = Root(RootKind.PARAMETER, parameter.name), Root(RootKind.LOCAL, parameter.name)
        if not parameter.holders:
            self.memory.store(Value(local), {Value(root, (), "", parameter.record)})
        for each in parameter.holders:
            self.memory.store(Value(local, (), each), {Value(root, (each,))})

    def changed(self) -> bool:
        """Tell whether more is known than when this was asked last."""
        size = len(self.effects) + sum(len(each) for each in self._results.values())
        changed, self._size = size != self._size, size
        return changed

    def found(self) -> dict[Effect, Place]:
        """Return what was found; the length at a call is not that of a pointer from which more is reached."""
        return {
            effect: place
            for effect, place in self.effects.items()
            if effect.deed is not Deed.SIZED or not place.by or effect.value not in self._beyond
        }

    def values(self, term: Term) -> Values:
        """Return the addresses that a term may stand for."""
        match term:
            case Name(root, record):
                return frozenset({Value(root, (), "", record)})
            case Load(at, record):
                return frozenset(
                    each for one in self.values(at) for each in self.memory.load(one, "", record)
                )
            case Field(of, selector, record):
                return frozenset(
                    self.memory.member_of(each, selector) for each in self.values(of) if fits(each, record)
                )
            case Cast(of, record):
                return frozenset(value._replace(record=record) for value in self.values(of))
            case Moved(of):
                return self.values(of)
            case Around(of):
                return frozenset(self.memory.member_of(value, AROUND) for value in self.values(of))
            case Result(call):
                return self._results.get(call, NO_VALUES)
            case Either(of):
                return frozenset(each for one in of for each in self.values(one))
            case _:
                return NO_VALUES

    def emit(self, deed: Deed, values: Iterable[Value], place: Place, what: str = "") -> None:
        """Take in that something is done."""
        for value in values:
            if value.root.kind in _OUTSIDE and not (_is_constant(value) and deed in _CHANGES):
                if deed is Deed.FREED and place.by and value.offset not in ("", AROUND):
                    # Nothing but a whole block can be freed.
                    continue
                kept = value if deed in _OF_MEMBERS else value._replace(offset="")
                self._note(Effect(deed, kept, None, what), place)

    def _note(self, effect: Effect, place: Place) -> None:
        before = self.effects.get(effect)
        # What the function does itself is the better reason.
        if before is None or (bool(place.by), place) < (bool(before.by), before):
            self.effects[effect] = place
        if self._follows and len(self.effects) > _MOST_EFFECTS:
            raise TooMuchError

    def emit_direct(self, deed: Deed, value: Value | None, place: Place, what: str = "") -> None:
        """Take in what is true of one pointer only."""
        self.emit(deed, () if value is None else (value,), place, what)

    def store(self, ats: Iterable[Value], values: Values, place: Place) -> None:
        """Take in that pointers are stored."""
        for at in ats if self._follows else ():
            new = values if at not in self._stored else values - self._stored[at]
            if not new or _is_constant(at):
                continue
            self._stored[at] = self._stored.get(at, NO_VALUES) | new
            self.memory.store(at, new)
            if at.root.kind in _HOLDING:
                for value in new:
                    if value.root.kind in _PASSED_ON:
                        self._note(Effect(Deed.KEPT, value, at), place)

    def take(self, steps: Sequence[Step], first: int, behind: int) -> None:
        """Take in a stretch of steps."""
        for number in range(first, behind):
            self.step(number, steps[number])

    def step(self, number: int, step: Step) -> None:
        """Take in one step."""
        self._number = number
        match step:
            case Put(address, value, line):
                addresses = self.values(address)
                self.emit(Deed.WRITTEN, addresses, Place(line))
                self.store(addresses, self.values(value), Place(line))
                self._tie(self._direct.value(address, number), self._direct.value(value, number), Place(line))
            case Copy(address, source, members, line):
                self._copy(self.values(address), self.values(source), members, Place(line))
            case Get(address, line):
                self.emit(Deed.READ, self.values(address), Place(line))
            case Ask(value, line):
                self.emit_direct(Deed.TESTED, self._direct.value(value, number), Place(line))
            case Until(value, line):
                self.emit_direct(Deed.TEXT, self._direct.value(value, number), Place(line))
            case Within(value, count, line):
                self.emit_direct(Deed.SIZED, self._direct.start(value, number), Place(line), count)
            case Beyond(value):
                self._beyond.add(self._direct.value(value, number))
            case Give(value, line):
                for each in self.values(value):
                    if each.root.kind is not RootKind.LOCAL:
                        self._note(Effect(Deed.RETURNED, each), Place(line))
            case Invoke():
                self._results[step.number] = self._results.get(step.number, NO_VALUES) | self._invoke(step)

    def _tie(self, at: Value | None, value: Value | None, place: Place) -> None:
        """Take in that a pointer is stored in what it leads to."""
        if at is None or value is None or at.root != value.root or value.path:
            return
        if at.root.kind is RootKind.PARAMETER:
            self._note(Effect(Deed.TIED, value, at), place)

    def _copy(self, targets: Values, sources: Values, members: Iterable[str], place: Place) -> None:
        self.emit(Deed.WRITTEN, targets, place)
        self.emit(Deed.READ, sources, place)
        for member in members:
            loaded = frozenset(each for source in sources for each in self.memory.load(source, member))
            self.store([self.memory.member_of(target, member) for target in targets], loaded, place)

    def _invoke(self, call: Invoke) -> Values:
        """Take in a call, and return what it may return."""
        arguments = tuple(self.values(each.value) for each in call.arguments)
        found: set[Value] = set()
        for name in self._called(call):
            found |= self._call(call, name, arguments)
        return frozenset(found) if call.returns_pointer else NO_VALUES

    def _called(self, call: Invoke) -> Iterator[str | None]:
        """Yield the functions that a call may reach, and None for code that is not seen."""
        if call.function is not None:
            yield call.function
            return
        values = self.values(call.through)
        self.emit(Deed.CALLED, values, Place(call.line))
        functions = {each.root.name for each in values if each.root.kind is RootKind.FUNCTION}
        is_known = bool(values) and all(self._leads_to_functions(each, functions) for each in values)
        targets = self._targets.get(call.member, _NO_TARGETS) if call.member is not None else _NO_TARGETS
        functions |= targets.functions
        memory = [name for name in functions if self._manages_memory(name)]
        # A pointer that may lead to an allocator leads to allocators.
        yield from sorted(memory or functions)
        if not memory and not (functions and (targets.complete or is_known)):
            yield None

    def _leads_to_functions(self, value: Value, functions: set[str]) -> bool:
        """Take in the functions that stand in a constant table; tell whether there can be no others."""
        if value.root.kind is RootKind.FUNCTION:
            return True
        if value.root.kind is not RootKind.CONSTANT or len(value.path) != 1:
            return False
        functions |= self._targets.get(Member(value.root.name, value.path[0]), _NO_TARGETS).functions
        return bool(functions)

    def _manages_memory(self, name: str) -> bool:
        known = known_function(name) if self._summaries(name) is None else None
        return known is not None and (known.allocates or bool(known.frees))

    def _call(self, call: Invoke, name: str | None, arguments: tuple[Values, ...]) -> Values:
        summary = self._summaries(name) if name is not None else None
        if summary is not None:
            return self._apply(call, name or "", summary, arguments)
        known = known_function(name) if name is not None else None
        if known is not None:
            return self._apply_known(call, name or "", known, arguments)
        self._hand_over(call, arguments)
        return frozenset({Value(Root(RootKind.UNSEEN, call.text))})

    def _apply(self, call: Invoke, name: str, summary: Summary, arguments: tuple[Values, ...]) -> Values:
        """Take over what a function of the module does."""
        place = Place(call.line, name)
        given = dict(zip(summary.parameters, zip(arguments, call.arguments, strict=False), strict=False))
        returned: set[Value] = set()
        # All as it was before the call: what the function stored it has followed itself.
        named = {each for effect in summary.effects for each in (effect.value, effect.at) if each is not None}
        known = {each: self._translated(each, given, call.number) for each in named}
        for effect in summary.effects:
            if effect.deed is Deed.KEPT and effect.at is not None:
                self.store(known[effect.at], known[effect.value], place)
        for effect in summary.effects:
            values = known[effect.value]
            if effect.deed in _DIRECT:
                self._apply_direct(effect, given, place)
            elif effect.deed is Deed.RETURNED:
                returned |= values
            elif effect.deed in (Deed.HANDED, Deed.LENT):
                self._hand(effect.deed, values, place, effect.what or name)
            elif effect.deed is not Deed.KEPT and not self._is_own(effect, given):
                self.emit(effect.deed, values, place)
        return frozenset(returned)

    def _is_own(self, effect: Effect, given: Given) -> bool:
        """Tell whether something far inside new memory is freed: what that borrows is not freed with it."""
        value = effect.value
        if effect.deed is not Deed.FREED or ANY not in value.path:
            return False
        starts = given[value.root.name][0] if value.root.name in given else NO_VALUES
        return all(each.root.kind is RootKind.NEW for each in starts)

    def _apply_direct(self, effect: Effect, given: Given, place: Place) -> None:
        """Take over what is true of one pointer only."""
        value, what = effect.value, effect.what
        counts = _counts(what, given) if effect.deed is Deed.SIZED else what
        if value.root.kind is not RootKind.PARAMETER or value.root.name not in given or counts is None:
            return
        found = self._direct_of(value, given, effect.deed is Deed.SIZED)
        if effect.at is not None:
            self._tie(self._direct_of(effect.at, given, False), found, place)
        elif found is not None:
            self.emit(effect.deed, (found,), place, counts)

    def _direct_of(self, value: Value, given: Given, from_start: bool) -> Value | None:
        if value.root.name not in given:
            return None
        term = given[value.root.name][1].value
        read = self._direct.untouched if from_start and not value.path else self._direct.value
        start = read(term, self._number)
        found = self._direct.follow(start, value.path, self._number)
        return self.memory.member_of(found, value.offset) if found is not None else None

    def _translated(self, value: Value, given: Given, number: int) -> Values:
        root = value.root
        if root.kind is RootKind.PARAMETER:
            starts = given[root.name][0] if root.name in given else NO_VALUES
        elif root.kind is RootKind.NEW:
            starts = frozenset(
                {Value(Root(RootKind.NEW, str(number)), (), "", "" if value.path else value.record)}
            )
        else:
            starts = frozenset({Value(root, (), "", "" if value.path else value.record)})
        found = self.memory.follow(starts, value.path, value.record)
        return (
            frozenset(self.memory.member_of(each, value.offset) for each in found) if value.offset else found
        )

    def _apply_known(self, call: Invoke, name: str, known: Known, arguments: tuple[Values, ...]) -> Values:
        """Take in what a function of a library does."""
        place = Place(call.line, name)
        new = frozenset({Value(Root(RootKind.NEW, str(call.number)))})

        def at(index: int) -> Values:
            return arguments[index] if index < len(arguments) else NO_VALUES

        for index, values in enumerate(arguments):
            kind = call.arguments[index].kind
            if index in known.frees:
                self.emit(Deed.FREED, values, place)
            elif kind is None or not kind.leads_to_function:
                if index in (*known.writes, *known.fills):
                    self.emit(Deed.WRITTEN, values, place)
                if index not in known.fills:
                    self.emit(Deed.READ, values, place)
        self._size_known(call, known, place)
        for what, where in known.stores:
            self.store(at(where), at(what), place)
        if known.stores_new is not None:
            self.emit(Deed.WRITTEN, at(known.stores_new), place)
            self.store(at(known.stores_new), new, place)
        if known.allocates:
            return new
        return at(known.returns) if known.returns is not None else NO_VALUES

    def _size_known(self, call: Invoke, known: Known, place: Place) -> None:
        """Take in how far a function of a library goes."""
        terms = [self._direct.untouched(each.value, self._number) for each in call.arguments]
        for index in known.texts:
            if index < len(terms):
                text = self._direct.value(call.arguments[index].value, self._number)
                self.emit_direct(Deed.TEXT, text, place)
        for index, counts in known.sized:
            said = [call.arguments[each].count for each in counts if each < len(call.arguments)]
            if said and all(said) and index < len(terms):
                self.emit_direct(Deed.SIZED, terms[index], place, "*".join(each for each in said if each))

    def _hand_over(self, call: Invoke, arguments: tuple[Values, ...]) -> None:
        """Take in that pointers reach code that is not seen."""
        for index, values in enumerate(arguments):
            kinds = call.parameters or ()
            const = index < len(kinds) and kinds[index].is_pointer and kinds[index].inner_is_const
            self._hand(Deed.LENT if const else Deed.HANDED, values, Place(call.line), call.text)

    def _hand(self, deed: Deed, values: Values, place: Place, to: str) -> None:
        self.emit(deed, values, place, to)
        for value in values:
            self.emit(Deed.HANDED, self.memory.reachable(value), place, to)


def _is_constant(value: Value) -> bool:
    return value.root.kind is RootKind.CONSTANT and not value.path


def _counts(what: str, given: Given) -> str | None:
    """Return the caller's parameters for those of a callee that say how far it goes."""
    said = [given[name][1].count if name in given else None for name in what.split("*")]
    return "*".join(each for each in said if each) if all(said) else None
