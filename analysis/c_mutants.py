"""All single-edit mutants of a C function in one text: which of them runs is chosen at run time."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from analysis.brought import brought
from analysis.c_edits import Form, c_edits
from analysis.c_function import read_function
from analysis.lexer import Token, tokenise
from analysis.mutations import MutationKind
from analysis.source import SourceFile, Span
from analysis.unit import LineMap

SELECTOR = "llmigrate_mutant"
"""The variable, an `int`, that holds the number of the mutant that runs; 0 for the original."""
MARKER = "llmigrate_mutant"
"""The file that line markers name for the text of a mutant; the line is the mutant's number."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A function with one edit."""

    number: int
    """From 1, unique among the mutants of the function."""
    line: int
    """Of the original file."""
    before: str
    after: str
    """Short; empty for a deleted statement."""
    kind: MutationKind
    span: Span
    """What is replaced, in the preprocessed text."""
    form: Form
    arm: bytes
    """What stands there instead."""


@dataclass(frozen=True)
class Schemata:
    """A preprocessed C file in which one function is all of its mutants."""

    function: str
    source: bytes
    """The file as it was."""
    mutants: tuple[Mutant, ...]
    text: bytes
    """The file with choices; with `llmigrate_mutant` at 0 it means what it meant."""


def c_schemata(text: bytes, function: str) -> Schemata | None:
    """Make the schemata of a function from preprocessed C, or return None where it is not defined there.

    `text` is what `gcc -E` prints, with its line markers. The method is that of Untch, Offutt and Harrold,
    "Mutation analysis using mutant schemata" (1993): every mutant is compiled once, in one file.
    """
    read = read_function(text, function)
    if read is None:
        return None
    lines = LineMap.read(SourceFile(Path(), text), Path())
    mutants = tuple(
        Mutant(
            number,
            _place(lines, edit.span.start)[0],
            edit.before,
            edit.after,
            edit.kind,
            edit.span,
            edit.form,
            edit.arm,
        )
        for number, edit in enumerate(c_edits(read), 1)
    )
    return Schemata(function, text, mutants, _render(text, mutants))


def without(schemata: Schemata, numbers: Collection[int]) -> Schemata:
    """Leave mutants out of a schemata; the others keep their numbers."""
    kept = tuple(each for each in schemata.mutants if each.number not in numbers)
    return replace(schemata, mutants=kept, text=_render(schemata.source, kept))


def of_its_text(schemata: Schemata, written: bytes, own: Collection[str]) -> Schemata:
    """Leave out the edits of what only macros of others bring; `written` is the function as it was written.

    `own` names the macros whose text is the author's too.
    """
    read = read_function(schemata.source, schemata.function)
    if read is None:
        return schemata
    tokens = brought(read.plain, Span(read.node.start_byte, read.node.end_byte), written, own)
    elsewhere = [each.number for each in schemata.mutants if tokens.holds(_changed(schemata.source, each))]
    return without(schemata, elsewhere) if elsewhere else schemata


def _changed(source: bytes, mutant: Mutant) -> Span:
    """Return the part of an edit's place that is not the same after it."""
    if mutant.form is not Form.CHOICE:
        return mutant.span
    before, after = [*tokenise(source, mutant.span)], [*tokenise(mutant.arm)]
    same = _alike(before, after)
    left = before[same : len(before) - _alike(before[same:][::-1], after[same:][::-1])]
    return Span(left[0].start, left[-1].end) if left else mutant.span


def _alike(some: Sequence[Token], others: Sequence[Token]) -> int:
    """Count the tokens that both begin with."""
    pairs = takewhile(lambda pair: pair[0].text == pair[1].text, zip(some, others, strict=False))
    return sum(1 for _ in pairs)


def _place(lines: LineMap, offset: int) -> tuple[int, str]:
    place = lines.place(offset)
    if place is None:
        return lines.source.line(offset), ""
    return place.line, str(place.file).replace("\\", "\\\\").replace('"', '\\"')


def _render(text: bytes, mutants: Iterable[Mutant]) -> bytes:
    """Write the choices around the places they are about."""
    lines = LineMap.read(SourceFile(Path(), text), Path())
    pieces = [b"extern int %b;\n" % SELECTOR.encode()]
    position = 0
    for offset, insertion in _insertions(mutants, lines):
        pieces += (text[position:offset], insertion)
        position = offset
    return b"".join((*pieces, text[position:]))


def _insertions(mutants: Iterable[Mutant], lines: LineMap) -> list[tuple[int, bytes]]:
    """Return what goes where, in order: what ends at an offset before what starts there."""
    groups: dict[tuple[Span, Form], list[Mutant]] = {}
    for mutant in mutants:
        groups.setdefault((mutant.span, mutant.form), []).append(mutant)
    keyed: list[tuple[tuple[int, ...], bytes]] = []
    for (span, form), group in groups.items():
        # A negation goes around the choices of the same condition.
        inner = form is Form.CHOICE
        keyed.append(((span.start, 1, -span.end, inner), _opening(group, form, _place(lines, span.start))))
        keyed.append(((span.end, 0, -span.start, not inner), _CLOSINGS[form]))
    return [(key[0], insertion) for key, insertion in sorted(keyed)]


_CLOSINGS = {Form.CHOICE: b"))", Form.NEGATION: b"))", Form.DELETION: b" }"}


def _opening(group: list[Mutant], form: Form, place: tuple[int, str]) -> bytes:
    selector = SELECTOR.encode()
    if form is Form.NEGATION:
        return b"((%b == %d) == !(" % (selector, group[0].number)
    if form is Form.DELETION:
        return b"{ if (%b != %d) " % (selector, group[0].number)
    return b"(" + b"".join(_arms(group, selector)) + b'\n# %d "%b"\n(' % (place[0], os.fsencode(place[1]))


def _arms(group: list[Mutant], selector: bytes) -> Iterator[bytes]:
    for mutant in group:
        # The colon is the mutant's too: there gcc says that both sides do not fit.
        yield b'(%b == %d) ?\n# %d "%b"\n(%b) :\n' % (
            selector,
            mutant.number,
            mutant.number,
            MARKER.encode(),
            mutant.arm,
        )
