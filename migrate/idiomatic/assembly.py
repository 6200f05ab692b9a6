"""Puts an idiomatic crate together: safe code, and `ffi.rs` by which C calls what is filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from migrate.ffi.ffi_file import ffi_file
from migrate.ffi.shim import Shim
from migrate.given.assembly import GivenAssembly
from repair.plug import Plug, PlugKind, RenderedCrate
from repair.rustfmt import format_rust

_LIBRARY = "src/lib.rs"
FFI = "src/ffi.rs"


@dataclass(frozen=True, slots=True)
class WrittenShim:
    """A shim that a model wrote: items in a module of their own."""

    symbol: str
    text: str
    """With its linkage attribute."""

    @property
    def module(self) -> str:
        """Return it as Rust."""
        opening = f"#[allow(private_interfaces)]\nmod shim_{self.symbol} {{"
        return f"{opening}\n#[allow(unused_imports)]\nuse core::ffi::*;\n\n{self.text}\n}}"


AnyShim = Shim | WrittenShim


@dataclass(frozen=True, slots=True)
class Outside:
    """What C sees of one function."""

    shim: AnyShim
    exported: bool
    """C calls it from outside the module; else it is there to be tested only."""
    needs: frozenset[str]
    """Idents of the functions that have to be filled before it can be called."""


@dataclass(frozen=True, slots=True)
class ShimmedAssembly:
    """Renders a crate with shims over what is filled, those for tests included unless it is handed over."""

    base: GivenAssembly
    outside: Mapping[str, Outside]
    """By ident of the C function."""
    edition: str = "2024"
    shims: bool = True
    """Whether people get those for what is exported."""

    @property
    def called_from_c(self) -> ShimmedAssembly:
        """The same with shims for what is exported only."""
        exported = {ident: each for ident, each in self.outside.items() if each.exported}
        return replace(self, base=replace(self.base, handed_over=True), outside=exported)

    @property
    def handed_over(self) -> ShimmedAssembly:
        """The same as people get it."""
        return self.called_from_c if self.shims else replace(self.called_from_c, outside={})

    def render(self, plugs: Mapping[str, Plug]) -> RenderedCrate:
        """Return the whole crate with these plugs."""
        rendered = self.base.render(plugs)
        shims = self.callable(plugs)
        if not shims:
            return rendered
        return with_shims(rendered, shims, self.edition)

    def callable(self, plugs: Mapping[str, Plug]) -> tuple[AnyShim, ...]:
        """Return the shims over what is filled."""
        filled = {ident for ident, plug in plugs.items() if plug.kind is PlugKind.RUST}
        mine = {each.hole.ident for each in self.base.holes}
        return tuple(each.shim for each in self.outside.values() if each.needs & mine <= filled)


def with_shims(rendered: RenderedCrate, shims: Sequence[AnyShim], edition: str) -> RenderedCrate:
    """Return a crate with the functions by which C calls it."""
    by_rule = ffi_file([each for each in shims if isinstance(each, Shim)], edition)
    written = [each.module for each in shims if isinstance(each, WrittenShim)]
    text = "\n\n".join((by_rule.rstrip(), *written)) + "\n"
    files = dict(rendered.files)
    files[_LIBRARY] = files[_LIBRARY].rstrip() + b"\n\nmod ffi;\n"
    files[FFI] = (format_rust(text) or text).encode()
    return RenderedCrate(files, rendered.lines)
