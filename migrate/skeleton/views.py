"""The Rust that each C file sees: bindgen's items, with constants as the C compiler evaluates them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path

from analysis.declarations import Variable
from analysis.inventory import Definition, Inventory
from analysis.probe import Constant, probe_constants
from analysis.rust_items import RustItem, rust_items
from analysis.rust_keywords import KEYWORDS
from analysis.slices import Slice
from analysis.unit import CompileCommand, Place, Rejected, TranslationUnit
from migrate.errors import BaselineError
from migrate.skeleton.adapt import (
    as_called,
    with_empty_aligned,
    with_lengths,
    with_made_variables,
    without_undefined,
    without_wide_floats,
)
from migrate.skeleton.bindings import Bindings, bind
from migrate.skeleton.expose import IMPLIED_LENGTH, ExposedFile, is_old_style
from migrate.skeleton.flags import moved_flags
from migrate.skeleton.symbols import symbol_of, wrapper_suffix
from migrate.skeleton.tails import with_tails
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
    files = tuple(exposed)
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as name, ThreadPoolExecutor() as pool:
        reader = _Reader(inventory, slices, Path(name), crate)
        write_copy(reader.probed, {file.file: file.without_bodies() for file in files})
        lengths = dict(chain.from_iterable(pool.map(reader.lengths, inventory.units)))
        write_copy(reader.bound, {file.file: file.interface(lengths) for file in files})
        return tuple(pool.map(partial(reader.view, lengths), inventory.units))


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


@dataclass(frozen=True)
class _Reader:
    """Reads views out of copies of the module, one C file at a time."""

    inventory: Inventory
    slices: Mapping[str, Slice]
    folder: Path
    crate: str

    @property
    def probed(self) -> Path:
        """The copy that questions about constants are put to."""
        return self.folder / "probed"

    @property
    def bound(self) -> Path:
        """The copy that bindgen reads."""
        return self.folder / "bound"

    @cached_property
    def _symbols(self) -> Mapping[str, str]:
        return {each.ident: symbol_of(each, self.crate) for each in self.inventory.definitions}

    @cached_property
    def _linked(self) -> frozenset[str]:
        return frozenset(self._symbols.values())

    @cached_property
    def _defined(self) -> Mapping[Path, list[Definition]]:
        """The definitions by the C file that they are compiled with."""
        found: dict[Path, list[Definition]] = {unit.file: [] for unit in self.inventory.units}
        for each in self.inventory.definitions:
            found[each.unit.file].append(each)
        return found

    def lengths(self, unit: TranslationUnit) -> tuple[tuple[str, str], ...]:
        """Ask the compiler for the lengths of arrays that only their initialisers tell."""
        asked = {
            f"sizeof({each.name}) / sizeof(({each.name})[0])": each.ident
            for each in self._defined[unit.file]
            if each.initialised and not each.generated and _is_open_array(each)
        }
        answers = probe_constants(moved_command(unit, self.probed), asked)
        return tuple((asked[question], str(constant.value)) for question, constant in answers.items())

    def view(self, lengths: Mapping[str, str], unit: TranslationUnit) -> View:
        """Bind one C file; `lengths` are those of arrays, by definition.

        Raise BaselineError when bindgen does not accept it.
        """
        mine = self._defined[unit.file]
        names = {name for each in mine for name in (each.name, *self.slices[each.ident].names())}
        bound = _bind(unit, moved_command(unit, self.bound), names, wrapper_suffix(unit.file, self.crate))
        used = {name for each in mine for name in self.slices[each.ident].macros}
        asked = _constant_names(unit, used, bound.items)
        constants = probe_constants(moved_command(unit, self.probed), asked)
        probed = rust_items("\n".join(_constant(name, constants[name]) for name in sorted(constants)))
        bound = without_undefined(bound, unit)
        items = with_made_variables(bound.items, self._made(unit))
        items = as_called(items, {each.name for each in mine if is_old_style(each)})
        items = with_lengths(items, {self._symbols[ident]: length for ident, length in lengths.items()})
        items = with_empty_aligned(without_wide_floats(items, self._linked))
        kept = (item for item in items if item.kind != "const" or item.name not in constants)
        initialised = {self._symbols[each.ident] for each in mine if each.initialised}
        every = with_tails((*kept, *probed), moved_command(unit, self.probed), initialised)
        return View(unit, unit.file, _formatted(every), bound.wrappers)

    def _made(self, unit: TranslationUnit) -> dict[str, str]:
        """Return the symbols of the variables that macros make in a C file and its headers."""
        files = {unit.file, *unit.own_files}
        return {each.name: self._symbols[each.ident] for each in self._generated if each.file in files}

    @cached_property
    def _generated(self) -> tuple[Definition, ...]:
        return tuple(each for each in self.inventory.variables if each.generated)


def _is_open_array(definition: Definition) -> bool:
    declared = definition.declared
    return (
        isinstance(declared, Variable)
        and IMPLIED_LENGTH.search(definition.unit.source.slice(declared.declarator)) is not None
    )


def _formatted(items: tuple[RustItem, ...]) -> tuple[RustItem, ...]:
    """Lay out the text of each item; rustfmt takes declarations without a body or value as well."""
    texts = format_snippets([item.bare for item in items])
    return tuple(replace(item, bare=text) for item, text in zip(items, texts, strict=True))


def _bind(unit: TranslationUnit, command: CompileCommand, names: set[str], suffix: str) -> Bindings:
    bound = bind(command, names, suffix)
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
    anonymous = {item.name for item in items if item.kind == "const" and ": anonymous__" in item.text}
    return sorted((macros | anonymous) - KEYWORDS)


def _is_own(unit: TranslationUnit, offset: int) -> bool:
    place = unit.lines.place(offset)
    return place is not None and place.file == unit.command.file
