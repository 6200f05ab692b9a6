"""Length-preserving rewrites of GNU C as it stands after expansion, into C that the grammar can read."""

from __future__ import annotations

import re
from collections.abc import Set

from analysis.edits import erase, put
from analysis.lexer import KEYWORDS, closing
from analysis.source import Span

_CONSTANT = re.compile(
    rb"\b(?:sizeof|_Alignof|__alignof(?:__)?|__builtin_offsetof|__builtin_types_compatible_p)\s*\("
)
_TYPEOF = re.compile(rb"\b(?:__)?typeof(?:__|_unqual)?\s*\(")
_OFFSET = re.compile(rb"\b(?:__builtin_)?offsetof\s*\(")
_ASSERTION = re.compile(rb"\b(?:_Static_assert|static_assert)\s*\(")
_VARIABLE_ARGUMENT = re.compile(rb"\b__builtin_va_arg\s*\(")
_RANGE = re.compile(rb"\bcase\b[^:;{}?]*?(\.\.\.[^:;{}?]*):")
_COMPUTED = re.compile(rb"\bgoto\s*(\*[^;]*);")
_IN_PARENTHESES = re.compile(rb"\(\s*([A-Za-z_\x80-\xff][\w\x80-\xff]*)\s*\)")


def rewrite_expansions(code: bytes) -> bytes:
    """Hide what holds types where the grammar expects expressions, and GNU forms that it does not know."""
    written = bytearray(code)
    _rewrite_calls(written, _CONSTANT, b"sizeof", b"0")
    _rewrite_calls(written, _TYPEOF, b"int", b" ")
    _rewrite_calls(written, _ASSERTION, b"", b" ")
    for match in _VARIABLE_ARGUMENT.finditer(bytes(written)):
        close = closing(written, match.end() - 1, len(written))
        _fill(written, Span(match.end(), max(close, match.end())), b"0")
    for match in _RANGE.finditer(bytes(written)):
        erase(written, Span(*match.span(1)))
    for match in _COMPUTED.finditer(bytes(written)):
        _fill(written, Span(*match.span(1)), b"_")
    return bytes(written)


def rewrite_brought(code: str, source: str) -> bytes:
    """Hide what macros bring of types: `code` is `source` with macros written out, line by line.

    `int` stands for `typeof (...)`, which the grammar takes for a call, and 0 for an offset in a record.
    """
    lines = zip(code.split("\n"), source.split("\n"), strict=True)
    return b"\n".join(_without_types(line.encode(), original.encode()) for line, original in lines)


def _without_types(line: bytes, original: bytes) -> bytes:
    written = bytearray(line)
    _rewrite_calls(written, _TYPEOF, b"int", b" ")
    if not _OFFSET.search(original):
        _rewrite_calls(written, _OFFSET, b"0", b" ")
    return bytes(written)


def rewrite_variables(code: bytes, names: Set[bytes]) -> bytes:
    """Write digits for a variable in parentheses: the grammar takes `(a) - 1` for a cast."""
    known = names - KEYWORDS
    return _IN_PARENTHESES.sub(
        lambda match: match[0].replace(match[1], b"0" * len(match[1])) if match[1] in known else match[0],
        code,
    )


def _rewrite_calls(code: bytearray, pattern: re.Pattern[bytes], word: bytes, last: bytes) -> None:
    """Write a word at the start of each call and one at its end, so that a node covers what the call did."""
    position = 0
    while match := pattern.search(code, position):
        position = match.end()
        close = closing(code, match.end() - 1, len(code))
        if close >= 0:
            erase(code, Span(match.start(), close + 1))
            put(code, match.start(), word)
            put(code, close, last)


def _fill(code: bytearray, span: Span, mark: bytes) -> None:
    """Write a word of one mark only, on the last line of a span."""
    first = max(span.start, code.rfind(b"\n", span.start, span.end) + 1)
    erase(code, span)
    put(code, first, mark * (span.end - first))
