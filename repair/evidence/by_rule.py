"""Drivers by rule: from a function's signature and types to C text that calls it and reports what it did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analysis.shapes import Array, FunctionPointer, Integer, Named, Pointer, Real, Shape, c_name, flat
from repair.evidence.arguments import ArgumentWriter
from repair.evidence.c_library import SETS_ERRNO
from repair.evidence.observers import ObserverWriter
from repair.evidence.spelling import c_type, defined, holds_pointer, indented, is_certain, is_spelled
from repair.evidence.target import Distant, Target, is_constant

_MOST_CALLS = 3
_MOST_OF_TABLE = 256
_INCLUDED = '#include "rule.h"'
_ALLOCATORS = frozenset({"malloc", "calloc", "realloc", "strdup", "strndup"})
_RELEASERS = frozenset({"free", "realloc"})


def driver_by_rule(target: Target) -> str | None:
    """Write the driver of a function, or return None where its signature says too little."""
    if target.needs_author or _handles_pass(target):
        return None
    result = target.shape.result
    passed = [shape for _, shape in target.shape.parameters] + ([result] if result else [])
    by_value = [each for each in passed if isinstance(each, Named)]
    if not all(is_certain(each, target) for each in passed) or not all(
        is_spelled(each, target) for each in by_value
    ):
        return None
    observers = ObserverWriter(target)
    arguments = ArgumentWriter(target, observers)
    made = arguments.lines()
    call = (
        *made,
        *arguments.reports(),
        f'report_call("{c_name(target.hole.name)}");',
        *_call(target, arguments, observers),
        *_after(target, observers),
    )
    lines = (
        *_before(target, arguments),
        *(f'name_pointer((void *){name}, 1, "{name}");' for name in arguments.makers.callbacks.names()),
        *(_repeated(call) if _keeps(target) else call),
    )
    drive = defined("void drive(void)", [line for line in lines if line])
    declared = "\n".join(_declared(each, target) for each in _distant(target))
    opening = (_INCLUDED, declared) if declared else (_INCLUDED,)
    return "\n\n".join((*opening, *observers.functions(), *arguments.functions(), drive)) + "\n"


def _handles_pass(target: Target) -> bool:
    """Tell whether a call takes or gives what a driver by rule would have to look into."""
    shapes = [shape for _, shape in target.shape.parameters] + [target.shape.result]
    while any(isinstance(each, Pointer | Array) for each in shapes):
        shapes = [
            each.target if isinstance(each, Pointer) else each.element if isinstance(each, Array) else each
            for each in shapes
        ]
    return any(isinstance(each, Named) and each.name in target.handles for each in shapes)


def _keeps(target: Target) -> bool:
    """Tell whether a call may leave something behind that no driver can make by itself."""
    return target.remembers or any(holds_pointer(shape, target) for _, _, shape in _changeable(target))


def _leaves_errno(target: Target) -> bool:
    """Tell whether a caller may look at `errno` after a call."""
    return "errno" in target.names or bool(target.outside & SETS_ERRNO)


def _repeated(call: Iterable[str]) -> Iterator[str]:
    """Yield statements that call more than once: what one call leaves behind only another one shows."""
    yield f"for (int64_t calls = take_range(1, {_MOST_CALLS}); calls > 0; calls--) {{"
    yield from indented(line for line in call if line)
    yield "}"


def _distant(target: Target) -> tuple[Distant, ...]:
    """Return the variables of other files whose type has a name here."""
    return tuple(
        each
        for each in target.distant
        if is_spelled(flat(each.shape).element if isinstance(each.shape, Array) else each.shape, target)
    )


def _declared(variable: Distant, target: Target) -> str:
    shape, length = variable.shape, ""
    if isinstance(shape, Array):
        row = flat(shape)
        shape, length = row.element, f"[{row.length}]"
    return f'extern {c_type(shape, target)} {variable.alias}{length} __asm__("{variable.hole.symbol}");'


def _changeable(target: Target) -> Iterator[tuple[str, str, Shape]]:
    """Yield the variables that a call may change: name, how the driver spells them, type."""
    for variable in target.changeable:
        name = c_name(variable.name)
        yield name, name, target.shapes.of_variable(variable.signature)
    for each in _distant(target):
        if not is_constant(each.hole):
            yield c_name(each.hole.name), each.alias, each.shape


def _before(target: Target, arguments: ArgumentWriter) -> Iterator[str]:
    if target.names & _ALLOCATORS:
        yield "fail_allocation((unsigned int)take_range(0, 5));"
    if target.names & _RELEASERS:
        yield "llm_give_away();"
    for variable in target.variables:
        name = c_name(variable.name)
        yield f'name_pointer(&{name}, sizeof({name}), "{name}");'
    for each in _distant(target):
        yield f'name_pointer(&{each.alias}, sizeof({each.alias}), "{c_name(each.hole.name)}");'
    for name in target.handed:
        yield f'name_pointer((void *){name}, 1, "{name}");'
    for _, place, shape in _changeable(target):
        if not holds_pointer(shape, target):
            yield "if (llm_rarely()) {"
            yield from indented(arguments.makers.content(shape, place))
            yield "}"
    if _leaves_errno(target):
        yield "errno = 0;"


def _call(target: Target, arguments: ArgumentWriter, observers: ObserverWriter) -> Iterator[str]:
    call = f"{c_name(target.hole.name)}({', '.join(arguments.passed)})"
    result = target.shape.result
    if result is None:
        yield f"{call};"
        return
    kind = "const void *" if isinstance(result, Pointer | FunctionPointer) else f"{c_type(result, target)} "
    yield f"{kind}result = {call};"
    table = result.target if isinstance(result, Pointer) else None
    if isinstance(table, Integer | Real) and target.returned_values:
        # Before the pointer itself is reported, which would have one value watched.
        yield observers.watch_table(table, "result", min(target.returned_values, _MOST_OF_TABLE))
    yield observers.report(result, '"result"', "&result")


def _after(target: Target, observers: ObserverWriter) -> Iterator[str]:
    if _leaves_errno(target):
        yield 'report_int("errno", errno);'
    for name, place, shape in _changeable(target):
        yield observers.report(shape, f'"{name}"', f"&{place}")
    yield "llm_report_watched();"
