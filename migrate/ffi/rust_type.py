"""What the types of a crate are, as far as a shim has to know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from analysis.syntax import Node, child, parse_rust, text_of

_REPR = re.compile(r"\brepr\s*\(([^)]*)\)")
_DERIVED_COPY = re.compile(r"\bderive\s*\([^)]*\bCopy\b")
_INTEGER = re.compile(r"^[iu](?:8|16|32|64|128|size)$")
_NUMBER = re.compile(r"^-?\s*(?:0x[\da-fA-F_]+?|0o[0-7_]+|0b[01_]+|\d[\d_]*)(?:[iu](?:8|16|32|64|size))?$")
_FROM = re.compile(r"^(?:core::convert::|std::convert::)?From\s*<\s*([\w:]+)\s*>$")


class TypeKind(StrEnum):
    """What a type is to C."""

    RECORD = "record"
    """A `#[repr(C)]` structure or union, which C sees into."""
    ENUM = "enum"
    """An enum without fields, a number to C."""
    OPAQUE = "opaque"
    """Anything else that is a type of its own; C holds it by its address only."""
    ALIAS = "alias"
    """Another name for a type."""


@dataclass(frozen=True, slots=True)
class RustType:
    """One type."""

    path: str
    """From the crate's root: `crate::ramfs::Super`."""
    kind: TypeKind
    fields: tuple[tuple[str, str], ...] = ()
    """Names and types of a record's fields, in order; nothing where they are not known."""
    variants: tuple[tuple[str, int | None], ...] = ()
    """Of an enum, with their numbers where these are plain."""
    repr: str = ""
    """The integer that an enum is laid out as; of a record, what is said beside `C`, and `union` for one."""
    target: str = ""
    """What an alias stands for."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Type parameters with their defaults."""
    lifetimes: int = 0
    copy: bool = False
    wraps: str = ""
    """Of a structure around one value that the whole crate can reach, as `Index(pub u32)`: its type."""
    number: str = ""
    """How a value becomes a number: `code` and `errno` are methods, `i32::from` a function."""

    @property
    def name(self) -> str:
        """The name without the path."""
        return self.path.rpartition("::")[2]


@dataclass(slots=True)
class _Found:
    types: list[RustType] = field(default_factory=list)
    copies: set[str] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)


def rust_types(files: Mapping[str, str]) -> Mapping[str, RustType]:
    """Return the types that Rust files declare, by path; the texts stand by the paths of their modules."""
    found = _Found()
    for module, text in files.items():
        _read(parse_rust(text.encode()), module, found)
    return {each.path: _completed(each, found) for each in found.types}


def _completed(kind: RustType, found: _Found) -> RustType:
    """Add what `impl` items say about a type."""
    copy = kind.copy or kind.name in found.copies
    return replace(kind, copy=copy, number=found.numbers.get(kind.name, kind.number))


def _read(parent: Node, module: str, found: _Found) -> None:
    attributes: list[str] = []
    for node in parent.named_children:
        name = child(node, "name")
        if node.type == "attribute_item":
            attributes.append(text_of(node))
            continue
        if node.type == "impl_item":
            _read_impl(node, found)
        elif node.type == "mod_item" and name is not None and (body := child(node, "body")) is not None:
            _read(body, f"{module}::{text_of(name)}", found)
        elif name is not None and (known := _type(node, f"{module}::{text_of(name)}", " ".join(attributes))):
            found.types.append(known)
        if "comment" not in node.type:
            attributes = []


def _type(node: Node, path: str, attributes: str) -> RustType | None:
    layout = _REPR.search(attributes)
    layouts = [each.strip() for each in layout[1].split(",")] if layout else []
    base = RustType(
        path,
        TypeKind.OPAQUE,
        parameters=tuple(_parameters(node)),
        lifetimes=_count(node, "lifetime_parameter"),
        copy=bool(_DERIVED_COPY.search(attributes)),
    )
    match node.type:
        case "type_item":
            target = child(node, "type")
            return replace(base, kind=TypeKind.ALIAS, target=text_of(target) if target else "")
        case "struct_item" | "union_item" if "C" in layouts or "transparent" in layouts:
            said = " ".join(sorted({*layouts, *(["union"] if node.type == "union_item" else [])} - {"C"}))
            return replace(
                base, kind=TypeKind.RECORD, fields=tuple(_fields(node)), repr=said, wraps=_wrapped(node)
            )
        case "struct_item" | "union_item":
            return replace(base, wraps=_wrapped(node))
        case "enum_item" if _is_fieldless(node):
            integer = next(
                (each for each in layouts if _INTEGER.match(each)), "i32" if "C" in layouts else ""
            )
            return replace(base, kind=TypeKind.ENUM, variants=tuple(_variants(node)), repr=integer)
        case "enum_item":
            return base
    return None


def _parameters(node: Node) -> Iterator[tuple[str, str]]:
    listed = child(node, "type_parameters")
    for each in listed.named_children if listed else ():
        name, default = child(each, "name"), child(each, "default_type")
        if each.type in {"type_parameter", "const_parameter"} and name is not None:
            yield text_of(name), text_of(default) if default else ""


def _count(node: Node, kind: str) -> int:
    listed = child(node, "type_parameters")
    return sum(each.type == kind for each in (listed.named_children if listed else ()))


def _fields(node: Node) -> Iterator[tuple[str, str]]:
    body = child(node, "body")
    if body is not None and body.type == "ordered_field_declaration_list":
        kinds = body.children_by_field_name("type")
        yield from ((str(at), text_of(kind)) for at, kind in enumerate(kinds))
        return
    for each in body.named_children if body else ():
        name, kind = child(each, "name"), child(each, "type")
        if each.type == "field_declaration" and name is not None and kind is not None:
            yield text_of(name), text_of(kind)


def _wrapped(node: Node) -> str:
    body = child(node, "body")
    if body is None or body.type != "ordered_field_declaration_list":
        return ""
    kinds = body.children_by_field_name("type")
    open_ones = [each for each in body.named_children if text_of(each) in {"pub", "pub(crate)"}]
    return text_of(kinds[0]) if len(kinds) == len(open_ones) == 1 else ""


def _is_fieldless(node: Node) -> bool:
    body = child(node, "body")
    variants = [each for each in (body.named_children if body else ()) if each.type == "enum_variant"]
    return bool(variants) and all(child(each, "body") is None for each in variants)


def _variants(node: Node) -> Iterator[tuple[str, int | None]]:
    body = child(node, "body")
    number: int | None = -1
    for each in body.named_children if body else ():
        name, value = child(each, "name"), child(each, "value")
        if each.type != "enum_variant" or name is None:
            continue
        number = _plain(text_of(value)) if value is not None else None if number is None else number + 1
        yield text_of(name), number


def _plain(text: str) -> int | None:
    if not _NUMBER.match(text):
        return None
    bare = re.sub(r"[iu](?:8|16|32|64|size)$", "", text.replace("_", "").replace(" ", ""))
    # A zero in front means nothing in Rust, and is an error in Python.
    return int(bare, 0 if re.match(r"-?0[xob]", bare) else 10)


def _read_impl(node: Node, found: _Found) -> None:
    trait, kind, body = child(node, "trait"), child(node, "type"), child(node, "body")
    if kind is None:
        return
    owner = text_of(child(kind, "type") or kind).rpartition("::")[2]
    if trait is None:
        for each in body.named_children if body else ():
            _read_method(owner, each, found)
        return
    source = _FROM.match(text_of(trait))
    if source is not None and text_of(kind) in {"i32", "c_int"}:
        found.numbers.setdefault(source[1].rpartition("::")[2], "i32::from")
    elif text_of(trait).rpartition("::")[2] == "Copy":
        found.copies.add(owner)


def _read_method(owner: str, node: Node, found: _Found) -> None:
    name, result, parameters = child(node, "name"), child(node, "return_type"), child(node, "parameters")
    if node.type != "function_item" or name is None or result is None or parameters is None:
        return
    alone = len(parameters.named_children) == 1 and parameters.named_children[0].type == "self_parameter"
    # `errno` says more than `code`: its number is one of C's own.
    wanted = {"code", "errno"} if found.numbers.get(owner) != "errno" else set[str]()
    if text_of(name) in wanted and text_of(result) in {"i32", "c_int"} and alone:
        found.numbers[owner] = text_of(name)
