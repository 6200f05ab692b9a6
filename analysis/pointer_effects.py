"""What a function may do with memory that it did not make: the values that callers take over."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from analysis.pointer_terms import Member, Root


class Value(NamedTuple):
    """An address: where it comes from, what was followed from there, and which member it is of."""

    root: Root
    path: tuple[str, ...] = ()
    """Members in which pointers stand that were followed; `*` for any number of any of them."""
    offset: str = ""
    record: str = ""
    """The record to which it leads without the offset, by its type; nothing where that is not known."""


class Place(NamedTuple):
    """Where something is done: a line, and the function that is called there for it, if one is."""

    line: int
    by: str = ""


class Deed(enum.IntEnum):
    """What may be done with a value."""

    READ = 0
    WRITTEN = 1
    FREED = 2
    KEPT = 3
    """Stored at another address."""
    RETURNED = 4
    TESTED = 5
    """Compared with NULL."""
    TEXT = 6
    """Gone through up to a NUL."""
    SIZED = 7
    """Gone through as far as parameters say."""
    TIED = 8
    """Stored in what it leads to itself."""
    CALLED = 9
    """Called as a function."""
    HANDED = 10
    """Handed to code that is not seen."""
    LENT = 11
    """Handed to code that is not seen, which cannot write through it."""


class Effect(NamedTuple):
    """Something that may be done."""

    deed: Deed
    value: Value
    at: Value | None = None
    """Of what is kept: where it is stored."""
    what: str = ""
    """Of what is handed over: to whom, if to others. Of what is sized: the parameters."""


@dataclass(frozen=True)
class Summary:
    """What one function may do, callees included."""

    effects: Mapping[Effect, Place]
    parameters: tuple[str, ...]
    entangled: bool = False
    """Too much may be stored in too many places to tell what becomes of the parameters."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The functions to which the pointers in a member may lead."""

    functions: frozenset[str]
    complete: bool
    """Nothing else can have been stored there."""


MemberTargets = Mapping[Member, Targets]
