"""The kernel as a target: a crate without `std`, beside C that Kbuild compiles."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.declarations import Function, Macro
from analysis.inventory import Definition, Inventory
from analysis.rust_items import RustItem
from analysis.slices import Slice
from analysis.unit import CompileCommand
from migrate.kernel.furniture import maker, without_furniture
from migrate.kernel.macros import KNOWN, as_gates_read, standing_for_code
from migrate.kernel.trimming import trimmed
from migrate.skeleton.layout_check import Claim
from migrate.skeleton.target import manifest
from repair.evidence.surroundings import KERNEL_C, Surroundings
from repair.hole import Hole
from repair.kernel.panic import panic_handler

_C_NAMES = """\
use core::ffi::{
    CStr, c_double, c_float, c_int, c_long, c_longlong, c_schar, c_short, c_uchar, c_uint, c_ulong,
    c_ulonglong, c_ushort, c_void,
};
"""
_OWN_TYPES = """
/// The kernel is compiled with `-funsigned-char`.
pub type c_char = u8;
"""
_PROFILES = """
[profile.dev]
panic = "abort"

[profile.release]
panic = "abort"
"""
_LINTS = """\
improper_ctypes = "allow"
improper_ctypes_definitions = "allow"
"""
_QUIET = """\
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-declarations"
"""
_OPTION = re.compile(r"\bCONFIG_\w+")


@dataclass(frozen=True, slots=True)
class Kernel:
    """A crate for a kernel: `core` only, and Kbuild's own commands for the C, which always stays in part."""

    c_names: str = _C_NAMES
    own_types: str = _OWN_TYPES
    attributes: str = "#![no_std]\n"
    prompts: str = "kernel_"
    surroundings: Surroundings = KERNEL_C
    builds_c: bool = False
    known_macros: frozenset[str] = KNOWN

    @property
    def modules(self) -> Mapping[str, str]:
        """Return the panic handler."""
        opening = "//! What a panic comes to: the kernel's `BUG()`, with the file and line of the Rust.\n\n"
        return {"src/panicking.rs": opening + panic_handler()}

    def inventory(self, inventory: Inventory) -> Inventory:
        """Leave out what macros make for the linker and the loader."""
        return without_furniture(inventory)

    def context(self, inventory: Inventory, ident: str, needed: Slice) -> Mapping[str, str]:
        """Return the options that a definition names in any branch, and which functions are inline."""
        definition = inventory.by_ident[ident]
        macros = definition.unit.macros
        options = ((name, macros.get(name)) for name in _options(inventory, definition, needed))
        settings = (f"`{name}` is {_setting(macro)}" for name, macro in options)
        outside = (name for name in needed.functions if name not in inventory.by_ident)
        inline = (f"`{name}`" for name in outside if _is_inline(definition, name))
        return {
            "configuration": ", ".join(settings),
            "inline": ", ".join(inline),
            "place": _place(definition, needed),
        }

    def hole(self, hole: Hole, definition: Definition) -> Hole:
        """Have macros such as `current`, which stand for code, written out for the gates; keep locks in C."""
        macros = tuple(as_gates_read(each) for each in (*hole.macros, *standing_for_code(definition)))
        return replace(hole, macros=macros, maker=maker(definition))

    def shown(self, items: Mapping[str, RustItem], named: Collection[str]) -> Mapping[str, RustItem]:
        """Reduce large records to the members that a definition names."""
        return trimmed(items, named)

    def staying(
        self, needed: tuple[CompileCommand, ...], every: tuple[CompileCommand, ...]
    ) -> tuple[CompileCommand, ...]:
        """Return every C file: exports, initcalls and parameters stay in C."""
        return every

    def closing(self, wrappers: str, claims: Iterable[Claim]) -> str:
        """Return wrappers for inline functions, and the layout that the Rust relies on."""
        asserted = [f'_Static_assert({each.expression} == {each.value}, "{each.about}");' for each in claims]
        return "\n".join(part for part in (_QUIET if wrappers else "", wrappers, *asserted) if part)

    def build_files(self, crate: str, root: Path, staying: tuple[CompileCommand, ...]) -> Mapping[str, str]:
        """Return the manifest: cargo compiles no C here."""
        return {"Cargo.toml": manifest(crate, _PROFILES, _LINTS)}


KERNEL = Kernel()


def _options(inventory: Inventory, definition: Definition, needed: Slice) -> list[str]:
    """Name the options in a definition's text as it stands on disk, and in the macros that it uses."""
    source = inventory.originals[definition.file].source
    lines = source.text.decode("utf-8", "replace").splitlines()[definition.line - 1 : definition.end_line]
    named = set(_OPTION.findall("\n".join(lines)))
    return sorted(named | {name for name in needed.macros if name.startswith("CONFIG_")})


def _setting(macro: Macro | None) -> str:
    if macro is None:
        return "off"
    body = macro.body.strip()
    return "on" if body == "1" else body


def _place(definition: Definition, needed: Slice) -> str:
    """Return what `__FILE__` is where a macro names it, with the line that the definition begins on."""
    macros = definition.unit.macros
    named = definition.references.union(
        *(macros[name].references for name in needed.macros if name in macros)
    )
    if "__FILE__" not in named:
        return ""
    command = definition.unit.command
    prefixes = (flag.partition("=")[2] for flag in command.flags if flag.startswith("-fmacro-prefix-map="))
    file = str(definition.unit.root / definition.file)
    for prefix in prefixes:
        old, _, new = prefix.partition("=")
        file = f"{new}{file[len(old) :]}" if file.startswith(old) else file
    return f"`__FILE__` is `{file}`, and the text below begins on its line {definition.line}"


def _is_inline(definition: Definition, name: str) -> bool:
    declared = definition.unit.declared_functions.get(name)
    return isinstance(declared, Function) and declared.static
