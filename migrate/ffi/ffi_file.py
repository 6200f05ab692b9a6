"""The file that holds all shims of a crate: `src/ffi.rs`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migrate.ffi.shim import Shim, write_shim
from repair.rustfmt import format_rust

_HEAD = """\
//! What C links to: each function calls the safe one that stands for it.
//!
//! # Safety
//!
//! The functions are called by C, which keeps to what the comments say.
"""
_IMPORTS = {
    **{
        f"c_{name}": f"core::ffi::c_{name}"
        for name in (
            *("char", "schar", "uchar", "short", "ushort", "int", "uint", "long", "ulong"),
            *("longlong", "ulonglong", "float", "double", "void"),
        )
    },
    "CStr": "core::ffi::CStr",
    "CString": "std::ffi::CString",
    "ControlFlow": "core::ops::ControlFlow",
    "Ordering": "core::cmp::Ordering",
    "ptr": "core::ptr",
}
_TYPE = re.compile(r"\bcrate(?:::[a-z_]\w*)*::[A-Z]\w*")
_TAKEN = frozenset(
    {
        *_IMPORTS,
        "Option",
        "Some",
        "None",
        "Result",
        "Ok",
        "Err",
        "Box",
        "String",
        "Vec",
        "Fn",
        "FnMut",
        "FnOnce",
    }
)
"""Names that mean something else in the file."""
_WORD = re.compile(r"(?<![\w:.])(\w+)")
_COMMENT = re.compile(r"//[^\n]*")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One type of C for which functions take different ones of Rust."""

    c: str
    rust: tuple[str, ...]
    symbols: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in a sentence."""
        taken = " and ".join(self.rust)
        return f"C's {self.c} is taken for {taken}, in {', '.join(self.symbols)}"


def ffi_file(shims: Sequence[Shim], edition: str = "2024") -> str:
    """Return the text of the file; the crate declares it as `mod ffi;`."""
    shared = dict.fromkeys(helper for shim in shims for helper in shim.helpers)
    body, types = _shortened("\n\n".join((*(write_shim(shim, edition) for shim in shims), *shared)))
    text = "\n".join(filter(None, (_HEAD, _allowed(shims), _imports(body) + types, body))) + "\n"
    formatted = format_rust(text)
    if formatted is None:
        raise ValueError(f"generated text is not Rust:\n{text}")
    return formatted


def _shortened(body: str) -> tuple[str, str]:
    """Return a text with types of the crate by their names, where these are unique, and what imports them."""
    paths = defaultdict[str, set[str]](set)
    for path in _TYPE.findall(body):
        paths[path.rpartition("::")[2]].add(path)
    unique = {
        path for name, found in paths.items() if len(found) == 1 and name not in _TAKEN for path in found
    }
    short = _TYPE.sub(lambda found: found[0].rpartition("::")[2] if found[0] in unique else found[0], body)
    return short, "".join(f"use {path};\n" for path in sorted(unique))


def lines_per_shim(shims: Sequence[Shim], edition: str = "2024") -> float:
    """Return how many lines a shim has on average, as the file has it."""
    text = ffi_file(shims, edition)
    shared = "\n\n".join(dict.fromkeys(helper for shim in shims for helper in shim.helpers))
    written = text.partition("\n#[")[2]
    return (len(_lines(written)) - len(_lines(format_rust(shared) or ""))) / max(1, len(shims))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _allowed(shims: Iterable[Shim]) -> str:
    """Return the lints that names of C break, and one for contracts that no single function has."""
    names = {name for shim in shims for name in (shim.symbol, *(each for each, _ in shim.parameters))}
    broken = any(name != name.lower() or "__" in name.strip("_") for name in names)
    lints = ("non_snake_case, " if broken else "") + "clippy::missing_safety_doc"
    return f"#![allow({lints})]\n" if any(shim.unsafe for shim in shims) or broken else ""


def _imports(body: str) -> str:
    words = set(_WORD.findall(_COMMENT.sub("", body)))
    if "ptr" in words and "ptr::" not in body:
        words.discard("ptr")
    paths = sorted(_IMPORTS[word] for word in words & set(_IMPORTS))
    of_c = [path.removeprefix("core::ffi::") for path in paths if path.startswith("core::ffi::")]
    uses = [path for path in paths if not path.startswith("core::ffi::")]
    uses += [f"core::ffi::{{{', '.join(of_c)}}}"] if of_c else []
    return "".join(f"use {path};\n" for path in sorted(uses))


def contradictions(shims: Iterable[Shim]) -> tuple[Contradiction, ...]:
    """Return where shims disagree on what a type of C is: one of them would take a value for another."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for shim in shims:
        for c, rust in shim.pairs:
            found[c][rust].append(shim.symbol)
    return tuple(
        Contradiction(c, tuple(kinds), tuple(symbols[0] for symbols in kinds.values()))
        for c, kinds in found.items()
        if len(kinds) > 1
    )
