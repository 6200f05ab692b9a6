"""The smallest set of declarations that one definition needs, transitively."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis.declarations import Function, Type, Variable
from analysis.inventory import Definition, Inventory
from analysis.unit import TranslationUnit

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Slice:
    """Names, as the C spells them, of what a definition needs; each group sorted."""

    functions: tuple[str, ...]
    """Functions it calls or takes the address of, the module's own and others."""
    variables: tuple[str, ...]
    types: tuple[str, ...]
    """Records, enums and typedefs whose definition it needs."""
    enumerators: tuple[str, ...]
    """Enumerators that its text names."""
    macros: tuple[str, ...]

    def names(self) -> tuple[str, ...]:
        """Return every name in the slice, sorted."""
        every = (*self.functions, *self.variables, *self.types, *self.enumerators, *self.macros)
        return tuple(sorted(every))


def slice_of(inventory: Inventory, definition: Definition) -> Slice:
    """Collect what one definition of the module needs."""
    collector = _Collector(inventory, definition)
    collector.follow(definition.declared.references)
    collector.reach_accessed_records()
    return collector.result()


@dataclass
class _Collector:
    """The growing slice of one definition."""

    inventory: Inventory
    definition: Definition
    functions: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    types: dict[str, Type] = field(default_factory=dict)
    enumerators: set[str] = field(default_factory=set)
    macros: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)

    @property
    def unit(self) -> TranslationUnit:
        return self.definition.unit

    def follow(self, names: Iterable[str]) -> None:
        """Take in names that stand in the definition's text, and what their macros expand to."""
        pending = set(names)
        while pending:
            name = pending.pop()
            if name in self.unit.macros and name not in self.macros:
                self.macros.add(name)
                body = self.unit.macros[name]
                self.fields |= body.references
                pending |= body.references
            else:
                self._take(name)

    def _take(self, name: str) -> None:
        if name == self.definition.name:
            return
        own = self.inventory.resolve(name, self.definition.file)
        if own is not None and isinstance(own.declared, Variable):
            self.variables.add(own.ident)
            self._take_types(_names_in(own.unit.source.slice(own.declared.span).partition("=")[0]))
        elif own is not None or name in self.unit.declared_functions:
            self.functions.add(own.ident if own else name)
            self._take_types(_names_in(self._signature(own, name)))
        elif name in self.unit.types:
            self._take_types((name,))

    def _signature(self, own: Definition | None, name: str) -> str:
        if own is not None and isinstance(own.declared, Function):
            return own.unit.source.slice(own.declared.head)
        declared = self.unit.declared_functions[name]
        span = declared.head if isinstance(declared, Function) else declared.span
        return self.unit.source.slice(span)

    def _take_types(self, names: Iterable[str]) -> None:
        for name in names:
            for each in self.unit.types.get(name, ()):
                self._take_type(name, each)

    def _take_type(self, name: str, each: Type) -> None:
        if each.kind == "enum" and name in each.members:
            self.enumerators.add(name)
        key = f"{each.kind} {each.name}"
        if key in self.types:
            return
        self.types[key] = each
        if each.kind == "typedef":
            self._take_types(each.references - {name})

    def reach_accessed_records(self) -> None:
        """Take in records that are only named through the members the text accesses."""
        accessed = self.fields | _accessed(self.definition)
        visited: set[str] = set()
        pending = list(self.types.values())
        while pending:
            each = pending.pop()
            for name in each.references:
                for inner in self.unit.types.get(name, ()):
                    key = f"{inner.kind} {inner.name}"
                    if key in visited:
                        continue
                    visited.add(key)
                    pending.append(inner)
                    if inner.kind in {"struct", "union"} and accessed & set(inner.members):
                        self.types.setdefault(key, inner)

    def result(self) -> Slice:
        return Slice(
            functions=tuple(sorted(self.functions)),
            variables=tuple(sorted(self.variables)),
            types=tuple(sorted({each.name for each in self.types.values()})),
            enumerators=tuple(sorted(self.enumerators)),
            macros=tuple(sorted(self.macros)),
        )


def _accessed(definition: Definition) -> frozenset[str]:
    if isinstance(definition.declared, Function):
        return definition.declared.fields
    # An initialiser names members after a dot, or none at all; all its identifiers are candidates.
    return definition.declared.references


def _names_in(text: str) -> set[str]:
    return set(_IDENTIFIER.findall(_COMMENT.sub(" ", text)))
