"""The link symbol of every definition: unique for what is file-local in C."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.inventory import Definition, Kind


def symbol_of(definition: Definition, crate: str) -> str:
    """Return the symbol under which a definition is linked while C and Rust are mixed.

    What C links from outside keeps its name; the rest gets one with the module and the file in it,
    so that equal names in two files do not clash.
    """
    if not is_local(definition):
        return definition.name
    if definition.generated and definition.kind is Kind.FUNCTION:
        return f"{definition.name}{wrapper_suffix(definition.unit.file, crate)}"
    return f"{crate}__{_spelled(definition.file)}__{definition.name}"


def wrapper_suffix(file: Path, crate: str) -> str:
    """Return what bindgen adds to a file-local function's name for the wrapper that makes it linkable."""
    return f"__{crate}__{_spelled(file)}"


def is_local(definition: Definition) -> bool:
    """Tell whether C code outside the definition's own file cannot link to it."""
    return definition.static or (definition.in_header and getattr(definition.declared, "inline", False))


def _spelled(file: Path) -> str:
    """Spell a file's path as a part of a symbol; two paths of a module have two spellings."""
    name = file.as_posix().removesuffix(".c")
    return re.sub(r"[^A-Za-z0-9_]", lambda found: f"_{ord(found[0]):x}_", name)
