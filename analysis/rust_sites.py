"""Where Rust functions can be edited, and what an edit needs to know of a place."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.syntax import Node, child, descendants, text_of

_CLOSED = frozenset(
    {
        *("attribute_item", "inner_attribute_item", "line_comment", "block_comment", "macro_invocation"),
        *("parameters", "closure_parameters", "type_arguments", "type_parameters", "where_clause"),
        *("array_type", "pointer_type", "reference_type", "generic_type", "function_type", "tuple_type"),
        *("struct_item", "enum_item", "union_item", "use_declaration", "foreign_mod_item", "type_item"),
        *("visibility_modifier", "function_modifiers", "string_literal", "raw_string_literal", "label"),
        "ERROR",
    }
)
"""Nodes whose inside is no place for an edit: types, attributes, macros."""
_EFFECTS = frozenset({"call_expression", "assignment_expression", "compound_assignment_expr"})
_JUMPS = frozenset({"return_expression", "break_expression", "continue_expression"})
_BLOCKS = frozenset({"unsafe_block", "block"})


def sites(root: Node) -> Iterator[Node]:
    """Yield the nodes that an edit may touch, outer ones first, in source order.

    Left out are types, lengths of arrays, attributes, the arguments of macros, and what cannot be parsed.
    """
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type in _CLOSED:
            continue
        yield node
        length = child(node, "length")
        kept = [each for each in node.named_children if each != length]
        pending.extend(reversed(kept))


def is_condition(node: Node) -> bool:
    """Whether a node is a condition, or an operand of `&&` or `||`."""
    parent = node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        node, parent = parent, parent.parent
    if parent is None or node.type in {"let_condition", "let_chain"}:
        return False
    if parent.type == "binary_expression":
        operator = child(parent, "operator")
        return operator is not None and operator.type in {"&&", "||"}
    return child(parent, "condition") == node


def has_effect(statement: Node) -> bool:
    """Whether to leave a statement out is an edit of its own, and not that of a statement inside it."""
    expression = statement.named_children[0] if statement.named_children else None
    while expression is not None and expression.type in _BLOCKS:
        inner = [each for each in expression.named_children if "comment" not in each.type]
        expression = inner[0] if len(inner) == 1 else None
    return expression is not None and expression.type in _EFFECTS | _JUMPS


def is_tail(statement: Node) -> bool:
    """Whether a statement is a jump to where control goes anyway: the last one of a function."""
    block = statement.parent
    return (
        block is not None
        and block.parent is not None
        and block.parent.type == "function_item"
        and block.named_children[-1] == statement
        and statement.named_children[0].type in _JUMPS
    )


def arguments_of(call: Node) -> list[Node]:
    """Return the arguments of a call."""
    arguments = child(call, "arguments")
    found = arguments.named_children if arguments is not None else []
    return [each for each in found if "comment" not in each.type]


def rightmost_is_cast(node: Node) -> bool:
    """Whether an operand ends in the type of a cast."""
    while node.type in {"binary_expression", "unary_expression", "reference_expression"}:
        node = node.named_children[-1]
    return node.type == "type_cast_expression"


def names_by_type(root: Node) -> dict[bytes, str]:
    """Return the written type of each parameter and variable; a name with two types is left out."""
    found: dict[bytes, set[str]] = {}
    for node in descendants(root, {"parameter", "let_declaration"}):
        pattern, written = child(node, "pattern"), child(node, "type")
        if pattern is not None and written is not None and pattern.type == "identifier":
            found.setdefault(text_of(pattern).encode(), set()).add(text_of(written))
    return {name: types.pop() for name, types in found.items() if len(types) == 1}
