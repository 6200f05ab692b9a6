"""The Rust that each C file sees: bindgen's items, with constants as the C compiler evaluates them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from analysis.declarations import Variable
from analysis.inventory import Definition, Inventory
from analysis.probe import Constant, probe_constants
from analysis.rust_items import RustItem, rust_items
from analysis.slices import Slice
from analysis.unit import CompileCommand, Place, Rejected, TranslationUnit
from migrate.bindings import Bindings, bind
from migrate.crate import moved_flags
from migrate.errors import BaselineError
from migrate.expose import IMPLIED_LENGTH, STAND_IN, ExposedFile, is_old_style
from migrate.promotions import promoted
from migrate.slots import has_wide_float
from migrate.symbols import symbol_of, wrapper_suffix
from repair.rustfmt import format_snippets

_LAYOUT_OF = re.compile(r'"Size of (\w+?)(?:__bindgen_ty_\d+)*"')
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

    @cached_property
    def declared(self) -> frozenset[str]:
        """The items whose type or macro the C file itself, not a header, declares."""
        names = {named_type(item) for item in self.items}
        places = {name: self.place_of(name) for name in names}
        own = self.unit.command.file
        return frozenset(name for name, place in places.items() if place is not None and place.file == own)


def named_type(item: RustItem) -> str:
    """Return the type a layout assertion speaks of, else the item's own name."""
    found = _LAYOUT_OF.search(item.text) if item.name == "_" else None
    return found[1] if found else item.name


def read_views(
    inventory: Inventory, slices: Mapping[str, Slice], exposed: Iterable[ExposedFile], crate: str
) -> tuple[View, ...]:
    """Bind every C file of a module. Raise BaselineError when bindgen does not accept one."""
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as name:
        folder = Path(name)
        write_copy(folder / "probed", {file.file: file.without_bodies() for file in exposed})
        lengths = {
            ident: length
            for unit in inventory.units
            for ident, length in _lengths(inventory, moved_command(unit, folder / "probed"), unit)
        }
        write_copy(folder / "bound", {file.file: file.interface(lengths) for file in exposed})
        return tuple(_view(inventory, slices, unit, folder, crate) for unit in inventory.units)


def write_copy(folder: Path, files: Mapping[Path, bytes]) -> None:
    """Write a copy of a module, given by the paths and bytes of its files."""
    for file, text in files.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)


def moved_command(unit: TranslationUnit, folder: Path) -> CompileCommand:
    """Return how the copy of a C file in a folder is compiled."""
    flags = moved_flags(unit.command, unit.root, folder)
    return CompileCommand(folder / unit.file, flags, unit.command.directory)


def _lengths(
    inventory: Inventory, command: CompileCommand, unit: TranslationUnit
) -> Iterator[tuple[str, str]]:
    """Ask the compiler for the lengths of arrays that only their initialisers tell."""
    asked = {
        f"sizeof({each.name}) / sizeof(({each.name})[0])": each.ident
        for each in inventory.variables
        if each.unit is unit and each.initialised and not each.generated and _is_open_array(each)
    }
    for question, constant in probe_constants(command, asked).items():
        yield asked[question], str(constant.value)


def _is_open_array(definition: Definition) -> bool:
    declared = definition.declared
    return (
        isinstance(declared, Variable)
        and IMPLIED_LENGTH.search(definition.unit.source.slice(declared.declarator)) is not None
    )


def _view(
    inventory: Inventory, slices: Mapping[str, Slice], unit: TranslationUnit, folder: Path, crate: str
) -> View:
    mine = [each for each in inventory.definitions if each.unit is unit]
    names = {name for each in mine for name in (each.name, *slices[each.ident].names())}
    bound = _bind(unit, moved_command(unit, folder / "bound"), names, crate)
    used = {name for each in mine for name in slices[each.ident].macros}
    constants = probe_constants(
        moved_command(unit, folder / "probed"), _constant_names(unit, used, bound.items)
    )
    probed = rust_items("\n".join(_constant(name, constants[name]) for name in sorted(constants)))
    bound = _without_undefined(bound, unit)
    items = _as_called(_with_made_variables(bound.items, inventory, crate), mine)
    symbols = {symbol_of(each, crate) for each in inventory.definitions}
    usable = _without_wide_floats(items, symbols)
    kept = (item for item in usable if item.kind != "const" or item.name not in constants)
    return View(unit, unit.file, _formatted((*kept, *probed)), bound.wrappers)


def _without_undefined(bound: Bindings, unit: TranslationUnit) -> Bindings:
    """Leave out file-local functions that are declared and never defined, and their wrappers."""
    defined = {each.name for each in (*unit.declarations.functions, *unit.expanded.functions)}
    undefined = {each.name for each in unit.declarations.prototypes if each.static} - defined
    if not undefined:
        return bound
    items = [item for item in bound.items if not (item.foreign and item.name in undefined)]
    called = re.compile(r"\b(?:" + "|".join(sorted(undefined)) + r")\(")
    wrappers = [line for line in bound.wrappers.splitlines() if not called.search(line)]
    return Bindings(tuple(items), "\n".join(wrappers))


def _without_wide_floats(items: Iterable[RustItem], symbols: Container[str]) -> Iterator[RustItem]:
    """Leave out functions of others that pass a `long double`: a call from Rust would go wrong."""
    listed = tuple(items)
    types = {item.name: item for item in listed if item.kind != "impl" and not item.foreign}
    for item in listed:
        is_other = item.foreign and (item.link_name or item.name) not in symbols
        if not (is_other and has_wide_float(item, types)):
            yield item


def _with_made_variables(items: Iterable[RustItem], inventory: Inventory, crate: str) -> Iterator[RustItem]:
    """Declare the variables that macros make: to bindgen, an integer with a value is a constant."""
    symbols = {each.name: symbol_of(each, crate) for each in inventory.variables if each.generated}
    for item in items:
        name = item.name.removeprefix(STAND_IN)
        if name != item.name:
            renamed = {key: getattr(item, key).replace(item.name, name, 1) for key in ("text", "bare")}
            yield replace(item, name=name, link_name=symbols[name], **renamed)
        elif name not in symbols or item.kind not in {"const", "static"}:
            yield item


def _as_called(items: Iterable[RustItem], mine: Iterable[Definition]) -> Iterator[RustItem]:
    """Declare old-style functions with the parameters that their callers pass."""
    listed = tuple(items)
    types = {item.name: item for item in listed if item.kind == "type"}
    old = {each.name for each in mine if is_old_style(each)}
    for item in listed:
        is_old = item.kind == "fn" and item.name.removesuffix("_") in old
        yield promoted(item, types) if is_old else item


def _formatted(items: tuple[RustItem, ...]) -> tuple[RustItem, ...]:
    """Lay out the text of each item; rustfmt takes declarations without a body or value as well."""
    texts = format_snippets([item.bare for item in items])
    return tuple(replace(item, bare=text) for item, text in zip(items, texts, strict=True))


def _bind(unit: TranslationUnit, command: CompileCommand, names: set[str], crate: str) -> Bindings:
    bound = bind(command, names, wrapper_suffix(unit.file, crate))
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
