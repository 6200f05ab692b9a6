"""Is the signature the one that callers rely on, and is everything else private to the hole?"""

from __future__ import annotations

import re

from analysis.inventory import Kind
from analysis.syntax import Node, parse_rust, text_of
from repair.candidate import Candidate
from repair.hole import Hole
from repair.verdict import Finding, Gate

_HELPER_KINDS = {"fn", "const", "static", "struct", "enum", "union", "type", "impl"}


def check(candidate: Candidate) -> tuple[Finding, ...]:
    """Compare the candidate's interface with the hole's."""
    return (*_signature(candidate), *_helpers(candidate))


def _signature(candidate: Candidate) -> tuple[Finding, ...]:
    hole = candidate.hole
    wanted, found = _interface(_completed(hole), hole.name), _interface(candidate.text, hole.name)
    if wanted == found:
        return ()
    message = f"The signature of `{hole.name}` must stay exactly as it was given."
    return (Finding(Gate.INTERFACE, message, f"expected: {hole.signature}\nfound:    {_shown(candidate)}"),)


def _completed(hole: Hole) -> str:
    return f"{hole.signature} {{}}" if hole.kind is Kind.FUNCTION else f"{hole.signature} = 0;"


def _interface(text: str, name: str) -> tuple[str, ...]:
    """Reduce an item to what others see: qualifiers, parameter types and result, or a static's type.

    Parameter names and `mut` on them are the body's own business.
    """
    item = _item(parse_rust(text.encode()), name)
    if item is None:
        return ()
    visibility = [text_of(child) for child in item.children if child.type == "visibility_modifier"]
    if item.type == "static_item":
        mutable = [child.type for child in item.children if child.type == "mutable_specifier"]
        return (*visibility, *mutable, _tokens(item.child_by_field_name("type")))
    modifiers = [_tokens(child) for child in item.children if child.type == "function_modifiers"]
    generics = _tokens(item.child_by_field_name("type_parameters"))
    parameters = item.child_by_field_name("parameters")
    types = [_tokens(each.child_by_field_name("type") or each) for each in _declared(parameters)]
    return (*visibility, *modifiers, generics, *types, "->", _tokens(item.child_by_field_name("return_type")))


def _declared(parameters: Node | None) -> list[Node]:
    comments = {"line_comment", "block_comment", "attribute_item"}
    return [each for each in parameters.named_children if each.type not in comments] if parameters else []


def _item(root: Node, name: str) -> Node | None:
    for child in root.named_children:
        named = child.child_by_field_name("name")
        if named is not None and text_of(named) == name and child.type in {"function_item", "static_item"}:
            return child
    return None


def _tokens(node: Node | None) -> str:
    if node is None:
        return ""
    joined = re.sub(r",\s*([)>\]])", r"\1", text_of(node))
    return re.sub(r"(?:::)?\bcore::ffi::|\bstd::os::raw::|(?:::)?\bcore::option::|\s+", " ", joined).replace(
        " ", ""
    )


def _shown(candidate: Candidate) -> str:
    text = candidate.text
    end = text.find("{") if candidate.hole.kind is Kind.FUNCTION else text.find("=")
    return " ".join(text[:end].split())


def _helpers(candidate: Candidate) -> tuple[Finding, ...]:
    prefix = f"{candidate.hole.name}_"
    return tuple(
        Finding(
            Gate.INTERFACE,
            f"`{item.name}` does not belong to this answer: put helpers inside `{candidate.hole.name}` "
            f"or give them private names that start with `{prefix}` and that the module does not use.",
        )
        for item in candidate.helpers
        if item.kind not in _HELPER_KINDS
        or item.foreign
        or not item.name.startswith(prefix)
        or item.name in candidate.hole.taken
        or item.text.lstrip().startswith("pub")
    )
