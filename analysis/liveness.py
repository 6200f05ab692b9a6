"""Stores to C locals that nothing reads: none afterwards, or none before the next store."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.c_names import declared
from analysis.syntax import Node, child, descendants, text_of

_LOOPS = frozenset({"for_statement", "while_statement", "do_statement"})


def dead_stores(function: Node) -> Iterator[int]:
    """Yield the start of each plain assignment to a local that is overwritten or dropped before it is read.

    Reads that come later in the text count, and all in a loop around the store. Initial values count, too,
    where all that comes later stands behind the first assignment in one block or case.
    """
    body = child(function, "body")
    if body is None or _jumps_back(body):
        return
    yield from _initial_values(body)
    for store in descendants(body, {"assignment_expression"}):
        left, operator = child(store, "left"), child(store, "operator")
        while left is not None and left.type == "parenthesized_expression":
            left = left.named_children[0]
        if left is None or left.type != "identifier" or operator is None or text_of(operator) != "=":
            continue
        if _is_local(function, text_of(left)) and _is_dead(body, store, text_of(left)):
            yield store.start_byte


def _initial_values(body: Node) -> Iterator[int]:
    for declarator in descendants(body, {"init_declarator"}):
        named = declared(declarator)
        if named is not None and _is_set_again(body, declarator, text_of(named)):
            yield declarator.start_byte


def _is_set_again(body: Node, declarator: Node, name: str) -> bool:
    uses = [each for each in descendants(body, {"identifier"}) if text_of(each) == name]
    later = sorted((each for each in uses if each.start_byte >= declarator.end_byte), key=_start)
    if not later or not _only_written(later[0]):
        return False
    store = _statement_of(later[0])
    around = store.parent if store is not None else None
    if store is None or around is None or around.type not in {"compound_statement", "case_statement"}:
        return False
    return _loop_around(store, name) is None and all(
        each.start_byte >= later[0].start_byte and each.end_byte <= around.end_byte for each in later
    )


def _start(node: Node) -> int:
    return node.start_byte


def _statement_of(use: Node) -> Node | None:
    """Return the statement that is nothing but assignments, one of them to this use."""
    node = use.parent
    while node is not None and node.type in {"assignment_expression", "comma_expression"}:
        node = node.parent
    return node if node is not None and node.type == "expression_statement" else None


def _jumps_back(body: Node) -> bool:
    labels = {
        text_of(each.named_children[0]): each.start_byte for each in descendants(body, {"labeled_statement"})
    }
    return any(
        labels.get(text_of(each.named_children[0]), 0) < each.start_byte
        for each in descendants(body, {"goto_statement"})
        if each.named_children
    )


def _is_local(function: Node, name: str) -> bool:
    for declaration in descendants(function, {"declaration", "parameter_declaration"}):
        if any(text_of(each) == "static" for each in declaration.children):
            continue
        if any(text_of(each) == name for each in descendants(declaration, {"identifier"})):
            return True
    return False


def _is_dead(body: Node, store: Node, name: str) -> bool:
    uses = [each for each in descendants(body, {"identifier"}) if text_of(each) == name]
    if any(each.parent is not None and _takes_address(each.parent) for each in uses):
        return False
    around = _loop_around(store, name)
    inside = range(around.start_byte, around.end_byte) if around is not None else range(0)
    later = [each for each in uses if each.start_byte >= store.end_byte or each.start_byte in inside]
    return all(_only_written(each) for each in later)


def _takes_address(parent: Node) -> bool:
    return parent.type == "pointer_expression" and text_of(parent).startswith("&")


def _loop_around(store: Node, name: str) -> Node | None:
    """Return the outermost loop around a store that does not itself declare the variable."""
    found, above = None, store.parent
    while above is not None:
        if above.type in _LOOPS and not _runs_once(above):
            found = above
        if above.type == "compound_statement" and _declares(above, name):
            break
        above = above.parent
    return found


def _declares(block: Node, name: str) -> bool:
    for declaration in block.named_children:
        if declaration.type == "declaration":
            for declarator in declaration.named_children:
                named = declared(declarator)
                if named is not None and text_of(named) == name:
                    return True
    return False


def _runs_once(loop: Node) -> bool:
    """Tell whether a loop is the `do ... while (0)` of a macro."""
    condition = child(loop, "condition")
    return loop.type == "do_statement" and condition is not None and text_of(condition).strip("() ") == "0"


def _only_written(use: Node) -> bool:
    node, parent = use, use.parent
    while parent is not None and parent.type == "parenthesized_expression":
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type in {"declaration", "pointer_declarator", "init_declarator"}:
        return node != child(parent, "value")
    operator = child(parent, "operator")
    plain_store = parent.type == "assignment_expression" and operator is not None and text_of(operator) == "="
    return plain_store and node == child(parent, "left")
