"""The module as a whole: every function and file-scope variable it defines, each once."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from analysis.declarations import Function, Variable
from analysis.unit import Place, TranslationUnit, own_files


class Kind(enum.StrEnum):
    """What a definition defines."""

    FUNCTION = "function"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or a file-scope variable that the module defines."""

    ident: str
    """The name, or `file.c:name` where several files have a file-local one of that name."""
    name: str
    kind: Kind
    file: Path
    """Relative to the module's root."""
    line: int
    end_line: int
    static: bool
    declared: Function | Variable
    """Offsets are those of the unit's active text."""
    unit: TranslationUnit
    calls: frozenset[str]
    """Names of the functions it calls, also through macros."""
    references: frozenset[str]
    """Every identifier that its active text names."""
    in_header: bool
    """It stands in a file that is included, and so may be compiled into several units."""

    @property
    def text(self) -> str:
        """The active text, leading comments not included."""
        return self.unit.source.slice(self.declared.span)

    @property
    def comment(self) -> str:
        """The comments directly above, or nothing."""
        span = self.declared.comment
        return self.unit.source.slice(span) if span else ""

    @property
    def initialised(self) -> bool:
        """Whether it is a variable with an initialiser."""
        return isinstance(self.declared, Variable) and self.declared.initialiser is not None


@dataclass(frozen=True)
class Inventory:
    """Everything the module defines, in the order of its files."""

    root: Path
    units: tuple[TranslationUnit, ...]
    files: tuple[Path, ...]
    """C files and reached headers under the root, relative to it: sources first, as given."""
    definitions: tuple[Definition, ...]
    generated: tuple[str, ...]
    """Functions that only exist after macro expansion: they have no text of their own."""

    @cached_property
    def by_ident(self) -> Mapping[str, Definition]:
        """Each definition by its unique name."""
        return {definition.ident: definition for definition in self.definitions}

    @property
    def functions(self) -> tuple[Definition, ...]:
        """The functions among the definitions."""
        return tuple(each for each in self.definitions if each.kind is Kind.FUNCTION)

    @property
    def variables(self) -> tuple[Definition, ...]:
        """The file-scope variables among the definitions."""
        return tuple(each for each in self.definitions if each.kind is Kind.GLOBAL)

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {each.ident: index for index, each in enumerate(self.definitions)}

    def position(self, definition: Definition) -> int:
        """Return where a definition stands in the order of the module."""
        return self._positions[definition.ident]

    @cached_property
    def _visible(self) -> Mapping[tuple[Path, str], Definition]:
        return {(each.file, each.name): each for each in self.definitions}

    @cached_property
    def _linked(self) -> Mapping[str, Definition]:
        return {each.name: each for each in self.definitions if not each.static or each.in_header}

    def resolve(self, name: str, file: Path) -> Definition | None:
        """Return what a name means in a file: its own file-local definition first, then a linked one."""
        return self._visible.get((file, name)) or self._linked.get(name)


def take_inventory(units: Iterable[TranslationUnit], root: Path) -> Inventory:
    """List what the units of a module define under its root folder."""
    units = tuple(units)
    found: dict[tuple[Path, int, str], Definition] = {}
    for unit in units:
        for definition in _definitions(unit, root):
            found.setdefault((definition.file, definition.line, definition.name), definition)
    files = _files(units, root)
    order = {file: index for index, file in enumerate(files)}
    listed = sorted(_without_declared_twice(found.values()), key=lambda each: (order[each.file], each.line))
    definitions = _with_unique_idents(tuple(listed))
    return Inventory(root, units, files, definitions, _generated(units, definitions))


def _files(units: tuple[TranslationUnit, ...], root: Path) -> tuple[Path, ...]:
    sources = [unit.command.file for unit in units]
    reached = {file for unit in units for file in own_files(unit.lines, root) if file.is_file()}
    headers = sorted(reached - set(sources))
    return tuple(file.relative_to(root) for file in (*sources, *headers))


def _definitions(unit: TranslationUnit, root: Path) -> Iterator[Definition]:
    found: tuple[Function | Variable, ...] = (*unit.declarations.functions, *_defined_variables(unit))
    declared = sorted(found, key=lambda each: each.span.start)
    expanded = {function.name: function for function in unit.expanded.functions}
    for each in declared:
        place = unit.lines.place(each.span.start)
        if place is not None and place.file.is_relative_to(root):
            yield _definition(unit, each, place, root, expanded)


def _defined_variables(unit: TranslationUnit) -> Iterator[Variable]:
    return (each for each in unit.declarations.variables if not each.extern or each.initialiser)


def _definition(
    unit: TranslationUnit,
    declared: Function | Variable,
    place: Place,
    root: Path,
    expanded: Mapping[str, Function],
) -> Definition:
    end = unit.lines.place(declared.span.end - 1) or place
    is_function = isinstance(declared, Function)
    function = expanded.get(declared.name) if is_function else None
    calls = frozenset(call.name for call in function.calls) if function else frozenset()
    references = declared.references | (function.references if function else frozenset())
    return Definition(
        ident=declared.name,
        name=declared.name,
        kind=Kind.FUNCTION if is_function else Kind.GLOBAL,
        file=place.file.relative_to(root),
        line=place.line,
        end_line=end.line,
        static=declared.static,
        declared=declared,
        unit=unit,
        calls=frozenset(name for name in calls if not name.startswith("__builtin_")),
        references=references,
        in_header=place.file != unit.command.file,
    )


def _without_declared_twice(definitions: Iterable[Definition]) -> Iterable[Definition]:
    """Keep one of a variable's tentative definitions: the one with the initialiser, else the first."""
    kept: dict[tuple[Path, str, Kind], Definition] = {}
    for each in definitions:
        key = (each.file, each.name, each.kind)
        if key not in kept or (each.initialised and not kept[key].initialised):
            kept[key] = each
    return kept.values()


def _with_unique_idents(definitions: tuple[Definition, ...]) -> tuple[Definition, ...]:
    names = Counter(each.name for each in definitions)
    return tuple(
        each if names[each.name] == 1 else replace(each, ident=f"{each.file.as_posix()}:{each.name}")
        for each in definitions
    )


def _generated(units: tuple[TranslationUnit, ...], definitions: tuple[Definition, ...]) -> tuple[str, ...]:
    spelled = {each.name for each in definitions}
    expanded = {function.name for unit in units for function in unit.expanded.functions}
    return tuple(sorted(expanded - spelled))
