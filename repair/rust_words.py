"""The tokens of Rust code: what is seen where a parser sees only a macro's arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from analysis.syntax import Node, descendants, text_of

_TEXT = frozenset({"string_literal", "raw_string_literal", "char_literal", "line_comment", "block_comment"})
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_NEGATED = frozenset({"if", "while", "match", "return", "in", "break", "else", "move", "let", "loop"})
"""Keywords that a `!` may follow without making them a macro."""
_BINDING = frozenset({"closure_parameters", "function_item", "const_item", "static_item"})


def words(root: Node) -> list[str]:
    """Return the tokens of Rust code, those inside macro arguments too, comments and literals left out."""
    found: list[str] = []
    pending = [root]
    while pending:
        node = pending.pop()
        if node.children and node.type not in _TEXT:
            pending += reversed(node.children)
        elif node.type not in _TEXT:
            found.append(text_of(node).removeprefix("r#"))
    return found


def invoked_macros(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the name of each macro that is invoked."""
    for (name, mark), after in zip(pairwise(tokens), [*tokens[2:], ""], strict=False):
        if mark == "!" and after in {"(", "[", "{"} and name not in _NEGATED and _IDENTIFIER.fullmatch(name):
            yield name


def imports(tokens: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the tokens of each `use` declaration."""
    for start, word in enumerate(tokens):
        if word == "use":
            end = next((at for at in range(start, len(tokens)) if tokens[at] == ";"), len(tokens))
            yield tokens[start + 1 : end]


def bound_names(root: Node) -> frozenset[str]:
    """Return the names that the code itself gives to something: variables, parameters, items."""
    identifiers = frozenset({"identifier", "shorthand_field_identifier"})
    found: set[str] = set()
    for node in descendants(root):
        pattern = node.child_by_field_name("pattern")
        named = node.child_by_field_name("name") if node.type in _BINDING else None
        if node.type == "closure_parameters":
            pattern = node
        for binder in (pattern, named):
            if binder is not None:
                found |= {text_of(each) for each in descendants(binder, identifiers)}
    return frozenset(found)
