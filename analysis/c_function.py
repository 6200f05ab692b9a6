"""One function of a preprocessed C file: its tree, and its text without line markers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from analysis.edits import erase, put
from analysis.learned import Learned
from analysis.lexer import closing, lex
from analysis.outline import FunctionItem
from analysis.prepass import Prepared, prepare
from analysis.source import Span
from analysis.syntax import Node, captures, child, descendants, node_text, parse_c

_NAMES = """
(_ declarator: (identifier) @name)
(enumerator name: (identifier) @name)
"""
_TYPEOF = re.compile(rb"\b(?:__)?typeof(?:__|_unqual)?\s*\(")
_IN_PARENTHESES = re.compile(rb"\(\s*([A-Za-z_\x80-\xff][\w\x80-\xff]*)\s*\)")


@dataclass(frozen=True)
class CFunction:
    """A function as a parser sees it."""

    node: Node
    """The definition; its byte offsets are those of the preprocessed text."""
    body: Node
    plain: bytes
    """The whole text with directives and comments blanked, strings kept."""

    def text(self, node: Node) -> bytes:
        """Return the text of a node."""
        return self.plain[node.start_byte : node.end_byte]

    def variables(self) -> dict[str, str]:
        """Return the type of each parameter and local variable, as far as its text tells.

        A name that is declared with two types is left out.
        """
        found: dict[str, set[str]] = {}
        for declaration in descendants(self.node, {"parameter_declaration", "declaration"}):
            base = child(declaration, "type")
            for declarator in declaration.children_by_field_name("declarator"):
                name, depth = _declared(declarator)
                if base is not None and name is not None:
                    said = f"{node_text(base, self.plain)}{'*' * depth}"
                    found.setdefault(node_text(name, self.plain), set()).add(said)
        return {name: types.pop() for name, types in found.items() if len(types) == 1}


def _declared(declarator: Node) -> tuple[Node | None, int]:
    """Return the name that a declarator declares, and how many pointers and arrays it stands behind."""
    depth = 0
    current: Node | None = declarator
    while current is not None and current.type != "identifier":
        depth += current.type in {"pointer_declarator", "array_declarator"}
        current = child(current, "declarator")
    return current, depth


def read_function(text: bytes, name: str) -> CFunction | None:
    """Return a function that a preprocessed text defines, or None where it defines none of that name."""
    plain, prepared = _read(text)
    for item in prepared.items:
        if isinstance(item, FunctionItem) and item.name == name:
            # Blanks in front keep the offsets; a parent is found only in a tree that knows its true place.
            root = parse_c(b" " * item.span.start + prepared.code[item.span.start : item.span.end])
            for node in descendants(root, {"function_definition"}):
                body = child(node, "body")
                if body is not None and body.end_byte == item.body.end:
                    return CFunction(node, body, plain)
    return None


# Every function of a file is asked for in turn.
@lru_cache(maxsize=2)
def _read(text: bytes) -> tuple[bytes, Prepared]:
    lexed = lex(text)
    prepared = prepare(lexed, Learned())
    plain = bytearray(text)
    for span in (*lexed.comments, *(each.span for each in lexed.directives)):
        erase(plain, span)
    code = _without_doubtful_casts(_without_typeof(prepared.code))
    return bytes(plain), Prepared(code, prepared.items)


def _without_typeof(code: bytes) -> bytes:
    """Write a plain type for `typeof(a + b)`, which the grammar takes for a call."""
    written = bytearray(code)
    for match in _TYPEOF.finditer(code):
        close = closing(code, match.end() - 1, len(code))
        if close >= 0:
            erase(written, Span(match.start(), close + 1))
            put(written, match.start(), b"int")
    return bytes(written)


def _without_doubtful_casts(code: bytes) -> bytes:
    """Write digits for a variable in parentheses: the grammar takes `(a) - 1` for a cast."""
    nodes = captures(parse_c(code), _NAMES).get("name", ())
    names = {code[node.start_byte : node.end_byte] for node in nodes}
    return _IN_PARENTHESES.sub(
        lambda match: match[0].replace(match[1], b"0" * len(match[1])) if match[1] in names else match[0],
        code,
    )
