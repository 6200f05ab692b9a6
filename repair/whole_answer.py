"""Take an answer that holds many definitions apart: which Rust in it is for which hole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from analysis.inventory import Kind
from analysis.rust_items import rust_items
from analysis.syntax import parse_rust
from repair.code_blocks import RUST
from repair.hole import Hole
from repair.verdict import Finding, Gate

FILE_MARK = "// FILE:"
"""How the first line of a code block begins that says which C file it is of."""

_MARK = re.compile(r"^[ \t]*//+[ \t]*FILE:[ \t]*(?P<path>\S[^\n]*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r"[ \t]*```(\w*)")
_START = re.compile(
    r"^(?:pub(?:\([^)\n]*\))? )?(?:(?:unsafe|const|extern \"C\") )*(?P<kind>fn|static|const|struct|enum|"
    r"union|type|impl|use|mod|trait|macro_rules!)[ \t]+(?:mut )?(?P<name>\w+)",
    re.MULTILINE,
)
"""How an item begins at the start of a line, where a syntax error keeps a parser from telling."""
_HOLDS = {Kind.FUNCTION: frozenset({"fn"}), Kind.GLOBAL: frozenset({"static", "const"})}
"""What may be meant for a hole: a constant in place of a variable is rejected, but not left out."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the crate holds, whoever fills it."""

    holes: tuple[Hole, ...]
    """Every definition of the module."""
    known: frozenset[str]
    """Every name in the crate, those of the holes included."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """An item of an answer, or what may have been meant as one."""

    file: Path | None
    """The C file that the answer says it is of."""
    name: str
    kind: str
    text: str
    references: frozenset[str] = frozenset()
    broken: bool = False


@dataclass(frozen=True, slots=True)
class _Block:
    code: str
    closed: bool


def take_apart(
    answer: str, wanted: Sequence[Hole], crate: Names, cut_off: str = ""
) -> dict[str, str | Finding]:
    """Return for each hole the Rust that an answer holds for it, or the finding that it holds none.

    An item comes with what it uses of the answer's own; what the crate has already is passed over.
    `cut_off` says why an answer is incomplete: an item that it breaks off in does not count.
    """
    files = {hole.file for hole in crate.holes}
    pieces = [piece for block in _blocks(answer) for piece in _pieces(block, files, bool(cut_off))]
    return {hole.ident: _for_hole(hole, pieces, crate, cut_off) for hole in wanted}


def _for_hole(hole: Hole, pieces: Sequence[_Piece], crate: Names, cut_off: str) -> str | Finding:
    named = [each for each in pieces if each.name == hole.name and each.kind in _HOLDS[hole.kind]]
    own = next((each for each in named if each.file == hole.file), None)
    rivals = {each.file for each in crate.holes if each.name == hole.name and each.ident != hole.ident}
    unclaimed = next((each for each in named if each.file not in rivals), None)
    if own is None and unclaimed is not None and rivals:
        return _ambiguous(hole, rivals)
    chosen = own or unclaimed
    if chosen is None:
        return Finding(Gate.OMISSION, f"The answer leaves it out{f': {cut_off}' if cut_off else ''}.")
    return "\n\n".join(each.text for each in (chosen, *_used(chosen, pieces, crate.known)))


def _ambiguous(hole: Hole, rivals: Collection[Path]) -> Finding:
    files = " and ".join(sorted(f"`{file.as_posix()}`" for file in {hole.file, *rivals}))
    return Finding(
        Gate.OMISSION,
        f"The answer does not say which of {files} its `{hole.name}` is of: "
        f"the first line of its block must be `{FILE_MARK} {hole.file.as_posix()}`.",
    )


def _used(own: _Piece, pieces: Sequence[_Piece], known: Collection[str]) -> Iterator[_Piece]:
    """Find what an item uses of the answer's own, directly or not."""
    helpers = [each for each in pieces if each.file == own.file and each.name not in known]
    needed = set(own.references)
    pending = helpers
    while found := [each for each in pending if each.name in needed]:
        needed |= {name for each in found for name in each.references}
        pending = [each for each in pending if each not in found]
    yield from (each for each in helpers if each not in pending)


def _blocks(answer: str) -> Iterator[_Block]:
    """Yield the blocks of Rust; those that name no language count only where none does."""
    blocks = list(_fenced(answer))
    labelled = [block for language, block in blocks if language in RUST]
    yield from labelled or [block for language, block in blocks if not language]


def _fenced(answer: str) -> Iterator[tuple[str, _Block]]:
    language: str | None = None
    lines: list[str] = []
    for line in answer.splitlines():
        fence = _FENCE.match(line)
        if language is None and fence is not None:
            language, lines = fence[1].lower(), []
        elif language is not None and line.strip() == "```":
            yield language, _Block("\n".join(lines), closed=True)
            language = None
        else:
            lines.append(line)
    if language is not None:
        yield language, _Block("\n".join(lines), closed=False)


def _pieces(block: _Block, files: Collection[Path], cut_off: bool) -> Iterator[_Piece]:
    """Split a block into items, at each mark of a file too."""
    marks = list(_MARK.finditer(block.code))
    starts = [0, *(mark.start() for mark in marks)]
    ends = [*starts[1:], len(block.code)]
    named = [None, *(_file(mark["path"], files) for mark in marks)]
    found = [
        replace(piece, file=file)
        for file, start, end in zip(named, starts, ends, strict=True)
        for piece in _items(block.code[start:end])
    ]
    incomplete = cut_off and not block.closed and bool(found) and found[-1].broken
    yield from found[:-1] if incomplete else found


def _file(path: str, files: Collection[Path]) -> Path:
    """Return the file of the module that a mark names, by its path or, where only one has it, by its name."""
    named = Path(path.strip("`'\" "))
    alike = [file for file in files if file.name == named.name]
    return alike[0] if named not in files and len(alike) == 1 else named


def _items(code: str) -> Iterator[_Piece]:
    if not parse_rust(code.encode()).has_error:
        for item in rust_items(code):
            if not item.foreign and item.kind != "use":
                yield _Piece(None, item.name, item.kind, item.text, item.references)
        return
    starts = [found.start() for found in _START.finditer(code)]
    # What stands before the first item, such as attributes, is part of it.
    bounds = [0, *starts[1:], len(code)]
    if len(starts) > 1:
        for start, end in pairwise(bounds):
            yield from _items(code[start:end])
    elif starts and (begun := _START.search(code)):
        yield _Piece(None, begun["name"], begun["kind"], code, broken=True)
