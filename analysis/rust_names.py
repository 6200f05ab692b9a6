"""Names in Rust expressions and patterns, and other small questions about their nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.rust_words import PICKING, QUIET
from analysis.structure import NOTHING, character, number, plain
from analysis.syntax import Node, child, descendants, text_of

_NO_NAMES = frozenset(
    {"core", "std", "self", "Some", "None", "Ok", "Err", "null", "null_mut", "0", "size_of"}
)


def in_comment(node: Node) -> bool:
    return node.type in {"line_comment", "block_comment", "//", "/*", "*/", "doc_comment"}


def bound_by(pattern: Node) -> Iterator[str]:
    for each in descendants(pattern, {"identifier", "shorthand_field_identifier"}):
        if text_of(each)[:1].islower() or text_of(each).startswith("_"):
            yield plain(text_of(each))


def is_empty(block: Node | None) -> bool:
    if block is None or block.type != "block":
        return False
    inner = [each for each in block.named_children if not in_comment(each)]
    return not inner or (len(inner) == 1 and text_of(inner[0]) in {"()", "();"})


def names_in(node: Node | None) -> frozenset[str]:
    """Return what an expression names: variables, fields, functions, constants and numbers."""
    return frozenset(named(node)) - _NO_NAMES if node is not None else NOTHING


def named(node: Node) -> Iterator[str]:
    pending = [node]
    while pending:
        each = pending.pop()
        if each.type in {"identifier", "field_identifier", "shorthand_field_identifier"}:
            name = plain(text_of(each))
            yield "errno" if name == "errno_location" else name
        elif each.type == "integer_literal":
            yield number(text_of(each))
        elif each.type == "char_literal":
            yield character(text_of(each))
        elif each.type == "scoped_identifier":
            pending += [last] if (last := child(each, "name")) is not None else []
        elif each.type == "field_initializer":
            pending += [value] if (value := child(each, "value")) is not None else []
        elif each.type == "call_expression" and (method := method_of(each)):
            if method not in QUIET and not method.startswith(("wrapping_", "set_")):
                yield plain(method)
            pending += [part for part in (child(each, "arguments"), receiver_of(each)) if part is not None]
        elif each.type == "macro_invocation":
            pending += each.named_children[1:]
        elif not in_comment(each):
            pending += reversed(each.named_children)


def labels_of(pattern: Node) -> Iterator[str]:
    """Yield the constants that a pattern compares with."""
    guard = child(pattern, "condition")
    for each in pattern.named_children:
        if each != guard:
            for leaf in descendants(
                each, {"identifier", "integer_literal", "char_literal", "negative_literal"}
            ):
                text = text_of(leaf)
                if leaf.type == "integer_literal":
                    yield number(text)
                elif leaf.type == "char_literal":
                    yield character(text)
                elif leaf.type == "identifier" and not text[:1].islower() and text not in {"Some", "Ok", "_"}:
                    yield plain(text)


def forks(value: Node) -> bool:
    """Tell whether a value is the one or the other by an `if` or a `match`."""
    return next(descendants(value, {"if_expression", "match_expression"}), None) is not None


def picks(value: Node | None) -> bool:
    """Tell whether a value is the one or the other by a method such as `min`."""
    calls = descendants(value, {"call_expression"}) if value is not None else ()
    return any(method_of(each) in PICKING for each in calls)


def takes_apart(pattern: Node) -> bool:
    """Tell whether a pattern asks if there is a value, or which sort of result it is."""
    return re.search(r"\b(?:Some|None|Ok|Err)\b", text_of(pattern)) is not None


def stripped(node: Node) -> Node:
    while node.type in {"parenthesized_expression", "unsafe_block", "block"} and node.named_children:
        node = [each for each in node.named_children if not in_comment(each)][-1]
    return node


def bases(node: Node) -> Iterator[str]:
    """Yield the variable or field that an expression reaches memory or a function through."""
    base = base_of(node)
    if base is not None:
        name = plain(text_of(base).rpartition("::")[2])
        yield "errno" if name == "errno_location" else name


def base_of(node: Node) -> Node | None:
    """Return the name in an expression that it reaches memory or a function through."""
    node = stripped(node)
    if node.type in {"identifier", "field_identifier", "scoped_identifier"}:
        return node
    if node.type == "field_expression":
        # A field without a name says nothing of what it is in.
        member = node.named_children[-1]
        return base_of(node.named_children[0] if member.type == "integer_literal" else member)
    if node.type == "call_expression":
        receiver = receiver_of(node)
        inner = receiver if receiver is not None else child(node, "function")
        arguments = child(node, "arguments")
        outside = receiver is None and inner is not None and "::" in text_of(inner)
        if outside and arguments is not None and arguments.named_children:
            inner = arguments.named_children[0]
        return base_of(inner) if inner is not None else None
    if node.type == "generic_function":
        return base_of(node.named_children[0])
    if node.named_children:
        at = -1 if node.type in {"unary_expression", "reference_expression"} else 0
        return base_of(node.named_children[at])
    return None


def method_of(node: Node) -> str:
    function = child(node, "function")
    if function is not None and function.type == "generic_function":
        function = child(function, "function")
    if function is None or function.type != "field_expression":
        return ""
    return text_of(function.named_children[-1])


def receiver_of(node: Node) -> Node | None:
    function = child(node, "function")
    if function is not None and function.type == "generic_function":
        function = child(function, "function")
    return child(function, "value") if function is not None and function.type == "field_expression" else None


def last_name(function: Node) -> str:
    text = re.sub(r"::<.*", "", text_of(function), flags=re.DOTALL)
    return text.rpartition("::")[2] if re.fullmatch(r"[\w:]+", text) else ""


def operator_of(node: Node) -> str:
    operator = child(node, "operator")
    return text_of(operator) if operator is not None else ""


def only_retypes(value: Node, names: frozenset[str]) -> bool:
    """Tell whether a `let` gives a local the same value under another type."""
    text = re.sub(r"\s+as\s+[\w:*\s]+|\.cast(?:_mut|_const)?(?:::<[^>]*>)?\(\)|[()\s]", "", text_of(value))
    return plain(text) in names


def is_nothing(value: Node | None) -> bool:
    if value is None:
        return False
    text = re.sub(r"\s+as\s+\w+|_?(?:[iu](?:\d+|size))\b|\s", "", text_of(value))
    return bool(
        re.fullmatch(r"0|false|None|(?:core::|std::)?(?:ptr::)?null(?:_mut)?\(\)|b'\\0'|\[0;.*\]", text)
        or re.fullmatch(r"(?:core::|std::)?mem::zeroed(?:::<\w+>)?\(\)|unsafe\{core::mem::zeroed\(\)\}", text)
        or re.fullmatch(r"\[(?:core::ptr::null(?:_mut)?\(\)|None);.*\]", text)
        or re.fullmatch(r"__BindgenBitfieldUnit::new\(\[0b[0_]+\]\)", text)
    )
