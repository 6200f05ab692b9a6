"""Tokens of C, and a file's code with everything that is not code blanked out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from analysis.source import Span

_SPLICE = rb"\\[ \t]*\r?\n"
_COMMENT = rb"//(?:[^\\\n]|%b|\\)*+|/\*(?s:.*?\*/|.*)" % _SPLICE
_STRING = rb'"(?:[^"\\\n]|%b|\\.)*+"' % _SPLICE
_CHARACTER = rb"'(?:[^'\\\n]|%b|\\.)*+'" % _SPLICE
_DIRECTIVE = rb"#[ \t]*\w*(?:[^\n\\/\"']|%b|%b|%b|%b|[/\"'\\])*+" % (_COMMENT, _STRING, _CHARACTER, _SPLICE)
_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
_NUMBER = rb"\.?\d(?:[eEpP][+-]|[\w.])*+"

IDENTIFIER = re.compile(rb"\b" + _WORD)
"""An identifier or keyword in code whose comments and strings are blank; never a part of a number."""

_OPAQUE = re.compile(rb"%b|%b|%b|\#" % (_COMMENT, _STRING, _CHARACTER))
_DIRECTIVE_LINE = re.compile(_DIRECTIVE.replace(rb"\w*", rb"(\w*)", 1))
_WITH_OPERANDS = frozenset(
    [b"define", b"undef", b"if", b"ifdef", b"ifndef", b"elif", b"elifdef", b"elifndef"]
)
_TOKEN = re.compile(
    rb"(?P<comment>%b)|(?P<string>%b)|(?P<character>%b)|(?P<directive>(?m:^)[ \t]*%b)|(?P<identifier>%b)"
    rb"|(?P<number>%b)|(?P<bracket>[(){}\[\]])|(?P<punctuation>->|\.\.\.|[^\s\w])"
    % (_COMMENT, _STRING, _CHARACTER, _DIRECTIVE, _WORD, _NUMBER)
)

_DIGITS = frozenset(b"0123456789")
_WORDS_ONLY = bytes(
    byte if byte > 0x7F or byte == 0x5F or chr(byte).isalnum() else 0x20 for byte in range(256)
)
_FLOAT_OR_MEMBER = re.compile(rb"\.(?<=\d\.)[A-Za-z]")
_FLOAT = re.compile(rb"\b\d\w*\.(?=[A-Za-z])")
_BLANK = bytes(byte if byte in b"\n\r" else 0x20 for byte in range(256))
_INSIDE_STRING = re.compile(rb"\\(?![ \t]*\r?\n)|[^\\\r\n]")

KEYWORDS = frozenset(
    b"auto break case char const continue default do double else enum extern float for goto if inline int"
    b" long register restrict return short signed sizeof static struct switch typedef union unsigned void"
    b" volatile while _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert"
    b" _Thread_local asm __asm __asm__ typeof __typeof__ __typeof __attribute__ __attribute __extension__"
    b" __inline __inline__ __const __const__ __volatile__ __volatile __restrict __restrict__ __signed__"
    b" __signed __alignof__ __alignof __label__ __auto_type __thread __int128".split()
)
_KEYWORD_NAMES = frozenset(word.decode() for word in KEYWORDS)


class Token(NamedTuple):
    """A token of C and where it starts; `kind` is the name of a group of the tokeniser."""

    kind: str
    text: bytes
    start: int

    @property
    def end(self) -> int:
        """The offset just behind the token."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Directive:
    """A preprocessor line with its continuations, without the newline."""

    keyword: bytes
    span: Span


@dataclass(frozen=True, slots=True)
class Lexed:
    """A file's text, and the same text with comments, string contents and directives blanked."""

    text: bytes
    code: bytes
    """As long as the text, with every newline in its place."""
    comments: tuple[Span, ...]
    """Comments outside directives; neighbouring `//` lines are one comment each."""
    directives: tuple[Directive, ...]

    def references(self, span: Span) -> frozenset[str]:
        """Return every identifier in a span, those of directives included, comments and strings left out."""
        found = identifiers(self.code, span)
        first = bisect_left(self.directives, span.start, key=_start)
        last = bisect_left(self.directives, span.end, lo=first, key=_start)
        for directive in self.directives[first:last]:
            found |= _directive_identifiers(self.text, directive)
        return found


def _start(directive: Directive) -> int:
    return directive.span.start


def tokenise(text: bytes, span: Span | None = None) -> Iterator[Token]:
    """Yield the tokens of C in a text, comments and directives included, white space left out."""
    start, end = (span.start, span.end) if span else (0, len(text))
    for match in _TOKEN.finditer(text, start, end):
        kind = match.lastgroup
        assert kind is not None
        yield Token(kind, match.group(), match.start())


def lex(text: bytes) -> Lexed:
    """Tell the code of a C file from its comments, strings and directives."""
    code = bytearray(text)
    comments: list[Span] = []
    directives: list[Directive] = []
    position = 0
    while match := _OPAQUE.search(text, position):
        start, position = match.span()
        if text[start] == ord("/"):
            comments.append(Span(start, position))
            code[start:position] = blank(text[start:position])
        elif text[start] != ord("#"):
            code[start + 1 : position - 1] = _blank_string(text[start + 1 : position - 1])
        elif _starts_line(code, start):
            directives.append(_directive_at(text, start))
            position = directives[-1].span.end
            code[start:position] = blank(text[start:position])
    if _FLOAT_OR_MEMBER.search(code):
        code = bytearray(_FLOAT.sub(_without_dot, bytes(code)))
    return Lexed(text, bytes(code), tuple(comments), tuple(directives))


def _without_dot(number: re.Match[bytes]) -> bytes:
    """Write `10f` for `1.f`, so that the suffix is not taken for a member."""
    return number.group()[:-1] + b"0"


def _starts_line(code: bytearray, offset: int) -> bool:
    line = code.rfind(b"\n", 0, offset) + 1
    return not code[line:offset].strip()


def _directive_at(text: bytes, start: int) -> Directive:
    line = _DIRECTIVE_LINE.match(text, start)
    assert line
    end = line.end() - 1 if text[line.end() - 1] == ord("\r") else line.end()
    return Directive(line.group(1), Span(start, end))


def blank(text: bytes) -> bytes:
    """Replace everything but line ends by spaces."""
    return text.translate(_BLANK)


def _blank_string(content: bytes) -> bytes:
    return _INSIDE_STRING.sub(b" ", content) if b"\n" in content else b" " * len(content)


def words(code: bytes) -> set[bytes]:
    """Return the identifiers, keywords and numbers in code whose comments and strings are blank."""
    return set(code.translate(_WORDS_ONLY).split())


def identifiers(code: bytes, span: Span) -> frozenset[str]:
    """Return every identifier in a span of blanked code, keywords left out."""
    found = words(code[span.start : span.end]) - KEYWORDS
    return decode_all({word for word in found if word[0] not in _DIGITS})


def _directive_identifiers(text: bytes, directive: Directive) -> frozenset[str]:
    if directive.keyword not in _WITH_OPERANDS:
        return frozenset()
    operands = Span(directive.span.start + 1, directive.span.end)
    found = {token.text for token in tokenise(text, operands) if token.kind == "identifier"}
    return decode_all(found - KEYWORDS - {directive.keyword, b"defined"})


def is_keyword(name: str) -> bool:
    """Tell whether a word is reserved by C or by gcc."""
    return name in _KEYWORD_NAMES


def decode_all(names: set[bytes]) -> frozenset[str]:
    """Decode words from the bytes of a file, whatever their encoding."""
    return frozenset(b"\n".join(names).decode("utf-8", "replace").split("\n")) if names else frozenset()


_CLOSERS = {ord("("): (b"(", b")"), ord("["): (b"[", b"]"), ord("{"): (b"{", b"}")}


def closing(code: bytes | bytearray, opening: int, end: int) -> int:
    """Return where the bracket at `opening` is closed, or -1 when it is not closed before `end`."""
    left, right = _CLOSERS[code[opening]]
    position, pending = opening, 0
    while True:
        found = code.find(right, position, end)
        if found < 0:
            return -1
        pending += code.count(left, position, found) - 1
        if pending == 0:
            return found
        position = found + 1


def opening(code: bytes | bytearray, close: int) -> int:
    """Return where the parenthesis that is closed at `close` was opened, or -1."""
    position, pending = close, 1
    while pending:
        found = code.rfind(b"(", 0, position)
        if found < 0:
            return -1
        pending += code.count(b")", found, position) - 1
        position = found
    return position


def word_before(code: bytes | bytearray, offset: int, floor: int) -> Span | None:
    """Return the word that ends just before an offset, blanks aside, looking back no further than a floor."""
    width = 64
    while True:
        start = max(floor, offset - width)
        window = code[start:offset].rstrip()
        word = window.translate(_WORDS_ONLY).rpartition(b" ")[2]
        if len(word) < len(window) or start == floor:
            break
        width *= 8
    end = start + len(window)
    return Span(end - len(word), end) if word and word[0] not in _DIGITS else None
