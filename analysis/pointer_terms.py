"""What a function does with pointers, step by step: the form in which its body is followed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from analysis.c_types import CType


class RootKind(enum.IntEnum):
    """Where an address comes from."""

    PARAMETER = 0
    GLOBAL = 1
    LOCAL = 2
    NEW = 3
    """Memory that nobody else holds yet."""
    UNSEEN = 4
    """What code that is not seen returned."""
    FUNCTION = 5
    TEXT = 6
    """A string literal."""
    NULL = 7
    CONSTANT = 8
    """A variable that stays what it is from the start, at file scope or inside a function."""


VARIABLES = frozenset({RootKind.GLOBAL, RootKind.CONSTANT})
"""What stands for as long as the program runs."""


class Root(NamedTuple):
    """Something that has an address, or is one. A tuple, because sets of them are what takes the time."""

    kind: RootKind
    name: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No pointer."""


@dataclass(frozen=True, slots=True)
class Name:
    """The address of a variable or function; a string literal, or NULL."""

    root: Root
    record: str = ""
    """The record that stands there, as its type says it."""


@dataclass(frozen=True, slots=True)
class Field:
    """The address of a member of what an address leads to."""

    of: Term
    selector: str
    record: str = ""
    """The record that it is a member of."""


@dataclass(frozen=True, slots=True)
class Load:
    """The pointer that is stored at an address."""

    at: Term
    record: str = ""
    """The record that it leads to by its type."""


@dataclass(frozen=True, slots=True)
class Cast:
    """An address that is taken for one of another type."""

    of: Term
    record: str


@dataclass(frozen=True, slots=True)
class Around:
    """The address of what lies around an address, as `container_of` finds it."""

    of: Term


@dataclass(frozen=True, slots=True)
class Moved:
    """An address a number of values before or behind another one."""

    of: Term


@dataclass(frozen=True, slots=True)
class Result:
    """What the call of a number returned."""

    call: int


@dataclass(frozen=True, slots=True)
class Either:
    """One of several."""

    of: tuple[Term, ...]


Term: TypeAlias = Nothing | Name | Field | Load | Cast | Around | Moved | Result | Either

NOTHING = Nothing()
NULL = Name(Root(RootKind.NULL, ""))
TEXT = Name(Root(RootKind.TEXT, ""))


class Member(NamedTuple):
    """A member of a record: the record as its type says it, and the path to the member."""

    record: str
    name: str


@dataclass(frozen=True, slots=True)
class Put:
    """Something is stored at an address."""

    address: Term
    value: Term
    line: int
    member: Member | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """A record is stored at an address."""

    address: Term
    source: Term
    members: tuple[str, ...]
    """Those that may hold pointers."""
    line: int


@dataclass(frozen=True, slots=True)
class Get:
    """What an address leads to is read."""

    address: Term
    line: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A pointer is compared with NULL."""

    value: Term
    line: int
    member: Member | None = None


@dataclass(frozen=True, slots=True)
class Until:
    """A loop goes on until it finds a NUL in what a pointer leads to."""

    value: Term
    line: int


@dataclass(frozen=True, slots=True)
class Within:
    """A loop goes through what a pointer leads to, as often as a parameter says."""

    value: Term
    count: str
    line: int


@dataclass(frozen=True, slots=True)
class Beyond:
    """Something is reached from a pointer that may stand behind what any one call goes through."""

    value: Term


@dataclass(frozen=True, slots=True)
class Give:
    """Something is returned."""

    value: Term
    line: int


@dataclass(frozen=True, slots=True)
class Argument:
    """What is handed over at a call."""

    value: Term
    text: str
    kind: CType | None
    count: str | None
    """The integer parameters that it is, or is the product of, with `*` in between."""
    member: Member | None


@dataclass(frozen=True, slots=True)
class Invoke:
    """A call."""

    number: int
    function: str | None
    """Unless it is called through a pointer."""
    through: Term
    text: str
    """The function as the C names it."""
    member: Member | None
    """Where the pointer to it stands."""
    parameters: tuple[CType, ...] | None
    returns_pointer: bool
    arguments: tuple[Argument, ...]
    line: int


Step: TypeAlias = Put | Copy | Get | Ask | Until | Within | Beyond | Give | Invoke


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function."""

    name: str
    kind: CType
    record: str = ""
    """The record that it leads to by its type."""
    parts: frozenset[str] = frozenset()
    """The records that stand there, one in the other."""
    holders: tuple[str, ...] = ()
    """Of a record: its members that may hold pointers."""


@dataclass(frozen=True)
class Steps:
    """A function's body, in steps."""

    parameters: tuple[Parameter, ...]
    steps: tuple[Step, ...]
    result: CType | None
    loops: tuple[tuple[int, int], ...]
    """The outermost stretches of steps that may be done again: first step, and first step behind."""
    members: frozenset[Member]
    """The members of records that it names."""
    unread: int | None
    """A line that could not be read, if there is one."""
