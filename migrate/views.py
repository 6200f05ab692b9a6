"""The Rust that each C file sees: bindgen's items, with constants as the C compiler evaluates them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.declarations import Variable
from analysis.inventory import Definition, Inventory
from analysis.probe import Constant, probe_constants
from analysis.rust_items import RustItem, rust_items
from analysis.slices import Slice
from analysis.unit import Place, Rejected, TranslationUnit
from migrate.bindings import Bindings, bind
from migrate.crate import moved_flags
from migrate.errors import BaselineError
from migrate.expose import ExposedFile
from repair.rustfmt import format_snippets

_ANONYMOUS = re.compile(r"(?:__bindgen_ty_\d+)+$")


@dataclass(frozen=True)
class View:
    """The types, constants and declarations of one C file in Rust."""

    unit: TranslationUnit
    file: Path
    """Relative to the module's root."""
    items: tuple[RustItem, ...]
    wrappers: str
    """C wrappers for header inline functions."""

    def place_of(self, name: str) -> Place | None:
        """Return where the C declares the type or macro that a Rust name stands for."""
        c_name = _ANONYMOUS.sub("", name)
        for spelled in (c_name, c_name.removesuffix("_")):
            macro = self.unit.macros.get(spelled)
            declared = self.unit.types.get(spelled) or ((macro,) if macro else ())
            if declared:
                return self.unit.lines.place(declared[0].span.start)
        return None

    def declares(self, name: str) -> bool:
        """Tell whether the C file itself, not a header, declares what a Rust name stands for."""
        place = self.place_of(name)
        return place is not None and place.file == self.unit.command.file


def read_views(
    inventory: Inventory, slices: Mapping[str, Slice], exposed: Iterable[ExposedFile]
) -> tuple[View, ...]:
    """Bind every C file of a module. Raise BaselineError when bindgen does not accept one."""
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as folder:
        copy = Path(folder)
        for file in exposed:
            target = copy / "c" / file.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.text(_without_values(file.definitions)))
        return tuple(_view(inventory, slices, unit, copy) for unit in inventory.units)


def _without_values(definitions: Iterable[Definition]) -> dict[str, str]:
    """Name the variables whose value bindgen must not see: an initialised integer is a constant to it."""
    return {
        each.ident: ""
        for each in definitions
        if isinstance(each.declared, Variable)
        and each.initialised
        and "[" not in each.unit.source.slice(each.declared.declarator)
    }


def _view(inventory: Inventory, slices: Mapping[str, Slice], unit: TranslationUnit, copy: Path) -> View:
    mine = [each for each in inventory.definitions if each.unit is unit]
    names = {name for each in mine for name in (each.name, *slices[each.ident].names())}
    bound = _bind(inventory, unit, names, copy)
    used = {name for each in mine for name in slices[each.ident].macros}
    constants = probe_constants(unit.command, _constant_names(unit, used, bound.items))
    probed = rust_items("\n".join(_constant(name, constants[name]) for name in sorted(constants)))
    kept = (item for item in bound.items if item.kind != "const" or item.name not in constants)
    file = unit.command.file.relative_to(inventory.root)
    return View(unit, file, _formatted((*kept, *probed)), bound.wrappers)


def _formatted(items: tuple[RustItem, ...]) -> tuple[RustItem, ...]:
    """Lay out the text of each item; rustfmt takes declarations without a body or value as well."""
    texts = format_snippets([item.bare for item in items])
    return tuple(replace(item, bare=text) for item, text in zip(items, texts, strict=True))


def _bind(inventory: Inventory, unit: TranslationUnit, names: set[str], copy: Path) -> Bindings:
    flags = moved_flags(unit.command, inventory.root, copy / "c")
    file = copy / "c" / unit.command.file.relative_to(inventory.root)
    bound = bind(file, flags, unit.command.directory, names, copy)
    if isinstance(bound, Rejected):
        errors = (line for line in bound.message.splitlines() if "error" in line)
        first = next(errors, bound.message.strip())
        raise BaselineError(f"bindgen does not accept {unit.command.file}: {first}; check the file's flags")
    return bound


def _constant(name: str, constant: Constant) -> str:
    value = str(bool(constant.value)).lower() if constant.rust_type == "bool" else constant.value
    return f"pub const {name}: {constant.rust_type} = {value};"


def _constant_names(unit: TranslationUnit, used: set[str], items: Iterable[RustItem]) -> list[str]:
    """Name what may be an integer constant: object-like macros in use, enumerators of anonymous enums."""
    macros = {
        macro.name
        for macro in unit.macros.values()
        if macro.parameters is None and macro.body and (macro.name in used or _is_own(unit, macro.span.start))
    }
    anonymous = {item.name for item in items if item.kind == "const" and ": _bindgen_ty_" in item.text}
    return sorted(macros | anonymous)


def _is_own(unit: TranslationUnit, offset: int) -> bool:
    place = unit.lines.place(offset)
    return place is not None and place.file == unit.command.file
