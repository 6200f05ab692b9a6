"""Which parameters of C each argument of a safe function is made of.

A parameter of Rust is made of the one of the same name; where there is none, of the first ones, in order,
that a rule can make it of. What is left over must be places for results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migrate.ffi.argument import Argument, NoRule, Rule, Site
from migrate.ffi.callbacks import called
from migrate.ffi.number import integer
from migrate.ffi.pointers import borrowed, by_value, given_up
from migrate.ffi.scalars import scalar_from_c
from migrate.ffi.scope import Scope
from migrate.ffi.signature import Parameter
from migrate.ffi.slices import sliced
from migrate.ffi.strings import text
from migrate.ffi.type_tree import FunctionPointer, RawPointer, Reference, Type, option_of, written


def _scalar(site: Site, rust: Type) -> Argument | None:
    found = scalar_from_c(site.type, rust, site.name, site.scope)
    if found is None:
        return None
    shared = frozenset({site.index}) if integer(site.type) is not None else frozenset[int]()
    return Argument(((site.index, site.type),), found.value, shared=shared, helpers=found.helpers)


RULES: tuple[Rule, ...] = (_scalar, sliced, text, borrowed, given_up, by_value, called)


@dataclass(frozen=True, slots=True)
class Match:
    """All arguments, and what is left over."""

    arguments: tuple[Argument, ...]
    left_over: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """How far a try came, and why no further."""

    depth: int
    why: str


class Matcher:
    """Tries what a safe function takes on what C passes."""

    def __init__(self, c: tuple[Parameter, ...], rust: tuple[Parameter, ...], scope: Scope) -> None:
        self.c = c
        self.rust = rust
        self.scope = scope
        self.by_name = _by_name(c, rust)
        self.failure = Failure(-1, "")

    def matches(self) -> Iterator[Match]:
        """Yield every way to make all arguments, the likeliest first."""
        yield from self._rest((), frozenset())

    def _rest(self, made: tuple[Argument, ...], taken: frozenset[int]) -> Iterator[Match]:
        if len(made) == len(self.rust):
            yield Match(made, tuple(index for index in range(len(self.c)) if index not in taken))
            return
        for argument in self._ways(len(made), taken):
            uses = frozenset(index for index, _ in argument.declared)
            yield from self._rest((*made, argument), taken | uses)

    def _ways(self, at: int, taken: frozenset[int]) -> Iterator[Argument]:
        """Yield the ways to make one argument."""
        parameter = self.rust[at]
        heads = self._heads(at, taken)
        for index in heads:
            for found in self._made(at, index, taken):
                if isinstance(found, NoRule):
                    self._failed(at, f"{_named(parameter)}: {found.why}")
                else:
                    yield found
        at_fault = self.c[heads[0]].type if heads else None
        over = f" over {written(at_fault)}" if at_fault is not None else ": C has no parameter left"
        self._failed(at, f"{_named(parameter)}: no rule for {written(parameter.type)}{over}")

    def _failed(self, depth: int, why: str) -> None:
        # A rule's own words come before the general ones.
        if depth > self.failure.depth:
            self.failure = Failure(depth, why)

    def _heads(self, at: int, taken: frozenset[int]) -> list[int]:
        own = self.by_name.get(at)
        if own is not None:
            number = integer(self.c[own].type) is not None
            return [own] if own not in taken or number else []
        claimed = set(self.by_name.values())
        free = [index for index in range(len(self.c)) if index not in taken and index not in claimed]
        # What is most likely meant says best why there is no rule.
        return sorted(free, key=lambda index: not _same_sort(self.c[index].type, self.rust[at].type))

    def _made(self, at: int, index: int, taken: frozenset[int]) -> Iterator[Argument | NoRule]:
        claimed = frozenset(each for rust, each in self.by_name.items() if rust != at)
        lent = tuple(
            kind.target
            for other, each in enumerate(self.rust)
            if isinstance(kind := option_of(each.type) or each.type, Reference)
            and kind.mutable
            and other != at
        )
        site = Site(self.c, index, taken, claimed, lent, self.scope)
        for rule in RULES:
            found = rule(site, self.rust[at].type)
            if found is not None and not self._clashes(found, taken):
                yield found

    def _clashes(self, found: Argument | NoRule, taken: frozenset[int]) -> bool:
        """Tell whether an argument is made of what another one has alone."""
        if isinstance(found, NoRule):
            return False
        return any(index in taken and index not in found.shared for index, _ in found.declared)


def _named(parameter: Parameter) -> str:
    return f"parameter {parameter.name}" if parameter.name != "_" else "a parameter"


def _by_name(c: tuple[Parameter, ...], rust: tuple[Parameter, ...]) -> dict[int, int]:
    indices = {_plain(each.name): index for index, each in enumerate(c)}
    names = ((at, _plain(each.name)) for at, each in enumerate(rust))
    return {at: indices[name] for at, name in names if name in indices}


def _plain(name: str) -> str:
    return name.removeprefix("r#").strip("_")


def _same_sort(c: Type, rust: Type) -> bool:
    """Tell whether both are pointers, both functions, or both neither."""
    return _sort(c) == _sort(rust)


def _sort(kind: Type) -> str:
    inner = option_of(kind) or kind
    if isinstance(inner, FunctionPointer):
        return "function"
    return "pointer" if isinstance(inner, RawPointer | Reference) else "value"
