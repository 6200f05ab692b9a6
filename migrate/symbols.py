"""The link symbol of every definition: unique for what is file-local in C."""

from __future__ import annotations

import re

from analysis.inventory import Definition


def symbol_of(definition: Definition, crate: str) -> str:
    """Return the symbol under which a definition is linked while C and Rust are mixed.

    What C links from outside keeps its name; the rest gets one with the module and the file in it,
    so that equal names in two files do not clash.
    """
    if not is_local(definition):
        return definition.name
    stem = re.sub(r"\W", "_", definition.file.with_suffix("").as_posix())
    return f"{crate}__{stem}__{definition.name}"


def is_local(definition: Definition) -> bool:
    """Tell whether C code outside the definition's own file cannot link to it."""
    return definition.static or (definition.in_header and getattr(definition.declared, "inline", False))
