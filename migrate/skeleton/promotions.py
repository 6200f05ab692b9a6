"""Old-style C functions: their callers widen small arguments, and Rust has to declare what arrives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from analysis.rust_items import RustItem

_NESTED = re.compile(r"\(([^()]*)\)")
_PARAMETER = re.compile(r"\w+\s*:\s*(\w+)\s*(?=[,)])")
_WIDENED = {
    **dict.fromkeys(("c_char", "c_schar", "c_uchar", "c_short", "c_ushort", "bool"), "c_int"),
    **dict.fromkeys(("i8", "u8", "i16", "u16"), "c_int"),
    "f32": "f64",
}


def promoted(item: RustItem, types: Mapping[str, RustItem]) -> RustItem:
    """Return a function's declaration with parameters as C's default promotions make them."""
    return replace(item, text=_promoted(item.text, types), bare=_promoted(item.bare, types))


def _promoted(text: str, types: Mapping[str, RustItem]) -> str:
    start = text.find("(", text.find("fn ")) + 1
    masked = text[start:]
    while (simpler := _NESTED.sub(lambda found: "#" * len(found[0]), masked, count=1)) != masked:
        masked = simpler
    end = masked.find(")") + 1
    pieces = [text[:start]]
    position = 0
    for parameter in _PARAMETER.finditer(masked, 0, end):
        first, last = parameter.span(1)
        widened = _WIDENED.get(_resolved(parameter[1], types), parameter[1])
        pieces += [text[start + position : start + first], widened]
        position = last
    return "".join((*pieces, text[start + position :]))


def _resolved(name: str, types: Mapping[str, RustItem]) -> str:
    """Follow aliases to the type that they stand for."""
    while name in types and types[name].kind == "type":
        name = types[name].bare.partition("=")[2].strip(" ;\n")
    return name
