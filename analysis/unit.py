"""One C file as its compiler sees it: the active text, the macros in force, and the calls after expansion."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.declarations import Declarations, Function, Macro, Prototype, Type, Variable
from analysis.index import index_file
from analysis.process import run
from analysis.source import SourceFile, Span

_MARKER = re.compile(rb'^# (\d+) "((?:[^"\\]|\\.)*)"[^\n]*\n?', re.MULTILINE)
_ESCAPED = re.compile(rb"\\(.)")
_EMPTY_MACRO = re.compile(rb"^#define (\w+)[ \t]*$", re.MULTILINE)
_COMMENT_LINE = rb"[ \t]*/\*(?:[^*]|\*(?!/))*\*/[ \t]*\n"
_MACRO_LINE = rb"[ \t]*#[ \t]*(?:define|undef)\b(?:[^\n\\]|\\.)*\n"
_LAST_WORD = re.compile(
    rb'^[ \t]*(\w+)[ \t]*\n(?=(?:[ \t]*\n|%s|%s)*# \d+ ")' % (_COMMENT_LINE, _MACRO_LINE),
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class CompileCommand:
    """How one C file is compiled."""

    file: Path
    flags: tuple[str, ...]
    directory: Path
    """The working directory that relative flags are meant for."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The compiler's own words on a file it does not accept."""

    file: Path
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file as a person would open it."""

    file: Path
    line: int


@dataclass(frozen=True)
class LineMap:
    """Where each stretch of preprocessed text comes from, by the preprocessor's line markers."""

    source: SourceFile
    offsets: tuple[int, ...]
    places: tuple[Place, ...]

    @classmethod
    def read(cls, source: SourceFile, directory: Path) -> LineMap:
        """Read the line markers of preprocessed text; relative names count from `directory`."""
        offsets: list[int] = []
        places: list[Place] = []
        resolved: dict[bytes, Path] = {}
        for marker in _MARKER.finditer(source.text):
            name = marker[2]
            if name not in resolved:
                resolved[name] = _file_named(name, directory)
            offsets.append(marker.end())
            places.append(Place(resolved[name], int(marker[1])))
        return cls(source, tuple(offsets), tuple(places))

    def place(self, offset: int) -> Place | None:
        """Return where a byte of the preprocessed text stands in the original files."""
        index = bisect_right(self.offsets, offset) - 1
        if index < 0:
            return None
        start = self.places[index]
        passed = self.source.line(offset) - self.source.line(self.offsets[index])
        return Place(start.file, start.line + passed)

    @cached_property
    def _stretches(self) -> Mapping[Path, tuple[tuple[int, int], ...]]:
        """The first line and the byte offset of each stretch, by file."""
        found: dict[Path, list[tuple[int, int]]] = {}
        for offset, place in zip(self.offsets, self.places, strict=True):
            found.setdefault(place.file, []).append((place.line, offset))
        return {file: tuple(sorted(stretches)) for file, stretches in found.items()}

    def span_of(self, place: Place) -> Span | None:
        """Return the bytes of an original line in the preprocessed text, blanks at its ends left out."""
        stretches = self._stretches.get(place.file, ())
        index = bisect_right(stretches, (place.line, len(self.source.text))) - 1
        if index < 0:
            return None
        first, offset = stretches[index]
        line = self.source.line_span(self.source.line(offset) + place.line - first)
        text = self.source.text[line.start : line.end]
        return Span(line.end - len(text.lstrip()), line.start + len(text.rstrip()))

    def text_of(self, files: frozenset[Path]) -> bytes:
        """Return the text that comes from the given files, with a line marker before each stretch."""
        ends = (*self.offsets[1:], len(self.source.text))
        regions = zip(self.offsets, ends, self.places, strict=True)
        return b"\n".join(
            b'# %d "%s"\n%s' % (at.line, os.fsencode(at.file), _MARKER.sub(b"", self.source.text[start:end]))
            for start, end, at in regions
            if at.file in files
        )


@dataclass(frozen=True)
class TranslationUnit:
    """A compiled file: what is active in it and its headers, and what macros turn into."""

    command: CompileCommand
    root: Path
    """The module's folder."""
    declarations: Declarations
    """Of the text with conditionals resolved and macros not expanded, headers included."""
    lines: LineMap
    macros: Mapping[str, Macro]
    """The macros in force at the end of the file."""
    expanded: Declarations
    """Of the module's own text in this unit, with macros expanded."""
    expanded_lines: LineMap

    @cached_property
    def declared_functions(self) -> Mapping[str, Function | Prototype]:
        """The functions that the unit declares or defines, by name; a definition wins."""
        declared: dict[str, Function | Prototype] = {}
        declared |= {each.name: each for each in self.declarations.prototypes}
        declared |= {each.name: each for each in self.declarations.functions}
        return declared

    @cached_property
    def declared_variables(self) -> Mapping[str, Variable]:
        """The file-scope variables that the unit declares or defines, by name; the first counts."""
        return {each.name: each for each in reversed(self.declarations.variables)}

    @cached_property
    def types(self) -> Mapping[str, tuple[Type, ...]]:
        """The types of the unit by tag, typedef name and enumerator."""
        named: dict[str, tuple[Type, ...]] = {}
        for each in self.declarations.types:
            enumerators = each.members if each.kind == "enum" else ()
            for name in {each.name, *enumerators}:
                named[name] = (*named.get(name, ()), each)
        return named

    @property
    def file(self) -> Path:
        """The C file, relative to the module's folder."""
        return self.command.file.relative_to(self.root)

    @cached_property
    def own_files(self) -> frozenset[Path]:
        """The files of the module that the compiler reads for this one, relative to the module's folder."""
        return frozenset(file.relative_to(self.root) for file in own_files(self.lines, self.root))

    @property
    def source(self) -> SourceFile:
        """The active text of the file and its headers."""
        return self.declarations.source


def _file_named(name: bytes, directory: Path) -> Path:
    spelled = Path(os.fsdecode(_ESCAPED.sub(rb"\1", name)))
    # `<built-in>` and its like are no files, and in no folder.
    return spelled if name.startswith(b"<") else Path(os.path.normpath(directory / spelled))


def own_files(lines: LineMap, root: Path) -> frozenset[Path]:
    """Return the files of a unit that stand under the module's root folder."""
    return frozenset(place.file for place in lines.places if place.file.is_relative_to(root))


def read_unit(command: CompileCommand, root: Path) -> TranslationUnit | Rejected:
    """Preprocess one C file with its own flags and index what is active in it."""
    active = _preprocess(command, ("-fdirectives-only",))
    if isinstance(active, Rejected):
        return active
    expanded = _preprocess(command, ())
    if isinstance(expanded, Rejected):
        return expanded
    source = SourceFile(command.file, _without_closing_macros(active))
    lines = LineMap.read(source, command.directory)
    declarations = index_file(source)
    expanded_lines = LineMap.read(SourceFile(command.file, expanded), command.directory)
    own_text = SourceFile(command.file, expanded_lines.text_of(own_files(expanded_lines, root)))
    return TranslationUnit(
        command,
        root,
        declarations,
        lines,
        _macros_in_force(declarations.macros),
        index_file(own_text),
        LineMap.read(own_text, command.directory),
    )


def _without_closing_macros(active: bytes) -> bytes:
    """Blank words such as `__END_DECLS` at the end of a header, lest they join the next file's first item."""
    empty = set(_EMPTY_MACRO.findall(active))
    return _LAST_WORD.sub(
        lambda word: b" " * (len(word[0]) - 1) + b"\n" if word[1] in empty else word[0], active
    )


def syntax_errors(command: CompileCommand) -> Rejected | None:
    """Ask gcc whether a file compiles with its own flags; None when it does."""
    result = run(("gcc", *command.flags, "-fsyntax-only", "-w", command.file), cwd=command.directory)
    return None if result.ok else Rejected(command.file, result.errors)


def _preprocess(command: CompileCommand, mode: Iterable[str]) -> bytes | Rejected:
    result = run(("gcc", *command.flags, "-E", *mode, command.file), cwd=command.directory)
    return result.stdout if result.ok else Rejected(command.file, result.errors)


def _macros_in_force(macros: Iterable[Macro]) -> dict[str, Macro]:
    return {macro.name: macro for macro in macros}
