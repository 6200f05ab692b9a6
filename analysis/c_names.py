"""Names in C expressions and declarations, and other small questions about their nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analysis.structure import NOTHING, Way, character, number, plain
from analysis.syntax import Node, child, descendants, text_of

RELATIONS = {"==": "==", "!=": "!=", "<": "<", "<=": "<", ">": ">", ">=": ">"}
NUMBERS = frozenset({"number_literal", "char_literal"})
COMPILE_TIME = frozenset({"sizeof_expression", "offsetof_expression", "alignof_expression"})
JUMPS = {
    "return_statement": Way.OUT,
    "goto_statement": Way.GOTO,
    "break_statement": Way.BREAK,
    "continue_statement": Way.CONTINUE,
}


def own_names(function: Node) -> Iterator[str]:
    """Yield the parameters and locals, those that are `static` left out."""
    for declaration in descendants(function, {"declaration", "parameter_declaration"}):
        if any(text_of(each) in {"static", "extern"} for each in declaration.children):
            continue
        for index, declarator in enumerate(declaration.children):
            if declaration.field_name_for_child(index) == "declarator":
                named = declared(declarator)
                if named is not None:
                    yield text_of(named)


def declared(declarator: Node) -> Node | None:
    pending = [declarator]
    while pending:
        node = pending.pop(0)
        if node.type == "identifier":
            return node
        inner = node.child_by_field_name("declarator")
        pending += [inner] if inner is not None else node.named_children[:1]
    return None


def casts(node: Node) -> bool:
    """Tell whether a name is a type that the parser takes for a function or an argument: `(word)(x)`."""
    above = node.parent
    call = above.parent if above is not None else None
    if above is None or call is None or call.type != "call_expression":
        return False
    if above.type == "parenthesized_expression":
        return child(call, "function") == above
    return is_cast(call) and call.parent is not None and child(call.parent, "function") == call


def is_cast(call: Node) -> bool:
    """Tell whether what looks like a call is a cast to a named type."""
    function = child(call, "function")
    while function is not None and function.type == "call_expression":
        function = child(function, "function")
    return function is not None and re.fullmatch(r"\(\s*\w+\s*\)", text_of(function)) is not None


def in_type(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type.endswith("_declarator") and above.type != "init_declarator":
        above = above.parent
    if above is not None and above.type == "declaration":
        return True
    while above is not None and not above.type.endswith("statement"):
        if above.type in COMPILE_TIME or above.type == "attribute_specifier":
            return True
        above = above.parent
    return False


def name_of(node: Node) -> str:
    text = text_of(node)
    if node.type == "number_literal":
        return number(text)
    return character(text) if node.type == "char_literal" else plain(text)


def bare(node: Node) -> str:
    return "0" if text_of(node) in {"0", "'\\0'"} else text_of(node)


def callee_of(function: Node) -> str:
    while function.type in {"parenthesized_expression", "pointer_expression", "subscript_expression"}:
        function = child(function, "argument") or function.named_children[0]
    if function.type == "field_expression":
        return text_of(function.named_children[-1])
    return text_of(function) if function.type == "identifier" else ""


def operator_of(node: Node) -> str:
    operator = child(node, "operator")
    return text_of(operator) if operator is not None else ""


def parts(node: Node, *fields: str) -> list[Node]:
    return [each for name in fields if (each := child(node, name)) is not None]


def compared_texts(condition: Node | None) -> frozenset[str]:
    """Return what a comparison compares: `a < b ? a : b` says again what it has computed."""
    while condition is not None and condition.type == "parenthesized_expression":
        condition = condition.named_children[0]
    if condition is None or operator_of(condition) not in RELATIONS:
        return NOTHING
    return frozenset(inner_text(each) for each in parts(condition, "left", "right"))


def inner_node(node: Node) -> Node:
    """Return what stands in parentheses."""
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return node


def inner_text(node: Node) -> str:
    """Return the text of what stands in parentheses."""
    return text_of(inner_node(node))


def is_nothing(value: Node | None) -> bool:
    text = re.sub(r"\([\w\s*]+\)|\s", "", text_of(value)) if value is not None else "?"
    return text in {"0", "NULL", "false", "{0}", "{NULL}", "{}", "0u", "0UL", "0U", "'\\0'", "(void*)0"}


def ends(statements: Sequence[Node]) -> bool:
    """Tell whether a case does not fall through."""
    for last in reversed([each for each in statements if each.type != "comment"]):
        if last.type == "compound_statement":
            return ends(last.named_children)
        return last.type in JUMPS
    return False
