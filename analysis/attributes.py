"""Attributes in C code, known and unknown, blanked: a parser has no use for them and stumbles over most."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, field

from analysis.edits import arguments_at, erase, mark_after, mark_before, occurrences
from analysis.learned import Learned
from analysis.lexer import KEYWORDS, blank
from analysis.source import Span

_ATTRIBUTE_CALLS = frozenset([b"__attribute__", b"__attribute", b"__declspec"])
_WRAPPED = re.compile(rb"[\w)]\s+([A-Za-z_\x80-\xff][\w\x80-\xff]*+)\s*\((?=\s*\()")
_PIECE = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+|[^\w\s]")
_TAGGED = frozenset([b"struct", b"union", b"enum"])
_QUALIFIERS = frozenset(
    b"static extern inline const volatile register restrict typedef auto _Atomic __inline __const"
    b" __volatile__ _Thread_local __thread __inline__ __restrict".split()
)


def erase_attributes(code: bytearray, learned: Learned, present: Set[bytes]) -> None:
    """Blank attributes, macros that stand for attributes and specifiers, and macros around one argument.

    `present` are the words that occur in the code.
    """
    for name in present & learned.attributes.keys():
        for start in occurrences(code, name):
            if not _is_member(code, start):
                erase(code, Span(start, start + len(name)))
    for name in present & (learned.attribute_calls | _ATTRIBUTE_CALLS):
        for start in occurrences(code, name):
            _erase_attribute_call(code, start, name)
    for name in present & learned.identities:
        for start in occurrences(code, name):
            _unwrap(code, start, name)


def _is_member(code: bytearray, start: int) -> bool:
    return code[start - 1 : start] == b"." or code[max(start - 2, 0) : start] == b"->"


def _erase_attribute_call(code: bytearray, start: int, name: bytes) -> None:
    arguments = arguments_at(code, start + len(name))
    if arguments is None:
        return
    is_statement = mark_before(code, start) in (b";", b"{", b"}") and mark_after(code, arguments.end) == b";"
    if name in _ATTRIBUTE_CALLS or not is_statement:
        erase(code, Span(start, arguments.end))


def _unwrap(code: bytearray, start: int, name: bytes) -> None:
    """Blank `OF` in `OF(x)`, and its parentheses too where the argument has parentheses of its own."""
    arguments = arguments_at(code, start + len(name))
    if arguments is None:
        return
    erase(code, Span(start, start + len(name)))
    inner = arguments_at(code, arguments.start + 1)
    if inner and not code[inner.end : arguments.end - 1].strip():
        code[arguments.start] = code[arguments.end - 1] = ord(" ")


def unwrap_parameters(code: bytearray, declaration: Span) -> None:
    """Blank an unknown macro around parameters, as in `int f OF((int x));`."""
    for match in list(_WRAPPED.finditer(code, declaration.start, declaration.end)):
        _unwrap(code, match.start(1), match.group(1))


@dataclass(slots=True)
class _Declaration:
    """The words of a declaration up to its first declarator or to the braces of its type."""

    has_type: bool = False
    has_braces: bool = False
    tags: list[re.Match[bytes]] = field(default_factory=list)
    plain: list[re.Match[bytes]] = field(default_factory=list)
    """Words that are neither keywords nor tags: an unknown type, the name, unknown attributes."""


def erase_unknown_attributes(code: bytearray, span: Span) -> None:
    """Blank unknown attributes in a file-scope declaration, as in `int __unknown x = 3;`."""
    declaration = _read_words(code, span)
    candidates = declaration.plain
    allowed = 1 if declaration.has_type else 2
    if declaration.has_braces:
        candidates = declaration.tags + declaration.plain
        allowed = 1
    surplus = max(len(candidates) - allowed, 0)
    for word in sorted(candidates, key=_attribute_likeness)[:surplus]:
        code[word.start() : word.end()] = blank(word.group())


def _read_words(code: bytearray, span: Span) -> _Declaration:
    declaration = _Declaration()
    after_tag = False
    for piece in _PIECE.finditer(code, span.start, span.end):
        word = piece.group()
        if word in _TAGGED:
            declaration.has_type = after_tag = True
        elif word in _QUALIFIERS or word == b"*":
            continue
        elif word in KEYWORDS:
            declaration.has_type = True
        elif not (word[:1].isalpha() or word[0] == 0x5F or word[0] > 0x7F):
            declaration.has_braces = word == b"{"
            break
        elif after_tag:
            after_tag = False
            declaration.tags.append(piece)
        else:
            declaration.plain.append(piece)
    return declaration


def _attribute_likeness(word: re.Match[bytes]) -> tuple[int, int]:
    """Sort the words that look most like attributes first: `__word`, then `WORD`, then what comes first."""
    text = word.group()
    rank = 0 if text.startswith(b"__") else 1 if text.isupper() else 2
    return rank, word.start()
