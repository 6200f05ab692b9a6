"""Exposed C: a copy of the module in which everything file-local can be linked, one at a time, from outside.

`static` and `inline` go, and an `__asm__` label gives what was file-local a symbol of its own; the rest
of the text stays as it is. A definition that Rust has taken over keeps its declaration only.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from analysis.declarations import Declarations, Function, Prototype, Variable
from analysis.index import index_file
from analysis.inventory import Definition, Inventory, Kind
from analysis.lexer import lex
from analysis.source import SourceFile, Span
from migrate.skeleton.declarators import (
    behind,
    exact_bytes,
    exact_text,
    labelled,
    names_only,
    split_record,
    storage_pattern,
    with_parameters,
)
from migrate.skeleton.exposable import promised
from migrate.skeleton.symbols import is_local, symbol_of

STAND_IN = "llmigrate__"
"""How the names begin under which bindgen sees variables that macros make."""
IMPLIED_LENGTH = re.compile(r"\[\s*\]")
_INCLUDE = re.compile(r"\s*#\s*include\b")


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a file and what stands there instead."""

    span: Span
    text: str


def apply_edits(text: bytes, edits: Iterable[Edit]) -> bytes:
    """Put edits that do not overlap into a text."""
    pieces: list[bytes] = []
    position = 0
    for edit in sorted(edits, key=lambda each: (each.span.start, each.span.end)):
        pieces += [text[position : edit.span.start], exact_bytes(edit.text)]
        position = edit.span.end
    return b"".join((*pieces, text[position:]))


@dataclass(frozen=True)
class ExposedFile:
    """One file of the module, ready to be written with any set of its definitions taken by Rust."""

    file: Path
    """Relative to the module's root."""
    declarations: Declarations
    """Of the original text, every conditional branch included."""
    local: Mapping[str, str]
    """Symbols of the file-local names in force."""
    aliases: Mapping[str, str]
    """Symbols of the variables that macros make."""
    definitions: tuple[Definition, ...]
    storage: re.Pattern[str]
    """What stands for `static` and `inline` here, macros of the file included."""

    @property
    def source(self) -> SourceFile:
        """The original text."""
        return self.declarations.source

    @cached_property
    def _edited(self) -> Mapping[tuple[str, int], Definition]:
        return {(each.name, each.line): each for each in self.definitions if not each.generated}

    @cached_property
    def _directives(self) -> tuple[Span, ...]:
        return tuple(each.span for each in lex(self.source.text).directives)

    def text(self, taken: Mapping[str, str]) -> bytes:
        """Return the exposed text; `taken` maps what Rust defines to its array length, or nothing."""
        exposed = self._text(taken, lambda head, function: with_parameters(head, function.name, ""))
        local = {name: symbol for name, symbol in self.aliases.items() if symbol != name}
        second_names = (
            f'\nextern __typeof__({name}) {symbol} __attribute__((weak, alias("{name}")));\n'
            for name, symbol in local.items()
        )
        return exposed + "".join(second_names).encode()

    def without_bodies(self) -> bytes:
        """Return the text with functions declared only, for questions about types and constants."""
        return self.text(self._declared_only)

    def interface(self, lengths: Mapping[str, str]) -> bytes:
        """Return the text as bindgen has to see it: functions with types only, variables without values.

        An integer with a value would be a constant to bindgen. `lengths` are those of arrays without one.
        """
        initialised = {
            each.ident: lengths.get(each.ident, "") for each in self.definitions if each.initialised
        }
        interface = self._text(self._declared_only | initialised, self._old_style_prototype)
        made = (f"\nextern __typeof__({name}) {STAND_IN}{name};\n" for name in self.aliases)
        return interface + "".join(made).encode()

    @cached_property
    def _declared_only(self) -> dict[str, str]:
        return {each.ident: "" for each in self.definitions if each.kind is Kind.FUNCTION}

    def _text(self, taken: Mapping[str, str], old_style: Callable[[str, Function], str]) -> bytes:
        edits = [edit for each in self._prototypes() for edit in self._prototype(each)]
        for function, definition in self._functions():
            head = self.storage.sub("", exact_text(self.source, function.head)).rstrip()
            prototype = old_style(head, function) if is_old_style(definition) else head
            edits += self._function(function, definition, head, prototype, definition.ident in taken)
        edits += self._variables(taken)
        return apply_edits(self.source.text, edits)

    def _functions(self) -> Iterator[tuple[Function, Definition]]:
        for function in self.declarations.functions:
            definition = self._edited.get((function.name, self.source.line(function.span.start)))
            if definition is not None:
                yield function, definition

    def _prototypes(self) -> Iterable[tuple[Prototype | Variable, ...]]:
        """Group the prototypes of file-local functions by the declaration they stand in."""
        variables = {each.name for each in self.definitions if self._is_editable_variable(each)}
        listed: tuple[Prototype | Variable, ...] = (
            *self.declarations.prototypes,
            # `static function_type name;` looks like a variable.
            *(each for each in self.declarations.variables if each.name not in variables),
        )
        mine = (each for each in listed if each.name in self.local)
        return (tuple(group) for _, group in groupby(mine, key=lambda each: each.span))

    def _prototype(self, prototypes: tuple[Prototype | Variable, ...]) -> Iterator[Edit]:
        span = prototypes[0].span
        text = self.storage.sub("", exact_text(self.source, span))
        for each in prototypes:
            text = labelled(text, each.name, _label(self.local[each.name]))
        yield Edit(span, text)

    def _function(
        self, function: Function, definition: Definition, head: str, prototype: str, taken: bool
    ) -> Iterator[Edit]:
        label = self._label_of(definition)
        if taken:
            # Not weak: a weak reference would not make the linker take Rust's definition from its archive.
            declared = labelled(prototype, function.name, self._symbol_label(function.name))
            yield Edit(function.span, f"{declared};{self._directives_in(function.body)}")
        elif label:
            yield Edit(function.head, f"{labelled(prototype, function.name, label)}; {head} ")
        else:
            yield Edit(function.head, f"{head} ")

    def _directives_in(self, body: Span) -> str:
        """Keep the preprocessor lines of a body that goes: what they define may be used further down."""
        first, last = (bisect_left(self._directives, Span(end, 0)) for end in (body.start, body.end))
        directives = (exact_text(self.source, each) for each in self._directives[first:last])
        # What a file gives in the middle of a function is mostly statements.
        lines = [each for each in directives if not _INCLUDE.match(each)]
        return "".join(f"\n{line}" for line in lines) + ("\n" if lines else "")

    def _label_of(self, definition: Definition) -> str:
        # Not inlined: gcc refuses to inline what is weak, and takes it as an error where it has to.
        weak = (
            " __attribute__((weak, noinline))"
            if definition.kind is Kind.FUNCTION
            else " __attribute__((weak))"
        )
        return f"{self._symbol_label(definition.name)}{weak if definition.in_header else ''}"

    def _old_style_prototype(self, head: str, function: Function) -> str:
        names = names_only(head, function.name)
        declared = _parameters(self.file, head.partition(")")[2])
        parameters = [declared.get(name, f"int {name}") for name in names]
        return with_parameters(head, function.name, ", ".join(parameters))

    def _variables(self, taken: Mapping[str, str]) -> Iterator[Edit]:
        mine = {each.name: each for each in self.definitions if self._is_editable_variable(each)}
        declared = (each for each in self.declarations.variables if each.name in mine)
        for span, group in groupby(declared, key=lambda each: each.span):
            variables = tuple(group)
            if not all(each.extern and not each.initialiser for each in variables):
                yield Edit(span, " ".join(self._variable_declarations(variables, mine, taken)))

    def _is_editable_variable(self, definition: Definition) -> bool:
        return definition.kind is Kind.GLOBAL and not definition.generated

    def _variable_declarations(
        self, variables: tuple[Variable, ...], mine: Mapping[str, Definition], taken: Mapping[str, str]
    ) -> Iterator[str]:
        first = variables[0]
        written = exact_text(self.source, Span(first.span.start, first.declarator.start))
        specifiers = self.storage.sub("", written)
        rest = specifiers
        if len(variables) > 1:
            specifiers, rest = split_record(specifiers, f"{first.name}_record")
        for variable, attributes in zip(variables, behind(self.source, variables), strict=True):
            declarator = exact_text(self.source, variable.declarator)
            ident = mine[variable.name].ident
            if ident in taken:
                sized = IMPLIED_LENGTH.sub(f"[{taken[ident]}]", declarator, count=1)
                label = self._symbol_label(variable.name)
                yield f"extern {specifiers}{sized}{label} {attributes};"
            else:
                value = exact_text(self.source, variable.initialiser) if variable.initialiser else ""
                label = self._label_of(mine[variable.name])
                yield f"{specifiers}{declarator}{label} {attributes}{f' = {value}' if value else ''};"
            specifiers = rest

    def _symbol_label(self, name: str) -> str:
        symbol = self.local.get(name)
        return _label(symbol) if symbol else ""


def expose(inventory: Inventory, crate: str) -> tuple[ExposedFile, ...]:
    """Prepare every file of a module, headers included, for being linked from Rust."""
    storage = storage_pattern(unit.macros for unit in inventory.units)
    local: dict[Path, dict[str, str]] = {file: {} for file in inventory.files}
    aliases: dict[Path, dict[str, str]] = {file: {} for file in inventory.files}
    definitions: dict[Path, list[Definition]] = {file: [] for file in inventory.files}
    for each in inventory.definitions:
        definitions[each.file].append(each)
        if is_local(each) and not each.generated:
            local[each.file][each.name] = symbol_of(each, crate)
        elif each.generated and each.kind is Kind.GLOBAL:
            aliases[each.file][each.name] = symbol_of(each, crate)
    for file, each in promised(inventory):
        local[file][each.name] = symbol_of(each, crate)
    return tuple(
        ExposedFile(file, each, local[file], aliases[file], tuple(definitions[file]), storage)
        for file, each in inventory.originals.items()
    )


def is_old_style(definition: Definition) -> bool:
    """Tell whether a function gives its parameters types behind the parentheses, or none at all."""
    declared = definition.declared
    if not isinstance(declared, Function) or definition.generated:
        return False
    return bool(names_only(definition.unit.source.slice(declared.head), definition.name))


def _label(symbol: str) -> str:
    return f' __asm__("{symbol}")'


def _parameters(file: Path, declarations: str) -> dict[str, str]:
    """Read K&R parameter declarations into one declaration per name."""
    source = SourceFile(file, declarations.encode())
    return {
        variable.name: source.slice(Span(variable.span.start, first.declarator.start))
        + source.slice(variable.declarator)
        for _, group in groupby(index_file(source).variables, key=lambda each: each.span)
        for first, variable in _with_first(tuple(group))
    }


def _with_first(variables: tuple[Variable, ...]) -> Iterator[tuple[Variable, Variable]]:
    return ((variables[0], variable) for variable in variables)
