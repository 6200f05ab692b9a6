"""From a C definition and bindgen's declaration of it to a hole: signature, linkage, zeroes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from analysis.declarations import Function
from analysis.inventory import Definition
from analysis.rust_items import RustItem
from migrate.comments import rust_comment
from migrate.symbols import is_local
from repair.hole import Hole

_ZEROED = """\
// SAFETY: C gives a variable without an initialiser all zero bytes, which its type allows.
unsafe { core::mem::zeroed() }"""
_FUNCTION_TYPE = re.compile(r"fn\s*\([^)]*\)(?:\s*->\s*[^,;>)]+)?")


def make_hole(definition: Definition, symbol: str, declared: RustItem, types: Mapping[str, RustItem]) -> Hole:
    """Make the hole of a definition; `types` are the items that its file sees, by name."""
    signature = _signature(definition, declared, types)
    local = is_local(definition)
    if local and not definition.in_header:
        signature = signature.removeprefix("pub ")
    is_function = isinstance(definition.declared, Function)
    return Hole(
        ident=definition.ident,
        name=declared.name,
        kind=definition.kind,
        file=definition.file,
        line=definition.line,
        end_line=definition.end_line,
        symbol=symbol,
        local=local,
        signature=signature,
        c_text=definition.text,
        comment=rust_comment(definition.comment),
        value=None if is_function or definition.initialised else _zeroes(signature),
        stays=_why_it_stays(declared),
    )


def _signature(definition: Definition, declared: RustItem, types: Mapping[str, RustItem]) -> str:
    text = declared.bare.rstrip().rstrip(";")
    if isinstance(definition.declared, Function):
        return text.replace("pub fn ", 'pub unsafe extern "C" fn ', 1)
    immutable = text.startswith("pub static ") and not text.startswith("pub static mut ")
    if immutable and _holds_pointer(text.partition(":")[2], types):
        # Raw pointers are not Sync, so a plain static of such a type would not compile.
        return text.replace("pub static ", "pub static mut ", 1)
    return text


def _why_it_stays(declared: RustItem) -> str | None:
    if declared.kind == "fn" and re.search(r"\.\.\.\s*\)", declared.text):
        return "it takes a variable number of arguments, which stable Rust cannot define"
    return None


def _holds_pointer(type_text: str, types: Mapping[str, RustItem], seen: frozenset[str] = frozenset()) -> bool:
    """Tell whether a type holds a raw pointer, signatures of function pointers left aside."""
    outside_functions = _FUNCTION_TYPE.sub("fn", type_text)
    if re.search(r"\*\s*(?:mut|const)\b", outside_functions):
        return True
    named = (set(re.findall(r"[A-Za-z_]\w*", outside_functions)) & set(types)) - seen
    return any(_holds_pointer(_definition_text(types[name]), types, seen | {name}) for name in named)


def _definition_text(item: RustItem) -> str:
    if item.kind in {"struct", "union"}:
        return item.bare.partition("{")[2]
    return item.bare.partition("=")[2] if item.kind == "type" else ""


def _zeroes(signature: str) -> str:
    return f"{signature} = {_zero(signature.partition(':')[2].strip())};"


def _zero(type_text: str) -> str:
    if re.fullmatch(r"c_(?!void)\w+|[iu](?:\d+|size)", type_text):
        return "0"
    if type_text.startswith("*"):
        return f"core::ptr::null{'_mut' if type_text.startswith('*mut') else ''}()"
    return f"\n{_ZEROED}"
