"""Words in a declaration that can only be unknown attributes, because C has no place for them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from analysis.lexer import KEYWORDS, blank
from analysis.source import Span

_PIECE = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+|[^\w\s]")
_TAGGED = frozenset([b"struct", b"union", b"enum"])
_QUALIFIERS = frozenset(
    b"static extern inline const volatile register restrict typedef auto _Atomic __inline __const"
    b" __volatile__ _Thread_local __thread __inline__ __restrict".split()
)


@dataclass(slots=True)
class _Declaration:
    """The words of a declaration up to its first declarator or to the braces of its type."""

    has_type: bool = False
    has_braces: bool = False
    tags: list[re.Match[bytes]] = field(default_factory=list)
    plain: list[re.Match[bytes]] = field(default_factory=list)
    """Words that are neither keywords nor tags: an unknown type, the name, unknown attributes."""


def erase_surplus_words(code: bytearray, span: Span) -> None:
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
