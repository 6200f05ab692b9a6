"""What a kernel's macros make: records for the linker and the loader, and variables such as locks."""

from __future__ import annotations

import re
from dataclasses import replace

from analysis.inventory import Definition, Inventory, Kind
from analysis.unit import TranslationUnit

_WORD = re.compile(rb"[A-Za-z_]\w*")
_CALL = re.compile(r"(\w+)\s*\(([^()]*)")


def without_furniture(inventory: Inventory) -> Inventory:
    """Leave out what macros make under names that stand nowhere in the module's text.

    EXPORT_SYMBOL, initcalls, MODULE_LICENSE, parameters and their like make it; nothing but the linker
    sees it, it stays in C as it is, and its names may change with every edit (`__COUNTER__`).
    """
    spelled = {word for each in inventory.originals.values() for word in _WORD.findall(each.source.text)}
    kept = tuple(
        each for each in inventory.definitions if not each.generated or each.name.encode() in spelled
    )
    return replace(inventory, definitions=kept)


def maker(definition: Definition) -> str | None:
    """Name the macro of headers that makes a variable as a whole, as `DEFINE_MUTEX(lock)` does, or None."""
    if definition.kind is not Kind.GLOBAL or not definition.generated:
        return None
    ahead_of_value = definition.text.partition("=")[0]
    calls = ((name, re.findall(r"\w+", arguments)) for name, arguments in _CALL.findall(ahead_of_value))
    # The name may be made of an argument, as DEFINE_SHOW_ATTRIBUTE makes `x_fops` of `x`.
    making = (name for name, words in calls if any(word in definition.name for word in words))
    return next((name for name in making if _is_of_headers(definition.unit, name)), None)


def _is_of_headers(unit: TranslationUnit, name: str) -> bool:
    macro = unit.macros.get(name)
    place = None if macro is None else unit.lines.place(macro.span.start)
    return place is not None and not place.file.is_relative_to(unit.root)
