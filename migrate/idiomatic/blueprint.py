"""The interface as far as it is settled: types, functions with open bodies, and the C they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from migrate.report.report import Become
from migrate.skeleton.bindings import EDITION
from repair.rustfmt import format_rust

_MANIFEST = """\
[package]
name = "{name}"
version = "0.1.0"
edition = "{edition}"
publish = false

[lib]
crate-type = ["rlib", "staticlib"]

[lints.rust]
dead_code = "allow"

[profile.dev]
overflow-checks = true
"""
TYPES = "types"
"""The Rust module of the types where functions stand in several."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A function of the C and what it has become."""

    ident: str
    module: str
    """The Rust module that its function stands in."""
    header: str
    """The `impl` line around it; nothing for a free function."""
    text: str
    """The Rust function, doc comment included; nothing where nothing is left to do."""
    path: str
    """Its name as people write it; nothing where there is none."""
    reason: str


@dataclass(frozen=True)
class Blueprint:
    """A Rust crate with open bodies, in the making."""

    crate: str
    modules: tuple[str, ...]
    """The Rust modules that mirror C files, in order."""
    types: str = ""
    type_reasons: tuple[tuple[str, str], ...] = ()
    functions: tuple[Settled, ...] = ()
    safe: bool = True
    """Whether the compiler refuses `unsafe` in these modules."""

    def with_types(self, text: str, reasons: tuple[tuple[str, str], ...]) -> Blueprint:
        """Return it with the types settled."""
        return replace(self, types=text, type_reasons=reasons)

    def with_functions(self, functions: tuple[Settled, ...]) -> Blueprint:
        """Return it with more functions settled."""
        return replace(self, functions=(*self.functions, *functions))

    @property
    def files(self) -> Mapping[str, bytes]:
        """The crate as files."""
        return {name: text.encode() for name, text in self._texts()}

    def _texts(self) -> Iterator[tuple[str, str]]:
        yield "Cargo.toml", _MANIFEST.format(name=self.crate, edition=EDITION)
        yield "src/lib.rs", self._library()
        if len(self.modules) > 1:
            yield f"src/{TYPES}.rs", f"{self._opening}{self.types}\n"
        for module in self.modules:
            yield f"src/{module}.rs", self._module(module)

    def _library(self) -> str:
        modules = [*([TYPES] if len(self.modules) > 1 else []), *self.modules]
        declared = "\n".join(f"mod {each};" for each in modules)
        exported = "\n".join(f"pub use {each}::*;" for each in modules)
        return f"//! The C module `{self.crate}` in safe Rust.\n\n{declared}\n\n{exported}\n"

    @property
    def _opening(self) -> str:
        return "#![forbid(unsafe_code)]\n\n" if self.safe else ""

    def _module(self, module: str) -> str:
        parts = [self._opening.strip()]
        if len(self.modules) > 1:
            others = [each for each in self.modules if each != module]
            globs = "\n".join(f"use crate::{each}::*;" for each in (TYPES, *others))
            parts.append("\n".join(f"#[allow(unused_imports)]\n{line}" for line in globs.splitlines()))
        else:
            parts.append(self.types)
        mine = [each for each in self.functions if each.module == module and each.text]
        for header in dict.fromkeys(each.header for each in mine):
            texts = "\n\n".join(each.text for each in mine if each.header == header)
            parts.append(f"{header} {{\n{texts}\n}}" if header else texts)
        text = "\n\n".join(part for part in parts if part) + "\n"
        return format_rust(text) or text

    @property
    def became(self) -> tuple[Become, ...]:
        """What types and functions of the C have become, and why."""
        types = (Become(name, "", reason) for name, reason in self.type_reasons)
        return (*types, *(Become(each.ident, each.path, each.reason) for each in self.functions))

    @property
    def outline(self) -> str:
        """The types and functions so far as a prompt shows them."""
        files = self._texts()
        shown = [(name, text) for name, text in files if name not in ("Cargo.toml", "src/lib.rs")]
        if len(shown) == 1:
            return shown[0][1].removeprefix("#![forbid(unsafe_code)]").strip()
        return "\n\n".join(f"// {name}\n{text.strip()}" for name, text in shown)
