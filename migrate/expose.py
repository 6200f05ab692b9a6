"""Exposed C: a copy of the module in which everything file-local can be linked, one at a time, from outside.

`static` and `inline` go, and an `__asm__` label gives what was file-local a symbol of its own; the rest
of the text stays as it is. A definition that Rust has taken over keeps its declaration only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from analysis.declarations import Declarations, Function, Prototype, Variable
from analysis.index import index_file
from analysis.inventory import Definition, Inventory, Kind
from analysis.source import SourceFile, Span
from migrate.symbols import is_local, symbol_of

_STORAGE = r"\b(?:static|extern|inline|__inline|__inline__|_Noreturn(?=\s+static))\b[ \t]*"
_WORD = re.compile(r"[A-Za-z_]\w*")


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
        pieces += [text[position : edit.span.start], edit.text.encode()]
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
    definitions: tuple[Definition, ...]
    storage: re.Pattern[str]
    """What stands for `static` and `inline` here, macros of the file included."""

    @property
    def source(self) -> SourceFile:
        """The original text."""
        return self.declarations.source

    def text(self, taken: Mapping[str, str]) -> bytes:
        """Return the exposed text; `taken` maps what Rust defines to its array length, or nothing."""
        edits = [edit for each in self.declarations.prototypes for edit in self._prototype(each)]
        by_line = {(each.name, each.line): each for each in self.definitions}
        for function in self.declarations.functions:
            definition = by_line.get((function.name, self.source.line(function.span.start)))
            if definition is not None:
                edits += self._function(function, definition, taken)
        edits += self._variables(taken)
        return apply_edits(self.source.text, edits)

    def _prototype(self, prototype: Prototype) -> Iterator[Edit]:
        symbol = self.local.get(prototype.name)
        if symbol is None or not self._names_function(prototype.name):
            return
        text = self.source.slice(prototype.span)
        label = f"{self.storage.sub('', text).rstrip(';').rstrip()}{_label(symbol)};"
        yield Edit(prototype.span, label)

    def _names_function(self, name: str) -> bool:
        return any(each.name == name and each.kind is Kind.FUNCTION for each in self.definitions)

    def _function(
        self, function: Function, definition: Definition, taken: Mapping[str, str]
    ) -> Iterator[Edit]:
        head = self.storage.sub("", self.source.slice(function.head)).rstrip()
        prototype = self._old_style_prototype(function) if function.old_style else head
        if definition.ident in taken:
            # Not weak: a weak reference would not make the linker take Rust's definition from its archive.
            yield Edit(function.span, f"{prototype}{self._symbol_label(function.name)};")
        elif self._label_of(definition):
            yield Edit(function.head, f"{prototype}{self._label_of(definition)}; {head} ")

    def _label_of(self, definition: Definition) -> str:
        symbol = self.local.get(definition.name)
        weak = " __attribute__((weak))" if definition.in_header else ""
        return f"{_label(symbol)}{weak}" if symbol else weak

    def _old_style_prototype(self, function: Function) -> str:
        text = self.storage.sub("", self.source.slice(function.head))
        before, _, rest = text.partition("(")
        names, _, declarations = rest.partition(")")
        declared = _parameters(self.file, declarations)
        parameters = [declared.get(name, f"int {name}") for name in _WORD.findall(names)]
        return f"{before.rstrip()}({', '.join(parameters) or 'void'})"

    def _variables(self, taken: Mapping[str, str]) -> Iterator[Edit]:
        mine = {each.name: each for each in self.definitions if each.kind is Kind.GLOBAL}
        declared = (each for each in self.declarations.variables if each.name in mine)
        for span, group in groupby(declared, key=lambda each: each.span):
            variables = tuple(group)
            if not all(each.extern for each in variables):
                yield Edit(span, self._variable_declaration(variables, mine, taken))

    def _variable_declaration(
        self, variables: tuple[Variable, ...], mine: Mapping[str, Definition], taken: Mapping[str, str]
    ) -> str:
        first = variables[0]
        specifiers = self.storage.sub("", self.source.slice(Span(first.span.start, first.declarator.start)))
        declarations: list[str] = []
        for variable in variables:
            declarator = self.source.slice(variable.declarator)
            definition = mine[variable.name]
            if definition.ident in taken:
                sized = declarator.replace("[]", f"[{taken[definition.ident]}]", 1)
                declarations.append(f"extern {specifiers}{sized}{self._symbol_label(variable.name)};")
            else:
                value = self.source.slice(variable.initialiser) if variable.initialiser else ""
                label = self._label_of(definition)
                declarations.append(f"{specifiers}{declarator}{label}{f' = {value}' if value else ''};")
        return " ".join(declarations)

    def _symbol_label(self, name: str) -> str:
        symbol = self.local.get(name)
        return _label(symbol) if symbol else ""


def expose(inventory: Inventory, crate: str) -> tuple[ExposedFile, ...]:
    """Prepare every file of a module, headers included, for being linked from Rust."""
    return tuple(_exposed(inventory, file, crate) for file in inventory.files)


def _exposed(inventory: Inventory, file: Path, crate: str) -> ExposedFile:
    declarations = index_file(SourceFile.read(inventory.root / file))
    definitions = tuple(each for each in inventory.definitions if each.file == file)
    local = {each.name: symbol_of(each, crate) for each in definitions if is_local(each)}
    return ExposedFile(file, declarations, local, definitions, _storage_pattern(inventory))


def _storage_pattern(inventory: Inventory) -> re.Pattern[str]:
    """Match `static`, `inline`, and the macros that stand for nothing else."""
    macros = {
        macro.name
        for unit in inventory.units
        for macro in unit.macros.values()
        if macro.parameters is None
        and re.fullmatch(r"(?:(?:static|extern|inline|__inline__|__inline)\s*)+", macro.body)
    }
    names = "|".join(re.escape(name) for name in sorted(macros))
    return re.compile(f"{_STORAGE}|\\b(?:{names})\\b[ \\t]*" if names else _STORAGE)


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
