"""Compiles shims over open bodies, and says which of them are broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.rust_items import rust_items
from migrate.ffi.shim import Shim
from migrate.given.assembly import GivenAssembly
from migrate.idiomatic.assembly import FFI, AnyShim, with_shims
from repair.cargo import Workspace
from repair.plug import Lines


@dataclass(frozen=True, slots=True)
class ShimCheck:
    """Tries shims in the crate that they are for."""

    base: GivenAssembly
    workspace: Workspace
    edition: str

    def broken(self, shims: Mapping[str, AnyShim]) -> dict[str, str]:
        """Return what the compiler says of those that it does not accept, by ident."""
        if not shims:
            return {}
        rendered = with_shims(self.base.render({}), tuple(shims.values()), self.edition)
        self.workspace.write(rendered)
        run = self.workspace.clippy()
        if run.ok:
            return {}
        places = _places(rendered.files[FFI].decode(), shims)
        found: dict[str, str] = {}
        for diagnostic in run.diagnostics:
            ident = diagnostic.about(places) if diagnostic.is_error else None
            if ident is not None:
                said = "\n".join((diagnostic.message, *(text for _, text in diagnostic.notes)))
                found[ident] = "\n".join(filter(None, (found.get(ident, ""), said)))
        # What cannot be blamed on one of them speaks against all.
        return found or dict.fromkeys(shims, run.stderr[-1000:])


def _places(text: str, shims: Mapping[str, AnyShim]) -> dict[str, Lines]:
    """Return where each shim stands in the file."""
    items = {(each.kind, each.name): each for each in rust_items(text)}
    source = text.encode()
    found: dict[str, Lines] = {}
    for ident, shim in shims.items():
        key = ("fn", shim.symbol) if isinstance(shim, Shim) else ("mod", f"shim_{shim.symbol}")
        item = items.get(key)
        if item is not None:
            first = source.count(b"\n", 0, item.start) + 1
            found[ident] = Lines(FFI, first, source.count(b"\n", 0, item.end) + 1)
    return found
