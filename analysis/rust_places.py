"""Where a store of Rust goes: to a local, or to memory that a name leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analysis.rust_locals import Locals
from analysis.rust_names import base_of, bases, stripped
from analysis.syntax import Node, child, text_of


@dataclass(frozen=True, slots=True)
class Place:
    """What a store writes."""

    names: frozenset[str]
    """The local or field that leads to it."""
    through: str
    """The local that it is, or whose pointer leads to it; nothing for a field."""
    part: bool
    """It is an element of what a local holds or points at, or lies at an offset from it."""
    local: bool
    """It is a local itself."""


def place_of(target: Node, locals_: Locals) -> Place:
    """Return where a store to an expression goes."""
    target = stripped(target)
    base, names = base_of(target), frozenset(bases(target))
    local, named = locals_.has(target), base is not None and base.type == "identifier"
    return Place(
        names,
        through=next(iter(names)) if named else "",
        part=not (local or target.type == "identifier" or _is_pointee(target)),
        local=local,
    )


def _is_pointee(target: Node) -> bool:
    """Tell whether an expression is `*local`."""
    dereferenced = target.type == "unary_expression" and text_of(target).startswith("*")
    return dereferenced and stripped(target.named_children[-1]).type == "identifier"


def pointee_of(pointer: Node, locals_: Locals) -> Place:
    """Return where a store through a pointer or reference goes."""
    pointer = stripped(pointer)
    while pointer.type == "type_cast_expression":
        pointer = stripped(child(pointer, "value") or pointer.named_children[0])
    if pointer.type == "reference_expression":
        return place_of(child(pointer, "value") or pointer.named_children[-1], locals_)
    return replace(place_of(pointer, locals_), local=False)
