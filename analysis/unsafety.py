"""How much of a Rust text is unsafe, goes through raw pointers and is cast."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.syntax import Node, child, descendants, parse_rust, text_of

_NO_CODE = frozenset({"line_comment", "block_comment", "attribute_item", "inner_attribute_item"})
_ACCESSES = frozenset(
    {"read", "read_unaligned", "read_volatile", "write", "write_unaligned", "write_volatile"}
)
"""How raw pointers are dereferenced by name: `p.read()` and `ptr::read(p)`."""
_OPERANDS = frozenset(
    {
        *("identifier", "self", "token_tree", "primitive_type", "metavariable", "?"),
        *("integer_literal", "float_literal", "char_literal", "string_literal", "boolean_literal"),
    }
)
"""What makes the `*` after it a product, where only tokens are known."""
_BLOCKS_IN_UNSAFE_FUNCTIONS = "2024"
"""The edition since which the body of an unsafe function is like any other."""


@dataclass(frozen=True, slots=True)
class UnsafeUse:
    """What of a Rust text the compiler does not answer for, and what is cast in it."""

    blocks: int = 0
    """`unsafe { ... }`, also in the arguments of macros."""
    lines: int = 0
    """Lines with code in such blocks, and in bodies of unsafe functions where these are unsafe throughout."""
    dereferences: int = 0
    """`*p`, `p.read()`, `p.write(x)` and the like in what is unsafe.

    The syntax alone says so: too many where a reference or a box is dereferenced there, too few where a
    function that is called goes through the pointer, as `from_raw_parts` and `as_ref` let it.
    """
    casts: int = 0
    """Every `as`, unsafe or not: which of them are of pointers, only types can tell."""

    def __add__(self, other: UnsafeUse) -> UnsafeUse:
        """Return what is in both of two texts."""
        return UnsafeUse(
            self.blocks + other.blocks,
            self.lines + other.lines,
            self.dereferences + other.dereferences,
            self.casts + other.casts,
        )


def unsafe_use(text: str, edition: str = "2024") -> UnsafeUse:
    """Measure a Rust text as it means in an edition.

    The body of an unsafe function is unsafe throughout before edition 2024, and where the text allows it.
    """
    root = parse_rust(text.encode("utf-8", "replace"))
    blocks = [keyword.next_sibling for keyword in descendants(root, {"unsafe"}) if _opens_block(keyword)]
    throughout = edition < _BLOCKS_IN_UNSAFE_FUNCTIONS or _allows_unsafe_bodies(root)
    bodies = list(_unsafe_bodies(root)) if throughout else []
    regions = [each for each in (*blocks, *bodies) if each is not None]
    return UnsafeUse(
        blocks=len(blocks),
        lines=len({row for each in regions for row in _rows(each)}),
        dereferences=len({start for each in regions for start in _dereferences(each)}),
        casts=sum(_is_cast(each) for each in descendants(root, {"as"})),
    )


def code_lines(text: str) -> int:
    """Count the lines with code of functions and of variables with a value.

    Types, constants and declarations are left out: c2rust repeats those that a definition needs.
    """
    root = parse_rust(text.encode("utf-8", "replace"))
    found = descendants(root, {"function_item", "static_item"})
    return len({row for each in found if child(each, "body") or child(each, "value") for row in _rows(each)})


def _opens_block(keyword: Node) -> bool:
    following = keyword.next_sibling
    if following is None:
        return False
    if following.type == "token_tree":
        return following.children[0].type == "{"
    return following.type == "block"


def _allows_unsafe_bodies(root: Node) -> bool:
    attributes = (text_of(each) for each in descendants(root, {"inner_attribute_item"}))
    return any("allow" in each and "unsafe_op_in_unsafe_fn" in each for each in attributes)


def _unsafe_bodies(root: Node) -> Iterator[Node]:
    for each in descendants(root, {"function_item"}):
        modifiers = [
            word for part in each.children if part.type == "function_modifiers" for word in part.children
        ]
        body = child(each, "body")
        if body is not None and any(word.type == "unsafe" for word in modifiers):
            yield body


def _rows(node: Node) -> Iterator[int]:
    """Yield the rows of a node on which anything but comments and attributes stands, some more than once."""
    pending = [node]
    while pending:
        current = pending.pop()
        if current.type in _NO_CODE:
            continue
        if not current.children:
            yield from range(current.start_point.row, current.end_point.row + 1)
        pending.extend(current.children)


def _dereferences(region: Node) -> Iterator[int]:
    """Yield where each dereference in a region starts."""
    for star in descendants(region, {"*"}):
        if _is_dereference(star):
            yield star.start_byte
    for call in descendants(region, {"call_expression"}):
        if _reads_or_writes(call):
            yield call.start_byte


def _is_dereference(star: Node) -> bool:
    before, after, around = star.prev_sibling, star.next_sibling, star.parent
    if around is None or around.type != "token_tree":
        return around is not None and around.type == "unary_expression"
    is_type = after is not None and after.type in {"const", "mutable_specifier"}
    return not is_type and (before is None or before.type not in _OPERANDS)


def _reads_or_writes(call: Node) -> bool:
    method, function = child(call, "function", "field"), child(call, "function", "name")
    if method is not None:
        return text_of(method) in _ACCESSES
    path = child(call, "function", "path")
    is_of_pointers = path is not None and text_of(path).rpartition("::")[2] == "ptr"
    return is_of_pointers and function is not None and text_of(function) in _ACCESSES


def _is_cast(keyword: Node) -> bool:
    return keyword.parent is not None and keyword.parent.type in {"type_cast_expression", "token_tree"}
