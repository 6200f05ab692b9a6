"""From a C definition and bindgen's declaration of it to a hole: signature, linkage, zeroes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from analysis.declarations import Function, Macro, Variable
from analysis.expansion import is_mark
from analysis.inventory import Definition
from analysis.rust_items import RustItem
from migrate.skeleton.comments import rust_comment
from migrate.skeleton.parameters import renamed
from migrate.skeleton.symbols import is_local
from repair.hole import Hole

_ZEROED = """\
// SAFETY: C gives a variable without an initialiser all zero bytes, which its type allows.
unsafe { core::mem::zeroed() }"""
_RAW_POINTER = re.compile(r"\*\s*(?:mut|const)\b")
_POINTER = re.compile(r"\*\s*(?:mut|const)\s+[\w:]+")
_WIDE_FLOAT = re.compile(r"\bu128\b")
_INT128 = re.compile(r"\b__u?int128\b")
_ATTRIBUTE = re.compile(
    r"__attribute__\s*\(\(.*?\b_*(constructor|destructor|ifunc|naked|weak|section|vector_size)_*\b", re.DOTALL
)
_THREAD_LOCAL = re.compile(r"\b(?:__thread|_Thread_local|thread_local)\b")
_FUNCTION_TYPE = re.compile(r"fn\s*\([^)]*\)(?:\s*->\s*[^,;>)]+)?")


def make_hole(definition: Definition, symbol: str, declared: RustItem, types: Mapping[str, RustItem]) -> Hole:
    """Make the hole of a definition; `types` are the items that its file sees, by name."""
    without_rust = _why_not_in_rust(definition, declared, types)
    if without_rust is not None:
        return hole_without_rust(definition, symbol, without_rust)
    signature = _signature(definition, declared, types)
    if is_local(definition) and not definition.in_header:
        signature = signature.removeprefix("pub ")
    return replace(
        hole_without_rust(definition, symbol, ""),
        name=declared.name,
        signature=signature,
        macros=_macros_to_write_out(definition, types),
        value=_zeroes(signature) if _is_zeroed(definition) else None,
        stays=_why_it_stays(definition, declared),
    )


def hole_without_rust(definition: Definition, symbol: str, reason: str) -> Hole:
    """Make the hole of a definition that stays in C and that Rust cannot even use; `reason` says why."""
    return Hole(
        ident=definition.ident,
        name=definition.name,
        kind=definition.kind,
        file=definition.file,
        line=definition.line,
        end_line=definition.end_line,
        symbol=symbol,
        local=is_local(definition),
        signature=f"// {definition.name}: not available in Rust",
        c_text=definition.text,
        comment=rust_comment(definition.comment),
        names=definition.references | definition.calls,
        macros=_macros_to_write_out(definition, {}),
        stays=reason,
    )


def _macros_to_write_out(definition: Definition, types: Mapping[str, RustItem]) -> tuple[Macro, ...]:
    """Return the function-like macros, and those marks that are no constants in Rust."""
    macros, found = definition.unit.macros, dict[str, Macro]()
    pending = sorted(definition.declared.references)
    while pending:
        name = pending.pop()
        if name in macros and name not in found:
            found[name] = macros[name]
            pending += sorted(macros[name].references)
    chosen = (found[name] for name in sorted(found))
    return tuple(
        each for each in chosen if each.parameters is not None or (is_mark(each) and each.name not in types)
    )


def _why_not_in_rust(definition: Definition, declared: RustItem, types: Mapping[str, RustItem]) -> str | None:
    if isinstance(definition.declared, Variable) and _THREAD_LOCAL.search(_before_name(definition)):
        return "it is thread-local, which stable Rust cannot link to"
    if has_wide_float(declared, types) and not _INT128.search(definition.text):
        return "it passes a `long double`, which Rust does not have"
    return None


def _head(definition: Definition) -> str:
    declared = definition.declared
    span = declared.head if isinstance(declared, Function) else declared.span
    return definition.unit.source.slice(span)


def _before_name(definition: Definition) -> str:
    return definition.text.partition(definition.name)[0]


def has_wide_float(declared: RustItem, types: Mapping[str, RustItem]) -> bool:
    """Tell whether a declaration passes or holds a value of what bindgen makes of `long double`."""
    return _holds(_POINTER.sub("", declared.bare), types, _WIDE_FLOAT)


def _signature(definition: Definition, declared: RustItem, types: Mapping[str, RustItem]) -> str:
    text = declared.bare.rstrip().rstrip(";")
    if isinstance(definition.declared, Function):
        signature = text.replace("pub fn ", 'pub unsafe extern "C" fn ', 1)
        values = {each.name for each in types.values() if each.kind in {"const", "static"}}
        return renamed(signature, _head(definition), definition.name, values)
    immutable = text.startswith("pub static ") and not text.startswith("pub static mut ")
    if immutable and _holds(_FUNCTION_TYPE.sub("fn", text.partition(":")[2]), types, _RAW_POINTER):
        # Raw pointers are not Sync, so a plain static of such a type would not compile.
        return text.replace("pub static ", "pub static mut ", 1)
    return text


def _is_zeroed(definition: Definition) -> bool:
    is_variable = isinstance(definition.declared, Variable)
    return is_variable and not definition.initialised and not definition.generated


def _why_it_stays(definition: Definition, declared: RustItem) -> str | None:
    if definition.generated:
        return "a macro or a conditional makes it, so it has no text of its own that Rust could replace"
    attribute = _ATTRIBUTE.search(_head(definition))
    if attribute is not None:
        return f"its attribute `{attribute[1]}` has no counterpart in Rust"
    if declared.kind == "fn" and re.search(r"\.\.\.\s*\)", declared.text):
        return "it takes a variable number of arguments, which stable Rust cannot define"
    return None


def _holds(
    text: str, types: Mapping[str, RustItem], wanted: re.Pattern[str], seen: frozenset[str] = frozenset()
) -> bool:
    """Tell whether something stands in a text or in the types that it names, theirs included."""
    if wanted.search(text):
        return True
    named = (set(re.findall(r"[A-Za-z_]\w*", text)) & set(types)) - seen
    parts = {name: _FUNCTION_TYPE.sub("fn", _definition_text(types[name])) for name in named}
    return any(_holds(part, types, wanted, seen | {name}) for name, part in parts.items())


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
