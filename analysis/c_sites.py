"""Where a C function can be edited at run time, and where it must stay as it is for the compiler's sake."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from analysis.c_function import CFunction
from analysis.syntax import Node, child, descendants

_CLOSED = frozenset(
    {
        *("sizeof_expression", "alignof_expression", "offsetof_expression", "generic_expression"),
        *("type_descriptor", "type_definition", "struct_specifier", "union_specifier", "enum_specifier"),
        *("macro_type_specifier", "parameter_list", "attribute_specifier", "attribute_declaration"),
        *("subscript_designator", "subscript_range_designator", "field_designator"),
        *("gnu_asm_expression", "string_literal", "concatenated_string", "preproc_call", "ERROR"),
    }
)
"""Nodes whose inside is no place for a choice: types, operands of constant operators, asm."""
_FIXED_STORAGE = frozenset([b"static", b"extern", b"constexpr", b"_Thread_local", b"__thread", b"typedef"])
_FIXED_CALL = re.compile(
    rb"_*(?:(?:compile_?time_|static_)?assert(?:_\w*)?|compiletime_assert\w*)\Z|(?i:_*static_assert)\Z"
    rb"|__builtin_(?:offsetof|types_compatible_p|constant_p|choose_expr|prefetch|(?:dynamic_)?object_size"
    rb"|va_\w+|(?:frame|return)_address|shuffle\w*|convertvector|has_attribute|unreachable|trap)\Z"
)
"""Callees whose arguments are for the compiler, or that say what must hold anyway."""
_FIXED_STATEMENT = re.compile(
    rb"\b(?:__assert_fail|__assert|__compiletime_assert_\w+|__builtin_unreachable)\b"
)
LOOPS = frozenset({"while_statement", "for_statement", "do_statement"})


def sites(function: CFunction) -> Iterator[Node]:
    """Yield the nodes of a function's body that an edit may touch, outer ones first, in source order.

    Left out is what C wants constant (labels, array sizes, static initialisers, operands of `sizeof`), types,
    asm, assertions, and what the grammar could not read.
    """
    pending = [function.body]
    while pending:
        node = pending.pop()
        if node.is_error or (node.prev_sibling is not None and node.prev_sibling.is_error):
            continue
        yield node
        pending.extend(reversed(_inside(node, function)))


def _inside(node: Node, function: CFunction) -> list[Node]:
    """Return the children of a node that may be edited."""
    if node.type in _CLOSED:
        return []
    if node.type == "declaration":
        return _initialisers(node, function)
    if node.type == "call_expression" and is_fixed_call(node, function):
        return []
    if is_expectation(node, function):
        return _arguments(node)[:1]
    if _is_assertion(node, function):
        return []
    if node.type == "if_statement" and any(_is_assertion(each, function) for each in node.named_children):
        return []
    fixed = {child(node, "value")} if node.type == "case_statement" else set()
    condition = condition_of(node)
    if condition is not None and is_constant(condition, function):
        fixed.add(condition)
    return [each for each in node.named_children if each not in fixed]


def _is_assertion(node: Node, function: CFunction) -> bool:
    if node.type == "else_clause":
        node = node.named_children[-1]
    return node.type == "expression_statement" and bool(_FIXED_STATEMENT.search(function.text(node)))


def _initialisers(declaration: Node, function: CFunction) -> list[Node]:
    if any(
        function.text(each) in _FIXED_STORAGE
        for each in declaration.children
        if each.type in {"storage_class_specifier", "type_qualifier"}
    ):
        return []
    return [
        value
        for declarator in declaration.children_by_field_name("declarator")
        if (value := child(declarator, "value")) is not None
        and not ("string" in value.type and any(descendants(declarator, {"array_declarator"})))
    ]


def is_fixed_call(call: Node, function: CFunction) -> bool:
    """Whether a call is for the compiler or an assertion."""
    callee = child(call, "function")
    return callee is not None and _FIXED_CALL.match(function.text(callee)) is not None


def is_expectation(node: Node, function: CFunction) -> bool:
    """Whether a node is `__builtin_expect(x, 1)`, which means `x`."""
    callee = child(node, "function") if node.type == "call_expression" else None
    return callee is not None and function.text(callee) == b"__builtin_expect"


def _arguments(call: Node) -> list[Node]:
    arguments = child(call, "arguments")
    return arguments.named_children if arguments is not None else []


def condition_of(node: Node) -> Node | None:
    """Return the condition of an `if`, a loop or a `?:`; that of `a ?: b` is its value too."""
    if node.type == "conditional_expression" and child(node, "consequence") is None:
        return None
    if node.type in {"if_statement", "conditional_expression", *LOOPS}:
        return child(node, "condition")
    return None


def is_number(node: Node, function: CFunction) -> bool:
    """Whether a node is a number; digits may stand for a variable in the tree."""
    return node.type == "number_literal" and function.text(node)[:1] in b"0123456789."


def is_constant(node: Node, function: CFunction) -> bool:
    """Whether an expression names nothing: code that it rules out may not even link."""
    pending = [node]
    while pending:
        current = pending.pop()
        if current.type == "number_literal" and not is_number(current, function):
            return False
        if current.type in {"identifier", "call_expression", "field_expression", "ERROR"}:
            return False
        if current.type not in _CLOSED:
            pending.extend(current.named_children)
    return True


def is_last(node: Node, stop: Collection[str]) -> bool:
    """Whether nothing stands behind a statement up to the end of the enclosing node of a type in `stop`."""
    while True:
        parent = node.parent
        if parent is None or parent.type in stop:
            return parent is not None
        if parent.type in {"compound_statement", "case_statement"}:
            if parent.named_children[-1] != node:
                return False
        elif parent.type in LOOPS or parent.type == "parenthesized_expression":
            return False
        node = parent


def is_truth(node: Node, function: CFunction) -> bool:
    """Whether of an expression only counts if it is zero: a condition, or an operand of `!`, `&&` or `||`."""
    parent = node.parent
    while parent is not None and _passes_on(parent, node, function):
        node, parent = parent, parent.parent
    if parent is None:
        return False
    operator = child(parent, "operator")
    return condition_of(parent) == node or (operator is not None and operator.type in {"!", "&&", "||"})


def _passes_on(parent: Node, node: Node, function: CFunction) -> bool:
    """Whether the value of a node is that of its parent."""
    if parent.type == "argument_list":
        return (
            parent.parent is not None
            and is_expectation(parent.parent, function)
            and parent.named_children[0] == node
        )
    if parent.type == "compound_statement":
        return is_value(node)
    return (
        parent.type in {"parenthesized_expression", "extension_expression"}
        or is_expectation(parent, function)
        or (parent.type == "expression_statement" and is_value(parent))
    )


def is_value(statement: Node) -> bool:
    """Whether a statement is the last of a statement expression, and so its value."""
    block = statement.parent
    return (
        block is not None
        and block.type == "compound_statement"
        and block.parent is not None
        and block.parent.type == "parenthesized_expression"
        and block.named_children[-1] == statement
    )
