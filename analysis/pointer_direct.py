"""What an expression stands for on its face: a parameter, a member of one, or a variable that was set once.

Where several things may be meant, nothing is said: this is for facts that have to be true of the very
pointer, such as that it is compared with NULL, and not for those that must not be missed.
"""

from __future__ import annotations

from analysis.pointer_effects import Value
from analysis.pointer_memory import ANY, AROUND, joined
from analysis.pointer_terms import (
    VARIABLES,
    Around,
    Cast,
    Field,
    Load,
    Moved,
    Name,
    Put,
    Root,
    RootKind,
    Steps,
    Term,
)

_DEEPEST = 8
_LONGEST = 3
"""Pointers that are followed one after the other."""
_ELSEWHERE = frozenset({RootKind.PARAMETER, RootKind.UNSEEN, *VARIABLES})


class Direct:
    """The variables of one function, by what they are set to."""

    def __init__(self, steps: Steps) -> None:
        self._holders = {each.name: each.holders for each in steps.parameters}
        self._set: dict[Value, list[tuple[int, Term]]] = {}
        """What is stored where, and in which step."""
        self._moved: dict[Value, int] = {}
        """The first step in which a pointer moves on."""
        for number, step in enumerate(steps.steps):
            place = place_of(step.address) if isinstance(step, Put) else None
            if not isinstance(step, Put) or place is None or place.root.kind is not RootKind.LOCAL:
                continue
            # A pointer that moves on still leads into the same memory.
            if _moves(step):
                self._moved.setdefault(place, number)
            else:
                self._set.setdefault(place, []).append((number, step.value))

    def value(self, term: Term, step: int, depth: int = _DEEPEST) -> Value | None:
        """Return the one address that a term stands for in a step, or None."""
        if depth == 0:
            return None
        match term:
            case Name(root, _):
                return Value(root)
            case Field(of, selector, _):
                value = self.value(of, step, depth - 1)
                return value._replace(offset=joined(value.offset, selector)) if value is not None else None
            case Around(of):
                value = self.value(of, step, depth - 1)
                return value._replace(offset=joined(value.offset, AROUND)) if value is not None else None
            case Cast(of, _) | Moved(of):
                return self.value(of, step, depth - 1)
            case Load(at, _):
                value = self.value(at, step, depth - 1)
                return self.load(value, "", step, depth - 1) if value is not None else None
            case _:
                return None

    def start(self, term: Term, step: int) -> Value | None:
        """Return the address that a term stands for, unless it is one behind or before that."""
        return None if self._is_moved(term, step, _DEEPEST) else self.value(term, step)

    def untouched(self, term: Term, step: int) -> Value | None:
        """Return the address that a term stands for, unless that has been moved, or may have been."""
        match term:
            case Load(Name(root, _), _) if self._moved.get(Value(root), step) < step:
                return None
            case Cast(of, _):
                return self.untouched(of, step)
            case _:
                return self.start(term, step)

    def _is_moved(self, term: Term, step: int, depth: int) -> bool:
        match term:
            case Moved():
                return True
            case Cast(of, _):
                return self._is_moved(of, step, depth)
            case Load(at, _) if (place := place_of(at)) is not None and depth > 0:
                terms = [term for number, term in self._set.get(place, ()) if number < step]
                return any(self._is_moved(each, step, depth - 1) for each in terms)
            case _:
                return False

    def load(self, value: Value, selector: str, step: int, depth: int = _DEEPEST) -> Value | None:
        """Return the pointer that stands in a member of what an address leads to, or None."""
        member = joined(value.offset, selector)
        root = value.root
        if root.kind in _ELSEWHERE:
            return Value(root, (*value.path, member)) if len(value.path) < _LONGEST else None
        if root.kind is not RootKind.LOCAL or value.path:
            return None
        terms = {term for number, term in self._set.get(Value(root, (), member), ()) if number < step}
        if root.name in self._holders:
            if terms:
                return None
            parameter = Root(RootKind.PARAMETER, root.name)
            return Value(parameter, (member,)) if self._holders[root.name] else Value(parameter)
        return self.value(next(iter(terms)), step, depth - 1) if len(terms) == 1 else None

    def follow(self, start: Value | None, path: tuple[str, ...], step: int) -> Value | None:
        """Return where one gets from an address by following pointers, or None."""
        for selector in path:
            if selector == ANY:
                return None
            start = self.load(start, selector, step) if start is not None else None
        return start


def _moves(step: Put) -> bool:
    return isinstance(step.value, Load) and step.value.at == step.address


def place_of(address: Term) -> Value | None:
    """Return the place in a variable that an address is, if it is one."""
    match address:
        case Name(root, _):
            return Value(root)
        case Field(of, selector, _):
            value = place_of(of)
            return value._replace(offset=joined(value.offset, selector)) if value is not None else None
        case _:
            return None
