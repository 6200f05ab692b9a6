"""Drivers by rule: from a function's signature and types to C text that calls it and reports what it did."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.shapes import FunctionPointer, Integer, Named, Pointer, Real, c_name
from repair.evidence.arguments import ArgumentWriter
from repair.evidence.observers import ObserverWriter
from repair.evidence.spelling import c_type, defined, is_certain, is_spelled
from repair.evidence.target import Target

_INCLUDED = '#include "rule.h"'
_ALLOCATORS = frozenset({"malloc", "calloc", "realloc", "strdup", "strndup"})
_RELEASERS = frozenset({"free", "realloc"})


def driver_by_rule(target: Target) -> str | None:
    """Write the driver of a function, or return None where its signature says too little."""
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
    lines = (
        *_before(target, arguments),
        *(f'name_pointer((void *){name}, 1, "{name}");' for name in arguments.makers.callbacks.names()),
        *made,
        *arguments.reports(),
        f'report_call("{c_name(target.hole.name)}");',
        *_call(target, arguments, observers),
        *_after(target, observers),
    )
    drive = defined("void drive(void)", [line for line in lines if line])
    return "\n\n".join((_INCLUDED, *observers.functions(), *arguments.functions(), drive)) + "\n"


def _before(target: Target, arguments: ArgumentWriter) -> Iterator[str]:
    if target.names & _ALLOCATORS:
        yield "fail_allocation((unsigned int)take_range(0, 5));"
    if target.names & _RELEASERS:
        yield "llm_give_away();"
    for variable in target.variables:
        name = c_name(variable.name)
        yield f'name_pointer(&{name}, sizeof({name}), "{name}");'
    for variable in target.changeable:
        shape = target.shapes.of_variable(variable.signature)
        if isinstance(shape, Integer | Real):
            yield "if (llm_rarely())"
            yield f"\t{c_name(variable.name)} = {arguments.makers.value(shape, False, '0')};"
    if "errno" in target.names:
        yield "errno = 0;"


def _call(target: Target, arguments: ArgumentWriter, observers: ObserverWriter) -> Iterator[str]:
    call = f"{c_name(target.hole.name)}({', '.join(arguments.passed)})"
    result = target.shape.result
    if result is None:
        yield f"{call};"
        return
    kind = "const void *" if isinstance(result, Pointer | FunctionPointer) else f"{c_type(result, target)} "
    yield f"{kind}result = {call};"
    yield observers.report(result, '"result"', "&result")


def _after(target: Target, observers: ObserverWriter) -> Iterator[str]:
    if "errno" in target.names:
        yield 'report_int("errno", errno);'
    for variable in target.changeable:
        shape = target.shapes.of_variable(variable.signature)
        yield observers.report(shape, f'"{c_name(variable.name)}"', f"&{c_name(variable.name)}")
    yield "llm_report_watched();"
