"""Whether what a pointer of C leads to can be borrowed as a type of Rust."""

from __future__ import annotations

from migrate.ffi.number import is_bool, laid_out_alike, number
from migrate.ffi.rust_type import RustType, TypeKind
from migrate.ffi.scope import Scope
from migrate.ffi.type_tree import (
    Array,
    FunctionPointer,
    Named,
    RawPointer,
    Reference,
    Type,
    box_of,
    is_void,
    option_of,
    type_of,
)

_DEEPEST = 8
"""Records in records; deeper ones lead in a circle through pointers."""


def alike(c: Type, rust: Type, scope: Scope, *, to_c: bool = False, depth: int = 0) -> bool:
    """Tell whether a value of C can be read as one of Rust, and for `to_c` one of Rust as one of C.

    What C writes can be any number, so it is never read as an enum, a reference or a `bool` of Rust, unless
    it is a `bool` of C.
    """
    match c, rust:
        case RawPointer(target), RawPointer(other):
            return is_void(target) or is_void(other) or _held(target, other, scope, depth)
        case RawPointer(target), Reference(other) if to_c:
            return is_void(target) or _held(target, other, scope, depth)
        case Array(element, length), Array(other, same):
            return length == same and alike(element, other, scope, to_c=to_c, depth=depth)
        case _ if number(c) is not None and number(rust) is not None:
            return laid_out_alike(c, rust) or (to_c and is_bool(rust) and number(c) == number(type_of("u8")))
    if to_c and _is_enum_of(c, rust, scope):
        return True
    inner = option_of(rust) or (rust if to_c else None)
    if inner is not None and isinstance(c, RawPointer):
        boxed = box_of(inner)
        lent = inner.target if isinstance(inner, Reference) else boxed
        return lent is not None and (is_void(c.target) or _held(c.target, lent, scope, depth))
    if isinstance(_bare(c), FunctionPointer) and isinstance(_bare(rust), FunctionPointer):
        return _same_function(_bare(c), _bare(rust), scope)
    return _same_record(c, rust, scope, to_c=to_c, depth=depth)


def holds_handle(c: Type, rust: Type, scope: Scope) -> bool:
    """Tell whether a pointer of C to one type can be the handle of a value of the other."""
    opaque = scope.kind_of(rust) is TypeKind.OPAQUE
    return opaque and (is_void(c) or (isinstance(c, Named) and number(c) is None))


def _held(c: Type, rust: Type, scope: Scope, depth: int) -> bool:
    if depth > _DEEPEST:
        return True
    return holds_handle(c, rust, scope) or alike(c, rust, scope, depth=depth + 1)


def _bare(kind: Type) -> Type:
    """Return a function pointer that may be none as one that may not."""
    return option_of(kind) or kind


def _is_enum_of(c: Type, rust: Type, scope: Scope) -> bool:
    known = scope.known(rust)
    if known is None or known.kind is not TypeKind.ENUM or not known.repr:
        return False
    return laid_out_alike(c, type_of(known.repr))


def _same_function(c: Type, rust: Type, scope: Scope) -> bool:
    assert isinstance(c, FunctionPointer) and isinstance(rust, FunctionPointer)
    if "extern" not in rust.modifiers or len(c.parameters) != len(rust.parameters):
        return False
    pairs = zip((*c.parameters, c.result), (*rust.parameters, rust.result), strict=True)
    return all(one == other or alike(one, other, scope) for one, other in pairs)


def _same_record(c: Type, rust: Type, scope: Scope, *, to_c: bool, depth: int) -> bool:
    known = scope.known(rust)
    if not isinstance(c, Named) or number(c) is not None or known is None or is_void(c):
        return is_void(c) and is_void(rust)
    if known.kind is not TypeKind.RECORD:
        return False
    in_c = scope.known_in_c(c)
    if in_c is None:
        return to_c or _takes_any_bytes(known, scope, depth)
    return in_c == known or (
        in_c.repr == known.repr and _same_fields(in_c, known, scope, to_c=to_c, depth=depth)
    )


def _takes_any_bytes(record: RustType, scope: Scope, depth: int) -> bool:
    """Tell whether whatever C leaves in a record is a value of it."""
    kinds = (scope.in_rust(type_of(kind)) for _, kind in record.fields)
    return depth > _DEEPEST or all(_takes_any(kind, scope, depth) for kind in kinds)


def _takes_any(kind: Type, scope: Scope, depth: int) -> bool:
    if isinstance(kind, Array):
        return _takes_any(kind.element, scope, depth)
    known = scope.known(kind)
    if known is not None:
        return known.kind is TypeKind.RECORD and _takes_any_bytes(known, scope, depth + 1)
    # A `bool` is one in C too, as far as can be told.
    return number(kind) is not None or isinstance(kind, RawPointer) or option_of(kind) is not None


def _same_fields(c: RustType, rust: RustType, scope: Scope, *, to_c: bool, depth: int) -> bool:
    """Compare field by field; what is not known on either side is taken for the same."""
    if not c.fields or not rust.fields or depth > _DEEPEST:
        return True
    pairs = list(zip(c.fields, rust.fields, strict=False))
    if len(c.fields) != len(rust.fields):
        return False
    kinds = ((scope.in_c(type_of(one)), scope.in_rust(type_of(other))) for (_, one), (_, other) in pairs)
    return all(one == other or alike(one, other, scope, to_c=to_c, depth=depth + 1) for one, other in kinds)
