"""Holes and candidates that need no C module, and a crate around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.inventory import Kind
from repair.candidate import Candidate
from repair.hole import Hole
from repair.plug import Lines, Plug, PlugKind, RenderedCrate

MANIFEST = """\
[package]
name = "trial"
version = "0.1.0"
edition = "2024"

[lib]
crate-type = ["rlib", "staticlib"]

[lints.rust]
unsafe_op_in_unsafe_fn = "deny"

[lints.clippy]
missing_safety_doc = "allow"
undocumented_unsafe_blocks = "deny"
"""


def function(name: str, parameters: str = "x: c_int", result: str = "c_int", c_text: str = "") -> Hole:
    """Make the hole of a C function."""
    signature = f'pub unsafe extern "C" fn {name}({parameters}) -> {result}'
    text = c_text or f"int {name}(int x) {{ return x; }}"
    return Hole(name, name, Kind.FUNCTION, Path("a.c"), 1, 1, name, False, signature, text, "")


def variable(name: str, type_text: str) -> Hole:
    """Make the hole of a C variable with an initialiser."""
    signature = f"pub static mut {name}: {type_text}"
    return Hole(name, name, Kind.GLOBAL, Path("a.c"), 1, 1, name, False, signature, f"int {name} = 1;", "")


def candidate(hole: Hole, body: str) -> Candidate:
    """Make a candidate for a function with a body, as rustfmt would lay it out."""
    return Candidate(hole, f"{hole.signature} {{\n    {body}\n}}")


@dataclass(frozen=True)
class PlainCrate:
    """A crate whose only file holds the plugs, one after the other; what is not named is a constant."""

    holes: tuple[Hole, ...]

    def render(self, plugs: Mapping[str, Plug]) -> RenderedCrate:
        """Return the crate with these plugs."""
        text = "#![allow(dead_code)]\nuse core::ffi::*;\n"
        lines: dict[str, Lines] = {}
        for hole in self.holes:
            plug = plugs.get(hole.ident)
            ours = plug.text if plug and plug.kind is PlugKind.RUST else f"{hole.signature} {{\n    7\n}}"
            first = text.count("\n") + 2
            if plug is not None:
                lines[hole.ident] = Lines("src/lib.rs", first, first + ours.count("\n"))
            text += f"#[unsafe(no_mangle)]\n{ours}\n"
        return RenderedCrate({"Cargo.toml": MANIFEST.encode(), "src/lib.rs": text.encode()}, lines)
