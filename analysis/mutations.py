"""The vocabulary of single edits: what operators and numbers become, in C as in Rust."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Mapping

from analysis.source import Span

_NUMBER = re.compile(r"(0[xX]|0[bB]|0[oO]|0(?=[0-7])|)([0-9a-fA-F_]+?)([uUlL]*|[ui](?:8|16|32|64|128|size))")
_BASES = {"0x": 16, "0b": 2, "0o": 8, "0": 8, "": 10}
_DIGITS = {16: "x", 2: "b", 8: "o", 10: "d"}
_SHOWN = 24
"""Characters of an operand that a description shows."""


class MutationKind(enum.StrEnum):
    """What an edit is about."""

    ARITHMETIC = "arithmetic"
    COMPARISON = "comparison"
    LOGIC = "logic"
    ASSIGNMENT = "assignment"
    INCREMENT = "increment"
    UNARY = "unary"
    CONDITION = "condition"
    CONSTANT = "constant"
    DELETION = "deletion"
    ARGUMENTS = "arguments"
    CAST = "cast"
    WRAPPING = "wrapping"
    OVERFLOW = "overflow"
    """A plain operator for a wrapping one: the same for all who never overflow."""
    OFFSET = "offset"


COMPARISONS: Mapping[str, tuple[str, ...]] = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
}
"""The neighbour at the boundary and the opposite."""
ARITHMETIC: Mapping[str, tuple[str, ...]] = {
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "/": ("*",),
    "%": ("*",),
    "&": ("|",),
    "|": ("&",),
    "^": ("|",),
    "<<": (">>",),
    ">>": ("<<",),
}
LOGIC: Mapping[str, tuple[str, ...]] = {"&&": ("||",), "||": ("&&",)}
BINARY = {**COMPARISONS, **ARITHMETIC, **LOGIC}
ASSIGNMENTS: Mapping[str, str] = {
    "+=": "-=",
    "-=": "+=",
    "*=": "+=",
    "/=": "*=",
    "%=": "*=",
    "&=": "|=",
    "|=": "&=",
    "^=": "|=",
    "<<=": ">>=",
    ">>=": "<<=",
}
DROPPABLE = frozenset(ARITHMETIC) - {"+", "-"}
"""Operators whose right operand may go: never between pointers, so the type stays."""


def kind_of(operator: str) -> MutationKind:
    """Return what an edit of a binary operator is about."""
    if operator in COMPARISONS:
        return MutationKind.COMPARISON
    return MutationKind.LOGIC if operator in LOGIC else MutationKind.ARITHMETIC


def next_number(text: str, widths: Collection[int]) -> str | None:
    """Return an integer literal plus one, base and suffix kept; None for what is no integer literal.

    Where that would not fit one of the widths in bits, return the literal minus one.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    prefix, digits, suffix = match.groups()
    base = _BASES[prefix.lower()]
    digits = digits.replace("_", "")
    try:
        value = int(digits, base)
    except ValueError:
        return None
    value += -1 if value + 1 in {1 << width for width in widths} else 1
    return f"{prefix}{value:0{len(digits)}{_DIGITS[base]}}{suffix}"


def line_of(text: bytes) -> bytes:
    """Return a text on one line, without the blanks at its ends."""
    return b" ".join(text.splitlines()).strip()


def shown(text: bytes) -> str:
    """Return a text as a description shows it: on one line, its middle left out when it is long."""
    plain = " ".join(text.decode("utf-8", errors="replace").split())
    return plain if len(plain) <= 2 * _SHOWN else f"{plain[:_SHOWN]}...{plain[-_SHOWN:]}"


def shown_around(left: bytes, operator: str, right: bytes) -> str:
    """Return an operator with what stands next to it, as a description shows it."""
    before = " ".join(left.decode("utf-8", errors="replace").split())
    behind = " ".join(right.decode("utf-8", errors="replace").split())
    before = before if len(before) <= _SHOWN else f"...{before[-_SHOWN:]}"
    behind = behind if len(behind) <= _SHOWN else f"{behind[:_SHOWN]}..."
    return " ".join(part for part in (before, operator, behind) if part)


def replaced(text: bytes, whole: Span, part: Span, new: bytes) -> bytes:
    """Return the bytes of a span with a part of it replaced."""
    return text[whole.start : part.start] + new + text[part.end : whole.end]
