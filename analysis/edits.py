"""Edits of code in place that keep its length, and looks around an offset in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.lexer import blank, closing
from analysis.source import Span

_SPACES = re.compile(rb"\s*")


def erase(code: bytearray, span: Span) -> None:
    """Blank a span, line ends kept."""
    code[span.start : span.end] = blank(bytes(code[span.start : span.end]))


def put(code: bytearray, start: int, word: bytes) -> None:
    """Write over what stands at an offset."""
    code[start : start + len(word)] = word


def occurrences(code: bytearray, name: bytes) -> Iterator[int]:
    """Yield where a word stands, as a whole word."""
    position = code.find(name)
    while position >= 0:
        end = position + len(name)
        if not _is_word_byte(code, position - 1) and not _is_word_byte(code, end):
            yield position
        position = code.find(name, end)


def _is_word_byte(code: bytearray, offset: int) -> bool:
    return 0 <= offset < len(code) and (
        code[offset] > 0x7F or code[offset] == 0x5F or chr(code[offset]).isalnum()
    )


def mark_before(code: bytearray, offset: int) -> bytes:
    """Return the last byte of code before an offset, empty at the start of the file."""
    while offset > 0 and code[offset - 1] in b" \t\r\n\f\v":
        offset -= 1
    return bytes(code[offset - 1 : offset]) if offset else b""


def mark_after(code: bytearray, offset: int) -> bytes:
    """Return the first byte of code at or behind an offset, empty at the end of the file."""
    match = _SPACES.match(code, offset)
    assert match
    return bytes(code[match.end() : match.end() + 1])


def arguments_at(code: bytearray, offset: int) -> Span | None:
    """Return the parentheses that follow an offset, if any do."""
    match = _SPACES.match(code, offset)
    assert match
    start = match.end()
    close = closing(code, start, len(code)) if code[start : start + 1] == b"(" else -1
    return Span(start, close + 1) if close >= 0 else None
