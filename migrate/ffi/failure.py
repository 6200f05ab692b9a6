"""How a C function says that it failed, and how an error of Rust becomes that."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.shapes import Integer
from analysis.syntax import descendants, parse_c, text_of
from migrate.ffi.argument import NoRule
from migrate.ffi.number import integer, is_bool, same_name
from migrate.ffi.rust_type import RustType, TypeKind
from migrate.ffi.scope import Scope
from migrate.ffi.type_tree import RawPointer, Type, type_of, written
from migrate.ffi.values import null

_ERRNO = re.compile(r"-\s*E[A-Z][A-Z0-9]+\b")
_I32 = type_of("i32")


@dataclass(frozen=True, slots=True)
class Codes:
    """What a C function returns that has no other value to return.

    Where nothing is told, it returns 0 when it did well; it returns NULL or `false` where it can and the
    error's number otherwise, as the error has it; but below 0 for a number from `errno`, and where a number
    means something else when it is not below 0.
    """

    success: str = ""
    """A constant of Rust; where it is told, numbers of errors are returned as they are."""
    failure: str = ""
    """The same, where all failures are one to C: `-1`, `0`."""
    negative: bool = False
    """Failures are numbers below 0, whichever sign they have in Rust."""


NOT_TOLD = Codes()


def codes_of(c_text: str) -> Codes:
    """Read from a function of C what its `return` statements say about failures.

    A negated errno name says that failures are below 0; 0 and -1 alone say which number is which.
    """
    if _ERRNO.search(c_text):
        return Codes(negative=True)
    returned = {
        _returned(text_of(each)) for each in descendants(parse_c(c_text.encode()), {"return_statement"})
    }
    return Codes(success="0", failure="-1") if returned == {"0", "-1"} else NOT_TOLD


def _returned(statement: str) -> str:
    return statement.removeprefix("return").rstrip(";").replace(" ", "").strip("()")


def success(codes: Codes, c: Type) -> str | NoRule:
    """Return what C is told where all went well."""
    if codes.success:
        return codes.success
    if is_bool(c):
        return "true"
    return (
        "0" if integer(c) is not None else NoRule(f"Rust returns nothing that C could have as {written(c)}")
    )


def failure(error: Type | None, c: Type, codes: Codes, scope: Scope, *, counts: bool) -> str | NoRule:
    """Return what C is told of `error`, a value of a type; without one, of `None`.

    `counts` says that the C function returns a number of something when it does well.
    """
    if isinstance(c, RawPointer):
        return null(c)
    if codes.failure:
        return codes.failure
    if is_bool(c):
        return "false"
    kind = integer(c)
    if kind is None:
        return NoRule("C has no way to say that it failed")
    if error is None:
        return NoRule("it is not told what C returns for `None`")
    return _number(error, c, kind, codes, scope, counts=counts)


def _number(error: Type, c: Type, kind: Integer, codes: Codes, scope: Scope, *, counts: bool) -> str | NoRule:
    known = scope.known(error)
    numbers = _known_numbers(known)
    if 0 in numbers:
        return NoRule(f"{written(error)} has the number 0, with which C says that all went well")
    found = _taken_as(error, known)
    if found is None:
        return NoRule(f"{written(error)} has no number")
    value, source = found
    below = codes.negative or counts or (known is not None and known.number == "errno")
    if below and not kind.signed:
        return NoRule(f"C returns no number below 0 as {written(c)}")
    enum = known is not None and known.kind is TypeKind.ENUM and not known.number
    if enum and not below and numbers and min(numbers) > 0 and not codes.success:
        return NoRule(
            f"it is not told whether C returns the numbers of {written(error)} as they are or below 0"
        )
    return _signed(value, source, c, numbers if enum else (), below=below)


def _known_numbers(known: RustType | None) -> tuple[int, ...]:
    """Return the numbers of an enum's variants, as far as they are plain."""
    if known is None or known.kind is not TypeKind.ENUM or known.number:
        return ()
    return tuple(number for _, number in known.variants if number is not None)


def _taken_as(error: Type, known: RustType | None) -> tuple[str, Type | None] | None:
    """Return an error's number and the type it has; None for what any cast makes."""
    if integer(error) is not None:
        return "error", error
    if known is None:
        return None
    if known.number:
        return ("i32::from(error)" if known.number == "i32::from" else f"error.{known.number}()"), _I32
    return ("error", None) if known.kind is TypeKind.ENUM else None


def _signed(value: str, source: Type | None, c: Type, numbers: tuple[int, ...], *, below: bool) -> str:
    cast = value if source is not None and same_name(source, c) else f"{value} as {written(c)}"
    if not below or (numbers and max(numbers) < 0):
        return cast
    whole = f"({cast})" if " as " in cast else cast
    return f"-{whole}" if numbers and min(numbers) > 0 else f"-{whole}.abs()"
