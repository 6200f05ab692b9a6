"""The smallest set of declarations that one definition needs, transitively."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from analysis.declarations import Function, Type, Variable
from analysis.inventory import Definition, Inventory
from analysis.unit import TranslationUnit

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_BY_VALUE = re.compile(r"\b[A-Za-z_]\w*\b(?!\s*\*)")
_RECORDS = frozenset({"struct", "union"})
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Slice:
    """Names, as the C spells them, of what a definition needs; each group sorted."""

    functions: tuple[str, ...]
    """Functions it calls or takes the address of, the module's own and others."""
    variables: tuple[str, ...]
    """Variables it names, the module's own and others."""
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
    mentioned: dict[str, Type] = field(default_factory=dict)

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
                if body.parameters is not None and name in self.unit.declared_functions:
                    self._take(name)
            else:
                self._take(name)

    def _take(self, name: str) -> None:
        # A tag may be spelled like a function, a variable or a local: C keeps them apart, so do we.
        if self._only_pointed_at(name):
            self._mention((name,))
        else:
            for each in self.unit.types.get(name, ()):
                self._take_type(name, each)
        if name == self.definition.name or name in self._locals:
            return
        own = self.inventory.resolve(name, self.definition.file)
        if own is not None and isinstance(own.declared, Variable):
            self.variables.add(own.ident)
            self._mention(_names_in(own.unit.source.slice(own.declared.span).partition("=")[0]))
        elif own is not None or name in self.unit.declared_functions:
            self.functions.add(own.ident if own else name)
            self._mention(_names_in(self._signature(own, name)))
        elif name in self.unit.declared_variables:
            self.variables.add(name)
            self._mention(_names_in(self.unit.source.slice(self.unit.declared_variables[name].span)))

    def _only_pointed_at(self, name: str) -> bool:
        """Tell whether the text names a type in pointers only, so that its size does not matter."""
        return name not in self._named_by_value

    @cached_property
    def _named_by_value(self) -> frozenset[str]:
        return frozenset(_BY_VALUE.findall(_COMMENT.sub(" ", self.definition.text)))

    @property
    def _locals(self) -> frozenset[str]:
        declared = self.definition.declared
        return declared.locals if isinstance(declared, Function) else frozenset()

    def _signature(self, own: Definition | None, name: str) -> str:
        if own is not None and isinstance(own.declared, Function):
            return own.unit.source.slice(own.declared.head)
        declared = self.unit.declared_functions[name]
        span = declared.head if isinstance(declared, Function) else declared.span
        return self.unit.source.slice(span)

    def _mention(self, names: Iterable[str]) -> None:
        """Take in types that only signatures name: of records no more than the name, unless accessed."""
        for name in names:
            for each in self.unit.types.get(name, ()):
                if each.kind in _RECORDS:
                    self.mentioned[f"{each.kind} {each.name}"] = each
                else:
                    self._take_type(name, each)

    def _take_type(self, name: str, each: Type) -> None:
        if each.kind == "enum" and name in each.members:
            self.enumerators.add(name)
        key = f"{each.kind} {each.name}"
        if key in self.types:
            return
        self.types[key] = each
        if each.kind == "typedef":
            self._mention(each.references - {name})

    def reach_accessed_records(self) -> None:
        """Take in records that are only named through the members the text accesses."""
        accessed = self.fields | _accessed(self.definition)
        pending = [*self.types.values(), *self.mentioned.values()]
        self._keep_accessed(pending, accessed)
        visited: set[str] = set()
        while pending:
            for inner in self._reached_from(pending.pop(), accessed):
                key = f"{inner.kind} {inner.name}"
                if key not in visited:
                    visited.add(key)
                    pending.append(inner)
                    self._keep_accessed((inner,), accessed)

    def _reached_from(self, record: Type, accessed: frozenset[str] | set[str]) -> Iterator[Type]:
        """Find the types of those members of a record that the text accesses; of a typedef, all it names."""
        text = _COMMENT.sub(" ", self.unit.source.slice(record.span))
        members = set(record.members)
        for declaration in text.split(";"):
            names = set(_IDENTIFIER.findall(declaration))
            if record.kind == "typedef" or names & members & accessed:
                yield from (each for name in names - {record.name} for each in self.unit.types.get(name, ()))

    def _keep_accessed(self, candidates: Iterable[Type], accessed: frozenset[str] | set[str]) -> None:
        for each in candidates:
            if each.kind in _RECORDS and accessed & set(each.members):
                self.types.setdefault(f"{each.kind} {each.name}", each)

    def result(self) -> Slice:
        return Slice(
            functions=tuple(sorted(self.functions)),
            variables=tuple(sorted(self.variables)),
            types=tuple(sorted({each.name for each in self.types.values()})),
            enumerators=tuple(sorted(self.enumerators)),
            macros=tuple(sorted(self.macros)),
        )


def _accessed(definition: Definition) -> frozenset[str]:
    return definition.declared.fields if isinstance(definition.declared, Function) else frozenset()


def _names_in(text: str) -> set[str]:
    return set(_IDENTIFIER.findall(_COMMENT.sub(" ", text)))
