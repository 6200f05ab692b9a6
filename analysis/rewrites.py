"""Length-preserving rewrites of code that only a preprocessor could read, into code that a parser can."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from analysis.edits import arguments_at, erase, mark_after, mark_before, occurrences, put
from analysis.learned import Learned
from analysis.lexer import KEYWORDS, closing, opening, word_before
from analysis.outline import FunctionItem
from analysis.source import Span

_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
_CALL_END = re.compile(rb"\)(?:\s*[{}]|[^\S\n]*\n\s*[A-Za-z_\x80-\xff])")
_OFFSET = frozenset([b"offsetof"])
_DO = re.compile(rb"do(?<!\wdo)\s*\{")
_CALL_AFTER_BLOCK = re.compile(rb"\s*(?!while\b)(%b)\s*\(" % _WORD)
_BUILT_IN = rb"(?:unsigned|signed|long|short|int|char|float|double|void|_Bool)\b"
_BASE_TYPE = rb"(?:(?:struct|union|enum)\s+%b|%b(?:\s+%b)*|%b(?=\s*\*[\s*]*[,)]))" % (
    _WORD,
    _BUILT_IN,
    _BUILT_IN,
    _WORD,
)
_TYPE = rb"(?:(?:const|volatile)\s+)*%b[\s*]*(?:const\s*)?" % _BASE_TYPE
_TYPE_ARGUMENTS = (
    re.compile(rb",\s*(%b)(?=[,)])" % _TYPE),
    re.compile(rb"\(\s*(%b)(?=,)" % _TYPE),
    re.compile(rb"\((?<=\w\()\s*(?!void\s*\))(%b)(?=\))" % _TYPE),
)
_ELSE = re.compile(rb"\s*else\b")
_NAME = re.compile(_WORD)
_PLAIN_TYPE = b"int "
_TWO_WORDS = re.compile(rb"[A-Za-z_].[A-Za-z_]\w*")


def erase_initialisers(code: bytearray, initialisers: Iterable[Span]) -> None:
    """Blank what stands inside the braces of initialisers: tables of data tell the parser nothing."""
    for braces in initialisers:
        erase(code, Span(braces.start + 1, braces.end - 1))


def rewrite_offsets(code: bytearray, present: Set[bytes]) -> None:
    """Make `offsetof` a plain call, because the grammar knows no nested members in it."""
    for name in present & _OFFSET:
        for start in occurrences(code, name):
            code[start] = ord("_")


def rewrite_head(code: bytearray, function: FunctionItem) -> None:
    """Make a function's head plain: `int name(parameters)`, whatever macros and types stand there."""
    prefix, parameters = function.prefix, function.parameters
    name = _NAME.match(code, prefix.end)
    if name is None or b"{" in code[prefix.start : prefix.end]:
        return
    if len(_PLAIN_TYPE) <= prefix.end - prefix.start:
        erase(code, prefix)
        put(code, prefix.start, _PLAIN_TYPE)
    elif _TWO_WORDS.fullmatch(name.group()):
        code[prefix.end + 1] = ord(" ")
    if name.group() != function.name.encode():
        erase(code, Span(parameters.start + 1, parameters.end - 1))
    erase(code, Span(name.end(), parameters.start))
    erase(code, Span(parameters.end, function.body.start))


def rewrite_loops(code: bytearray, learned: Learned, present: Set[bytes]) -> None:
    """Write `while` or `if` for the macros that are known to stand for loop heads."""
    for name in present & learned.loops:
        for start in occurrences(code, name):
            word = Span(start, start + len(name))
            arguments = arguments_at(code, word.end)
            if arguments is None:
                continue
            following = mark_after(code, arguments.end)
            if following == b"{":
                _write_head(code, word, _head_keyword(code, arguments.end, len(code)))
            elif following != b";" or mark_before(code, start) == b"}":
                _write_head(code, word, b"while")


def rewrite_bodies(code: bytearray, bodies: Iterable[Span]) -> None:
    """Make statements of what macros hide in function bodies: loop heads, calls without `;`, type names."""
    text = bytes(code)
    for body in bodies:
        for match in _DO.finditer(text, body.start, body.end):
            _close_do(code, match.end() - 1, body.end)
        for match in _CALL_END.finditer(text, body.start, body.end):
            _rewrite_statement(code, match.start(), body)


def rewrite_types(code: bytearray) -> None:
    """Write a name for every type that stands as an argument, as in `container_of(p, struct item, link)`."""
    for pattern in _TYPE_ARGUMENTS:
        for match in pattern.finditer(bytes(code)):
            _hide_type(code, Span(*match.span(1)))


def _hide_type(code: bytearray, span: Span) -> None:
    last_line = max(span.start, code.rfind(b"\n", span.start, span.end) + 1)
    erase(code, span)
    put(code, last_line, b"_" * (span.end - last_line))


def _close_do(code: bytearray, start: int, end: int) -> None:
    """Write `while` where a macro closes a `do` block."""
    close = closing(code, start, end)
    call = _CALL_AFTER_BLOCK.match(code, close + 1, end) if close >= 0 else None
    if call:
        _write_head(code, Span(*call.span(1)), b"while")


def _rewrite_statement(code: bytearray, close: int, body: Span) -> None:
    """Write `while` or `if` for `MACRO` in `MACRO(...) {`, and a `;` where `MACRO(...)` lacks one."""
    start = opening(code, close)
    word = word_before(code, start, body.start) if start > body.start else None
    if (
        word is None
        or bytes(code[word.start : word.end]) in KEYWORDS
        or not _starts_statement(code, word, body)
    ):
        return
    if mark_after(code, close + 1) == b"{":
        _write_head(code, word, _head_keyword(code, close, body.end))
    else:
        _finish_statement(code, start, close)


def _starts_statement(code: bytearray, word: Span, body: Span) -> bool:
    before = word_before(code, word.start, body.start)
    if before is not None:
        return bytes(code[before.start : before.end]) in (b"else", b"do")
    mark = mark_before(code, word.start)
    if mark == b"{":
        return mark_before(code, code.rfind(b"{", 0, word.start)) not in (b"=", b",", b"{")
    return mark in (b";", b"}", b")", b":")


def _head_keyword(code: bytearray, close: int, end: int) -> bytes:
    block = code.find(b"{", close)
    block_end = closing(code, block, end)
    return b"if" if block_end >= 0 and _ELSE.match(code, block_end + 1) else b"while"


def _write_head(code: bytearray, word: Span, keyword: bytes) -> None:
    for choice in (keyword, b"if"):
        if len(choice) <= word.end - word.start:
            erase(code, word)
            put(code, word.start, choice)
            return


def _finish_statement(code: bytearray, start: int, close: int) -> None:
    """Make `MACRO(x)` before another statement an assignment, so that calls in its arguments are kept."""
    code[start] = ord("=") if code[start + 1 : close].strip() else ord(" ")
    code[close] = ord(";")
