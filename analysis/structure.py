"""Structural fingerprints: what a function does, as units that a translation must have counterparts of."""

from __future__ import annotations

import enum
from dataclasses import dataclass

NOTHING: frozenset[str] = frozenset()


class UnitKind(enum.StrEnum):
    """What sort of work a unit is."""

    CALL = "call"
    TEST = "test"
    """A comparison, a value taken for its truth, or a label of a switch."""
    LOCAL = "local"
    """A store to a local variable or parameter."""
    PLACE = "place"
    """A store to a field, an element, what a pointer points at, or a variable of the module."""


class Way(enum.StrEnum):
    """Where control goes after a unit."""

    ON = "on"
    """To code that follows."""
    OUT = "out"
    """Out of the function, or nobody can tell."""
    BREAK = "break"
    GOTO = "goto"
    """In Rust: to the end of a labelled block."""
    CONTINUE = "continue"
    """To the next round of a loop."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that a function does."""

    kind: UnitKind
    names: frozenset[str]
    """A store's target, a call's function, all that a test compares: a counterpart shares one of them."""
    line: int
    """Of the text, from 0."""
    more: frozenset[str] = NOTHING
    """What the names stand for, through locals."""
    atoms: frozenset[str] = NOTHING
    """Other names and numbers in it, such as arguments and the value stored."""
    relation: str = ""
    """Of a test: `==`, `!=`, `<` or `>` (equality included), as if it stood in an `if`; or nothing."""
    left: frozenset[str] = NOTHING
    """The names left of the relation."""
    way: Way = Way.ON
    """C: the jump behind this unit. Rust: what becomes of control if it holds."""
    way_line: int = 0
    trivial: bool = False
    """A store of nothing: 0, NULL, an empty record."""
    declares: bool = False
    """A store that is a local's initialiser."""
    optional: bool = False
    """C: it may be missing. Rust: it stands for work that C does not spell out."""
    choice: int = 0
    """C: the `if` that has such a unit on both sides. Rust: 1 where the value or an argument
    is a choice, 2 where a method such as `min` makes it."""
    copies: int = 1
    """C: how many ways through a switch lead here by falling through."""
    inner: bool = False
    """C: a store to a field of a local record, or a label of a switch that handles no other values."""
    forked: bool = False
    """C: the value stored is a choice. Rust: both sides of an `if` store to it, and this is the second."""
    loop: bool = False
    """C: a loop's condition or step. Rust: an iterator."""
    through: str = ""
    """Rust: the local that a store goes to, or whose pointer it goes through."""
    part: bool = False
    """Rust: a store to an element of what that local holds or points at."""


@dataclass(frozen=True, slots=True)
class Structure:
    """The fingerprint of one function."""

    units: tuple[Unit, ...]
    mentions: dict[str, int]
    """Fields, constants, functions and variables of the module, and strings in quotes, by first line."""
    locals: frozenset[str]
    words: frozenset[str]
    """Every identifier."""
    numbers: frozenset[str]
    """Every integer and character literal, as a decimal number."""
    tokens: int
    """How many tokens of code it has."""
    bound: frozenset[str] = NOTHING
    """Rust: names that patterns of loops, closures and matches bind."""
    mutable: frozenset[str] = NOTHING
    """Rust: locals and parameters that are declared `mut`, and fields of records of its own."""
    skipped: tuple[str, ...] = ()
    """Rust: locals that a loop steps at its end, and that a `continue` in it does not step."""
    unfinished: tuple[int, ...] = ()
    """Rust: lines with blocks that do nothing though a condition leads to them."""


def plain(name: str) -> str:
    """Return a name as both languages can have it: without `r#` and underscores at its ends."""
    return name.removeprefix("r#").strip("_") or name


def number(text: str) -> str:
    """Return an integer literal of C or Rust as a decimal number, or the text as it is."""
    digits = text.replace("_", "").lower()
    for suffix in ("usize", "isize", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "i128", "u128"):
        if digits.endswith(suffix) and not digits.startswith("0x"):
            digits = digits.removesuffix(suffix)
            break
    digits = digits.rstrip("ul")
    try:
        if len(digits) > 1 and digits[0] == "0" and digits.isdigit():
            return str(int(digits, 8))
        return str(int(digits, 0))
    except ValueError:
        return text


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def character(text: str) -> str:
    """Return a character literal of C or Rust as the number it is, as decimal text."""
    inner = text.removeprefix("b").removeprefix("L").strip("'") or "'"
    if inner.startswith("\\x"):
        return str(int(inner[2:], 16))
    if inner.startswith("\\") and len(inner) > 1:
        if inner[1:].isdigit():
            return str(int(inner[1:], 8))
        return str(ord(_ESCAPES.get(inner[1], inner[1])))
    return str(ord(inner[0]))
