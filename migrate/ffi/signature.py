"""The signature of a Rust function, safe or `extern "C"`, taken apart."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.syntax import Node, child, descendants, parse_rust, text_of
from migrate.ffi.type_tree import Closure, Named, Reference, Type, closure_of, read_type

_FUNCTIONS = frozenset({"function_item", "function_signature_item"})
SELF = Named("Self", "Self")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter; a method's receiver is one with the name `self`."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Generic:
    """A type parameter, with what it must be."""

    name: str
    bounds: tuple[str, ...]
    """Traits, lifetimes left out."""
    closure: Closure | None
    """What it is where a trait says that it can be called."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and returns."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Type
    generics: tuple[Generic, ...]
    beyond: str
    """A word that no rule is about: `async`, `unsafe`, or `const` for a generic; or nothing."""
    variadic: bool


def signature_of(text: str) -> Signature | None:
    """Take a signature apart, or return None where the text is none."""
    root = parse_rust(f"{text.strip().rstrip(';')} {{}}".encode())
    function = next(descendants(root, _FUNCTIONS), None)
    name, listed = child(function, "name"), child(function, "parameters")
    if root.has_error or function is None or name is None or listed is None:
        return None
    return Signature(
        name=text_of(name),
        parameters=tuple(map(_parameter, _declared(listed))),
        result=read_type(child(function, "return_type")),
        generics=_generics(function),
        beyond=_beyond(function),
        variadic=any(each.type == "variadic_parameter" for each in listed.named_children),
    )


def _declared(listed: Node) -> list[Node]:
    return [each for each in listed.named_children if each.type in {"parameter", "self_parameter"}]


def _parameter(node: Node) -> Parameter:
    if node.type == "self_parameter":
        borrowed = text_of(node).startswith("&")
        mutable = any(each.type == "mutable_specifier" for each in node.children)
        return Parameter("self", Reference(SELF, mutable) if borrowed else SELF)
    pattern = child(node, "pattern")
    simple = pattern is not None and pattern.type in {"identifier", "self"}
    return Parameter(text_of(pattern) if pattern and simple else "_", read_type(child(node, "type")))


def _generics(function: Node) -> tuple[Generic, ...]:
    listed = child(function, "type_parameters")
    bounds: dict[str, list[Node]] = {}
    for each in listed.named_children if listed else ():
        name = child(each, "name")
        if each.type == "type_parameter" and name is not None:
            bounds[text_of(name)] = _bounds(child(each, "bounds"))
    for each in descendants(function, {"where_predicate"}):
        left = child(each, "left")
        if left is not None:
            bounds.setdefault(text_of(left), []).extend(_bounds(child(each, "bounds")))
    return tuple(_generic(name, found) for name, found in bounds.items())


def _bounds(node: Node | None) -> list[Node]:
    return list(node.named_children) if node is not None else []


def _generic(name: str, bounds: list[Node]) -> Generic:
    traits = tuple(text_of(each) for each in bounds if each.type != "lifetime")
    return Generic(name, traits, closure_of("impl", bounds))


def _beyond(function: Node) -> str:
    modifiers = next((text_of(each) for each in function.children if each.type == "function_modifiers"), "")
    listed = child(function, "type_parameters")
    const = any(each.type == "const_parameter" for each in (listed.named_children if listed else ()))
    return next((word for word in ("async", "unsafe") if word in modifiers.split()), "const" if const else "")
