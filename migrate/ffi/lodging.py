"""Records that callers of the C make: Rust keeps a box in their memory.

The first bytes of such a record hold the address of the boxed value. The function that makes the value writes
it there, the others find it there, and the one that gives the value up frees it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from migrate.ffi.argument import NoRule
from migrate.ffi.rust_type import RustType
from migrate.ffi.shim import CSide, RustSide, Shim, shim_of

_LODGED = """\
/// # Safety
/// `place` is NULL, or holds the address of a box or NULL.
unsafe fn lodged<T>(place: *mut *mut T) -> *mut T {
    // SAFETY: The caller promises it.
    if place.is_null() { core::ptr::null_mut() } else { unsafe { *place } }
}"""


def lodged_shim(
    c: CSide, rust: RustSide, types: Mapping[str, RustType], records: Collection[str]
) -> Shim | NoRule:
    """Make a shim for a function that takes one of these records of the C, or say why no rule makes one."""
    if _makes_one(c, rust, records):
        return shim_of(replace(c, signature=_with_places(c.signature, records)), rust, types)
    made = shim_of(c, rust, types)
    return made if isinstance(made, NoRule) else _found_there(made, records)


def takes_one(signature: str, records: Collection[str]) -> bool:
    """Tell whether a signature of C has a pointer to one of these records."""
    return any(_pointer(name).search(signature) for name in records)


def _pointer(record: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\*mut )(?<!\*const )\*(?:mut|const) {re.escape(record)}\b")


def _makes_one(c: CSide, rust: RustSide, records: Collection[str]) -> bool:
    """Tell whether the safe function returns what the C writes into a record."""
    parameters, _, result = rust.signature.partition("->")
    owner = rust.path.split("::")[-2]
    names_it = re.search(rf"\b(?:Self|{re.escape(owner)})\b", result) is not None
    return names_it and re.search(r"\bself\b", parameters) is None and takes_one(c.signature, records)


def _with_places(signature: str, records: Collection[str]) -> str:
    for name in records:
        signature = _pointer(name).sub(f"*mut *mut {name}", signature)
    return signature


def _found_there(shim: Shim, records: Collection[str]) -> Shim:
    kinds = {rust for c, rust in shim.pairs if c in records}
    lodged = [name for name, kind in shim.parameters if kind.partition(" ")[2] in kinds]
    parameters = tuple(
        (name, f"*mut *mut {kind.partition(' ')[2]}" if name in lodged else kind)
        for name, kind in shim.parameters
    )
    found = (
        step
        for name in lodged
        for step in (
            f"// SAFETY: C promises that {name} is NULL, or holds what was put there when it was made.",
            f"let {name} = unsafe {{ lodged({name}) }};",
        )
    )
    return replace(
        shim,
        parameters=parameters,
        steps=(*found, *shim.steps),
        unsafe=True,
        helpers=(*shim.helpers, *([_LODGED] if lodged else ())),
    )
