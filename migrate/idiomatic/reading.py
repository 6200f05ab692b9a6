"""Reads what a model proposes: types, and functions with open bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.inventory import Definition
from analysis.rust_bodies import RustBody, rust_bodies
from analysis.syntax import descendants, parse_rust, text_of
from migrate.idiomatic.blueprint import Settled
from repair.code_blocks import NO_RUST, rust_in
from repair.rust_words import words
from repair.rustfmt import format_rust
from repair.verdict import Finding, Gate

_REASON = re.compile(r"^\s*[-*]\s*`?([\w.:/]+)`?\s*:\s*(.+)$", re.MULTILINE)
_NONE = re.compile(r"NONE\s*[:,.-]?\s*(.*)", re.DOTALL)
_STANDS_FOR = re.compile(r"Stands for `([^`]+)`")
_REFUSED_WORDS = frozenset({"unsafe", "extern", "macro_rules", "include", "include_str", "env"})


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an answer cannot be used."""

    findings: tuple[Finding, ...]


def read_types(answer: str) -> tuple[str, tuple[tuple[str, str], ...]] | Rejection:
    """Take types and their reasons out of an answer."""
    text = _rust_in(answer)
    if isinstance(text, Rejection):
        return text
    findings = (*_refused(text), *_raw_pointers(text))
    return Rejection(findings) if findings else (text, tuple(_reasons(answer).items()))


def read_functions(answer: str, asked: Sequence[Definition], module: str) -> tuple[Settled, ...] | Rejection:
    """Take the functions that stand for those of the C out of an answer; each of these must be in it."""
    text = _rust_in(answer, empty=True)
    if isinstance(text, Rejection):
        return text
    reasons = _reasons(answer)
    bodies = rust_bodies("", text.encode())
    findings = (*_refused(text), *_raw_pointers(text), *_misplaced(text, bodies, asked))
    if findings:
        return Rejection(findings)
    settled = tuple(_settled(each, bodies, text, reasons, module) for each in asked)
    missing = [each.name for each, found in zip(asked, settled, strict=True) if found is None]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        message = (
            f"Nothing stands for {names}: give each a function whose doc comment ends with its name as "
            "asked for, or a line `- NAME: NONE: ` with the reason."
        )
        return Rejection((Finding(Gate.INTERFACE, message),))
    return tuple(each for each in settled if each is not None)


def _rust_in(answer: str, *, empty: bool = False) -> str | Rejection:
    code = rust_in(answer)
    if code is None:
        if empty and _NONE.search(answer):
            return ""
        return _rejected(NO_RUST)
    formatted = format_rust(code)
    return _rejected("The code block is not valid Rust.") if formatted is None else formatted.strip("\n")


def _rejected(message: str) -> Rejection:
    return Rejection((Finding(Gate.PARSE, message),))


def _reasons(answer: str) -> dict[str, str]:
    prose = re.sub(r"```.*?```", "", answer, flags=re.DOTALL)
    return {name: reason.strip() for name, reason in _REASON.findall(prose)}


def _refused(text: str) -> Iterator[Finding]:
    for word in sorted(_REFUSED_WORDS & {*words(parse_rust(text.encode()))}):
        yield Finding(Gate.POLICY, f"`{word}` has no place in this interface; find a safe way.")


def _raw_pointers(text: str) -> Iterator[Finding]:
    found = dict.fromkeys(text_of(each) for each in descendants(parse_rust(text.encode()), {"pointer_type"}))
    for each in found:
        message = (
            f"`{each}` is a raw pointer, which safe bodies cannot follow; use a type that owns or borrows."
        )
        yield Finding(Gate.INTERFACE, message)


def stands_for(documentation: str) -> frozenset[str]:
    """Return the C functions that a doc comment says its function stands for."""
    return frozenset(_STANDS_FOR.findall(documentation))


def _misplaced(text: str, bodies: Sequence[RustBody], asked: Sequence[Definition]) -> Iterator[Finding]:
    names = {name for each in asked for name in (each.name, each.ident)}
    for body in bodies:
        if not stands_for(body.documentation) & names:
            message = (
                f"`{body.path}` does not say which of the functions asked for it stands for; end its doc "
                "comment with that, or leave it out."
            )
            yield Finding(Gate.INTERFACE, message)
        if not body.is_open:
            yield Finding(Gate.INTERFACE, f"The body of `{body.path}` must be `unimplemented!()`.")
    kinds = {"struct_item", "enum_item", "const_item", "static_item", "type_item", "use_declaration"}
    for each in parse_rust(text.encode()).named_children:
        if each.type in kinds:
            first = text_of(each).partition("\n")[0]
            message = f"`{first}` is no function: types are settled already and cannot be added here."
            yield Finding(Gate.INTERFACE, message)


def _settled(
    definition: Definition, bodies: Sequence[RustBody], text: str, reasons: dict[str, str], module: str
) -> Settled | None:
    reason = reasons.get(definition.ident, reasons.get(definition.name, ""))
    for body in bodies:
        if {definition.name, definition.ident} & stands_for(body.documentation):
            shown = _with_documentation(body, text)
            return Settled(definition.ident, module, body.header, shown, body.path, reason)
    none = _NONE.match(reason)
    return None if none is None else Settled(definition.ident, module, "", "", "", none[1].strip())


def _with_documentation(body: RustBody, text: str) -> str:
    documentation = "\n".join(f"/// {line}".rstrip() for line in body.documentation.splitlines())
    return f"{documentation}\n{text.encode()[body.start : body.end].decode()}"
