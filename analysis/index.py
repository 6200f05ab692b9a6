"""Everything that one C file declares, from its text alone: no flags, no build, no headers needed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.comments import Comments
from analysis.declarations import Declarations, Function, Macro, Prototype, Type, Variable
from analysis.extract_declarations import DeclarationReader, Declared
from analysis.extract_functions import FunctionReader
from analysis.learned import Learned
from analysis.lexer import Lexed, blank, lex
from analysis.macros import define_macros, macro_events, read_macros
from analysis.outline import DeclarationItem, FunctionItem
from analysis.prepass import Prepared, prepare
from analysis.source import SourceFile, Span
from analysis.syntax import Node, parse_c, parse_c_range

__all__ = ["define_macros", "index_file", "index_heads", "macro_events"]


@dataclass(frozen=True, slots=True)
class Heads:
    """What stands at file scope of one C file, function bodies unread."""

    functions: tuple[FunctionItem, ...]
    declared: tuple[Declared, ...]
    macros: tuple[Macro, ...]


_OPERAND = re.compile(rb'#\s*\w+\s*("[^"\n]*"|<[^>\n]*>|[^\n]*)')


def index_file(source: SourceFile, learned: Learned | None = None) -> Declarations:
    """List what a C file declares, in every branch of its `#if` groups.

    `learned` is what the macros of its headers mean; the file's own macros are always known and come first.
    A file that is not text declares nothing.
    """
    if b"\0" in source.text:
        return Declarations(source, (), (), (), (), (), (), ())
    lexed = lex(source.text)
    macros = tuple(event for event in read_macros(lexed) if isinstance(event, Macro))
    known = (learned or Learned()).extended(macros)
    reading = _Reading(lexed, prepare(lexed, known), known)
    declared = reading.declarations()
    functions = reading.functions(declared)
    return Declarations(
        source=source,
        functions=functions,
        prototypes=tuple(each for each in declared if isinstance(each, Prototype)),
        variables=tuple(each for each in declared if isinstance(each, Variable)),
        types=tuple(each for each in declared if isinstance(each, Type)),
        macros=macros,
        includes=_includes(lexed),
        comments=reading.comments.unclaimed(),
    )


def index_heads(source: SourceFile) -> Heads:
    """List what a C file declares at file scope without a look into function bodies.

    About twice as fast as `index_file` (kernel sources, `python -m benchmarks.check`): bodies are not parsed.
    A file that is not text declares nothing.
    """
    if b"\0" in source.text:
        return Heads((), (), ())
    lexed = lex(source.text)
    macros = tuple(event for event in read_macros(lexed) if isinstance(event, Macro))
    known = Learned().extended(macros)
    prepared = prepare(lexed, known)
    functions = tuple(item for item in prepared.items if isinstance(item, FunctionItem))
    code = bytearray(prepared.code)
    for item in functions:
        inside = slice(item.body.start + 1, item.body.end - 1)
        code[inside] = blank(bytes(code[inside]))
    reading = _Reading(lexed, Prepared(bytes(code), prepared.items), known)
    return Heads(functions, reading.declarations(), macros)


class _Reading:
    """One file on its way from text to declarations; the tree is dropped with it."""

    def __init__(self, lexed: Lexed, prepared: Prepared, learned: Learned) -> None:
        self.lexed = lexed
        self.prepared = prepared
        self.learned = learned
        self.root = parse_c(prepared.code)
        self.comments = Comments(lexed)

    def declarations(self) -> tuple[Declared, ...]:
        """Return what stands outside functions, and the types that function heads define."""
        reader = DeclarationReader(self.lexed, self.learned)
        nodes = _NodesByItem(self.root, self.prepared.code)
        found: list[Declared] = []
        for item in self.prepared.items:
            if isinstance(item, FunctionItem) and not self._defines_type(item):
                continue
            declared = reader.read(nodes.of(item), item.span, self.comments.before(item.span))
            self.comments.skip(item.span)
            if any(not isinstance(each, Prototype) for each in declared):
                self.comments.claim(item.span)
            found += declared
        return tuple(found)

    def functions(self, declared: tuple[Declared, ...]) -> tuple[Function, ...]:
        """Return the function definitions."""
        reader = FunctionReader(self.lexed, self.prepared, self.root, self.learned)
        items = [item for item in self.prepared.items if isinstance(item, FunctionItem)]
        named = {item.name for item in items} | {
            each.name for each in declared if isinstance(each, Prototype)
        }
        variables = frozenset(each.name for each in declared if isinstance(each, Variable))
        found = []
        for item in items:
            found.append(reader.read(item, self.comments.before(item.span), variables - named))
            self.comments.claim(item.span)
        return tuple(found)

    def _defines_type(self, item: FunctionItem) -> bool:
        return b"{" in self.lexed.code[item.span.start : item.prefix.end]


class _NodesByItem:
    """The top nodes of a tree, asked for item by item in the order of the text."""

    def __init__(self, root: Node, code: bytes) -> None:
        self._code = code
        self._nodes = root.children
        self._position = 0

    def of(self, item: FunctionItem | DeclarationItem) -> list[Node]:
        """Return the nodes of an item; where an error reaches into it, parse the item alone."""
        nodes = self._within(item.span)
        if nodes and nodes[-1].end_byte == item.span.end and not any(node.is_error for node in nodes):
            return nodes
        return parse_c_range(self._code, item.span).children

    def _within(self, span: Span) -> list[Node]:
        while self._position < len(self._nodes) and self._nodes[self._position].start_byte < span.start:
            self._position += 1
        first = self._position
        while self._position < len(self._nodes) and self._nodes[self._position].start_byte < span.end:
            self._position += 1
        return self._nodes[first : self._position]


def _includes(lexed: Lexed) -> tuple[str, ...]:
    operands = (
        _OPERAND.match(lexed.text, directive.span.start, directive.span.end)
        for directive in lexed.directives
        if directive.keyword in (b"include", b"include_next")
    )
    return tuple(operand.group(1).strip().decode("utf-8", "replace") for operand in operands if operand)
