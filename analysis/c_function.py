"""One function of a preprocessed C file: its tree, and its text without line markers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from analysis.edits import erase
from analysis.gnu_c import rewrite_expansions, rewrite_variables
from analysis.learned import Learned
from analysis.lexer import lex
from analysis.outline import FunctionItem
from analysis.prepass import Prepared, prepare
from analysis.syntax import Node, captures, child, descendants, node_text, parse_c

_NAMES = """
(_ declarator: (identifier) @name)
(enumerator name: (identifier) @name)
"""
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))


@dataclass(frozen=True)
class CFunction:
    """A function as a parser sees it."""

    node: Node
    """The tree; its byte offsets are those of the preprocessed text."""
    body: Node
    plain: bytes
    """The whole text with directives and comments blanked, strings kept."""

    code: bytes
    """The plain text with strings blanked too."""

    def is_whole(self, node: Node) -> bool:
        """Whether all brackets that a node opens are closed in it, in the text as in the tree."""
        text = self.code[node.start_byte : node.end_byte]
        return all(text.count(left) == text.count(right) for left, right in _BRACKETS)

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
    plain, code, prepared = _read(text)
    for item in prepared.items:
        if isinstance(item, FunctionItem) and item.name == name:
            # Blanks in front keep the offsets; a parent is found only in a tree that knows its true place.
            root = parse_c(b" " * item.span.start + prepared.code[item.span.start : item.span.end])
            return CFunction(root, _body(root, item), plain, code)
    return None


def _body(root: Node, item: FunctionItem) -> Node:
    """Return the node of a function's body; all there is, where the grammar could not make out its end."""
    for node in descendants(root, {"function_definition"}):
        body = child(node, "body")
        if body is not None and body.end_byte == item.body.end:
            return body
    return root


# Every function of a file is asked for in turn.
@lru_cache(maxsize=2)
def _read(text: bytes) -> tuple[bytes, bytes, Prepared]:
    lexed = lex(text)
    prepared = prepare(lexed, Learned())
    plain = bytearray(text)
    for span in (*lexed.comments, *(each.span for each in lexed.directives)):
        erase(plain, span)
    code = rewrite_expansions(prepared.code)
    nodes = captures(parse_c(code), _NAMES).get("name", ())
    names = {code[node.start_byte : node.end_byte] for node in nodes}
    return bytes(plain), lexed.code, Prepared(rewrite_variables(code, names), prepared.items)
