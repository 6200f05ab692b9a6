"""Is there Rust in the answer, and is it the item that was asked for?"""

from __future__ import annotations

import re

from analysis.inventory import Kind
from analysis.rust_items import RustItem, rust_items
from repair.candidate import Candidate
from repair.code_blocks import NO_RUST, rust_in
from repair.hole import Hole
from repair.rustfmt import format_rust
from repair.verdict import Finding, Gate, Verdict

_KIND_OF_ITEM = {Kind.FUNCTION: "fn", Kind.GLOBAL: "static"}
_LINKAGE = re.compile(
    r"^[ \t]*#\[(?:unsafe\()?(?:no_mangle|export_name\s*=\s*\"[^\"]*\")\)?\][ \t]*\n", re.MULTILINE
)
_COMMENT = re.compile(r"^[ \t]*///[^\n]*[ \t]*\n", re.MULTILINE)


def parse(hole: Hole, answer: str) -> Candidate | Verdict:
    """Take the candidate out of an answer, or say why there is none."""
    code = rust_in(answer)
    if code is None:
        return _rejected(NO_RUST)
    items = rust_items(code)
    own = next((item for item in items if _is_own(item, hole)), None)
    if own is None:
        return _rejected(_about_another(hole, items))
    ordered = (own, *(item for item in items if item is not own))
    text = "\n\n".join(_without_our_attributes(item, own) for item in ordered)
    formatted = format_rust(text)
    if formatted is None:
        return _rejected("The code block is not valid Rust syntax.")
    return Candidate(hole, formatted.strip("\n"))


def _is_own(item: RustItem, hole: Hole) -> bool:
    return item.name == hole.name and item.kind == _KIND_OF_ITEM[hole.kind] and not item.foreign


def _without_our_attributes(item: RustItem, own: RustItem) -> str:
    """Drop what the crate adds by itself to the hole's own item: linkage and the C's comment."""
    if item is not own:
        return item.text
    # Linkage further inside would be another item's, which the policy has to see.
    head, brace, body = item.text.partition("{")
    return _LINKAGE.sub("", _COMMENT.sub("", head)) + brace + _COMMENT.sub("", body)


def _about_another(hole: Hole, items: tuple[RustItem, ...]) -> str:
    kind = "function" if hole.kind is Kind.FUNCTION else "static"
    names = ", ".join(f"`{item.name}`" for item in items if item.name != "_")
    if not names:
        return f"The code block does not define the {kind} `{hole.name}`, or its syntax is broken."
    return f"The code block defines {names}, but not the {kind} `{hole.name}` that was asked for."


def _rejected(message: str) -> Verdict:
    return Verdict((Finding(Gate.PARSE, message),))
