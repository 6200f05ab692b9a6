"""All single-edit mutants of a Rust text, each as a text of its own."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.mutations import MutationKind
from analysis.rust_edits import rust_edits
from analysis.source import Span
from analysis.syntax import parse_rust


@dataclass(frozen=True, slots=True)
class RustMutant:
    """A Rust text with one edit."""

    number: int
    """From 1."""
    line: int
    """Of the text, from 1."""
    before: str
    after: str
    """Short; empty for a deleted statement."""
    kind: MutationKind
    span: Span
    """What is replaced, in bytes of the original."""
    text: str
    """The whole text with the edit."""


def rust_mutants(text: str) -> tuple[RustMutant, ...]:
    """Make the single-edit mutants of the functions in a Rust text, in source order.

    Not all of them compile: types are known only as far as the text writes them.
    """
    source = text.encode()
    mutants: list[RustMutant] = []
    for edit in rust_edits(parse_rust(source), source):
        span = edit.span
        edited = (source[: span.start] + edit.new + source[span.end :]).decode()
        line = source.count(b"\n", 0, span.start) + 1
        number = len(mutants) + 1
        mutants.append(RustMutant(number, line, edit.before, edit.after, edit.kind, span, edited))
    return tuple(mutants)
