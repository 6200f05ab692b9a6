"""The items of a Rust file, each with its text: how generated bindings are taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.syntax import Node, descendants, parse_rust, text_of

_KINDS = {
    "type_item": "type",
    "struct_item": "struct",
    "union_item": "union",
    "enum_item": "enum",
    "const_item": "const",
    "static_item": "static",
    "function_item": "fn",
    "function_signature_item": "fn",
    "impl_item": "impl",
    "use_declaration": "use",
    "mod_item": "mod",
    "macro_invocation": "macro",
    "macro_definition": "macro",
    "extern_crate_declaration": "extern crate",
    "trait_item": "trait",
}
_LINK_NAME = re.compile(r'link_name\s*=\s*"(?:\\u\{1\})?([^"]+)"')


@dataclass(frozen=True, slots=True)
class RustItem:
    """One item at file scope, or one declaration of an `extern` block."""

    name: str
    """The item's name; for an `impl` its type; for a `use` its alias; `_` for an item without a name."""
    kind: str
    """`type`, `struct`, `union`, `enum`, `const`, `static`, `fn`, `impl`, `use`, `mod`, `macro`, ..."""
    foreign: bool
    """Declared in an `extern` block."""
    text: str
    """Exact text, attributes and doc comments included."""
    bare: str
    """The text without attributes and doc comments in front."""
    start: int
    """Byte offset of the first attribute or the item."""
    end: int
    references: frozenset[str]
    """Identifiers of types and values that the text names."""
    members: tuple[str, ...]
    """Fields of a record, in order; methods of an `impl`."""
    link_name: str | None


def rust_items(text: str) -> tuple[RustItem, ...]:
    """Split Rust text into its items, in order; what is not an item is passed over."""
    source = text.encode()
    return tuple(_items_in(source, parse_rust(source), foreign=False))


def _items_in(source: bytes, parent: Node, *, foreign: bool) -> Iterator[RustItem]:
    start: int | None = None
    for child in parent.named_children:
        if child.type in {"attribute_item", "line_comment", "block_comment"}:
            if child.type == "attribute_item" or text_of(child).startswith("///"):
                start = child.start_byte if start is None else start
            continue
        if child.type == "foreign_mod_item":
            body = child.child_by_field_name("body")
            yield from _items_in(source, body, foreign=True) if body else ()
        elif child.type in _KINDS:
            yield _item(source, child, child.start_byte if start is None else start, foreign=foreign)
        start = None


def _item(source: bytes, node: Node, start: int, *, foreign: bool) -> RustItem:
    attributes = source[start : node.start_byte].decode()
    link_name = _LINK_NAME.search(attributes)
    return RustItem(
        name=_name(node),
        kind=_KINDS[node.type],
        foreign=foreign,
        text=attributes + text_of(node),
        bare=text_of(node),
        start=start,
        end=node.end_byte,
        references=frozenset(text_of(each) for each in descendants(node, _NAMES)),
        members=tuple(_members(node)),
        link_name=link_name[1] if link_name else None,
    )


_NAMES = frozenset({"identifier", "type_identifier"})


_NAMED_BY = {"impl_item": "type", "use_declaration": "argument"}


def _name(node: Node) -> str:
    named = node.child_by_field_name(_NAMED_BY.get(node.type, "name"))
    if named is not None and node.type == "use_declaration":
        named = named.child_by_field_name("alias")
    if named is None:
        return "_"
    if named.type == "generic_type":
        named = named.child_by_field_name("type") or named
    return text_of(named)


def _members(node: Node) -> Iterator[str]:
    body = node.child_by_field_name("body")
    for child in body.named_children if body else ():
        name = child.child_by_field_name("name")
        if name is not None and child.type in {"field_declaration", "function_item"}:
            yield text_of(name)
