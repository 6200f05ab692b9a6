"""Callbacks, from a function pointer and the context that C passes with it.

`impl Fn(..)`, `F: FnMut(..)`, `&mut dyn FnMut(..)`, `&dyn Fn(..)`, `Box<dyn FnMut(..)>`, and `Option` of
these where NULL says that there is none. Arguments go to C as results do; `&[u8]` as its address alone where
C knows the size, or with its length where C takes one; a `void *` that Rust has no argument for is the
context, and so is then the one parameter of the C function that is a `void *` and nothing else's.

What C returns becomes: `Ordering`, by its sign; a number; `bool`, whether it is not 0, but not of a
comparison of two elements, where that may mean anything; `ControlFlow` or `Result` to go on at 0, and to stop
with the number otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from migrate.ffi.argument import Argument, NoRule, Site
from migrate.ffi.number import integer, is_bool, is_byte
from migrate.ffi.scalars import scalar_from_c
from migrate.ffi.scope import Scope
from migrate.ffi.type_tree import (
    UNIT,
    Closure,
    FunctionPointer,
    Named,
    RawPointer,
    Reference,
    Slice,
    Type,
    box_of,
    is_void,
    named,
    option_of,
    written,
)
from migrate.ffi.values import to_c

_CONTEXT = re.compile(
    r"^_?(?:ctx|context|priv|private|data|arg|user\w*|opaque|cookie|closure|\w+_(?:data|ctx|arg|priv))_?$"
)
_NAMES = tuple("abcdefgh")


@dataclass(frozen=True, slots=True)
class _Call:
    """How a closure calls C."""

    values: tuple[str, ...]
    """The context left out."""
    types: tuple[Type, ...]


def called(site: Site, rust: Type) -> Argument | NoRule | None:
    """Make something that can be called from a function pointer."""
    optional = option_of(rust)
    closure = _closure(optional if optional is not None else rust)
    function = option_of(site.type) or site.type
    if closure is None or not isinstance(function, FunctionPointer):
        return None
    if set(closure.bounds) & {"Send", "Sync", "Clone", "Copy"}:
        return NoRule("what C passes belongs to its thread")
    for context in (None, *_contexts(function)):
        found = _with_context(site, closure, function, context)
        if isinstance(found, NoRule):
            return found
        if found is not None:
            return _argument(site, found, rust)
    return None


def _closure(rust: Type) -> Closure | None:
    """Return what can be called, however it is held."""
    inner = rust.target if isinstance(rust, Reference) else box_of(rust) or rust
    return inner if isinstance(inner, Closure) else None


def _contexts(function: FunctionPointer) -> Iterator[int]:
    for index, each in enumerate(function.parameters):
        if isinstance(each, RawPointer) and is_void(each.target):
            yield index


@dataclass(frozen=True, slots=True)
class _Made:
    """A closure, and what it is made of."""

    text: str
    function: FunctionPointer
    """As the shim declares it."""
    context: tuple[tuple[int, Type], ...]


def _with_context(
    site: Site, closure: Closure, function: FunctionPointer, context: int | None
) -> _Made | NoRule | None:
    names = site.fresh(*_NAMES[: len(closure.parameters)])
    call = _call(names, closure, function, context, site)
    if call is None:
        return None
    given = _given(site) if context is not None else None
    if isinstance(given, NoRule):
        return given
    values = list(call.values)
    if context is not None and given is not None:
        values.insert(context, site.parameters[given].name)
    result = _result(closure, function, f"unsafe {{ {site.name}({', '.join(values)}) }}", site.scope)
    if result is None or isinstance(result, NoRule):
        return result
    pairs = zip(names, closure.parameters, strict=True)
    listed = ", ".join(f"{name}: {site.scope.spelled(kind)}" for name, kind in pairs)
    taken = ((given, site.parameters[given].type),) if given is not None else ()
    return _Made(f"move |{listed}| {result}", replace(function, parameters=call.types), taken)


def _given(site: Site) -> int | NoRule:
    """Return the parameter that holds the context."""
    pointers = [
        index
        for index, each in enumerate(site.parameters)
        if isinstance(each.type, RawPointer)
        and is_void(each.type.target)
        and index not in site.taken
        and index not in site.claimed
    ]
    likely = [index for index in pointers if _CONTEXT.match(site.parameters[index].name)]
    chosen = likely or pointers
    return chosen[0] if len(chosen) == 1 else NoRule("it is not told which parameter is its context")


def _call(
    names: tuple[str, ...], closure: Closure, function: FunctionPointer, context: int | None, site: Site
) -> _Call | None:
    """Return how a closure's arguments go to C, or None where they do not match what C takes."""
    values, types = list[str](), list[Type]()
    pending = list(zip(names, closure.parameters, strict=True))
    while len(types) < len(function.parameters):
        at = len(types)
        if at == context:
            types.append(function.parameters[at])
            continue
        found = _passed(*pending.pop(0), function.parameters[at:], site) if pending else []
        if not found:
            return None
        values += [value for value, _ in found]
        types += [each for _, each in found]
    return _Call(tuple(values), tuple(types)) if not pending else None


def _passed(name: str, kind: Type, wanted: tuple[Type, ...], site: Site) -> list[tuple[str, Type]]:
    """Return one argument of a closure as one or two of C."""
    pointer = wanted[0]
    if isinstance(kind, Reference) and isinstance(kind.target, Slice) and isinstance(pointer, RawPointer):
        return _slice(name, kind, kind.target.element, wanted, site)
    found = to_c(kind, pointer, name, site.scope)
    if found is None:
        return []
    # A reference becomes a pointer where it is passed as one.
    plain = found.value in {f"ptr::from_ref({name})", f"ptr::from_mut({name})"}
    return [(name if plain else found.value, found.type)]


def _slice(
    name: str, kind: Reference, element: Type, wanted: tuple[Type, ...], site: Site
) -> list[tuple[str, Type]]:
    pointer = wanted[0]
    bytes_of_any = isinstance(pointer, RawPointer) and is_void(pointer.target) and is_byte(element)
    same = isinstance(pointer, RawPointer) and to_c(
        Reference(element, kind.mutable), pointer, name, site.scope
    )
    if not isinstance(pointer, RawPointer) or not (bytes_of_any or same) or pointer.mutable > kind.mutable:
        return []
    start = (
        f"{name}.as_mut_ptr()" if kind.mutable else f"{name}.as_ptr()",
        RawPointer(element, pointer.mutable),
    )
    counted = len(wanted) > 1 and integer(wanted[1]) is not None
    if counted:
        cast = "" if written(wanted[1]) == "usize" else f" as {written(wanted[1])}"
        return [start, (f"{name}.len(){cast}", wanted[1])]
    # Without a length, C knows the size of an element from elsewhere: so must Rust, as a parameter.
    sized = any(re.match(r"^(?:es|sz|width|\w*_?size)_?$", each.name) for each in site.parameters)
    return [start] if bytes_of_any and sized else []


def _result(closure: Closure, function: FunctionPointer, call: str, scope: Scope) -> str | NoRule | None:
    """Return what a closure returns of what C does, or None where no rule makes it."""
    wanted, returned = closure.result, function.result
    if returned == UNIT:
        return call if wanted == UNIT else None
    if wanted == UNIT:
        return NoRule("Rust does not ask what C returns")
    if isinstance(wanted, Named) and wanted.path == "Ordering" and scope.known(wanted) is None:
        return f"{call}.cmp(&0)" if integer(returned) is not None else None
    if isinstance(wanted, Named) and wanted.name in {"ControlFlow", "Result"}:
        return _control(wanted, returned, call)
    if is_bool(wanted) and not is_bool(returned) and _compares(closure):
        return NoRule("a comparison in C says more than true and false")
    converted = scalar_from_c(returned, wanted, call, scope)
    return converted.value if converted is not None and not converted.helpers else None


def _compares(closure: Closure) -> bool:
    return len(closure.parameters) == 2 and closure.parameters[0] == closure.parameters[1]


def _control(wanted: Named, returned: Type, call: str) -> str | None:
    """Go on at 0, and stop with the number otherwise."""
    flow = wanted.name == "ControlFlow"
    stop = (wanted.arguments[0] if flow else wanted.arguments[-1]) if wanted.arguments else UNIT
    nothing = wanted.arguments[1:] if flow else wanted.arguments[:1]
    if integer(returned) is None or not set(nothing) <= {UNIT} or (not flow and len(wanted.arguments) != 2):
        return None
    go_on, broken = ("ControlFlow::Continue(())", "ControlFlow::Break") if flow else ("Ok(())", "Err")
    if stop == UNIT:
        return f"match {call} {{ 0 => {go_on}, _ => {broken}(()) }}"
    if integer(stop) is None:
        return None
    cast = "stop" if integer(stop) == integer(returned) else f"stop as {written(stop)}"
    return f"match {call} {{ 0 => {go_on}, stop => {broken}({cast}) }}"


def _argument(site: Site, made: _Made, rust: Type) -> Argument:
    name = site.name
    optional = option_of(rust) is not None
    safety = f"// SAFETY: C promises that {name} can be called with what Rust passes."
    mutable = "mut " if _how(option_of(rust) or rust) == "&mut {}" else ""
    steps: tuple[str, ...] = (safety, f"let {mutable}{name} = {name}.map(|{name}| {made.text});")
    if not optional:
        steps = (f'let {name} = {name}.expect("a function");', safety, f"let {mutable}{name} = {made.text};")
    return Argument(
        declared=((site.index, named("Option", made.function)), *made.context),
        value=_value(site, rust),
        steps=steps,
        null="" if optional else f"{name}.is_none()",
    )


def _value(site: Site, rust: Type) -> str:
    """Return how a closure under the parameter's name is passed."""
    inner = option_of(rust)
    if inner is None:
        return _how(rust).format(site.name)
    kind = site.scope.spelled(inner)
    match inner:
        case Reference(_, mutable):
            return f"{site.name}.as_{'mut' if mutable else 'ref'}().map(|each| each as {kind})"
        case Named():
            return f"{site.name}.map(|each| Box::new(each) as {kind})"
    return site.name


def _how(rust: Type) -> str:
    match rust:
        case Reference(_, mutable):
            return "&mut {}" if mutable else "&{}"
        case Named():
            return "Box::new({})"
    return "{}"
