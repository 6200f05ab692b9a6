"""The single edits of a C function's body, each with what it puts in place."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from analysis.c_function import CFunction
from analysis.c_sites import (
    LOOPS,
    is_constant,
    is_expectation,
    is_fixed_call,
    is_last,
    is_number,
    is_truth,
    is_value,
    sites,
)
from analysis.mutations import (
    ASSIGNMENTS,
    BINARY,
    COMPARISONS,
    DROPPABLE,
    LOGIC,
    MutationKind,
    kind_of,
    line_of,
    next_number,
    replaced,
    shown,
    shown_around,
)
from analysis.source import Span
from analysis.syntax import Node, child, descendants, node_span

_WIDTHS = (31, 32, 63, 64)
_LONGEST_COPY = 1000
"""Bytes of an expression that is still copied: macros can expand to pages."""
_STATEMENT_EXPRESSION = re.compile(rb"\(\s*\{")
_ALREADY_OPPOSED = frozenset({"!", *COMPARISONS, *LOGIC})
"""Conditions with other edits that come to the same, or to more, than the opposite."""
_TRANSPARENT = frozenset(
    {"parenthesized_expression", "extension_expression", "compound_statement", "expression_statement"}
)
_STEPS = {"++": "--", "--": "++"}
_JUMPS = {"break_statement": {"switch_statement"}, "continue_statement": LOOPS}
_EFFECTS = frozenset({"call_expression", "assignment_expression", "update_expression"})
_ESCAPED_OR_LETTER = re.compile(rb"(?:\\.|%[^A-Za-z%\"]*.)|([A-Ya-y0-8])", re.DOTALL)


class Form(enum.Enum):
    """How an edit becomes a choice at run time."""

    CHOICE = "either the edited expression or the original"
    NEGATION = "the original condition or its opposite"
    DELETION = "the original statement or none"


@dataclass(frozen=True, slots=True)
class CEdit:
    """One edit of a preprocessed C text."""

    span: Span
    form: Form
    arm: bytes
    """What stands in place of the span; empty for a form that needs no text."""
    before: str
    after: str
    kind: MutationKind


def c_edits(function: CFunction) -> Iterator[CEdit]:
    """Yield the edits of a function, outer ones first, in source order; at most three at one place."""
    reader = _Reader(function)
    for node in sites(function):
        yield from reader.edits(node)


class _Reader:
    """Says what can become of a node."""

    def __init__(self, function: CFunction) -> None:
        self._function = function
        self._variables = function.variables()

    def edits(self, node: Node) -> Iterator[CEdit]:
        """Yield the edits of one node."""
        if not self._function.is_whole(node):
            return
        yield from self._negated(node)
        if node.type.endswith("_statement"):
            yield from self._deleted(node)
        make = _EXPRESSIONS.get(node.type)
        if make is not None and self._may_be_copied(node):
            yield from make(self, node)

    def _text(self, node: Node) -> bytes:
        return self._function.text(node)

    def _may_be_copied(self, node: Node) -> bool:
        text = self._text(node)
        # A label or a static variable of a statement expression may stand once only.
        return len(text) <= _LONGEST_COPY and not node.has_error and not _STATEMENT_EXPRESSION.search(text)

    def _choice(self, node: Node, arm: bytes, before: str, after: str, kind: MutationKind) -> CEdit:
        return CEdit(node_span(node), Form.CHOICE, line_of(arm), before, after, kind)

    def _with_operator(self, node: Node, operator: Node, new: str, kind: MutationKind) -> CEdit:
        """Write another operator in an expression."""
        whole = node_span(node)
        plain = self._function.plain
        left = plain[node.start_byte : operator.start_byte]
        right = plain[operator.end_byte : node.end_byte]
        return self._choice(
            node,
            replaced(plain, whole, node_span(operator), new.encode()),
            shown_around(left, operator.type, right),
            shown_around(left, new, right),
            kind,
        )

    def _negated(self, node: Node) -> Iterator[CEdit]:
        if node.has_error or not node.is_named or not is_truth(node, self._function):
            return
        operator = child(node, "operator")
        if node.type in _TRANSPARENT or is_expectation(node, self._function):
            return
        if operator is not None and operator.type in _ALREADY_OPPOSED:
            return
        if is_constant(node, self._function):
            return
        before = shown(self._text(node))
        yield CEdit(node_span(node), Form.NEGATION, b"", before, f"!({before})", MutationKind.CONDITION)

    def _deleted(self, node: Node) -> Iterator[CEdit]:
        if node.has_error or not self._is_worth_deleting(node):
            return
        before = shown(self._text(node))
        yield CEdit(node_span(node), Form.DELETION, b"", before, "", MutationKind.DELETION)

    def _is_worth_deleting(self, node: Node) -> bool:
        if node.type == "return_statement":
            return not is_last(node, {"function_definition"})
        if node.type in _JUMPS:
            return not is_last(node, _JUMPS[node.type])
        if node.type == "expression_statement":
            return self._has_effect(node) and not is_value(node)
        return node.type == "goto_statement"

    def _has_effect(self, statement: Node) -> bool:
        return any(
            each.type != "call_expression" or not is_fixed_call(each, self._function)
            for each in descendants(statement, _EFFECTS)
        )

    def _binary(self, node: Node) -> Iterator[CEdit]:
        operator, left = child(node, "operator"), child(node, "left")
        if operator is None or left is None or operator.type not in BINARY:
            return
        kind = kind_of(operator.type)
        if kind is MutationKind.LOGIC and self._has_constant_side(node):
            return
        for new in BINARY[operator.type]:
            yield self._with_operator(node, operator, new, kind)
        if operator.type in DROPPABLE:
            yield self._choice(node, self._text(left), shown(self._text(node)), shown(self._text(left)), kind)

    def _has_constant_side(self, node: Node) -> bool:
        return any(is_constant(each, self._function) for each in node.named_children)

    def _assignment(self, node: Node) -> Iterator[CEdit]:
        operator = child(node, "operator")
        if operator is not None and operator.type in ASSIGNMENTS:
            for new in (ASSIGNMENTS[operator.type], "="):
                yield self._with_operator(node, operator, new, MutationKind.ASSIGNMENT)

    def _update(self, node: Node) -> Iterator[CEdit]:
        operator, argument = child(node, "operator"), child(node, "argument")
        if operator is None or argument is None:
            return
        name = self._text(argument)
        first = operator.start_byte == node.start_byte
        stepped = _joined(_STEPS[operator.type].encode(), name, first)
        moved = _joined(operator.type.encode(), name, not first)
        # Where nobody looks at the value, before and behind are the same.
        for after in (stepped,) if _is_dropped(node) else (stepped, moved):
            yield self._choice(node, after, shown(self._text(node)), shown(after), MutationKind.INCREMENT)

    def _unary(self, node: Node) -> Iterator[CEdit]:
        operator, argument = child(node, "operator"), child(node, "argument")
        if operator is not None and argument is not None and operator.type in {"-", "~"}:
            text = self._text(argument)
            yield self._choice(node, text, shown(self._text(node)), shown(text), MutationKind.UNARY)

    def _number(self, node: Node) -> Iterator[CEdit]:
        text = self._text(node)
        if not is_number(node, self._function) or _is_cast_to_pointer(node):
            return
        following = next_number(text.decode(), _WIDTHS) or f"{text.decode()} + 1"
        yield self._choice(node, following.encode(), text.decode(), following, MutationKind.CONSTANT)

    def _character(self, node: Node) -> Iterator[CEdit]:
        text = self._text(node)
        before = text.decode("utf-8", errors="replace")
        yield self._choice(node, text + b" + 1", before, f"{before} + 1", MutationKind.CONSTANT)

    def _string(self, node: Node) -> Iterator[CEdit]:
        text = self._text(node)
        # An array may be initialised from the literal itself only.
        if node.parent is None or node.parent.type in {"initializer_list", "initializer_pair"}:
            return
        letter = next((each for each in _ESCAPED_OR_LETTER.finditer(text) if each[1]), None)
        if letter is not None:
            after = text[: letter.start()] + bytes([text[letter.start()] + 1]) + text[letter.end() :]
            yield self._choice(node, after, shown(text), shown(after), MutationKind.CONSTANT)

    def _call(self, node: Node) -> Iterator[CEdit]:
        arguments = child(node, "arguments")
        if arguments is None or is_fixed_call(node, self._function):
            return
        given = arguments.named_children
        for first, second in pairwise(given):
            one, other = self._text(first), self._text(second)
            known = self._variables.get(one.decode("utf-8", errors="replace"))
            if one != other and known and known == self._variables.get(other.decode("utf-8", "replace")):
                text = self._function.plain
                middle = text[first.end_byte : second.start_byte]
                swapped = Span(first.start_byte, second.end_byte)
                after = replaced(text, node_span(node), swapped, other + middle + one)
                yield self._choice(node, after, shown(self._text(node)), shown(after), MutationKind.ARGUMENTS)
                return


_EXPRESSIONS = {
    "binary_expression": _Reader._binary,
    "assignment_expression": _Reader._assignment,
    "update_expression": _Reader._update,
    "unary_expression": _Reader._unary,
    "number_literal": _Reader._number,
    "char_literal": _Reader._character,
    "string_literal": _Reader._string,
    "concatenated_string": _Reader._string,
    "call_expression": _Reader._call,
}


def _joined(operator: bytes, operand: bytes, first: bool) -> bytes:
    return operator + operand if first else operand + operator


def _is_dropped(node: Node) -> bool:
    """Whether nobody looks at the value of an expression."""
    parent = node.parent
    while parent is not None and parent.type in {"comma_expression", "parenthesized_expression"}:
        node, parent = parent, parent.parent
    if parent is None or parent.type == "expression_statement":
        return True
    return parent.type == "for_statement" and child(parent, "update") == node


def _is_cast_to_pointer(node: Node) -> bool:
    parent = node.parent
    return (
        parent is not None
        and parent.type == "cast_expression"
        and any(descendants(parent, {"abstract_pointer_declarator"}))
    )
