"""What is known of one function's pointer parameters, out of what it may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from analysis.c_types import CType
from analysis.lengths import pair_lengths
from analysis.ownership import escaping
from analysis.pointer_effects import Deed, Effect, Place, Summary, Value
from analysis.pointer_memory import ANY, AROUND, bare
from analysis.pointer_terms import VARIABLES, Parameter, Root, RootKind
from analysis.pointers import Count, Handed, Kept, PointerFacts, Reached
from analysis.shapes import Integer, Named, Opaque, Pointer, Real, Shape

_T = TypeVar("_T")
ANYWHERE = "->..."
_BITS = {"char": 8, "short": 16, "int": 32, "long": 64, "_Bool": 1, "bool": 1}
_STORED = frozenset({RootKind.PARAMETER, RootKind.UNSEEN, *VARIABLES})


def pointer_facts(parameters: tuple[Parameter, ...], summary: Summary) -> tuple[PointerFacts, ...]:
    """Say what is known of each pointer among a function's parameters."""
    named = _named_counts(parameters)
    found = []
    for each in parameters:
        if each.kind.is_pointer:
            facts = _Reader(each, summary).facts()
            found.append(replace(facts, named_counts=named.get(each.name, ())) if _is_row(facts) else facts)
    return tuple(found)


class _Reader:
    """Reads the effects that concern one parameter."""

    def __init__(self, parameter: Parameter, summary: Summary) -> None:
        self._parameter = parameter
        self._root = Root(RootKind.PARAMETER, parameter.name)
        self._outliving = escaping(summary)
        mine = (
            (effect, place) for effect, place in summary.effects.items() if effect.value.root == self._root
        )
        self._effects = sorted(mine, key=lambda pair: (len(pair[0].value.path), pair[1], pair[0]))

    def facts(self) -> PointerFacts:
        return PointerFacts(
            name=self._parameter.name,
            is_function=self._parameter.kind.leads_to_function,
            read=self._first(Deed.READ),
            read_back=self._back(Deed.READ),
            written_back=self._back(Deed.WRITTEN),
            written=self._first(Deed.WRITTEN),
            freed=self._first(Deed.FREED),
            returned=self._first(Deed.RETURNED),
            called=self._first(Deed.CALLED),
            tested=self._first(Deed.TESTED, exact=True),
            terminated=self._first(Deed.TEXT, exact=True),
            kept=_once(self._kept(False), lambda each: each.where),
            tied=_once(self._tied(), lambda each: each.what),
            counts=_once(self._counts(), lambda each: each.parameters),
            handed=_once(self._handed(False), lambda each: each.to),
            written_beyond=self._beyond(Deed.WRITTEN),
            freed_beyond=self._beyond(Deed.FREED),
            returned_beyond=self._beyond(Deed.RETURNED),
            kept_beyond=_once(self._kept(True), lambda each: each.where),
            terminated_beyond=self._texts(),
            handed_beyond=_once(self._handed(True), lambda each: each.to),
        )

    def _of(self, deed: Deed) -> Iterator[tuple[Effect, Place]]:
        return ((effect, place) for effect, place in self._effects if effect.deed is deed)

    def _first(self, deed: Deed, exact: bool = False) -> Place | None:
        places = (
            place
            for effect, place in self._of(deed)
            if not effect.value.path and not (exact and effect.value.offset)
        )
        return min(places, default=None)

    def _back(self, deed: Deed) -> Place | None:
        """Return where something of its own type is reached through what it leads to."""
        places = (
            place
            for effect, place in self._of(deed)
            if effect.value.path and effect.value.record in self._parameter.parts | {""}
        )
        return min(places, default=None) if self._parameter.parts else None

    def _beyond(self, deed: Deed) -> tuple[Reached, ...]:
        """Return the pointers in it that are followed first, whatever is followed from there."""
        found = [
            Reached(
                spelled(effect.value._replace(path=effect.value.path[:1])), place, len(effect.value.path) > 1
            )
            for effect, place in self._of(deed)
            if effect.value.path
        ]
        # Effects come with the shorter ways first.
        named = [each for each in found if not each.what.endswith(ANYWHERE)] or found
        return _once(named, lambda each: each.what)

    def _texts(self) -> tuple[Reached, ...]:
        found = ((effect.value, place) for effect, place in self._of(Deed.TEXT) if effect.value.path)
        return _once((Reached(spelled(value), place) for value, place in found), lambda each: each.what)

    def _stored(self, beyond: bool) -> list[tuple[Value, Place]]:
        """Return where it is stored, or what it leads to, the nearest places first."""
        found = (
            (effect.at, place)
            for effect, place in self._of(Deed.KEPT)
            if effect.at is not None and bool(effect.value.path) is beyond
        )
        return sorted(found, key=lambda pair: (len(pair[0].path), pair))

    def _kept(self, beyond: bool) -> Iterator[Kept]:
        near: set[Root] = set()
        for at, place in self._stored(beyond):
            outlives = at.root.kind in _STORED or at.root in self._outliving
            if at.root == self._root or not outlives or (at.path and at.root in near):
                continue
            near.add(at.root)
            yield Kept(_where(at), place)

    def _tied(self) -> Iterator[Reached]:
        direct = [(effect.at, place) for effect, place in self._of(Deed.TIED) if effect.at is not None]
        yield from (Reached(place_spelled(at), place) for at, place in direct)
        if not direct:
            own = [place for at, place in self._stored(False) if at.root == self._root]
            yield from (Reached("", place) for place in own[:1])

    def _counts(self) -> Iterator[Count]:
        for effect, place in self._of(Deed.SIZED):
            if not effect.value.path and not effect.value.offset:
                yield Count(tuple(effect.what.split("*")), place)

    def _handed(self, beyond: bool) -> Iterator[Handed]:
        for deed in (Deed.HANDED, Deed.LENT):
            for effect, place in self._of(deed):
                if bool(effect.value.path) is beyond:
                    yield Handed(effect.what, deed is Deed.LENT, place)


def _is_row(facts: PointerFacts) -> bool:
    """Tell whether a pointer is used, and it is not known how much it leads to."""
    used = bool(facts.read or facts.written or facts.handed)
    return used and not (facts.counts or facts.terminated)


def _where(at: Value) -> str:
    if at.root.kind is RootKind.NEW:
        return "new memory"
    if at.root.kind is RootKind.UNSEEN:
        return f"what `{at.root.name}` returned"
    if at.root.kind is RootKind.PARAMETER:
        return f"`{place_spelled(at)}`" if not at.path else f"what `{spelled(at)}` leads to"
    return f"the global `{spelled(at)}`" if not at.path else f"what the global `{spelled(at)}` leads to"


def _once(found: Iterable[_T], key: Callable[[_T], object]) -> tuple[_T, ...]:
    kept: dict[object, _T] = {}
    for each in found:
        kept.setdefault(key(each), each)
    return tuple(kept.values())


def spelled(value: Value) -> str:
    """Write a pointer as C would: the way from a parameter or variable to it."""
    text, is_address = value.root.name, value.root.kind in VARIABLES
    for selector in value.path:
        text = _step(text, selector, is_address)
        is_address = False
    if is_address and value.offset:
        text = f"{text}.{bare(value.offset)}"
    return text


def place_spelled(at: Value) -> str:
    """Write the place at an address as C would: what stands there."""
    return _step(spelled(at._replace(offset="")), at.offset, False)


def _step(text: str, selector: str, is_address: bool) -> str:
    if selector == ANY:
        return f"{text}{ANYWHERE}"
    if selector.startswith(AROUND):
        return f"container_of({text})->{bare(selector)}".removesuffix("->")
    if is_address:
        return f"{text}.{selector}" if selector else text
    starred = f"({text})" if text.startswith("*") and selector else text
    return f"{starred}->{selector}" if selector else f"*{text}"


def _named_counts(parameters: tuple[Parameter, ...]) -> dict[str, tuple[str, ...]]:
    """Pair pointers with lengths by their names alone."""
    shapes = [(each.name, _shape(each.kind)) for each in parameters]
    pairs = pair_lengths(shapes, lambda _: False).of
    return {parameters[at].name: tuple(parameters[each].name for each in of) for at, of in pairs.items()}


def _shape(kind: CType) -> Shape:
    if kind.is_pointer and not kind.inner.is_function:
        return Pointer(_shape(kind.inner), kind.inner_is_const)
    words = kind.base.split()
    if kind.wraps or not words or words[0] in {"struct", "union"}:
        return Named(kind.base)
    if words[-1] in {"float", "double"}:
        return Real(64)
    if kind.base == "void":
        return Opaque("void")
    bits = [_BITS[word] for word in words if word in _BITS]
    is_integer = bool(bits) or words[-1] in {"unsigned", "signed"}
    return (
        Integer(min(bits, default=32), "unsigned" not in words, "char" in words)
        if is_integer
        else Named(kind.base)
    )
