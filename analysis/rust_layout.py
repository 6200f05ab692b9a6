"""Rust code as lines that white space, comments and rustfmt's choices do not change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.syntax import Node, text_of

COMMENTS = frozenset({"line_comment", "block_comment"})
_LITERALS = frozenset({"string_literal", "raw_string_literal", "char_literal"})
_LINES = frozenset(
    {
        *("attribute_item", "inner_attribute_item", "macro_definition", "macro_rule"),
        *("function_item", "function_signature_item", "static_item", "const_item", "use_declaration"),
        *("struct_item", "enum_item", "union_item", "type_item", "associated_type"),
        *("impl_item", "trait_item", "mod_item", "foreign_mod_item", "extern_crate_declaration"),
        *("let_declaration", "expression_statement", "empty_statement"),
        *("match_arm", "field_declaration", "enum_variant"),
    }
)
"""What begins and ends a line."""
_COMPOSITE = frozenset({"array_expression", "tuple_expression", "struct_expression", "call_expression"})
"""What does so as an element of an array; all of its plain values stand on one line."""
_BLOCKS = frozenset(
    {
        *("block", "declaration_list", "match_block", "token_tree"),
        *("field_declaration_list", "enum_variant_list"),
    }
)
_CLOSING = frozenset({")", "]", "}", ">", "|"})
_TUPLES = frozenset({"tuple_expression", "tuple_pattern", "tuple_type"})
_LEAVING = frozenset({"return_expression", "break_expression", "continue_expression"})
_MAY_LACK_BRACES = frozenset({"match_arm", "closure_expression"})


def laid_out(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Return code as lines of tokens with a space between: one for each statement, field, arm and brace.

    Left out are comments, trailing commas, the semicolon after `return` and its like, and braces around the
    only expression of an arm or closure.
    """
    lines: list[list[str]] = [[]]
    pending: list[Node | None] = []
    for node in reversed(tuple(nodes)):
        pending += [None, node]
    while pending:
        part = pending.pop()
        if part is None:
            lines.append([])
        elif part.type in COMMENTS:
            continue
        elif part.type in _LITERALS or not part.children:
            lines[-1].append(text_of(part))
        else:
            pending.extend(reversed(_parts(part)))
    return tuple(" ".join(line) for line in lines if any(line))


def _parts(node: Node) -> list[Node | None]:
    """Return what a node consists of, None where a line ends."""
    children = [each for each in node.children if each.type not in COMMENTS]
    found: list[Node | None] = []
    for at, child in enumerate(children):
        if _is_needless(node, children, at):
            continue
        if node.type in _MAY_LACK_BRACES and child.type == "block":
            found.append(_only_expression(child) or child)
        elif _has_a_line(node, child):
            found += [None, child, None]
        elif node.type in _BLOCKS and child.type == "}":
            found += [None, child]
        elif _ends_a_line(node, child):
            found += [child, None]
        else:
            found.append(child)
    return found


def _has_a_line(parent: Node, node: Node) -> bool:
    return node.type in _LINES or (parent.type == "array_expression" and node.type in _COMPOSITE)


def _ends_a_line(parent: Node, node: Node) -> bool:
    if node.type == ";":
        return parent.type == "token_tree" and parent.children[0].type == "{"
    return node.type == "{" and parent.type in _BLOCKS


def _is_needless(parent: Node, children: Sequence[Node], at: int) -> bool:
    """Tell whether a token says nothing: a comma or semicolon that rustfmt adds or takes away."""
    if children[at].type == ";":
        return parent.type == "expression_statement" and children[0].type in _LEAVING
    return children[at].type == "," and _is_needless_comma(parent, children, at)


def _is_needless_comma(parent: Node, children: Sequence[Node], at: int) -> bool:
    """Tell whether a comma comes last, or between what stands on lines of its own."""
    if at + 1 == len(children) or (at and _has_a_line(parent, children[at - 1])):
        return True
    if children[at + 1].type not in _CLOSING:
        return False
    # The comma is what makes a tuple of a single value.
    return parent.type not in _TUPLES or sum(each.type == "," for each in children) > 1


def _only_expression(block: Node) -> Node | None:
    """Return the expression that a block consists of, or None where there is anything besides."""
    inside = [each for each in block.children if each.type not in COMMENTS][1:-1]
    if len(inside) != 1 or inside[0].type.endswith(("_item", "_declaration")):
        return None
    only = inside[0]
    if only.type != "expression_statement":
        return only
    return only.children[0] if len(only.children) == 1 else None
