"""What an expression of C comes to: a place, or a value."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.c_types import CType, Types
from analysis.library import known_function
from analysis.pointer_terms import NOTHING, Argument, Copy, Either, Member, Name, Nothing, RootKind, Term

INT = CType("int")
_CHARACTERS = frozenset({"char", "unsigned char", "signed char"})
ADDRESSES = frozenset({"unsigned long", "long", "long unsigned int", "unsigned long int", "long int"})
"""Integers that pointers are cast to."""
SKIPPED = frozenset(
    {
        "sizeof_expression",
        "alignof_expression",
        "offsetof_expression",
        "comment",
        "char_literal",
        "type_descriptor",
    }
)
UNREADABLE = frozenset({"ERROR", "gnu_asm_expression", "generic_expression"})


@dataclass(frozen=True, slots=True)
class Lowered:
    """An expression: where its value stands, or the value itself."""

    kind: CType | None
    term: Term = NOTHING
    address: Term | None = None
    member: Member | None = None
    taken_from: tuple[Term, CType | None] | None = None
    """Of an assignment: where the value was read."""


NO_VALUE = Lowered(INT)


def either(*terms: Term) -> Term:
    """Return one of several terms, alike ones and those that are no pointers taken together."""
    kept = tuple(dict.fromkeys(each for each in terms if not isinstance(each, Nothing)))
    return kept[0] if len(kept) == 1 else Either(kept) if kept else NOTHING


def is_local(address: Term) -> bool:
    """Tell whether a place is a local variable."""
    return isinstance(address, Name) and address.root.kind is RootKind.LOCAL


def is_character(kind: CType | None) -> bool:
    """Tell whether a type is one of C's characters."""
    return kind is not None and not kind.wraps and kind.base in _CHARACTERS


def copied_by(
    types: Types, function: str | None, arguments: tuple[Argument, ...], line: int
) -> tuple[Copy, ...]:
    """Say where a call of `memcpy` and its like copies the pointers in a record."""
    known = known_function(function) if function is not None else None
    if known is None or not known.copies or len(arguments) < 2:
        return ()
    kinds = [each.kind.inner for each in arguments[:2] if each.kind is not None and each.kind.wraps]
    record = next((each for each in kinds if types.is_record(each)), None)
    holders = types.holders(record) if record is not None else ()
    return (Copy(arguments[0].value, arguments[1].value, holders, line),) if holders else ()
