"""Drivers by rule: from a function's signature and types to C text that calls it and reports what it did."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.shapes import FunctionPointer, Named, Pointer
from repair.evidence.arguments import ArgumentWriter
from repair.evidence.observers import ObserverWriter
from repair.evidence.spelling import c_type, is_certain, is_spelled
from repair.evidence.target import Target

_ALLOCATORS = frozenset({"malloc", "calloc", "realloc", "strdup", "strndup"})


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
        *_before(target),
        *(f'name_pointer((void *){name}, 1, "{name}");' for name in arguments.callbacks.names()),
        *made,
        *arguments.reports(),
        f'report_call("{target.hole.name}");',
        *_call(target, arguments, observers),
        *_after(target, arguments, observers),
    )
    drive = "\n".join(("void drive(void)", "{", *(f"\t{line}" for line in lines if line), "}"))
    return "\n\n".join((*observers.functions(), *arguments.functions(), drive)) + "\n"


def _before(target: Target) -> Iterator[str]:
    if target.names & _ALLOCATORS:
        yield "fail_allocation((unsigned int)take_range(0, 5));"
    for variable in target.variables:
        yield f'name_pointer(&{variable.name}, sizeof({variable.name}), "{variable.name}");'
    if "errno" in target.names:
        yield "errno = 0;"


def _call(target: Target, arguments: ArgumentWriter, observers: ObserverWriter) -> Iterator[str]:
    call = f"{target.hole.name}({', '.join(arguments.passed)})"
    result = target.shape.result
    if result is None:
        yield f"{call};"
        return
    kind = "const void *" if isinstance(result, Pointer | FunctionPointer) else f"{c_type(result, target)} "
    yield f"{kind}result = {call};"
    yield observers.report(result, '"result"', "&result")


def _after(target: Target, arguments: ArgumentWriter, observers: ObserverWriter) -> Iterator[str]:
    if "errno" in target.names:
        yield 'report_int("errno", errno);'
    for variable in target.changeable:
        shape = target.shapes.of_variable(variable.signature)
        yield observers.report(shape, f'"{variable.name}"', f"&{variable.name}")
    yield "report_watched();"
