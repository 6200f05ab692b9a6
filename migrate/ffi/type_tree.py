"""A Rust type as a tree, read from its text and written again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeAlias

from analysis.syntax import Node, child, parse_rust, text_of


@dataclass(frozen=True, slots=True)
class Named:
    """A type by its name: `u32`, `crate::ramfs::Super`, `Option<T>`."""

    name: str
    """The last part of the path."""
    path: str
    arguments: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A borrow: `&T`, `&mut T`."""

    target: Type
    mutable: bool
    static: bool = False


@dataclass(frozen=True, slots=True)
class RawPointer:
    """A pointer of C: `*const T`, `*mut T`."""

    target: Type
    mutable: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """Values in a row, as many as there are: `[T]`."""

    element: Type


@dataclass(frozen=True, slots=True)
class Array:
    """Values in a row: `[T; N]`."""

    element: Type
    length: str


@dataclass(frozen=True, slots=True)
class Tuple:
    """Values side by side; the unit type without any."""

    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class FunctionPointer:
    """A function by its address: `unsafe extern "C" fn(T) -> U`."""

    modifiers: str
    parameters: tuple[Type, ...]
    result: Type


@dataclass(frozen=True, slots=True)
class Closure:
    """Anything that can be called: `impl Fn(T) -> U`, `dyn FnMut(T)`."""

    held: str
    """`impl` or `dyn`."""
    kind: str
    """`Fn`, `FnMut` or `FnOnce`."""
    parameters: tuple[Type, ...]
    result: Type
    bounds: tuple[str, ...] = ()
    """What else it must be, lifetimes left out."""


@dataclass(frozen=True, slots=True)
class Other:
    """A type that no rule is about, as it is written."""

    text: str


Type: TypeAlias = Named | Reference | RawPointer | Slice | Array | Tuple | FunctionPointer | Closure | Other
UNIT = Tuple(())
NEVER = Other("!")


@cache
def type_of(text: str) -> Type:
    """Read a type from its text."""
    root = parse_rust(f"type T = {text};".encode())
    node = child(next(iter(root.named_children), None), "type")
    return Other(text) if root.has_error else read_type(node)


def read_type(node: Node | None) -> Type:
    """Read a type from its tree; where there is none, it is the unit type."""
    if node is None:
        return UNIT
    match node.type:
        case "reference_type":
            static = any(text_of(each) == "'static" for each in node.named_children)
            return Reference(read_type(child(node, "type")), _is_mutable(node), static)
        case "pointer_type":
            return RawPointer(read_type(child(node, "type")), _is_mutable(node))
        case "array_type":
            element, length = read_type(child(node, "element")), child(node, "length")
            return Slice(element) if length is None else Array(element, text_of(length))
        case "unit_type":
            return UNIT
        case "tuple_type":
            return _tuple(node)
        case "function_type" if child(node, "trait") is None:
            return _function_pointer(node)
        case "abstract_type" | "dynamic_type" | "bounded_type":
            return _closure(node) or Other(text_of(node))
        case _:
            return _named(node)


def closure_of(held: str, bounds: list[Node]) -> Closure | None:
    """Read what is bound by traits of which one is `Fn`, `FnMut` or `FnOnce`."""
    call, others = None, list[str]()
    for each in bounds:
        inner = child(each, "type") if each.type == "higher_ranked_trait_bound" else each
        if inner is not None and inner.type == "function_type" and child(inner, "trait") is not None:
            call = inner
        elif each.type != "lifetime":
            others.append(text_of(each))
    trait = child(call, "trait")
    if call is None or trait is None:
        return None
    kind = text_of(trait).rpartition("::")[2]
    return Closure(held, kind, _parameters(call), read_type(child(call, "return_type")), tuple(others))


def _is_mutable(node: Node) -> bool:
    return any(each.type == "mutable_specifier" for each in node.children)


def _tuple(node: Node) -> Type:
    items = tuple(map(read_type, node.named_children))
    # The grammar has no node for brackets around a type: `&(dyn Fn() + Send)`.
    return items[0] if len(items) == 1 and "," not in text_of(node) else Tuple(items)


def _function_pointer(node: Node) -> FunctionPointer:
    modifiers = next((text_of(each) for each in node.children if each.type == "function_modifiers"), "")
    return FunctionPointer(modifiers, _parameters(node), read_type(child(node, "return_type")))


def _parameters(node: Node) -> tuple[Type, ...]:
    named = child(node, "parameters")
    listed = [each for each in (named.named_children if named else ()) if "comment" not in each.type]
    return tuple(read_type(child(each, "type") if each.type == "parameter" else each) for each in listed)


def _closure(node: Node) -> Closure | None:
    first = node.named_children[0] if node.type == "bounded_type" else node
    trait = child(first, "trait")
    if trait is None:
        return None
    held = "impl" if first.type == "abstract_type" else "dyn"
    return closure_of(held, [trait, *(node.named_children[1:] if node.type == "bounded_type" else ())])


def _named(node: Node) -> Type:
    base = child(node, "type") if node.type == "generic_type" else node
    if base is None or base.type not in {"primitive_type", "type_identifier", "scoped_type_identifier"}:
        return Other(text_of(node))
    path = "".join(text_of(base).split())
    inner = child(node, "type_arguments")
    arguments = (each for each in (inner.named_children if inner else ()) if each.type != "lifetime")
    return Named(path.rpartition("::")[2], path, tuple(map(read_type, arguments)))


def written(kind: Type) -> str:
    """Write a type as Rust has it."""
    match kind:
        case Named(_, path, arguments):
            return path + (f"<{_listed(arguments)}>" if arguments else "")
        case Reference(target, mutable, static):
            return "&" + "'static " * static + "mut " * mutable + written(target)
        case RawPointer(target, mutable):
            return f"*{'mut' if mutable else 'const'} {written(target)}"
        case Slice(element):
            return f"[{written(element)}]"
        case Array(element, length):
            return f"[{written(element)}; {length}]"
        case Tuple(items):
            return f"({_listed(items)}{',' if len(items) == 1 else ''})"
        case FunctionPointer(modifiers, parameters, result):
            return f"{modifiers} fn({_listed(parameters)}){arrow(result)}".lstrip()
        case Closure(held, trait, parameters, result, bounds):
            return " + ".join((f"{held} {trait}({_listed(parameters)}){arrow(result)}", *bounds))
        case Other(text):
            return text


def arrow(result: Type) -> str:
    """Write what a function returns, after its parameters."""
    return "" if result == UNIT else f" -> {written(result)}"


def _listed(kinds: tuple[Type, ...]) -> str:
    return ", ".join(map(written, kinds))


def replaced(kind: Type, change: Callable[[Named], Type | None]) -> Type:
    """Return a type with some of the names in it replaced, outer ones first."""

    def inside(kind: Type) -> Type:
        return replaced(kind, change)

    match kind:
        case Named():
            other = change(kind)
            return other if other is not None else replace(kind, arguments=tuple(map(inside, kind.arguments)))
        case Reference() | RawPointer():
            return replace(kind, target=inside(kind.target))
        case Slice() | Array():
            return replace(kind, element=inside(kind.element))
        case Tuple(items):
            return Tuple(tuple(map(inside, items)))
        case FunctionPointer() | Closure():
            parameters = tuple(map(inside, kind.parameters))
            return replace(kind, parameters=parameters, result=inside(kind.result))
        case Other():
            return kind


def parts(kind: Type) -> Iterator[Type]:
    """Yield a type and all types in it."""
    yield kind
    match kind:
        case Named():
            inner: tuple[Type, ...] = kind.arguments
        case Reference() | RawPointer():
            inner = (kind.target,)
        case Slice() | Array():
            inner = (kind.element,)
        case Tuple(items):
            inner = items
        case FunctionPointer() | Closure():
            inner = (*kind.parameters, kind.result)
        case Other():
            inner = ()
    for each in inner:
        yield from parts(each)


def named(path: str, *arguments: Type) -> Named:
    """Return a type by its path."""
    return Named(path.rpartition("::")[2], path, arguments)


def option_of(kind: Type) -> Type | None:
    """Return what an `Option` holds, or None where a type is none."""
    return kind.arguments[0] if isinstance(kind, Named) and kind.name == "Option" and kind.arguments else None


def box_of(kind: Type) -> Type | None:
    """Return what a `Box` holds, or None where a type is none."""
    return kind.arguments[0] if isinstance(kind, Named) and kind.name == "Box" and kind.arguments else None


def is_void(kind: Type) -> bool:
    """Tell whether a type is `c_void`."""
    return isinstance(kind, Named) and kind.name == "c_void"
