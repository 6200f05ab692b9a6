"""The module as a whole: every function and file-scope variable it defines, each once."""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from analysis.declarations import Declarations, Function, Variable
from analysis.index import index_file
from analysis.learned import Learned
from analysis.source import SourceFile, Span
from analysis.unit import Place, TranslationUnit

_DIRECTIVE = re.compile(r"^[ \t]*#", re.MULTILINE)


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
    generated: bool = False
    """A macro makes it, or conditionals its head: it has no text that could be edited on its own."""

    @property
    def text(self) -> str:
        """The active text, leading comments not included."""
        span = self.declared.span
        # A byte that is not UTF-8 is written as C can write it in a string.
        return self.unit.source.text[span.start : span.end].decode("utf-8", "backslashreplace")

    @property
    def comment(self) -> str:
        """The comments directly above, or nothing."""
        span = self.declared.comment
        return self.unit.source.slice(span) if span else ""

    @property
    def commented(self) -> str:
        """The active text with the comments directly above."""
        return f"{self.comment}\n{self.text}".strip()

    @property
    def initialised(self) -> bool:
        """Whether it is a variable with an initialiser."""
        return isinstance(self.declared, Variable) and self.declared.initialiser is not None


@dataclass(frozen=True, slots=True)
class Inactive:
    """A function that stands in the text and is not compiled."""

    name: str
    file: Path
    """Relative to the module's root."""
    line: int


@dataclass(frozen=True)
class Inventory:
    """Everything the module defines, in the order of its files."""

    root: Path
    units: tuple[TranslationUnit, ...]
    files: tuple[Path, ...]
    """C files and reached headers under the root, relative to it: sources first, as given."""
    originals: Mapping[Path, Declarations]
    """What each of the files declares as it stands on disk, every conditional branch included."""
    definitions: tuple[Definition, ...]

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

    @property
    def generated(self) -> tuple[str, ...]:
        """Name what only exists after macro expansion."""
        return tuple(sorted(each.ident for each in self.definitions if each.generated))

    @property
    def inactive(self) -> tuple[Inactive, ...]:
        """The functions in branches that conditionals switch off, in the order of the files."""
        active = {(each.file, each.name, each.line) for each in self.definitions}
        return tuple(
            Inactive(function.name, file, line)
            for file, declarations in self.originals.items()
            for function in declarations.functions
            if (file, function.name, line := declarations.source.line(function.span.start)) not in active
        )

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
    files = _files(units, root)
    originals = _originals(units, files)
    found: dict[tuple[Path, int, str], Definition] = {}
    for unit in units:
        for definition in _definitions(unit, root):
            found.setdefault((definition.file, definition.line, definition.name), definition)
    order = {file: index for index, file in enumerate(files)}
    listed = sorted(_without_declared_twice(found.values()), key=lambda each: (order[each.file], each.line))
    definitions = tuple(_with_unique_idents(_marked(listed, originals)))
    return Inventory(root, units, files, originals, definitions)


def _originals(units: tuple[TranslationUnit, ...], files: Iterable[Path]) -> dict[Path, Declarations]:
    """Index the files themselves, each with the macros of the first unit that reads it."""
    found: dict[Path, Declarations] = {}
    wanted = set(files)
    for unit in units:
        learned = Learned().extended(unit.macros.values())
        for file in {unit.file, *unit.own_files} & wanted - set(found):
            found[file] = index_file(SourceFile.read(unit.root / file), learned)
    return {file: found[file] for file in files}


def _marked(
    definitions: Iterable[Definition], originals: Mapping[Path, Declarations]
) -> Iterator[Definition]:
    """Mark as generated what does not stand on disk as the compiler sees it."""
    plain = {file: _plain_places(declarations) for file, declarations in originals.items()}
    for each in definitions:
        is_plain = (each.name, each.line) in plain[each.file]
        yield each if is_plain or each.generated else replace(each, generated=True)


def _plain_places(declarations: Declarations) -> set[tuple[str, int]]:
    """Name the definitions that can be edited where they stand, with their lines."""
    source = declarations.source
    functions = (each for each in declarations.functions if not _DIRECTIVE.search(source.slice(each.head)))
    listed: tuple[Function | Variable, ...] = (*functions, *declarations.variables)
    return {(each.name, source.line(each.span.start)) for each in listed}


def _files(units: tuple[TranslationUnit, ...], root: Path) -> tuple[Path, ...]:
    sources = tuple(unit.file for unit in units)
    reached = {file for unit in units for file in unit.own_files if (root / file).is_file()}
    return (*sources, *sorted(reached - set(sources)))


def _definitions(unit: TranslationUnit, root: Path) -> Iterator[Definition]:
    functions = {each.name for each in unit.declarations.functions}
    variables = (
        each
        for each in _defined(unit.declarations)
        # `function_type name;` declares a function, which the text alone does not tell.
        if not _in_macro_call(unit, each) and each.name not in functions
    )
    found: tuple[Function | Variable, ...] = (*unit.declarations.functions, *variables)
    expanded = {function.name: function for function in unit.expanded.functions}
    generated = tuple(_generated(unit, root))
    replaced = {(each.file, each.line) for each in generated}
    for each in sorted(found, key=lambda each: each.span.start):
        place = unit.lines.place(each.span.start)
        if place is None or not place.file.is_relative_to(root):
            continue
        definition = _definition(unit, each, place, root, expanded.get(each.name))
        name_is_spelled = each.name in expanded or not isinstance(each, Function)
        lines = range(definition.line, definition.end_line + 1)
        if name_is_spelled or not any((definition.file, line) in replaced for line in lines):
            yield _as_expanded(definition, expanded.get(each.name))
    yield from generated


def _as_expanded(definition: Definition, expanded: Function | None) -> Definition:
    """Believe the compiler where a macro hides that a function is file-local."""
    if expanded is None or expanded.static == definition.static:
        return definition
    return replace(definition, static=expanded.static, generated=True)


def _defined(declarations: Declarations) -> Iterator[Variable]:
    return (each for each in declarations.variables if not each.extern or each.initialiser)


def _generated(unit: TranslationUnit, root: Path) -> Iterator[Definition]:
    """Find what macros define; it stands where the line stands that calls the macro."""
    spelled = {each.name for each in unit.declarations.functions} | {
        each.name for each in unit.declarations.variables if not _in_macro_call(unit, each)
    }
    made: tuple[Function | Variable, ...] = (*unit.expanded.functions, *_defined(unit.expanded))
    for each in made:
        place = unit.expanded_lines.place(each.span.start)
        span = unit.lines.span_of(place) if place is not None else None
        if each.name in spelled or place is None or span is None:
            continue
        function = each if isinstance(each, Function) else None
        yield replace(_definition(unit, _moved(each, span), place, root, function), generated=True)


def _moved(made: Function | Variable, span: Span) -> Function | Variable:
    if isinstance(made, Function):
        return replace(made, span=span, head=span, body=span, comment=None)
    initialiser = span if made.initialiser else None
    return replace(made, span=span, declarator=span, initialiser=initialiser, comment=None)


def _in_macro_call(unit: TranslationUnit, variable: Variable) -> bool:
    """Tell whether a variable's name stands in the parentheses of `DEFINE_SOMETHING(name);`."""
    rest = unit.source.text[variable.declarator.end : variable.span.end]
    return variable.initialiser is None and rest.count(b")") > rest.count(b"(")


def _definition(
    unit: TranslationUnit,
    declared: Function | Variable,
    place: Place,
    root: Path,
    expanded: Function | None,
) -> Definition:
    end = unit.lines.place(declared.span.end - 1) or place
    calls = frozenset(call.name for call in expanded.calls) if expanded else frozenset()
    return Definition(
        ident=declared.name,
        name=declared.name,
        kind=Kind.FUNCTION if isinstance(declared, Function) else Kind.GLOBAL,
        file=place.file.relative_to(root),
        line=place.line,
        end_line=end.line,
        static=declared.static,
        declared=declared,
        unit=unit,
        calls=frozenset(name for name in calls if not name.startswith("__builtin_")),
        references=declared.references | (expanded.references if expanded else frozenset()),
        in_header=place.file != unit.command.file,
    )


def _without_declared_twice(definitions: Iterable[Definition]) -> Iterable[Definition]:
    """Keep one of a variable's tentative definitions: the one with the initialiser, else the first.

    Of two functions of a name the last one counts: gcc takes the first one for inlining only.
    """
    kept: dict[tuple[Path, str, Kind], Definition] = {}
    for each in definitions:
        key = (each.file, each.name, each.kind)
        before = kept.get(key)
        better = each.kind is Kind.FUNCTION or each.generated or each.initialised
        if before is None or (better and not (before.initialised and not each.initialised)):
            kept[key] = each
    return kept.values()


def _with_unique_idents(marked: Iterable[Definition]) -> Iterable[Definition]:
    definitions = tuple(marked)
    names = Counter(each.name for each in definitions)
    return tuple(
        each if names[each.name] == 1 else replace(each, ident=f"{each.file.as_posix()}:{each.name}")
        for each in definitions
    )
