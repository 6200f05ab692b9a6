"""Does the candidate stay within what a translation may do?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.syntax import descendants, parse_rust, text_of
from repair.candidate import Candidate
from repair.verdict import Finding, Gate

_COMPILE_TIME_ACCESS = {"include", "include_str", "include_bytes", "env", "option_env"}
_ASSEMBLY = {"asm", "global_asm", "naked_asm"}
_UNFINISHED = {"todo", "unimplemented"}
_OUTSIDE = re.compile(r"\bstd\s*::\s*(fs|net|process|env|thread|os)\b")
_C_ASSEMBLY = re.compile(r"\b(?:asm|__asm|__asm__)\b")
_ATTRIBUTES = {"allow", "expect", "inline", "cold", "must_use", "derive", "repr", "rustfmt::skip"}
_KEPT_LINTS = re.compile(
    r"undocumented_unsafe_blocks|unsafe_op_in_unsafe_fn|clippy::(?:all|restriction)|warnings"
)


def check(candidate: Candidate) -> tuple[Finding, ...]:
    """Look for what no translation may contain."""
    return (*_macros(candidate), *_attributes(candidate), *_paths(candidate), *_foreign(candidate))


def _finding(message: str) -> Finding:
    return Finding(Gate.POLICY, message)


def _macros(candidate: Candidate) -> Iterator[Finding]:
    root = parse_rust(candidate.text.encode())
    for call in descendants(root, frozenset({"macro_invocation"})):
        named = call.child_by_field_name("macro")
        name = text_of(named).rpartition("::")[2] if named else ""
        if name in _COMPILE_TIME_ACCESS:
            yield _finding(f"`{name}!` reads files or the environment at compile time; remove it.")
        elif name in _UNFINISHED:
            yield _finding(f"`{name}!` leaves the translation unfinished; write out what the C does.")
        elif name in _ASSEMBLY and not _C_ASSEMBLY.search(candidate.hole.c_text):
            yield _finding(f"`{name}!` is inline assembly, which the C does not use; write it in Rust.")


def _attributes(candidate: Candidate) -> Iterator[Finding]:
    root = parse_rust(candidate.text.encode())
    kinds = frozenset({"attribute_item", "inner_attribute_item"})
    for attribute in descendants(root, kinds):
        text = text_of(attribute)
        name = re.sub(r"^#!?\[\s*", "", text).partition("(")[0].rstrip("] \n").partition("=")[0].strip()
        if attribute.type == "inner_attribute_item" or name not in _ATTRIBUTES:
            yield _finding(f"The attribute `{text}` is not allowed in an answer; remove it.")
        elif name in {"allow", "expect"} and _KEPT_LINTS.search(text):
            yield _finding(f"`{text}` switches off a lint that every function must pass; satisfy the lint.")


def _paths(candidate: Candidate) -> Iterator[Finding]:
    for found in sorted(set(_OUTSIDE.findall(_code_only(candidate.text)))):
        yield _finding(
            f"`std::{found}` reaches outside the module, which the C does through its own calls only."
        )


def _foreign(candidate: Candidate) -> Iterator[Finding]:
    root = parse_rust(candidate.text.encode())
    for block in descendants(root, frozenset({"foreign_mod_item"})):
        for declared in descendants(block, frozenset({"function_signature_item", "static_item"})):
            named = declared.child_by_field_name("name")
            name = text_of(named) if named else "?"
            if not re.search(rf"\b{re.escape(name)}\b", candidate.hole.c_text):
                yield _finding(f"`{name}` is declared as an outside function, but the C does not call it.")


def _code_only(text: str) -> str:
    """Return Rust text without comments and string literals."""
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\]|\\.)*"', " ", text, flags=re.DOTALL)
