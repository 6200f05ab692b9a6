"""How C spells the types that bindgen gave to Rust."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analysis.shapes import Array, FunctionPointer, Integer, Named, Opaque, Pointer, Real, Shape
from repair.evidence.target import Target

_FOREIGN = frozenset({"FILE", "_IO_FILE", "DIR", "__dirstream", "__va_list_tag"})


def c_type(shape: Shape, target: Target) -> str:
    """Return a C type of the same layout; every pointer is `void *`."""
    match shape:
        case Integer(is_char=True):
            return "char"
        case Integer(bits=1):
            return "_Bool"
        case Integer():
            return f"{'' if shape.signed else 'u'}int{shape.bits}_t"
        case Real():
            return "float" if shape.bits == 32 else "double"
        case Named():
            return target.c_types.get(shape.name, f"struct {shape.name}")
        case _:
            return "void *"


def defined(head: str, lines: Iterable[str]) -> str:
    """Return a C function of a head and the lines of its body."""
    body = "\n".join(f"\t{line}" if line else "" for line in lines)
    return f"{head}\n{{\n{body}\n}}"


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines as they stand in a block."""
    return (re.sub(r"^(?=.)", "\t", line, flags=re.MULTILINE) for line in lines)


def is_spelled(shape: Shape, target: Target) -> bool:
    """Tell whether C has a name for a type, so that a value of it can be made on its own."""
    match shape:
        case Named():
            return shape.name in target.c_types
        case Array() | Opaque():
            return False
        case _:
            return True


def is_foreign(shape: Pointer) -> bool:
    """Tell whether a pointer leads to what only the C library can make."""
    match shape.target:
        case Named(name) | Opaque(name):
            return name in _FOREIGN
        case _:
            return False


def is_certain(shape: Shape, target: Target, seen: frozenset[str] = frozenset()) -> bool:
    """Tell whether a value of this type, and what it holds by value, can be made and reported by rule."""
    match shape:
        case Pointer() if is_foreign(shape):
            return False
        case Integer() | Real() | Pointer() | FunctionPointer():
            return True
        case Array():
            return is_certain(shape.element, target, seen)
        case Named():
            record = target.shapes.record(shape.name)
            return record is not None and (
                shape.name in seen
                or all(is_certain(each.shape, target, seen | {shape.name}) for each in record.fields)
            )
        case Opaque():
            return False


def holds_pointer(shape: Shape, target: Target) -> bool:
    """Tell whether a value of this type has an address in it."""
    match shape:
        case Pointer() | FunctionPointer():
            return True
        case Array():
            return holds_pointer(shape.element, target)
        case Named():
            record = target.shapes.record(shape.name)
            return record is None or any(holds_pointer(each.shape, target) for each in record.fields)
        case _:
            return False
