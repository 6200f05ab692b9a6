"""Values that Rust returns or passes to a callback, for C.

- scalars: see `scalars.py`; records as they are;
- `&T`, `&mut T`, `&CStr` and raw pointers as pointers, `Option` of one as NULL for `None`; a `&T` only where
  C says `const`, since C would otherwise write to what Rust takes to stay the same;
- `Box<T>`, and a value of a type that C does not see into, by `Box::into_raw`: C owns it, until it comes back
  through a function that gives it up;
- a record by value where C expects a pointer to one that it owns, likewise.
"""

from __future__ import annotations

from dataclasses import dataclass

from migrate.ffi.layouts import alike, holds_handle
from migrate.ffi.number import is_byte
from migrate.ffi.rust_type import TypeKind
from migrate.ffi.scalars import scalar_to_c
from migrate.ffi.scope import Scope
from migrate.ffi.type_tree import (
    Array,
    Named,
    RawPointer,
    Reference,
    Type,
    box_of,
    is_void,
    named,
    option_of,
    written,
)


@dataclass(frozen=True, slots=True)
class Returned:
    """A value as C gets it."""

    value: str
    type: Type
    """How the shim declares it."""


def to_c(rust: Type, c: Type, value: str, scope: Scope) -> Returned | None:
    """Return a value of Rust as one of C, or None where no rule makes one."""
    scalar = scalar_to_c(rust, c, value, scope)
    if scalar is not None:
        return Returned(scalar, c)
    optional = option_of(rust)
    if optional is not None and isinstance(c, RawPointer):
        return _optional(optional, c, value, scope)
    if isinstance(c, RawPointer):
        return _pointer(rust, c, value, scope)
    whole = scope.kind_of(rust) is TypeKind.RECORD or isinstance(rust, Array)
    return Returned(value, rust) if whole and alike(c, rust, scope, to_c=True) else None


def _optional(inner: Type, c: RawPointer, value: str, scope: Scope) -> Returned | None:
    found = _pointer(inner, c, "value", scope)
    if found is None:
        return None
    return Returned(f"{value}.map_or({null(c)}, {closure('value', found.value)})", found.type)


def null(c: Type) -> str:
    """Return NULL as a pointer of a type."""
    return f"ptr::null{'_mut' if isinstance(c, RawPointer) and c.mutable else ''}()"


def closure(pattern: str, value: str) -> str:
    """Return a closure, or the one function that it would call."""
    function = value.removesuffix(f"({pattern})")
    plain = function != value and function.replace("::", "").replace("_", "").isalnum()
    return function if plain else f"|{pattern}| {value}"


def _pointer(rust: Type, c: RawPointer, value: str, scope: Scope) -> Returned | None:
    if isinstance(rust, RawPointer) and alike(c, rust, scope):
        return Returned(value, rust)
    if isinstance(rust, Reference):
        return _lent(rust, c, value, scope)
    boxed = box_of(rust)
    kind = boxed if boxed is not None else rust
    if not _owned(c.target, kind, scope):
        return None
    owner = value if boxed is not None else f"Box::new({value})"
    return Returned(f"Box::into_raw({owner})", RawPointer(kind, True))


def _owned(c: Type, kind: Type, scope: Scope) -> bool:
    record = scope.kind_of(kind) is TypeKind.RECORD and alike(c, kind, scope)
    return record or holds_handle(c, kind, scope)


def _lent(rust: Reference, c: RawPointer, value: str, scope: Scope) -> Returned | None:
    target = rust.target
    if c.mutable and not rust.mutable:
        return None
    if isinstance(target, Named) and target.name == "CStr":
        text = is_byte(c.target) or is_void(c.target)
        return Returned(f"{value}.as_ptr()", RawPointer(named("c_char"), False)) if text else None
    if not (holds_handle(c.target, target, scope) or alike(c.target, target, scope, to_c=True)):
        return None
    made = f"ptr::from_{'mut' if rust.mutable else 'ref'}({value})"
    return Returned(made, RawPointer(target, rust.mutable))


def why_not(rust: Type, c: Type) -> str:
    """Say why a value of Rust cannot be one of C."""
    texts = {"String", "str", "CString"}
    inner = option_of(rust) or rust
    target = inner.target if isinstance(inner, Reference) else inner
    if isinstance(inner, Reference) and isinstance(c, RawPointer) and c.mutable and not inner.mutable:
        return "C may write to what Rust only lends"
    if isinstance(c, RawPointer) and isinstance(target, Named) and target.name in texts:
        return "C could not free it" if target.name == "CString" else "it does not end with a NUL"
    return f"no rule for {written(rust)} as {written(c)}"
