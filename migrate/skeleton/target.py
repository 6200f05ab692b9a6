"""What a crate is made for: what it may rely on, how it is built, and what becomes of the C that stays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analysis.inventory import Definition, Inventory
from analysis.rust_items import RustItem
from analysis.slices import Slice
from analysis.unit import CompileCommand
from migrate.skeleton.bindings import EDITION, RUST_VERSION
from migrate.skeleton.flags import moved_flags
from migrate.skeleton.layout_check import Claim
from repair.evidence.surroundings import HOSTED_C, Surroundings
from repair.hole import Hole

_MANIFEST = """\
[package]
name = "{name}"
version = "0.1.0"
edition = "{edition}"
rust-version = "{rust_version}"
publish = false

[lib]
crate-type = ["rlib", "staticlib"]
{sections}
[lints.rust]
dead_code = "allow"
non_camel_case_types = "allow"
non_snake_case = "allow"
non_upper_case_globals = "allow"
unsafe_op_in_unsafe_fn = "deny"
{lints}
[lints.clippy]
missing_safety_doc = "allow"
undocumented_unsafe_blocks = "deny"
"""
_BUILD_DEPENDENCIES = '\n[build-dependencies]\ncc = "1.2"\n'
_C_NAMES = """\
use core::ffi::{
    CStr, c_char, c_double, c_float, c_int, c_long, c_longlong, c_schar, c_short, c_uchar, c_uint, c_ulong,
    c_ulonglong, c_ushort, c_void,
};
"""


class Target(Protocol):
    """What a crate is made for."""

    @property
    def c_names(self) -> str:
        """Return the `use` lines that bring C's types into every Rust file."""
        ...

    @property
    def own_types(self) -> str:
        """Return the C types that the crate defines itself, for the file of what headers declare."""
        ...

    @property
    def modules(self) -> Mapping[str, str]:
        """Return Rust files of the crate that come from no C, by path; each is a module."""
        ...

    @property
    def attributes(self) -> str:
        """Return the attributes of the crate as a whole, each line ended."""
        ...

    @property
    def prompts(self) -> str:
        """Return how the names of its own prompt templates begin."""
        ...

    @property
    def surroundings(self) -> Surroundings:
        """Return what is around its C when that runs as a program here."""
        ...

    @property
    def builds_c(self) -> bool:
        """Return whether cargo builds the C that stays into the static library."""
        ...

    @property
    def known_macros(self) -> frozenset[str]:
        """Return macros that prompts need not show: their rules, or common knowledge, say what they do."""
        ...

    def inventory(self, inventory: Inventory) -> Inventory:
        """Leave out of a module what is no business of any translation to this target."""
        ...

    def context(self, inventory: Inventory, ident: str, needed: Slice) -> Mapping[str, str]:
        """Return what prompts for a definition say besides, by the name that templates use."""
        ...

    def hole(self, hole: Hole, definition: Definition) -> Hole:
        """Return the hole of a definition as this target has it."""
        ...

    def shown(self, items: Mapping[str, RustItem], named: Collection[str]) -> Mapping[str, RustItem]:
        """Return the Rust that a C file sees as a prompt shows it to a definition with these names."""
        ...

    def staying(
        self, needed: tuple[CompileCommand, ...], every: tuple[CompileCommand, ...]
    ) -> tuple[CompileCommand, ...]:
        """Return the C files that are still built: `needed` are those that define what Rust does not."""
        ...

    def closing(self, wrappers: str, claims: Iterable[Claim]) -> str:
        """Return what is added at the end of an exposed C file."""
        ...

    def build_files(self, crate: str, root: Path, staying: tuple[CompileCommand, ...]) -> Mapping[str, str]:
        """Return the files that cargo reads to build the crate, by path."""
        ...


@dataclass(frozen=True, slots=True)
class Hosted:
    """A crate for programs of an operating system: `std` is there, and cargo builds the C that stays."""

    c_names: str = _C_NAMES
    own_types: str = ""
    attributes: str = ""
    prompts: str = ""
    surroundings: Surroundings = HOSTED_C
    builds_c: bool = True
    known_macros: frozenset[str] = frozenset()

    @property
    def modules(self) -> Mapping[str, str]:
        """Return no files: all come from the C."""
        return {}

    def inventory(self, inventory: Inventory) -> Inventory:
        """Return the module as it is."""
        return inventory

    def context(self, inventory: Inventory, ident: str, needed: Slice) -> Mapping[str, str]:
        """Return nothing: the slice says all."""
        return {}

    def hole(self, hole: Hole, definition: Definition) -> Hole:
        """Return the hole as it is."""
        return hole

    def shown(self, items: Mapping[str, RustItem], named: Collection[str]) -> Mapping[str, RustItem]:
        """Return the Rust as it is."""
        return items

    def staying(
        self, needed: tuple[CompileCommand, ...], every: tuple[CompileCommand, ...]
    ) -> tuple[CompileCommand, ...]:
        """Return the C files that still define something."""
        return needed

    def closing(self, wrappers: str, claims: Iterable[Claim]) -> str:
        """Return the wrappers that make header inline functions linkable."""
        return wrappers

    def build_files(self, crate: str, root: Path, staying: tuple[CompileCommand, ...]) -> Mapping[str, str]:
        """Return the manifest, and a build script where C stays."""
        dependencies = _BUILD_DEPENDENCIES if staying else ""
        files = {"Cargo.toml": manifest(crate, dependencies)}
        return files | ({"build.rs": _build_script(crate, root, staying)} if staying else {})


HOSTED = Hosted()


def manifest(crate: str, sections: str, lints: str = "") -> str:
    """Return the crate's manifest with further sections and lints of rustc, whose every line is ended."""
    known = {"edition": EDITION, "rust_version": RUST_VERSION}
    return _MANIFEST.format(name=crate, sections=sections, lints=lints, **known)


def _build_script(crate: str, root: Path, staying: Iterable[CompileCommand]) -> str:
    steps = list(_build_steps(crate, root, staying))
    return (
        "//! Builds what is still C.\n\nfn main() {\n"
        + "\n".join(steps)
        + '\n    println!("cargo::rerun-if-changed=c");\n}\n'
    )


def _build_steps(crate: str, root: Path, staying: Iterable[CompileCommand]) -> Iterator[str]:
    for number, command in enumerate(staying):
        file = command.file.relative_to(root).as_posix()
        yield f'    cc::Build::new()\n        .file("c/{file}")'
        for flag in moved_flags(command, root, Path("c")):
            yield f'        .flag("{_escaped(flag)}")'
        yield f'        .warnings(false)\n        .compile("{crate}_c{number}");'


def _escaped(flag: str) -> str:
    return flag.replace("\\", "\\\\").replace('"', '\\"')
