"""What a kernel's macros put beside a module's own definitions: records for the linker and the loader."""

from __future__ import annotations

import re
from dataclasses import replace

from analysis.inventory import Inventory

_WORD = re.compile(rb"[A-Za-z_]\w*")


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
