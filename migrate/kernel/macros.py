"""A kernel's macros: which everybody knows, and how gates read those that stand for code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from analysis.declarations import Macro
from analysis.inventory import Definition

KNOWN = frozenset(
    {
        *("likely", "unlikely", "min", "max", "min_t", "max_t", "clamp", "swap", "container_of", "notrace"),
        *("READ_ONCE", "WRITE_ONCE", "rcu_dereference", "rcu_dereference_check", "rcu_dereference_protected"),
        *("rcu_assign_pointer", "RCU_INITIALIZER", "smp_load_acquire", "smp_store_release", "alloc_hooks"),
        *("barrier", "barrier_before_unreachable", "instrumentation_begin", "instrumentation_end", "printk"),
        *("compiletime_assert", "BUILD_BUG_ON", "BUILD_BUG_ON_MSG", "BUILD_BUG_ON_ZERO", "__init", "__exit"),
        *("__initdata", "__initconst", "__must_check", "__user", "__rcu", "__iomem", "__force", "__percpu"),
        *("__always_inline", "__maybe_unused", "__noreturn", "__cold", "__section", "__used", "noinline"),
        "ARRAY_SIZE",
    }
)
"""What every kernel has: the rules in prompts say how Rust does it, or it needs no saying."""
_FIRST = re.compile(
    r"(?:\w+_)?(?:WARN|BUG)_ON(?:_\w+)?|WARN|WARN_ONCE|READ_ONCE|rcu_dereference(?:_check|_protected)?"
)
"""Checks and loads: their value is that of their first argument."""
_REPORT_OR_BLOCK = re.compile(r"__FILE__|__LINE__|__func__|\(\s*\{")


def standing_for_code(definition: Definition) -> Iterator[Macro]:
    """Find the macros without parameters in whose expansion a function or variable stands."""
    unit = definition.unit
    code = {*unit.declared_functions, *unit.declared_variables}
    for name in sorted(_reached(definition.declared.references, unit.macros)):
        macro = unit.macros[name]
        if macro.parameters is None and name not in code:
            inner = (unit.macros[each].references for each in _reached({name}, unit.macros))
            if not code.isdisjoint(macro.references.union(*inner)):
                yield macro


def _reached(names: Iterable[str], macros: Mapping[str, Macro]) -> frozenset[str]:
    """Return the macros among some names, and those that they use in turn."""
    pending, found = [*names], set[str]()
    while pending:
        name = pending.pop()
        if name in macros and name not in found:
            found.add(name)
            pending += macros[name].references
    return frozenset(found)


def as_gates_read(macro: Macro) -> Macro:
    """Reduce checks and loads to the value that they have; keep reports, blocks and what is known."""
    if macro.parameters and _FIRST.fullmatch(macro.name):
        return replace(macro, parameters=macro.parameters[:1], body=f"({macro.parameters[0]})")
    kept = macro.name in KNOWN or _REPORT_OR_BLOCK.search(macro.body)
    return replace(macro, parameters=("...",)) if kept else macro
