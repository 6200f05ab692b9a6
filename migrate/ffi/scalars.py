"""Numbers, truth values, characters and enums, from C and to C.

From C:

- integers of the same size or a smaller one, and of any sign: `as`, which is how C itself converts them;
- a larger integer: checked, and the process ends where C passes more than Rust can take, since another
  number would be wrong without a sign of it; to one byte of Rust from the `int` that C passes characters
  in: `as`, which is C's conversion to `unsigned char`;
- to `bool`: whether it is not 0; from `bool`: 0 or 1; to `char`: the character of Latin-1;
- to an enum: the variant with that number; for another number the process ends, or it is `None` where
  Rust takes an `Option`.

A structure around one number that the crate can reach (`Index(pub u32)`) is that number.

To C, any number is cut off by `as`, as `return` does it in C; a `char` beyond Latin-1 ends the process where
C has one byte for it. `Ordering` is -1, 0 or 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.shapes import Integer, Real
from migrate.ffi.number import integer, is_bool, is_byte, number, same_name
from migrate.ffi.rust_type import RustType, TypeKind
from migrate.ffi.scope import Scope
from migrate.ffi.type_tree import Named, Type, option_of, type_of, written


@dataclass(frozen=True, slots=True)
class Converted:
    """A value on the other side."""

    value: str
    helpers: tuple[str, ...] = ()
    """Functions that it calls, each as a whole."""


def scalar_from_c(c: Type, rust: Type, value: str, scope: Scope) -> Converted | None:
    """Return a value of C as a value of Rust, or None where one of them is no scalar."""
    inner = option_of(rust)
    known = scope.known(inner if inner is not None else rust)
    if known is not None and known.kind is TypeKind.ENUM and integer(c) is not None:
        found = f"{_reader(known)}({value} as i128)"
        expected = "" if inner is not None else f'.expect("a {known.path}")'
        return Converted(found + expected, (_read(known),))
    if inner is None and known is not None and known.wraps:
        wrapped = scalar_from_c(c, type_of(known.wraps), value, scope)
        return wrapped and Converted(f"{known.path}({wrapped.value})", wrapped.helpers)
    if isinstance(rust, Named) and rust.name == "char":
        return _character_from_c(c, value)
    if is_bool(rust):
        return Converted(value if is_bool(c) else f"{value} != 0") if isinstance(number(c), Integer) else None
    text = _number_from_c(c, rust, value)
    return Converted(text) if text is not None else None


def _number_from_c(c: Type, rust: Type, value: str) -> str | None:
    source, target = number(c), number(rust)
    if source is None or target is None or isinstance(source, Real) != isinstance(target, Real):
        return None
    if same_name(c, rust):
        return value
    name = written(rust)
    if is_bool(c):
        return f"{name}::from({value})"
    if (
        isinstance(source, Integer)
        and target.bits < source.bits
        and not (source.bits == 32 and is_byte(rust))
    ):
        return f'{name}::try_from({value}).expect("it fits {name}")'
    return f"{value} as {name}"


def _character_from_c(c: Type, value: str) -> Converted | None:
    kind = integer(c)
    if kind is None or kind.bits > 32:
        return None
    return Converted(
        f"char::from({value})" if same_name(c, Named("u8", "u8")) else f"char::from({value} as u8)"
    )


def scalar_to_c(rust: Type, c: Type, value: str, scope: Scope) -> str | None:
    """Return a value of Rust as a value of C, or None where one of them is no scalar."""
    source, target = number(rust), number(c)
    known = scope.known(rust)
    if target is None or not isinstance(rust, Named):
        return None
    if known is not None and known.wraps:
        held = f"({value}).0" if " " in value else f"{value}.0"
        return scalar_to_c(type_of(known.wraps), c, held, scope)
    if known is not None or rust.path == "Ordering":
        numbered = known is None or known.kind is TypeKind.ENUM
        return f"{value} as {written(c)}" if numbered and integer(c) is not None else None
    if rust.name == "char":
        return _character_to_c(c, value)
    if source is None or isinstance(source, Real) != isinstance(target, Real):
        return None
    if same_name(rust, c):
        return value
    if is_bool(rust):
        return f"{written(c)}::from({value})"
    return f"{value} != 0" if is_bool(c) else f"{value} as {written(c)}"


def _character_to_c(c: Type, value: str) -> str | None:
    kind = integer(c)
    if kind is None or kind.bits == 16:
        return None
    if kind.bits > 16:
        return f"{value} as {written(c)}"
    byte = f'u8::try_from({value}).expect("one byte of C holds it")'
    return byte if same_name(c, Named("u8", "u8")) else f"{byte} as {written(c)}"


def _reader(enum: RustType) -> str:
    """Return the name of the function that makes a variant of a number."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.path.removeprefix("crate::")).lower()
    return f"{words.replace('::', '_')}_from"


def _read(enum: RustType) -> str:
    arms = "".join(
        f"        each if each == {enum.path}::{name} as i128 => Some({enum.path}::{name}),\n"
        for name, _ in enum.variants
    )
    head = f"fn {_reader(enum)}(number: i128) -> Option<{enum.path}> {{\n    match number {{\n"
    return f"{head}{arms}        _ => None,\n    }}\n}}"
