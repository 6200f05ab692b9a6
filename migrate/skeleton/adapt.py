"""What bindgen makes of exposed C, made into what Rust may rely on."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from analysis.rust_items import RustItem
from analysis.unit import TranslationUnit
from migrate.skeleton.bindings import Bindings
from migrate.skeleton.expose import STAND_IN
from migrate.skeleton.promotions import promoted
from migrate.skeleton.slots import has_wide_float

_ALIGNMENT = re.compile(r'"Alignment of (\w+)"\s*\]\s*\[[^\]]*?-\s*(\d+)')
_NO_LENGTH = re.compile(r";\s*0(?:usize)?\s*\]")
_REPR_C = re.compile(r"\brepr\s*\(\s*C\s*\)")
_EMPTY = re.compile(r"\{\s*\}\s*$")


def without_undefined(bound: Bindings, unit: TranslationUnit) -> Bindings:
    """Leave out file-local functions that are declared and never defined, and their wrappers."""
    defined = {each.name for each in (*unit.declarations.functions, *unit.expanded.functions)}
    undefined = {each.name for each in unit.declarations.prototypes if each.static} - defined
    if not undefined:
        return bound
    items = [item for item in bound.items if not (item.foreign and item.name in undefined)]
    called = re.compile(r"\b(?:" + "|".join(sorted(undefined)) + r")\(")
    wrappers = [line for line in bound.wrappers.splitlines() if not called.search(line)]
    return Bindings(tuple(items), "\n".join(wrappers))


def without_wide_floats(items: Iterable[RustItem], symbols: Container[str]) -> Iterator[RustItem]:
    """Leave out functions of others that pass a `long double`: a call from Rust would go wrong."""
    listed = tuple(items)
    types = {item.name: item for item in listed if item.kind != "impl" and not item.foreign}
    for item in listed:
        is_other = item.foreign and (item.link_name or item.name) not in symbols
        if not (is_other and has_wide_float(item, types)):
            yield item


def with_made_variables(items: Iterable[RustItem], symbols: Mapping[str, str]) -> Iterator[RustItem]:
    """Declare the variables that macros make: to bindgen, an integer with a value is a constant."""
    for item in items:
        name = item.name.removeprefix(STAND_IN)
        if name != item.name:
            renamed = {key: getattr(item, key).replace(item.name, name, 1) for key in ("text", "bare")}
            yield replace(item, name=name, link_name=symbols[name], **renamed)
        elif name not in symbols or item.kind not in {"const", "static"}:
            yield item


def as_called(items: Iterable[RustItem], old_style: Container[str]) -> Iterator[RustItem]:
    """Declare old-style functions with the parameters that their callers pass."""
    listed = tuple(items)
    types = {item.name: item for item in listed if item.kind == "type"}
    for item in listed:
        is_old = item.kind == "fn" and item.name.removesuffix("_") in old_style
        yield promoted(item, types) if is_old else item


def with_lengths(items: Iterable[RustItem], lengths: Mapping[str, str]) -> Iterator[RustItem]:
    """Give arrays, by symbol, the length that a declaration ahead of the definition leaves out."""
    for item in items:
        length = lengths.get(item.link_name or item.name) if item.kind == "static" else None
        if length is None:
            yield item
        else:
            text, bare = (_NO_LENGTH.sub(f"; {length}]", each) for each in (item.text, item.bare))
            yield replace(item, text=text, bare=bare)


def with_empty_aligned(items: Iterable[RustItem]) -> Iterator[RustItem]:
    """Give records without members the alignment that bindgen asserts, and leaves out."""
    listed = tuple(items)
    asserted = "\n".join(item.text for item in listed if item.name == "_")
    aligned = {name: value for name, value in _ALIGNMENT.findall(asserted) if int(value) > 1}
    for item in listed:
        if item.kind == "struct" and item.name in aligned and _EMPTY.search(item.bare):
            aligned_text = f"repr(C, align({aligned[item.name]}))"
            yield replace(item, text=_REPR_C.sub(aligned_text, item.text, count=1))
        else:
            yield item
