"""References to single values, handles that are given up, and values by value.

- `&T`, `&mut T` and `Option` of them from a pointer, for `#[repr(C)]` records, numbers, arrays of them, and
  handles of types that C does not see into; not `&mut` where C says `const`.
- `&R` of a record or number that can be copied, beside a `&mut R`: from a copy, since C may pass one twice.
- `T`, `Box<T>` and `Option` of them, for such handles, from a pointer: with `Box::from_raw`.
- A record by value from a record, or by copy from a pointer to one; pointers and functions as they are.
"""

from __future__ import annotations

from migrate.ffi.argument import Argument, Memory, NoRule, Site
from migrate.ffi.layouts import alike, holds_handle
from migrate.ffi.number import number
from migrate.ffi.rust_type import TypeKind
from migrate.ffi.scope import Scope
from migrate.ffi.type_tree import (
    Array,
    FunctionPointer,
    Named,
    RawPointer,
    Reference,
    Slice,
    Type,
    box_of,
    named,
    option_of,
)

_TEXTS = frozenset({"str", "CStr"})


def borrowed(site: Site, rust: Type) -> Argument | NoRule | None:
    """Make `&T`, `&mut T` or an `Option` of one from a pointer."""
    optional = option_of(rust)
    lent = optional if optional is not None else rust
    pointer = site.pointer
    if not isinstance(lent, Reference) or pointer is None or not _is_single(lent.target):
        return None
    refusal = lending(lent, pointer)
    if refusal is not None:
        return refusal
    if not _leads_to(pointer.target, lent.target, site.scope):
        return None
    return _copied(site, lent) if optional is None and _copies(site, lent) else _lent(site, lent, optional)


def lending(lent: Reference, pointer: RawPointer) -> NoRule | None:
    """Say why memory of C cannot be borrowed like this, if it cannot."""
    if lent.mutable and not pointer.mutable:
        return NoRule("C says `const` of what Rust writes to")
    return NoRule("Rust would keep what C lends for a call") if lent.static else None


def _is_single(target: Type) -> bool:
    return isinstance(target, Array | RawPointer) or (isinstance(target, Named) and target.name not in _TEXTS)


def _leads_to(c: Type, rust: Type, scope: Scope) -> bool:
    row = isinstance(rust, Array) and not isinstance(c, Array) and alike(c, rust.element, scope)
    return row or holds_handle(c, rust, scope) or alike(c, rust, scope)


def _lent(site: Site, lent: Reference, optional: Type | None) -> Argument:
    name, mutable = site.name, lent.mutable
    if optional is not None:
        unsafe, live = f"{name}.as_{'mut' if mutable else 'ref'}()", "NULL or live"
    else:
        unsafe, live = f"&{'mut ' if mutable else ''}*{name}", "live"
    return Argument(
        declared=((site.index, RawPointer(lent.target, mutable)),),
        value=name,
        unsafe=unsafe,
        contract=f"{name} is {live}{' and unshared' if mutable else ''}",
        null="" if optional is not None else f"{name}.is_null()",
        memory=Memory(name, "1", lent.target, mutable),
    )


def _copies(site: Site, lent: Reference) -> bool:
    return not lent.mutable and lent.target in site.lent and is_copy(lent.target, site.scope)


def _copied(site: Site, lent: Reference) -> Argument:
    name = site.name
    return Argument(
        declared=((site.index, RawPointer(lent.target, False)),),
        value=f"&{name}",
        unsafe=f"{name}.read()",
        contract=f"{name} is live",
        null=f"{name}.is_null()",
    )


def is_copy(kind: Type, scope: Scope) -> bool:
    """Tell whether values of a type can be copied."""
    if isinstance(kind, Array):
        return is_copy(kind.element, scope)
    known = scope.known(kind)
    return number(kind) is not None or (known is not None and known.copy)


def given_up(site: Site, rust: Type) -> Argument | NoRule | None:
    """Make `T`, `Box<T>` or an `Option` of one from a pointer that C gives up."""
    optional = option_of(rust)
    held = optional if optional is not None else rust
    boxed = box_of(held)
    kind = boxed if boxed is not None else held
    pointer = site.pointer
    if pointer is None or isinstance(kind, Slice) or not isinstance(kind, Named):
        return None
    whole = boxed is not None and alike(pointer.target, kind, site.scope)
    if not whole and not holds_handle(pointer.target, kind, site.scope):
        return None
    name = site.name
    taken = f"{'' if boxed is not None else '*'}Box::from_raw({name})"
    null = "is NULL or " if optional is not None else ""
    return Argument(
        declared=((site.index, RawPointer(kind, True)),),
        value=name,
        unsafe=f"(!{name}.is_null()).then(|| {taken})" if optional is not None else taken,
        contract=f"{name} {null}came from `Box::into_raw` and is used no more",
        null="" if optional is not None else f"{name}.is_null()",
    )


def by_value(site: Site, rust: Type) -> Argument | NoRule | None:
    """Pass on a record, a pointer or a function; copy a record that C passes a pointer to."""
    if isinstance(option_of(rust) or rust, FunctionPointer):
        return _function(site, rust)
    record = site.scope.kind_of(rust) is TypeKind.RECORD
    if (isinstance(rust, RawPointer) or record) and alike(site.type, rust, site.scope):
        return Argument(declared=((site.index, rust),), value=site.name)
    pointer = site.pointer
    if not record or pointer is None or not alike(pointer.target, rust, site.scope):
        return None
    if not is_copy(rust, site.scope):
        return NoRule("Rust would own a record that C only points to")
    return Argument(
        declared=((site.index, RawPointer(rust, False)),),
        value=site.name,
        unsafe=f"{site.name}.read()",
        contract=f"{site.name} is live",
        null=f"{site.name}.is_null()",
    )


def _function(site: Site, rust: Type) -> Argument | None:
    if not alike(site.type, rust, site.scope):
        return None
    if option_of(rust) is not None:
        return Argument(declared=((site.index, rust),), value=site.name)
    return Argument(
        declared=((site.index, named("Option", rust)),),
        value=f'{site.name}.expect("a function")',
        null=f"{site.name}.is_none()",
    )
