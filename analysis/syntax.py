"""Concrete syntax trees of C and Rust: the one door to tree-sitter."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache

import tree_sitter_c
import tree_sitter_rust
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from analysis.source import Span

__all__ = [
    "Node",
    "captures",
    "child",
    "descendants",
    "node_span",
    "node_text",
    "parse_c",
    "parse_c_range",
    "parse_rust",
    "text_of",
]

_C = Language(tree_sitter_c.language())
_RUST = Language(tree_sitter_rust.language())


def parse_c(text: bytes) -> Node:
    """Parse C and return the root; what cannot be parsed stands in ERROR nodes."""
    return Parser(_C).parse(text).root_node


def parse_rust(text: bytes) -> Node:
    """Parse Rust and return the root; what cannot be parsed stands in ERROR nodes."""
    return Parser(_RUST).parse(text).root_node


def parse_c_range(text: bytes, span: Span) -> Node:
    """Parse the bytes of a span alone and return the root; its byte offsets are those of the whole text."""
    tree = Parser(_C).parse(text[span.start : span.end])
    root = tree.root_node_with_offset(span.start, (0, span.start))
    return root if root is not None else tree.root_node


def captures(root: Node, query: str) -> dict[str, list[Node]]:
    """Run a tree-sitter query over a C tree and return the captured nodes by capture name."""
    return QueryCursor(_c_query(query)).captures(root)


@cache
def _c_query(query: str) -> Query:
    return Query(_C, query)


def child(node: Node | None, *fields: str) -> Node | None:
    """Follow field names downwards and return the node at the end, or None where one is missing."""
    for name in fields:
        if node is None:
            return None
        node = node.child_by_field_name(name)
    return node


def descendants(node: Node, types: Collection[str] = ()) -> Iterator[Node]:
    """Walk a node and all below it in source order, keeping only the given types when there are any."""
    pending = [node]
    while pending:
        current = pending.pop()
        if not types or current.type in types:
            yield current
        pending.extend(reversed(current.children))


def node_span(node: Node) -> Span:
    """Return the bytes that a node covers."""
    return Span(node.start_byte, node.end_byte)


def node_text(node: Node, text: bytes) -> str:
    """Return the text of a node, taken from the file that it was parsed from."""
    return text[node.start_byte : node.end_byte].decode("utf-8", errors="replace")


def text_of(node: Node) -> str:
    """Return the text of a node whose tree still holds what it was parsed from."""
    return (node.text or b"").decode("utf-8", errors="replace")
