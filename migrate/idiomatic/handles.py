"""Records of the C behind whose pointers there is something of Rust's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from analysis.inventory import Inventory
from migrate.ffi.rust_type import RustType, TypeKind
from migrate.ffi.shim import Shim
from migrate.idiomatic.assembly import AnyShim

_ANY = "c_void"
"""What C has where it says nothing of a type."""


def handles_of(
    shims: Iterable[AnyShim], types: Mapping[str, RustType], inventory: Inventory
) -> Iterator[str]:
    """Yield the records of the C behind whose pointers there is something of Rust's."""
    for each in shims:
        yield from (c for c, _ in hidden_by(each, types) if c != _ANY)
    yield from incomplete_in_headers(inventory)


def hidden_by(shim: AnyShim, types: Mapping[str, RustType]) -> Iterator[tuple[str, str]]:
    """Yield the types of the C behind whose pointers a shim has something of Rust's, each with that."""
    if not isinstance(shim, Shim):
        return
    paired = {rust.partition("<")[0] for _, rust in shim.pairs}
    spelled = (shim.result, *(kind for _, kind in shim.parameters))
    named = (path for kind in spelled for path in re.findall(r"\bcrate::[\w:]+", kind))
    for c, rust in (*shim.pairs, *((_ANY, path) for path in named if path not in paired)):
        known = types.get(rust) or types.get(rust.partition("<")[0])
        if known is not None and known.kind is TypeKind.OPAQUE:
            yield c, rust


def handled(signature: str, handles: Collection[str]) -> frozenset[str]:
    """Return which of some records a signature of C has pointers to."""
    return frozenset(
        each for each in handles if re.search(rf"\*(?:mut|const) {re.escape(each)}\b", signature)
    )


def incomplete_in_headers(inventory: Inventory) -> Iterator[str]:
    """Yield the tags that headers of the module declare without members."""
    sources = {unit.file for unit in inventory.units}
    headers = [file for file in inventory.files if file not in sources]
    texts = [inventory.originals[file].source.text.decode("utf-8", "replace") for file in headers]
    for text in texts:
        for tag in re.findall(r"\b(?:struct|union)\s+(\w+)\s*;", text):
            if not any(re.search(rf"\b(?:struct|union)\s+{tag}\s*\{{", other) for other in texts):
                yield tag


def records_in_headers(inventory: Inventory) -> Iterator[str]:
    """Yield the records that headers of the module show with their members."""
    sources = {unit.file for unit in inventory.units}
    for file in inventory.files:
        if file not in sources:
            types = inventory.originals[file].types
            yield from (each.name for each in types if each.kind in {"struct", "union"} and each.members)
