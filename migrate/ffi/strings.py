"""Text, from a pointer that ends with a NUL or from a pointer and a length.

- `&CStr` and `CString` from a pointer to `char`, the text up to its NUL;
- `&[u8]` from such a pointer where no length stands beside it, the NUL left out;
- `&str` and `String` from either: bytes that are not UTF-8 become U+FFFD, so that Rust gets a text for all
  that C may pass; a length in bytes is then another one than C counts;
- `Option` of these where NULL says that there is none.
"""

from __future__ import annotations

from migrate.ffi.argument import Argument, NoRule, Site
from migrate.ffi.number import is_byte
from migrate.ffi.slices import SLICE_AT, Length, is_text, length_of
from migrate.ffi.type_tree import Named, RawPointer, Reference, Slice, Type, is_void, named, option_of

_C_CHAR = named("c_char")
_U8 = named("u8")
_MADE = {
    "CStr": "",
    "CString": ".to_owned()",
    "bytes": ".to_bytes()",
    "str": ".to_string_lossy()",
    "String": ".to_string_lossy().into_owned()",
}
"""What makes each of a `CStr`."""


def text(site: Site, rust: Type) -> Argument | NoRule | None:
    """Make a text or an `Option` of one from a pointer."""
    optional = option_of(rust)
    kind = _kind(optional if optional is not None else rust)
    pointer = site.pointer
    if kind is None or pointer is None or not (is_byte(pointer.target) or is_void(pointer.target)):
        return None
    if _is_static(optional if optional is not None else rust):
        return NoRule("Rust would keep what C lends for a call")
    length = length_of(site, _U8) if kind in {"str", "String"} else None
    if isinstance(length, NoRule):
        return length
    if length is not None and all(map(site.is_free, length.uses)):
        return _with_length(site, kind, length, optional is not None)
    if not is_text(site.type) and (kind == "bytes" or is_void(pointer.target)):
        return None
    return _with_nul(site, kind, optional is not None)


def _kind(rust: Type) -> str | None:
    match rust:
        case Reference(Named(name), False) if name in {"str", "CStr"}:
            return name
        case Reference(Slice(element), False) if element == _U8:
            return "bytes"
        case Named(name) if name in {"String", "CString"}:
            return name
    return None


def _is_static(rust: Type) -> bool:
    return isinstance(rust, Reference) and rust.static


def _with_nul(site: Site, kind: str, optional: bool) -> Argument:
    name = site.name
    made = f"CStr::from_ptr({name}){_MADE[kind]}"
    return Argument(
        declared=((site.index, RawPointer(_C_CHAR, False)),),
        value=_passed(name, kind, optional),
        unsafe=f"(!{name}.is_null()).then(|| {made})" if optional else made,
        contract=f"{name} {'is NULL or ' if optional else ''}ends with a NUL",
        null="" if optional else f"{name}.is_null()",
    )


def _with_length(site: Site, kind: str, length: Length, optional: bool) -> Argument:
    name = site.name
    owned = ".into_owned()" if kind == "String" else ""
    made = f"String::from_utf8_lossy(slice_at({name}, {length.text})){owned}"
    return Argument(
        declared=(
            (site.index, RawPointer(_U8, False)),
            *((each, site.parameters[each].type) for each in length.uses),
        ),
        value=_passed(name, kind, optional),
        unsafe=f"(!{name}.is_null()).then(|| {made})" if optional else made,
        contract=f"{name} {'is NULL or ' if optional else ''}has {length.said} bytes",
        null="" if optional else f"{name}.is_null()",
        shared=frozenset(length.uses),
        helpers=(SLICE_AT,),
    )


def _passed(name: str, kind: str, optional: bool) -> str:
    if kind != "str":
        return name
    return f"{name}.as_deref()" if optional else f"&{name}"
