"""Length-preserving rewrites of code that only a preprocessor could read, into code that a parser can."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from analysis.learned import Learned
from analysis.lexer import KEYWORDS, blank, closing, opening, word_before
from analysis.outline import FunctionItem
from analysis.source import Span

_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
_ATTRIBUTE_CALLS = frozenset([b"__attribute__", b"__attribute", b"__declspec"])
_CALL_END = re.compile(rb"\)(?:\s*[{}]|[^\S\n]*\n\s*[A-Za-z_\x80-\xff])")
_OFFSET = frozenset([b"offsetof"])
_WRAPPED = re.compile(rb"[\w)]\s+(%b)\s*\((?=\s*\()" % _WORD)
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
_NEXT = re.compile(rb"\s*")
_NAME = re.compile(_WORD)
_PLAIN_TYPE = b"int "
_TWO_WORDS = re.compile(rb"[A-Za-z_].[A-Za-z_]\w*")


def erase(code: bytearray, span: Span) -> None:
    """Blank a span, line ends kept."""
    code[span.start : span.end] = blank(bytes(code[span.start : span.end]))


def erase_attributes(code: bytearray, learned: Learned, present: Set[bytes]) -> None:
    """Blank attributes, macros that stand for attributes and specifiers, and macros around one argument.

    `present` are the words that occur in the code.
    """
    for name in present & learned.attributes.keys():
        for start in _occurrences(code, name):
            if not _is_member(code, start):
                erase(code, Span(start, start + len(name)))
    for name in present & (learned.attribute_calls | _ATTRIBUTE_CALLS):
        for start in _occurrences(code, name):
            _erase_attribute_call(code, start, name)
    for name in present & learned.identities:
        for start in _occurrences(code, name):
            _unwrap(code, start, name)


def _occurrences(code: bytearray, name: bytes) -> Iterator[int]:
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


def _is_member(code: bytearray, start: int) -> bool:
    return code[start - 1 : start] == b"." or code[max(start - 2, 0) : start] == b"->"


def _mark_before(code: bytearray, offset: int) -> bytes:
    """Return the last byte of code before an offset, empty at the start of the file."""
    while offset > 0 and code[offset - 1] in b" \t\r\n\f\v":
        offset -= 1
    return bytes(code[offset - 1 : offset]) if offset else b""


def _mark_after(code: bytearray, offset: int) -> bytes:
    match = _NEXT.match(code, offset)
    assert match
    return bytes(code[match.end() : match.end() + 1])


def _arguments(code: bytearray, offset: int) -> Span | None:
    """Return the parentheses that follow an offset, if any do."""
    match = _NEXT.match(code, offset)
    assert match
    start = match.end()
    close = closing(code, start, len(code)) if code[start : start + 1] == b"(" else -1
    return Span(start, close + 1) if close >= 0 else None


def erase_initialisers(code: bytearray, initialisers: Iterable[Span]) -> None:
    """Blank what stands inside the braces of initialisers: tables of data tell the parser nothing."""
    for braces in initialisers:
        erase(code, Span(braces.start + 1, braces.end - 1))


def rewrite_offsets(code: bytearray, present: Set[bytes]) -> None:
    """Make `offsetof` a plain call, because the grammar knows no nested members in it."""
    for name in present & _OFFSET:
        for start in _occurrences(code, name):
            code[start] = ord("_")


def _erase_attribute_call(code: bytearray, start: int, name: bytes) -> None:
    arguments = _arguments(code, start + len(name))
    if arguments is None:
        return
    is_statement = (
        _mark_before(code, start) in (b";", b"{", b"}") and _mark_after(code, arguments.end) == b";"
    )
    if name in _ATTRIBUTE_CALLS or not is_statement:
        erase(code, Span(start, arguments.end))


def _unwrap(code: bytearray, start: int, name: bytes) -> None:
    """Blank `OF` in `OF(x)`, and its parentheses too where the argument has parentheses of its own."""
    arguments = _arguments(code, start + len(name))
    if arguments is None:
        return
    erase(code, Span(start, start + len(name)))
    inner = _arguments(code, arguments.start + 1)
    if inner and not code[inner.end : arguments.end - 1].strip():
        code[arguments.start] = code[arguments.end - 1] = ord(" ")


def unwrap_parameters(code: bytearray, declaration: Span) -> None:
    """Blank an unknown macro around parameters, as in `int f OF((int x));`."""
    for match in list(_WRAPPED.finditer(code, declaration.start, declaration.end)):
        _unwrap(code, match.start(1), match.group(1))


def rewrite_head(code: bytearray, function: FunctionItem) -> None:
    """Make a function's head plain: `int name(parameters)`, whatever macros and types stand there."""
    prefix, parameters = function.prefix, function.parameters
    name = _NAME.match(code, prefix.end)
    if name is None or b"{" in code[prefix.start : prefix.end]:
        return
    if len(_PLAIN_TYPE) <= prefix.end - prefix.start:
        erase(code, prefix)
        _put(code, prefix.start, _PLAIN_TYPE)
    elif _TWO_WORDS.fullmatch(name.group()):
        code[prefix.end + 1] = ord(" ")
    if name.group() != function.name.encode():
        erase(code, Span(parameters.start + 1, parameters.end - 1))
    erase(code, Span(name.end(), parameters.start))
    erase(code, Span(parameters.end, function.body.start))


def _put(code: bytearray, start: int, word: bytes) -> None:
    code[start : start + len(word)] = word


def rewrite_loops(code: bytearray, learned: Learned, present: Set[bytes]) -> None:
    """Write `while` or `if` for the macros that are known to stand for loop heads."""
    for name in present & learned.loops:
        for start in _occurrences(code, name):
            word = Span(start, start + len(name))
            arguments = _arguments(code, word.end)
            if arguments is None:
                continue
            following = _mark_after(code, arguments.end)
            if following == b"{":
                _write_head(code, word, _head_keyword(code, arguments.end, len(code)))
            elif following != b";" or _mark_before(code, start) == b"}":
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
    _put(code, last_line, b"_" * (span.end - last_line))


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
    if _mark_after(code, close + 1) == b"{":
        _write_head(code, word, _head_keyword(code, close, body.end))
    else:
        _finish_statement(code, start, close)


def _starts_statement(code: bytearray, word: Span, body: Span) -> bool:
    before = word_before(code, word.start, body.start)
    if before is not None:
        return bytes(code[before.start : before.end]) in (b"else", b"do")
    mark = _mark_before(code, word.start)
    if mark == b"{":
        return _mark_before(code, code.rfind(b"{", 0, word.start)) not in (b"=", b",", b"{")
    return mark in (b";", b"}", b")", b":")


def _head_keyword(code: bytearray, close: int, end: int) -> bytes:
    block = code.find(b"{", close)
    block_end = closing(code, block, end)
    return b"if" if block_end >= 0 and _ELSE.match(code, block_end + 1) else b"while"


def _write_head(code: bytearray, word: Span, keyword: bytes) -> None:
    for choice in (keyword, b"if"):
        if len(choice) <= word.end - word.start:
            erase(code, word)
            _put(code, word.start, choice)
            return


def _finish_statement(code: bytearray, start: int, close: int) -> None:
    """Make `MACRO(x)` before another statement an assignment, so that calls in its arguments are kept."""
    code[start] = ord("=") if code[start + 1 : close].strip() else ord(" ")
    code[close] = ord(";")
