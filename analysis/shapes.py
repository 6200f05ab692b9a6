"""What Rust types are made of: scalars, pointers, arrays, records, and functions behind pointers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from analysis.rust_items import RustItem
from analysis.rust_keywords import KEYWORDS
from analysis.syntax import Node, child, descendants, parse_rust, text_of


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer, or a truth value, which has one bit."""

    bits: int
    signed: bool
    is_char: bool = False
    """C writes it `char`."""


@dataclass(frozen=True, slots=True)
class Real:
    """A floating-point number."""

    bits: int


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer to one or more values."""

    target: Shape
    const: bool
    """What it leads to is not written through it."""


@dataclass(frozen=True, slots=True)
class Array:
    """Values in a row."""

    length: int
    element: Shape


@dataclass(frozen=True, slots=True)
class Named:
    """A record or union, looked up by name since it may hold pointers to itself."""

    name: str


@dataclass(frozen=True, slots=True)
class FunctionPointer:
    """A function, or none."""

    parameters: tuple[Shape, ...]
    result: Shape | None


@dataclass(frozen=True, slots=True)
class Opaque:
    """Anything whose values cannot be told: `void`, types without a definition."""

    text: str


Shape: TypeAlias = Integer | Real | Pointer | Array | Named | FunctionPointer | Opaque


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a record, under its name in C."""

    name: str
    shape: Shape
    bit_width: int | None = None
    """Bits, for a bit-field."""


@dataclass(frozen=True, slots=True)
class Record:
    """A structure or union."""

    name: str
    is_union: bool
    fields: tuple[Field, ...]
    is_flexible: bool
    """It ends with an array without a length."""


def flat(shape: Array) -> Array:
    """Return an array of arrays as one row of what is in them."""
    if not isinstance(shape.element, Array):
        return shape
    inner = flat(shape.element)
    return Array(shape.length * inner.length, inner.element)


@dataclass(frozen=True, slots=True)
class FunctionShape:
    """A function's parameters by name, and what it returns."""

    parameters: tuple[tuple[str, Shape], ...]
    result: Shape | None


_INTEGERS = {
    "bool": Integer(1, False),
    **{f"i{bits}": Integer(bits, True) for bits in (8, 16, 32, 64)},
    **{f"u{bits}": Integer(bits, False) for bits in (8, 16, 32, 64)},
    "isize": Integer(64, True),
    "usize": Integer(64, False),
    "c_char": Integer(8, True, is_char=True),
    "c_schar": Integer(8, True),
    "c_uchar": Integer(8, False),
    "c_short": Integer(16, True),
    "c_ushort": Integer(16, False),
    "c_int": Integer(32, True),
    "c_uint": Integer(32, False),
    "c_long": Integer(64, True),
    "c_ulong": Integer(64, False),
    "c_longlong": Integer(64, True),
    "c_ulonglong": Integer(64, False),
}
_REALS = {"f32": Real(32), "f64": Real(64), "c_float": Real(32), "c_double": Real(64)}
_VOID = frozenset({"c_void", "()", "!"})
_BIT_FIELD = re.compile(
    r"pub fn (\w+)\s*\(&\s?self\s?\)\s*->\s*(\w+)\s*\{.*?"
    r"\.get_const::<\s?(\d+)(?:usize)?\s?,\s?(\d+)\s?u8\s?>",
    re.DOTALL,
)


@dataclass(frozen=True)
class Shapes:
    """The types that one C file sees, resolved from the Rust that was generated for them."""

    items: Mapping[str, RustItem]

    def of(self, text: str) -> Shape:
        """Return the shape of a type as Rust writes it."""
        root = parse_rust(f"type T = {text};".encode())
        node = child(next(iter(root.named_children), None), "type")
        return self._shape(node) if node is not None else Opaque(text)

    def of_function(self, signature: str) -> FunctionShape:
        """Return the shape of a function from its signature."""
        root = parse_rust(f"{signature} {{}}".encode())
        function = next(descendants(root, frozenset({"function_item"})), None)
        named = child(function, "parameters")
        parameters = tuple(
            (text_of(name), self._shape(kind))
            for each in (named.named_children if named else ())
            if (name := child(each, "pattern")) is not None and (kind := child(each, "type")) is not None
        )
        return FunctionShape(parameters, self._result(child(function, "return_type")))

    def of_variable(self, signature: str) -> Shape:
        """Return the shape of a variable from its declaration without the value."""
        return self.of(signature.partition(":")[2].strip())

    def record(self, name: str) -> Record | None:
        """Return a record or union by name, or None when there is no definition."""
        return self._records.get(name)

    @cached_property
    def _records(self) -> dict[str, Record]:
        found = (each for each in self.items.values() if each.kind in {"struct", "union"})
        return {each.name: self._record(each) for each in found if not each.name.startswith("__")}

    def _record(self, item: RustItem) -> Record:
        root = parse_rust(item.bare.encode())
        fields: list[Field] = []
        flexible = False
        for node in descendants(root, frozenset({"field_declaration"})):
            name, kind = child(node, "name"), child(node, "type")
            if name is None or kind is None:
                continue
            flexible |= text_of(kind).startswith("__IncompleteArrayField")
            fields += self._fields(text_of(name), kind)
        return Record(item.name, item.kind == "union", (*fields, *self._bit_fields(item)), flexible)

    def _fields(self, name: str, kind: Node) -> Iterator[Field]:
        text = text_of(kind)
        if name.startswith(("_bitfield_", "__bindgen_padding", "_address", "_bindgen_align")):
            return
        if name.startswith("__bindgen_anon"):
            inner = self.items.get(text)
            # The members of one without a name count as members of the record around it.
            yield from self._record(inner).fields if inner is not None else ()
            return
        if not text.startswith("__"):
            yield Field(c_name(name), self._shape(kind))

    def _bit_fields(self, item: RustItem) -> Iterator[Field]:
        methods = self.items.get(f"impl {item.name}")
        for name, kind, _, width in _BIT_FIELD.findall(methods.bare) if methods else ():
            yield Field(c_name(name), self.of(kind), int(width))

    def _result(self, node: Node | None) -> Shape | None:
        if node is None or text_of(node) in _VOID:
            return None
        return self._shape(node)

    def _shape(self, node: Node) -> Shape:
        match node.type:
            case "pointer_type":
                target = child(node, "type")
                const = not any(each.type == "mutable_specifier" for each in node.children)
                return Pointer(self._shape(target) if target else Opaque("?"), const)
            case "array_type":
                return self._array(node)
            case "generic_type":
                inner = next(descendants(node, frozenset({"function_type"})), None)
                return self._function(inner) if inner is not None else Opaque(text_of(node))
            case "function_type":
                return self._function(node)
            case _:
                return self._by_name(text_of(node).rpartition("::")[2])

    def _array(self, node: Node) -> Shape:
        element, length = child(node, "element"), child(node, "length")
        digits = re.match(r"\d+", text_of(length)) if length else None
        if element is None or digits is None:
            return Opaque(text_of(node))
        return Array(int(digits[0]), self._shape(element))

    def _function(self, node: Node) -> FunctionPointer:
        named = child(node, "parameters")
        kinds = (child(each, "type") or each for each in (named.named_children if named else ()))
        parameters = tuple(self._shape(each) for each in kinds if each.type != "variadic_parameter")
        return FunctionPointer(parameters, self._result(child(node, "return_type")))

    def _by_name(self, name: str) -> Shape:
        known = _INTEGERS.get(name) or _REALS.get(name)
        item = self.items.get(name)
        if known is not None:
            return known
        if item is None or name in _VOID:
            return Opaque(name)
        if item.kind in {"struct", "union"}:
            return Named(name)
        aliased = item.bare.partition("=")[2].strip().rstrip(";").strip()
        return self.of(aliased) if item.kind == "type" and aliased else Opaque(name)


def c_name(name: str) -> str:
    """Return the name in C of what Rust had to call by another one."""
    bare = name.removesuffix("_")
    return bare if bare in KEYWORDS else name
