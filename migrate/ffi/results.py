"""What a safe function returns, as what C returns and what it writes through pointers.

Parameters of C that no argument is made of are places for results, in order. The C gets

- `T` as its result, or through the one place; `(A, B)` as its result and through the places, or through as
  many of them; a place that may be NULL is left out then;
- `Result<T, E>` with `T` likewise, and for an error NULL, `false` or a number (see `failure.py`), places
  untouched; a `T` that no place is for is a number that is not below 0, or a pointer;
- `Option<T>` in the same way where it is not a pointer that can be NULL.

Where places take all that Rust returns, C returns that all went well.
"""

from __future__ import annotations

from dataclasses import dataclass

from migrate.ffi.argument import NoRule, fresh_names
from migrate.ffi.failure import Codes, failure, success
from migrate.ffi.layouts import alike
from migrate.ffi.scope import Scope
from migrate.ffi.signature import Parameter
from migrate.ffi.type_tree import NEVER, UNIT, Array, Named, RawPointer, Tuple, Type, option_of, written
from migrate.ffi.values import closure, to_c, why_not


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a shim: the call and what becomes of its result."""

    steps: tuple[str, ...]
    """The last of them is the shim's result where it has one."""
    type: Type
    """How the shim declares its result."""
    places: tuple[Type, ...]
    """How it declares the places for results."""
    unsafe: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """What the C side says about results."""

    c: Type
    """What C returns."""
    places: tuple[Parameter, ...]
    optional: frozenset[str]
    """Places that may be NULL."""
    codes: Codes
    scope: Scope
    taken: frozenset[str]
    """Names of parameters."""

    @property
    def safety(self) -> str:
        """Why results may be written."""
        names = [each.name for each in self.places]
        null = " where it is not NULL" if self.optional else ""
        return f"// SAFETY: C promises that {' and '.join(names)} can be written{null}."


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of a success, on their way to C."""

    pattern: str
    writes: tuple[str, ...]
    places: tuple[Type, ...]
    returned: str
    """What C returns, or nothing where it is told no more than that all went well."""
    type: Type


def result_of(call: str, rust: Type, ending: Ending) -> Result | NoRule:
    """Return what becomes of what a call returns."""
    fallible = _fallible(rust, ending)
    if fallible is not None:
        return _either(call, fallible[0], fallible[1], ending)
    if rust == NEVER:
        return Result((f"{call}",), NEVER, (), False) if not ending.places else NoRule("it never returns")
    if not ending.places and rust != UNIT:
        return _direct(call, rust, ending)
    values = _values(rust, ending)
    if isinstance(values, NoRule):
        return values
    steps: tuple[str, ...] = (f"{call};",)
    if values.writes:
        steps = (f"let {values.pattern} = {call};", ending.safety, f"{_written_to(values)};")
    last = _well(values, ending)
    if isinstance(last, NoRule):
        return last
    return Result((*steps, *last), values.type, values.places, bool(values.writes))


def _direct(call: str, rust: Type, ending: Ending) -> Result | NoRule:
    found = to_c(rust, ending.c, call, ending.scope)
    if found is None:
        return NoRule(f"result: {why_not(rust, ending.c)}")
    return Result((found.value,), found.type, (), False)


def _well(values: _Values, ending: Ending) -> tuple[str, ...] | NoRule:
    """Return what the shim ends with where nothing can fail."""
    if values.returned:
        return (values.returned,)
    if ending.c in (UNIT, NEVER):
        return ()
    code = success(ending.codes, ending.c)
    return NoRule(f"result: {code.why}") if isinstance(code, NoRule) else (code,)


def _fallible(rust: Type, ending: Ending) -> tuple[Type, Type | None] | None:
    """Return what a `Result` or an `Option` holds, and its error."""
    if isinstance(rust, Named) and rust.name == "Result" and len(rust.arguments) == 2:
        return rust.arguments[0], rust.arguments[1]
    inner = option_of(rust)
    places_alone = ending.c == UNIT
    if inner is None or places_alone or (isinstance(ending.c, RawPointer) and not ending.places):
        return None
    return inner, None


def _values(rust: Type, ending: Ending) -> _Values | NoRule:
    items = rust.items if isinstance(rust, Tuple) else (rust,)
    missing = len(ending.places) - len(items)
    if missing > 0 or len(items) - len(ending.places) > 1:
        return _mismatch(rust, ending, missing)
    names = _names(len(items), ending)
    pattern = "()" if not items else names[0] if len(items) == 1 else f"({', '.join(names)})"
    returned = to_c(items[0], ending.c, names[0], ending.scope) if missing < 0 else None
    if missing < 0 and returned is None:
        return NoRule(f"result: {why_not(items[0], ending.c)}")
    written_to = _writes(tuple(zip(names, items, strict=True))[-missing if missing < 0 else 0 :], ending)
    if isinstance(written_to, NoRule):
        return written_to
    writes, places = written_to
    if returned is None:
        return _Values(pattern, writes, places, "", ending.c)
    return _Values(pattern, writes, places, returned.value, returned.type)


def _names(count: int, ending: Ending) -> tuple[str, ...]:
    wanted = ("value",) if count == 1 else tuple(f"value{at}" for at in range(1, count + 1))
    return fresh_names(set(ending.taken), *wanted)


def _mismatch(rust: Type, ending: Ending, missing: int) -> NoRule:
    if missing > 0:
        return NoRule(f"parameter {ending.places[-missing].name}: nothing in Rust takes it or returns it")
    return NoRule(f"result: no rule for {written(rust)} as {written(ending.c)}")


def _writes(
    values: tuple[tuple[str, Type], ...], ending: Ending
) -> tuple[tuple[str, ...], tuple[Type, ...]] | NoRule:
    """Return how values are written through places, and how these are declared."""
    writes, places = list[str](), list[Type]()
    for place, (name, kind) in zip(ending.places, values, strict=True):
        found = _write(place, name, kind, ending)
        if found is None:
            return NoRule(
                f"parameter {place.name}: no rule for {written(kind)} through {written(place.type)}"
            )
        writes.append(found[0])
        places.append(found[1])
    return tuple(writes), tuple(places)


def _write(place: Parameter, name: str, kind: Type, ending: Ending) -> tuple[str, Type] | None:
    if not isinstance(place.type, RawPointer) or not place.type.mutable:
        return None
    row = isinstance(kind, Array) and alike(place.type.target, kind.element, ending.scope, to_c=True)
    found = None if row else to_c(kind, place.type.target, name, ending.scope)
    if found is None and not row:
        return None
    value, target = (found.value, found.type) if found is not None else (name, kind)
    write = f"{place.name}.write({value})"
    if place.name in ending.optional:
        write = f"if !{place.name}.is_null() {{ {write} }}"
    return write, RawPointer(target, True)


def _either(call: str, rust: Type, error: Type | None, ending: Ending) -> Result | NoRule:
    """Return what becomes of a `Result` or an `Option`."""
    values = _values(rust, ending)
    if isinstance(values, NoRule):
        return values
    if ending.c in (UNIT, NEVER):
        return NoRule("result: C has no way to say that it failed")
    failed = failure(error, ending.c, ending.codes, ending.scope, counts=bool(values.returned))
    if isinstance(failed, NoRule):
        return NoRule(f"result: {failed.why}")
    steps: tuple[str, ...] = ()
    if values.writes:
        steps = _done(call, values, ending)
        call = "done"
    well = values.returned or success(ending.codes, ending.c)
    if isinstance(well, NoRule):
        return NoRule(f"result: {well.why}")
    pattern = values.pattern if not values.writes else "value" if values.returned else "()"
    last = _chosen(call, pattern, "value" if values.writes and values.returned else well, failed, error)
    return Result((*steps, last), values.type, values.places, bool(values.writes))


def _done(call: str, values: _Values, ending: Ending) -> tuple[str, ...]:
    """Return the statements that call, and write the values of a success."""
    write = _written_to(values)
    if not values.returned:
        return (ending.safety, f"let done = {call}.map(|{values.pattern}| {write});")
    lines = (
        f"let done = {call}.map(|{values.pattern}| {{",
        ending.safety,
        f"{write};",
        values.returned,
        "});",
    )
    return ("\n".join(lines),)


def _written_to(values: _Values) -> str:
    return f"unsafe {{ {'; '.join(values.writes)} }}"


def _chosen(call: str, pattern: str, well: str, failed: str, error: Type | None) -> str:
    """Choose between what a success and a failure are to C."""
    if (well, failed) == ("true", "false") and pattern == "()":
        return f"{call}.is_{'ok' if error is not None else 'some'}()"
    uses_error = "error" in failed
    handler = closure("error", failed) if uses_error else failed
    if well == pattern and pattern != "()":
        return f"{call}.unwrap_or_else({handler})" if uses_error else f"{call}.unwrap_or({failed})"
    choose = "map_or_else" if uses_error else "map_or"
    return f"{call}.{choose}({handler}, {closure(pattern, well)})"
