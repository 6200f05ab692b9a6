"""One argument of a safe function, made of parameters of C."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from migrate.ffi.scope import Scope
from migrate.ffi.signature import Parameter
from migrate.ffi.type_tree import RawPointer, Type


@dataclass(frozen=True, slots=True)
class NoRule:
    """That no rule makes a shim, and why, in a sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What an argument borrows."""

    at: str
    """The pointer."""
    count: str
    """How many values."""
    type: Type
    written: bool


@dataclass(frozen=True, slots=True)
class Argument:
    """How the shim gets one argument."""

    declared: tuple[tuple[int, Type], ...]
    """The parameters of C that it is made of, by index, and how the shim declares each."""
    value: str
    """What is passed."""
    unsafe: str = ""
    """What makes it of memory of C; bound to the parameter's name."""
    contract: str = ""
    """What must be true of that memory."""
    steps: tuple[str, ...] = ()
    """Statements after that."""
    null: str = ""
    """How to ask whether C passed NULL, where the value has no place for it."""
    shared: frozenset[int] = frozenset()
    """Those of the parameters that other arguments can be made of too: lengths."""
    helpers: tuple[str, ...] = ()
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A parameter of C that an argument may be made of, among all others."""

    parameters: tuple[Parameter, ...]
    """Those of C, aliases looked up."""
    index: int
    taken: frozenset[int]
    """Parameters of which other arguments are made."""
    claimed: frozenset[int]
    """Parameters after which other arguments are named."""
    lent: tuple[Type, ...]
    """What other arguments write to."""
    scope: Scope

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.parameters[self.index].name

    @property
    def type(self) -> Type:
        """The parameter's type."""
        return self.parameters[self.index].type

    @property
    def pointer(self) -> RawPointer | None:
        """The parameter's type where it is a pointer."""
        return self.type if isinstance(self.type, RawPointer) else None

    def is_free(self, index: int) -> bool:
        """Tell whether there is a parameter at an index that nothing else is made of."""
        inside = 0 <= index < len(self.parameters)
        return inside and index not in self.taken and index not in self.claimed

    def fresh(self, *wanted: str) -> tuple[str, ...]:
        """Return names for locals, by what is wanted, that no parameter has."""
        taken = {each.name for each in self.parameters}
        return fresh_names(taken, *wanted)


def fresh_names(taken: set[str], *wanted: str) -> tuple[str, ...]:
    """Return names, by what is wanted, that are not taken."""
    names: list[str] = []
    for name in wanted:
        while name in taken:
            name += "_"
        names.append(name)
        taken = {*taken, name}
    return tuple(names)


Rule: TypeAlias = Callable[[Site, Type], Argument | NoRule | None]
"""Makes an argument of a type from a parameter; None where it is another rule's business."""
