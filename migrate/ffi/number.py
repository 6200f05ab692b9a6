"""What numbers of both languages are made of."""

from __future__ import annotations

from functools import cache

from analysis.shapes import Integer, Real, Shapes
from migrate.ffi.type_tree import Named, Type

_SHAPES = Shapes({})
_SAME = (
    {"i8", "c_schar"},
    {"u8", "c_uchar"},
    {"i16", "c_short"},
    {"u16", "c_ushort"},
    {"i32", "c_int"},
    {"u32", "c_uint"},
    {"i64", "c_longlong"},
    {"u64", "c_ulonglong"},
    {"f32", "c_float"},
    {"f64", "c_double"},
)
"""Names of one type each, wherever a crate is built; `c_long` and `c_char` are not everywhere the same."""


def number(kind: Type) -> Integer | Real | None:
    """Return the size and sign of a number, or None for anything else."""
    return _number(kind.name) if isinstance(kind, Named) and not kind.arguments else None


@cache
def _number(name: str) -> Integer | Real | None:
    found = _SHAPES.of(name)
    return found if isinstance(found, Integer | Real) else None


def integer(kind: Type) -> Integer | None:
    """Return the size and sign of an integer, or None for anything else, truth values too."""
    found = number(kind)
    return found if isinstance(found, Integer) and found.bits > 1 else None


def is_bool(kind: Type) -> bool:
    """Tell whether a type is that of truth values."""
    return isinstance(kind, Named) and kind.name == "bool"


def is_byte(kind: Type) -> bool:
    """Tell whether a type is an integer of one byte."""
    found = integer(kind)
    return found is not None and found.bits == 8


def same_name(one: Type, other: Type) -> bool:
    """Tell whether Rust takes both for the same type without a cast."""
    if not isinstance(one, Named) or not isinstance(other, Named):
        return False
    return one.name == other.name or any({one.name, other.name} <= names for names in _SAME)


def laid_out_alike(one: Type, other: Type) -> bool:
    """Tell whether two numbers are the same bytes, and any value of one is a value of the other."""
    first, second = number(one), number(other)
    if isinstance(first, Integer) and isinstance(second, Integer):
        byte = first.bits == second.bits == 8
        return first.bits == second.bits and (byte or first.signed == second.signed)
    return first is not None and first == second
