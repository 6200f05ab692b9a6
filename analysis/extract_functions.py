"""Function definitions: their extents come from the outline, what they call comes from the tree."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property

from analysis.declarations import Call, Function
from analysis.learned import Learned
from analysis.lexer import IDENTIFIER, Lexed, decode_all, identifiers
from analysis.outline import FunctionItem
from analysis.prepass import Prepared
from analysis.source import Span
from analysis.syntax import Node, captures, node_text, parse_c_range

_CALLS = """
(call_expression function: (identifier) @call)
(call_expression function: (parenthesized_expression . (identifier) @cast .))
(parameter_declaration declarator: (identifier) @local)
(parameter_declaration declarator: (function_declarator declarator: (identifier) @local))
(declaration declarator: (identifier) @local)
(init_declarator declarator: (identifier) @local)
(pointer_declarator declarator: (identifier) @local)
"""
_WITH_BODY = frozenset({"function_definition", "compound_statement"})
_TYPES = "(type_identifier) @type"
_FIELD = re.compile(rb"(?:->|\.(?<!\.\.))\s*([A-Za-z_\x80-\xff][\w\x80-\xff]*+)")


class FunctionReader:
    """Reads the functions of one file."""

    def __init__(self, lexed: Lexed, prepared: Prepared, root: Node, learned: Learned) -> None:
        self._lexed = lexed
        self._prepared = prepared
        self._learned = learned
        self._root = root
        self._names = _Names(root, lexed.text)
        self._parsed = {child.end_byte for child in root.children if child.type in _WITH_BODY}

    def read(self, item: FunctionItem, comment: Span | None, pointers: frozenset[str]) -> Function:
        """Describe one function; calls through `pointers`, the file-scope variables, are left out."""
        head = Span(item.span.start, item.body.start)
        words = IDENTIFIER.findall(self._lexed.code, item.span.start, item.prefix.end)
        specifiers = self._learned.specifiers(words)
        names = self._names_in(item)
        local = frozenset(names.locals.within(item.span))
        if item.old_style:
            local |= identifiers(self._lexed.code, item.parameters)
        return Function(
            name=item.name,
            span=item.span,
            head=head,
            body=item.body,
            comment=comment,
            static="static" in specifiers,
            inline="inline" in specifiers,
            old_style=item.old_style,
            calls=self._calls(item, names, pointers.union(local)),
            locals=local,
            references=self._lexed.references(item.span),
            fields=_fields(self._lexed.code, item.span),
        )

    def _names_in(self, item: FunctionItem) -> _Names:
        if item.body.end in self._parsed:
            return self._names
        return _Names(parse_c_range(self._prepared.code, item.span), self._lexed.text)

    def _calls(self, item: FunctionItem, names: _Names, indirect: frozenset[str]) -> tuple[Call, ...]:
        found = [Call(name, offset) for offset, name in names.calls.places(item.body) if name not in indirect]
        found += [
            Call(name, offset)
            for offset, name in names.casts.places(item.body)
            if name not in indirect and not self._is_type(name)
        ]
        return tuple(sorted(found, key=lambda call: call.offset))

    def _is_type(self, name: str) -> bool:
        return name.endswith("_t") or name in self._types

    @cached_property
    def _types(self) -> frozenset[str]:
        nodes = captures(self._root, _TYPES).get("type", [])
        return frozenset(node_text(node, self._lexed.text) for node in nodes)


class _Places:
    """Names and where they stand, in the order of the text."""

    def __init__(self, nodes: Iterable[Node], text: bytes) -> None:
        spans = sorted((node.start_byte, node.end_byte) for node in nodes)
        self._offsets = [start for start, _ in spans]
        self._names = [text[start:end].decode("utf-8", "replace") for start, end in spans]

    def places(self, span: Span) -> Iterator[tuple[int, str]]:
        """Yield the names within a span with their offsets."""
        first, last = bisect_left(self._offsets, span.start), bisect_left(self._offsets, span.end)
        return zip(self._offsets[first:last], self._names[first:last], strict=True)

    def within(self, span: Span) -> list[str]:
        """Return the names within a span."""
        return self._names[bisect_left(self._offsets, span.start) : bisect_left(self._offsets, span.end)]


class _Names:
    """What a tree says about calls: who is called, what may be a cast, and which names are local objects."""

    def __init__(self, root: Node, text: bytes) -> None:
        found = captures(root, _CALLS)
        self.calls = _Places(found.get("call", ()), text)
        self.casts = _Places(found.get("cast", ()), text)
        self.locals = _Places(found.get("local", ()), text)


def _fields(code: bytes, span: Span) -> frozenset[str]:
    return decode_all(set(_FIELD.findall(code, span.start, span.end)))
