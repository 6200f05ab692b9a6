"""Where control goes in Rust after an expression, and when a condition holds."""

from __future__ import annotations

from analysis.rust_names import method_of
from analysis.rust_words import ASKING
from analysis.structure import Way
from analysis.syntax import Node, child, descendants, text_of

_JUMPS = frozenset({"return_expression", "break_expression", "continue_expression"})
_LOOPS = frozenset({"loop_expression", "while_expression", "for_expression"})
_WRAPPERS = frozenset({"expression_statement", "unsafe_block", "parenthesized_expression"})
_CONDITIONS = frozenset({"parenthesized_expression", "unary_expression", "binary_expression", "let_chain"})
_PASSING = frozenset(
    {"block", "unsafe_block", "if_expression", "else_clause", "match_expression", "match_block", "match_arm"}
    | _CONDITIONS
)
"""Within these an expression's value becomes that of the whole."""
_ENDING = frozenset({"expression_statement", "function_item", "closure_expression"})
_DIVERGING = frozenset({"panic", "unreachable", "abort", "exit", "unreachable_unchecked"})
_NOTHING = frozenset({"line_comment", "block_comment", "empty_statement"})
"""What does nothing; the semicolon behind an `unsafe` block is a statement of its own."""


def way_after(node: Node, helper: Node | None = None) -> Way:
    """Return where control goes once an expression is done.

    What stands in the body of a helper itself leads to its end, and so out of it.
    """
    while node.parent is not None:
        parent = node.parent
        if parent.type == "block":
            found = _within_block(node, parent)
            if found is not None:
                return Way.OUT if found is Way.ON and parent == helper else found
        elif parent.type in {"if_expression", "else_clause", "match_arm"}:
            holder = parent if parent.type == "if_expression" else None
            if holder is not None and child(holder, "condition") == node:
                return way_if(node)
            if holder is not None and child(holder, "alternative") is not None:
                return Way.OUT
        elif parent.type in _LOOPS and child(parent, "body") == node:
            return Way.CONTINUE
        elif parent.type in {"function_item", "closure_expression", "return_expression", "try_expression"}:
            return Way.OUT
        node = parent
    return Way.OUT


def way_behind(call: Node, helper: Node | None = None) -> Way:
    """Return where control goes once what is called returns early; `OUT` where its result may decide."""
    node = call
    while node.parent is not None:
        parent = node.parent
        if parent.type == "if_expression" and child(parent, "condition") == node:
            return way_if(node)
        if parent.type in _ENDING or (parent.type in _LOOPS and child(parent, "body") == node):
            return way_after(call, helper)
        if parent.type == "let_declaration":
            ignored = text_of(child(parent, "pattern") or parent) == "_"
            return way_after(call, helper) if ignored else Way.OUT
        asked = parent.type == "match_expression" and child(parent, "value") == node
        if asked or not (parent.type in _PASSING or _asks(parent)):
            return Way.OUT
        node = parent
    return Way.OUT


def _asks(node: Node) -> bool:
    """Tell whether a node is a call of a method such as `is_err`, or the path to it."""
    call = node.parent if node.type == "field_expression" else node
    return call is not None and call.type == "call_expression" and method_of(call) in ASKING


def _within_block(node: Node, block: Node) -> Way | None:
    """Return the way that the rest of a block decides, or None where the block's end is reached."""
    later = [
        each
        for each in block.named_children
        if each.start_byte >= node.end_byte and each.type not in _NOTHING
    ]
    if any(jumps(each) for each in later):
        return Way.OUT
    if later and not (len(later) == 1 and _is_result(later[0])):
        return Way.ON
    if block.children[0].type == "label":
        return Way.GOTO
    return None


def _is_result(node: Node) -> bool:
    """Tell whether a block's last expression only says what its value is."""
    names = {"identifier", "integer_literal", "unary_expression", "scoped_identifier", "boolean_literal"}
    return node.type in names or (node.type == "call_expression" and len(text_of(node)) < 40)


def jumps(node: Node) -> bool:
    """Tell whether a statement is a jump, also one in an `unsafe` block."""
    while node.type in _WRAPPERS | {"block"} and node.children[0].type != "label":
        inner = [each for each in node.named_children if each.type not in _NOTHING]
        if not inner:
            return False
        node = inner[-1]
    if node.type == "macro_invocation" or node.type == "call_expression":
        return text_of(node.named_children[0]).rpartition("::")[2] in _DIVERGING
    return node.type in _JUMPS


def way_if(condition: Node) -> Way:
    """Return where control goes when a part of a condition holds; `OUT` where it is no `if`'s."""
    node = condition
    while node.parent is not None:
        parent = node.parent
        if parent.type == "if_expression":
            return _way_of_branch(parent) if child(parent, "condition") == node else Way.OUT
        if parent.type == "block" and len(parent.named_children) > 1:
            return Way.OUT
        if parent.type not in _CONDITIONS | {"unsafe_block", "block", "let_condition"}:
            return Way.OUT
        node = parent
    return Way.OUT


def _way_of_branch(choice: Node) -> Way:
    then = child(choice, "consequence")
    if then is None or child(choice, "alternative") is not None or leaves(then):
        return Way.OUT
    return way_after(choice)


def leaves(node: Node) -> bool:
    """Tell whether a branch holds a jump, or takes its value from one."""
    return next(descendants(node, _JUMPS | {"try_expression"}), None) is not None or jumps(node)


def way_of_arm(arm: Node) -> Way:
    """Return where control goes when an arm of a `match` is taken."""
    value = child(arm, "value")
    return Way.OUT if value is None or leaves(value) else way_after(value)
