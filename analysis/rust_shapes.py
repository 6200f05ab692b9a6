"""What shows in Rust at a glance: names of its own, branches that do nothing, steps that are skipped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.rust_flow import way_after
from analysis.rust_names import bases, bound_by, in_comment, is_empty, named
from analysis.structure import Way, plain
from analysis.syntax import Node, child, descendants, text_of

_CHECKING = re.compile(r"\b(?:debug_)?assert(?:_eq|_ne)?!\s*\(")
_MATCHES = re.compile(r"\b(?:core::|std::)?matches!\s*\(")
_STORES = frozenset({"assignment_expression", "compound_assignment_expr"})


def readable(text: str) -> str:
    """Write `matches!` as a `match` and assertions as calls, so that a parser sees into them."""
    text = _CHECKING.sub("assert_(", text)
    found = _MATCHES.search(text)
    while found is not None:
        end, comma, depth = found.end(), -1, 1
        while depth and end < len(text):
            depth += (text[end] in "([{") - (text[end] in ")]}")
            comma = end if comma < 0 and text[end] == "," and depth == 1 else comma
            end += 1
        if depth or comma < 0:
            return text
        over, pattern = text[found.end() : comma], text[comma + 1 : end - 1].rstrip().rstrip(",")
        text = f"{text[: found.start()]}(match {over} {{ {pattern} => true, _ => false }}){text[end:]}"
        found = _MATCHES.search(text, found.start() + 1)
    return text


def own_names(root: Node) -> Iterator[str]:
    patterns = {"let_declaration", "parameter", "for_expression", "let_condition", "match_arm"}
    for node in descendants(root, patterns):
        pattern = child(node, "pattern")
        yield from bound_by(pattern) if pattern is not None else ()
    for node in descendants(root, {"closure_parameters"}):
        yield from bound_by(node)


def mutable(root: Node) -> Iterator[str]:
    for mark in descendants(root, {"mutable_specifier"}):
        named = mark.next_named_sibling
        if named is not None and named.type == "identifier":
            yield plain(text_of(named))


def skipped(root: Node) -> Iterator[str]:
    """Yield the locals that a loop steps on some ways to its next round, but not on all."""
    for loop in descendants(root, {"while_expression", "loop_expression"}):
        body = child(loop, "body")
        stepped = set(_stored_last(body)) if body is not None else set[str]()
        jumps = [each for each in descendants(loop, {"continue_expression"}) if _loop_of(each) == loop]
        for jump in jumps:
            yield from stepped - set(_stored_before(jump, loop))
        if jumps and body is not None:
            yield from _stepped_before_jumps_only(loop, body)


def _stepped_before_jumps_only(loop: Node, body: Node) -> Iterator[str]:
    condition = child(loop, "condition")
    asked = set(named(condition)) if condition is not None else set[str]()
    stores = [
        (name, store) for store in descendants(body, _STORES) for name in bases(store.named_children[0])
    ]
    for name in sorted(asked & {each for each, _ in stores}):
        if all(way_after(store) is Way.OUT for each, store in stores if each == name):
            yield name


def _stored_last(body: Node) -> Iterator[str]:
    inner = [each for each in body.named_children if not in_comment(each)]
    for each in descendants(inner[-1], _STORES) if inner else ():
        if inner[-1].type == "expression_statement" and not next(
            descendants(inner[-1], {"if_expression", "match_expression"}), None
        ):
            yield from bases(each.named_children[0])


def _loop_of(jump: Node) -> Node | None:
    above = jump.parent
    while above is not None and above.type not in {"while_expression", "loop_expression", "for_expression"}:
        above = above.parent
    return above


def _stored_before(jump: Node, loop: Node) -> Iterator[str]:
    for store in descendants(loop, _STORES):
        if store.end_byte <= jump.start_byte:
            yield from bases(store.named_children[0])


def unfinished(root: Node) -> Iterator[int]:
    """Yield the lines of branches and loop bodies with nothing in them."""
    for choice in descendants(root, {"if_expression"}):
        then, otherwise = child(choice, "consequence"), child(choice, "alternative")
        last = otherwise.named_children[-1] if otherwise is not None else None
        if (is_empty(then) and otherwise is None) or is_empty(last):
            yield choice.start_point.row
    for loop in descendants(root, {"while_expression", "for_expression", "loop_expression"}):
        condition = child(loop, "condition")
        works = condition is not None and next(descendants(condition, {"call_expression", "block"}), None)
        if is_empty(child(loop, "body")) and not works:
            yield loop.start_point.row
