"""What may stand in memory while a function runs: its own variables, and what parameters lead to."""

from __future__ import annotations

from collections.abc import Iterable, Set

from analysis.c_types import NO_RECORD
from analysis.pointer_effects import Value
from analysis.pointer_terms import Root, RootKind

_DEEPEST = 6
"""Records in records."""
_LEADS_NOWHERE = frozenset({RootKind.FUNCTION, RootKind.TEXT, RootKind.NULL})
_FULLY_KNOWN = frozenset({RootKind.LOCAL, RootKind.NEW})
ANY = "*"
AROUND = "^"

Values = frozenset[Value]
NO_VALUES: Values = frozenset()


class Memory:
    """Pointers by where they are stored. What was stored once may be there at any time."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        """Pointers that are told apart on a way; those behind count as any."""
        self._cells: dict[tuple[Root, tuple[str, ...]], dict[str, set[Value]]] = {}
        self.changed = False

    def member_of(self, value: Value, selector: str) -> Value:
        """Return the address of a member."""
        if value.path == (ANY,):
            return value
        return value._replace(offset=joined(value.offset, selector))

    def load(self, value: Value, selector: str = "", record: str = "") -> Values:
        """Return the pointers that may stand in a member of what an address leads to.

        Those that lead to another record than the given one are left out: a member of that type cannot
        hold them.
        """
        root, path = value.root, value.path
        if root.kind in _LEADS_NOWHERE:
            return NO_VALUES
        member = self.member_of(value, selector).offset
        cells = self._cells.get((root, path), {})
        found: set[Value] = set()
        if member == ANY:
            for each in cells.values():
                found |= each
            member = ANY
        else:
            found |= cells.get(bare(member), NO_VALUES) | cells.get(ANY, NO_VALUES)
        if path or root.kind not in _FULLY_KNOWN:
            found.add(self._followed(value, member, record))
        strict = member == ANY or ANY in path
        return frozenset(_typed(each, record) for each in found if fits(each, record, strict))

    def _followed(self, value: Value, member: str, record: str) -> Value:
        """Return the address that stands in a member at first."""
        path = value.path
        if len(path) < self._longest and member not in path:
            return Value(value.root, (*path, member), "", record)
        return Value(value.root, (*path[:1], ANY) if path[:1] != (ANY,) else path, "", record)

    def store(self, at: Value, values: Set[Value]) -> None:
        """Take in that pointers are stored at an address."""
        if at.root.kind in _LEADS_NOWHERE:
            return
        cell = self._cells.setdefault((at.root, at.path), {}).setdefault(bare(at.offset), set())
        if not values <= cell:
            cell |= values
            self.changed = True

    def follow(self, starts: Iterable[Value], path: tuple[str, ...], record: str) -> Values:
        """Return where one gets from some addresses by following pointers, and arrives at a record."""
        found = frozenset(starts)
        for number, selector in enumerate(path, 1):
            kind = record if number == len(path) else ""
            if selector == ANY:
                found = self._anywhere(found, kind)
                continue
            found = frozenset(each for start in found for each in self.load(start, selector, kind))
        return found

    def _anywhere(self, starts: Iterable[Value], record: str) -> Values:
        """Return all to which some addresses lead, by any number of pointers, that may be a record.

        Constant tables are not looked into: what they hold are functions and texts.
        """
        found: set[Value] = set()
        pending = list(starts)
        while pending:
            new = self.load(pending.pop(), ANY) - found
            found |= new
            pending += (each for each in new if each.root.kind is not RootKind.CONSTANT)
        typed = (
            each if each.record or each.root.kind in _FULLY_KNOWN else each._replace(record=record)
            for each in found
        )
        return frozenset(each for each in typed if fits(each, record, strict=True))

    def reachable(self, start: Value) -> Values:
        """Return what may be reached from a variable of the function's own, or from new memory."""
        found: set[Value] = set()
        pending = [start]
        while pending:
            value = pending.pop()
            if value.root.kind not in _FULLY_KNOWN or value.path:
                continue
            for cell in self._cells.get((value.root, ()), {}).values():
                pending += cell - found
                found |= cell
        return frozenset(found)


def _typed(value: Value, record: str) -> Value:
    """Return new memory with the record that it is used for."""
    is_plain = value.root.kind is RootKind.NEW and not value.path and not value.offset
    return value._replace(record=record) if is_plain and record and not value.record else value


def fits(value: Value, record: str, strict: bool = False) -> bool:
    """Tell whether an address may be that of a record.

    Strictly, a pointer to numbers does not lead to a record: good enough where any of many pointers is meant.
    """
    known = {value.record, record}
    if "" in known or len(known) == 1 or value.offset != "":
        return True
    return NO_RECORD in known and not strict


def joined(offset: str, selector: str) -> str:
    """Return a member of a member; `^.x` is a member of what lies around."""
    if ANY in (offset, selector):
        return ANY
    if selector.startswith(AROUND) and offset and not offset.startswith(AROUND):
        return bare(selector)
    if not offset or not selector or selector.startswith(AROUND):
        return selector or offset
    names = offset.split(".")
    if selector.partition(".")[0] in names:
        # A record that is a member of itself: a type has been cast to another one.
        return selector
    return ANY if len(names) > _DEEPEST else f"{offset}.{selector}"


def bare(selector: str) -> str:
    """Return a member without the mark for what lies around."""
    return selector.removeprefix(AROUND).removeprefix(".")
