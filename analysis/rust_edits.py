"""The single edits of Rust functions, each with what it puts in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from analysis.mutations import (
    ASSIGNMENTS,
    BINARY,
    COMPARISONS,
    DROPPABLE,
    LOGIC,
    MutationKind,
    kind_of,
    next_number,
    replaced,
    shown,
    shown_around,
)
from analysis.rust_sites import (
    arguments_of,
    has_effect,
    is_condition,
    is_tail,
    names_by_type,
    rightmost_is_cast,
    sites,
)
from analysis.source import Span
from analysis.syntax import Node, child, node_span, text_of

_WIDTHS = (7, 8, 15, 16, 31, 32, 63, 64)
_METHODS = {
    "wrapping_add": "wrapping_sub",
    "wrapping_sub": "wrapping_add",
    "wrapping_mul": "wrapping_add",
    "wrapping_div": "wrapping_mul",
    "wrapping_rem": "wrapping_mul",
    "wrapping_shl": "wrapping_shr",
    "wrapping_shr": "wrapping_shl",
    "saturating_add": "wrapping_add",
    "saturating_sub": "wrapping_sub",
    "checked_add": "checked_sub",
    "checked_sub": "checked_add",
    "rotate_left": "rotate_right",
    "rotate_right": "rotate_left",
    "add": "sub",
    "sub": "add",
    "min": "max",
    "max": "min",
}
_PLAIN = {
    "wrapping_add": "+",
    "wrapping_sub": "-",
    "wrapping_mul": "*",
    "wrapping_div": "/",
    "wrapping_rem": "%",
    "wrapping_shl": "<<",
    "wrapping_shr": ">>",
}
_OFFSETS = frozenset({"add", "sub", "offset", "byte_add", "byte_sub", "byte_offset"})
_UNSIGNED = ("u16", "u32", "u64", "u128", "usize", "c_ushort", "c_uint", "c_ulong", "c_ulonglong")
_SIGNED = ("i16", "i32", "i64", "i128", "isize", "c_short", "c_int", "c_long", "c_longlong")
_NARROWER = {**dict.fromkeys(_UNSIGNED, b"u8"), **dict.fromkeys(_SIGNED, b"i8")}
_LITERALS = frozenset({"integer_literal", "char_literal", "float_literal", "boolean_literal"})
_SIMPLE = frozenset({"identifier", "integer_literal", "call_expression", "field_expression"})


@dataclass(frozen=True, slots=True)
class RustEdit:
    """One edit of a Rust text."""

    span: Span
    new: bytes
    """What stands in place of the span; empty for a deleted statement."""
    before: str
    after: str
    kind: MutationKind


def rust_edits(root: Node, text: bytes) -> Iterator[RustEdit]:
    """Yield the edits of the functions in a tree, outer ones first, in source order.

    Kinds are those of C, and what translations of C get wrong: a narrower step in a cast or one step less,
    plain operators for wrapping ones, pointers and slices off by one.
    """
    reader = _Reader(root, text)
    for node in sites(root):
        yield from reader.edits(node)


class _Reader:
    """Says what can become of a node."""

    def __init__(self, root: Node, text: bytes) -> None:
        self._text = text
        self._types = names_by_type(root)

    def edits(self, node: Node) -> Iterator[RustEdit]:
        """Yield the edits of one node."""
        if node.has_error:
            return
        yield from self._negated(node)
        make = _MAKERS.get(node.type)
        if make is not None:
            yield from make(self, node)

    def _of(self, node: Node) -> bytes:
        return self._text[node.start_byte : node.end_byte]

    def _edit(self, node: Node, new: bytes, kind: MutationKind) -> RustEdit:
        return RustEdit(node_span(node), new, shown(self._of(node)), shown(new), kind)

    def _with_operator(self, node: Node, operator: Node, new: str, kind: MutationKind) -> RustEdit:
        left = self._text[node.start_byte : operator.start_byte]
        right = self._text[operator.end_byte : node.end_byte]
        before, after = (shown_around(left, each, right) for each in (text_of(operator), new))
        return RustEdit(node_span(operator), new.encode(), before, after, kind)

    def _negated(self, node: Node) -> Iterator[RustEdit]:
        if not is_condition(node):
            return
        operator = child(node, "operator")
        compared = operator is not None and operator.type in {*COMPARISONS, *LOGIC}
        if not compared and node.type not in {"unary_expression", "parenthesized_expression", *_LITERALS}:
            yield self._edit(node, b"!(" + self._of(node) + b")", MutationKind.CONDITION)

    def _binary(self, node: Node) -> Iterator[RustEdit]:
        operator, left = child(node, "operator"), child(node, "left")
        if operator is None or left is None or operator.type not in BINARY:
            return
        kind = kind_of(operator.type)
        for new in BINARY[operator.type]:
            if new in {"<", "<<"} and rightmost_is_cast(left):
                # `x as u32 << 1` would be the start of type arguments.
                head = b"(" + self._of(left) + b")"
                tail = self._text[operator.end_byte : node.end_byte]
                yield self._edit(node, b"%b %b%b" % (head, new.encode(), tail), kind)
            else:
                yield self._with_operator(node, operator, new, kind)
        if operator.type in DROPPABLE:
            kept = self._of(left)
            yield self._edit(node, b"(" + kept + b")" if rightmost_is_cast(left) else kept, kind)

    def _compound(self, node: Node) -> Iterator[RustEdit]:
        operator = child(node, "operator")
        if operator is not None and operator.type in ASSIGNMENTS:
            for new in (ASSIGNMENTS[operator.type], "="):
                yield self._with_operator(node, operator, new, MutationKind.ASSIGNMENT)

    def _unary(self, node: Node) -> Iterator[RustEdit]:
        operand = node.named_children[-1]
        # `!(a == b)` without its `!` is what the comparison becomes too.
        inner = operand.named_children[0] if operand.type == "parenthesized_expression" else operand
        operator = child(inner, "operator")
        if self._of(node)[:1] in {b"!", b"-"} and not (operator is not None and operator.type in COMPARISONS):
            yield self._edit(node, self._of(operand), MutationKind.UNARY)

    def _cast(self, node: Node) -> Iterator[RustEdit]:
        value, target = child(node, "value"), child(node, "type")
        if value is None or target is None:
            return
        narrower = _NARROWER.get(text_of(target).rpartition("::")[2])
        inner = value.named_children[0] if value.type == "parenthesized_expression" else value
        if narrower is not None and inner.type not in _LITERALS and not _is_comparison(inner):
            end = target.start_byte - node.start_byte
            whole = self._of(node)
            new = whole[:end] + narrower + b" as " + whole[end:]
            yield self._edit(node, new, MutationKind.CAST)
        step = child(inner, "value") if inner.type == "type_cast_expression" else None
        if step is not None:
            text = replaced(self._text, node_span(node), node_span(inner), self._of(step))
            yield self._edit(node, text, MutationKind.CAST)

    def _literal(self, node: Node) -> Iterator[RustEdit]:
        following = next_number(text_of(node), _WIDTHS)
        # The number of a tuple's field is a name.
        if following is not None and (node.parent is None or node.parent.type != "field_expression"):
            yield self._edit(node, following.encode(), MutationKind.CONSTANT)

    def _boolean(self, node: Node) -> Iterator[RustEdit]:
        new = b"false" if self._of(node) == b"true" else b"true"
        yield self._edit(node, new, MutationKind.CONSTANT)

    def _character(self, node: Node) -> Iterator[RustEdit]:
        head, quote, letter = self._of(node)[:-1].partition(b"'")
        following = b"\\x01" if letter == b"\\0" else _next_letter(letter)
        if following is not None:
            yield self._edit(node, head + quote + following + quote, MutationKind.CONSTANT)

    def _range(self, node: Node) -> Iterator[RustEdit]:
        operator = next((each for each in node.children if each.type in {"..", "..="}), None)
        if operator is not None and node.children[-1] != operator:
            new = "..=" if operator.type == ".." else ".."
            yield self._with_operator(node, operator, new, MutationKind.OFFSET)

    def _index(self, node: Node) -> Iterator[RustEdit]:
        index = node.named_children[-1]
        if index.type not in {"range_expression", "integer_literal"}:
            yield self._one_more(index)

    def _one_more(self, node: Node) -> RustEdit:
        text = self._of(node) if node.type in _SIMPLE else b"(" + self._of(node) + b")"
        return self._edit(node, text + b" + 1", MutationKind.OFFSET)

    def _call(self, node: Node) -> Iterator[RustEdit]:
        callee = child(node, "function")
        method = child(callee, "field")
        given = arguments_of(node)
        if callee is not None and method is not None:
            yield from self._method(node, callee, method, given)
        yield from self._swapped(given)

    def _method(self, node: Node, callee: Node, method: Node, given: list[Node]) -> Iterator[RustEdit]:
        name = text_of(method)
        kind = MutationKind.WRAPPING if "_" in name else MutationKind.COMPARISON
        other, plain = _METHODS.get(name), _PLAIN.get(name)
        if name in _OFFSETS:
            kind = MutationKind.OFFSET
            if len(given) == 1 and given[0].type != "integer_literal":
                yield self._one_more(given[0])
        if other is not None:
            yield self._renamed(node, method, other, kind)
        value = child(callee, "value")
        if plain is not None and value is not None and len(given) == 1:
            new = b"((%b) %b (%b))" % (self._of(value), plain.encode(), self._of(given[0]))
            yield self._edit(node, new, MutationKind.OVERFLOW)

    def _renamed(self, node: Node, method: Node, new: str, kind: MutationKind) -> RustEdit:
        after = replaced(self._text, node_span(node), node_span(method), new.encode())
        return RustEdit(node_span(method), new.encode(), shown(self._of(node)), shown(after), kind)

    def _swapped(self, given: list[Node]) -> Iterator[RustEdit]:
        for first, second in pairwise(given):
            one, other = self._of(first), self._of(second)
            known = self._types.get(one)
            if one != other and known is not None and known == self._types.get(other):
                span = Span(first.start_byte, second.end_byte)
                new = other + self._text[first.end_byte : second.start_byte] + one
                before = shown(self._text[span.start : span.end])
                yield RustEdit(span, new, before, shown(new), MutationKind.ARGUMENTS)
                return

    def _statement(self, node: Node) -> Iterator[RustEdit]:
        if has_effect(node) and not is_tail(node):
            yield self._edit(node, b"", MutationKind.DELETION)

    def _arm(self, node: Node) -> Iterator[RustEdit]:
        value = child(node, "value")
        if value is not None and value.type in {"assignment_expression", "compound_assignment_expr"}:
            yield self._edit(value, b"{}", MutationKind.DELETION)


def _next_letter(letter: bytes) -> bytes | None:
    """Return the letter behind one, or the one before it where that would need a backslash."""
    if len(letter) != 1:
        return None
    return bytes([letter[0] + (-1 if letter in b"&[~" else 1)])


def _is_comparison(node: Node) -> bool:
    operator = child(node, "operator")
    return operator is not None and operator.type in {*COMPARISONS, *LOGIC}


_MAKERS: dict[str, Callable[[_Reader, Node], Iterator[RustEdit]]] = {
    "binary_expression": _Reader._binary,
    "compound_assignment_expr": _Reader._compound,
    "unary_expression": _Reader._unary,
    "type_cast_expression": _Reader._cast,
    "integer_literal": _Reader._literal,
    "boolean_literal": _Reader._boolean,
    "char_literal": _Reader._character,
    "range_expression": _Reader._range,
    "index_expression": _Reader._index,
    "call_expression": _Reader._call,
    "expression_statement": _Reader._statement,
    "match_arm": _Reader._arm,
}
