"""The items at file scope, found from brackets and words alone: one odd line loses one item at most."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.learned import Learned
from analysis.lexer import IDENTIFIER, KEYWORDS, closing, word_before
from analysis.source import Span

_STOP = re.compile(rb"[;{}(\[=]")
_BLANKS = re.compile(rb"\s*")
_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
_STORAGE = frozenset(b"static extern inline const volatile register auto __inline __inline__ signed".split())
_TAGGED = frozenset([b"struct", b"union", b"enum"])
_OLD_PARAMETERS = re.compile(rb"\(\s*(?!void\b)%b(?:\s*,\s*%b)*\s*\)" % (_WORD, _WORD))
_OLD_DECLARATIONS = re.compile(rb"\s*(?:%b[^;{}=]{0,400};\s*){1,64}\{" % _WORD)
_LINKAGE = re.compile(rb'extern\s*"[^"]*"\s*\{')
_INNER_FUNCTION = re.compile(rb"(%b)\s*\(" % _WORD)
_NEXT_LINE_WORD = re.compile(rb"[^\S\n]*\n\s*(%b)\s*(\()?" % _WORD)
_SYSTEM_CALLS = (
    (re.compile(rb"COMPAT_SYSCALL_DEFINE\d"), b"compat_sys_"),
    (re.compile(rb"SYSCALL_DEFINE\d"), b"sys_"),
)


@dataclass(frozen=True, slots=True)
class FunctionItem:
    """A function definition, as far as brackets and words tell."""

    name: str
    span: Span
    parameters: Span
    """The parentheses and what they hold."""
    prefix: Span
    """From the first specifier to the name, or to the macro that makes the head."""
    body: Span
    """The braces and what they hold."""
    old_style: bool


@dataclass(frozen=True, slots=True)
class DeclarationItem:
    """Anything else that ends in a semicolon: a declaration, or a macro that may stand for one."""

    span: Span
    initialisers: tuple[Span, ...]
    """Braces behind a `=`, with what they hold."""


@dataclass(frozen=True, slots=True)
class Stray:
    """Text that declares nothing: a macro call without a semicolon, an unmatched bracket."""

    span: Span


Item = FunctionItem | DeclarationItem | Stray


@dataclass(frozen=True, slots=True)
class _Name:
    word: Span
    parameters: Span


def outline(code: bytes, written: bytes, learned: Learned) -> Iterator[Item]:
    """Yield the items at file scope in their order.

    `code` has its conditionals resolved and its attributes blanked; `written` still has the attributes, which
    belong to the items that they stand before.
    """
    position = _skip_blanks(written, 0)
    while position < len(code):
        item = _ItemReader(code, learned, position).read()
        yield item
        position = _skip_blanks(written, item.span.end)


class _ItemReader:
    """Reads one item from where it starts."""

    def __init__(self, code: bytes, learned: Learned, start: int) -> None:
        self.code = code
        self.learned = learned
        self.start = start
        self.groups: list[Span] = []
        self.initialised = False
        self.initialisers: list[Span] = []

    def read(self) -> Item:
        """Read on to the end of the item."""
        linkage = _LINKAGE.match(self.code, self.start)
        if linkage:
            return Stray(Span(*linkage.span()))
        position = self.start
        while match := _STOP.search(self.code, position):
            mark = match.group()
            if mark == b";":
                return DeclarationItem(Span(self.start, match.end()), tuple(self.initialisers))
            if mark == b"}":
                return Stray(Span(self.start, match.end()))
            if mark == b"=":
                self.initialised = True
                position = match.end()
                continue
            function = self._read_body(match.start()) if mark == b"{" else None
            if function:
                return function
            position = self._skip_bracket(match.start())
            item = self._read_after_parameters() if mark == b"(" else None
            if item:
                return item
        return Stray(Span(self.start, len(self.code)))

    def _skip_bracket(self, opening: int) -> int:
        close = closing(self.code, opening, len(self.code))
        if close < 0:
            return opening + 1
        if self.code[opening] == ord("("):
            self.groups.append(Span(opening, close + 1))
        elif self.code[opening] == ord("{"):
            self.groups.clear()
            if self.initialised:
                self.initialisers.append(Span(opening, close + 1))
        return close + 1

    def _read_body(self, opening: int) -> FunctionItem | None:
        if self.initialised or not self.groups:
            return None
        name = self._function_name()
        return self._function(name, opening, old_style=False) if name else None

    def _read_after_parameters(self) -> Item | None:
        group = self.groups[-1] if self.groups else None
        if group is None or self.initialised:
            return None
        if _OLD_PARAMETERS.fullmatch(self.code, group.start, group.end):
            declarations = _OLD_DECLARATIONS.match(self.code, group.end)
            name = self._function_name() if declarations else None
            if declarations and name:
                return self._function(name, declarations.end() - 1, old_style=True)
        if len(self.groups) == 1 and self._is_unfinished_call(group):
            return Stray(Span(self.start, group.end))
        return None

    def _is_unfinished_call(self, group: Span) -> bool:
        """Tell whether the item so far is `MACRO(...)` alone on its line, with another item after it."""
        word = word_before(self.code, group.start, self.start)
        if word is None or word.start != _skip_blanks(self.code, self.start):
            return False
        following = _NEXT_LINE_WORD.match(self.code, group.end)
        if following is None:
            return _skip_blanks(self.code, group.end) == len(self.code)
        return not (following.group(2) and self._starts_function(following))

    def _starts_function(self, following: re.Match[bytes]) -> bool:
        close = closing(self.code, following.end() - 1, len(self.code))
        return (
            close >= 0
            and not following.group(1).isupper()
            and self.code[close + 1 : close + 81].lstrip()[:1] == b"{"
        )

    def _function(self, name: _Name, opening: int, old_style: bool) -> FunctionItem:
        close = closing(self.code, opening, len(self.code))
        if close < 0:
            column_zero = self.code.find(b"\n}", opening)
            close = column_zero + 1 if column_zero >= 0 else len(self.code) - 1
        return FunctionItem(
            self._spelled(name),
            Span(self.start, close + 1),
            name.parameters,
            Span(self.start, name.word.start),
            Span(opening, close + 1),
            old_style,
        )

    def _spelled(self, name: _Name) -> str:
        word = self.code[name.word.start : name.word.end]
        if self._is_typeless(name.word.start) and (word.isupper() or word in self.learned.calls):
            word = _name_in_call(word, self.code[name.parameters.start : name.parameters.end])
        return word.decode("utf-8", "replace")

    def _function_name(self) -> _Name | None:
        candidate = None
        for index, group in enumerate(self.groups):
            following = self.groups[index + 1] if index + 1 < len(self.groups) else None
            if following and not self.code[group.end : following.start].strip():
                inner = self._name_inside(group, following)
                if inner:
                    return inner
            word = word_before(self.code, group.start, self.start)
            if word is None or self.code[word.start : word.end] in KEYWORDS or self._is_tag(word):
                continue
            candidate = _Name(word, group)
            if not self._is_typeless(word.start):
                return candidate
        return candidate

    def _name_inside(self, group: Span, following: Span) -> _Name | None:
        """Find the name in `(name)(...)`, `(*name(...))(...)` and `MACRO(name)(...)`."""
        function = _INNER_FUNCTION.search(self.code, group.start + 1, group.end - 1)
        if function:
            close = closing(self.code, function.end() - 1, group.end)
            return _Name(Span(*function.span(1)), Span(function.end() - 1, close + 1))
        words = [match.span() for match in IDENTIFIER.finditer(self.code, group.start, group.end)]
        return _Name(Span(*words[-1]), following) if words else None

    def _is_tag(self, word: Span) -> bool:
        before = word_before(self.code, word.start, self.start)
        return before is not None and self.code[before.start : before.end] in _TAGGED

    def _is_typeless(self, prefix_end: int) -> bool:
        words = IDENTIFIER.findall(self.code, self.start, prefix_end)
        return all(word in _STORAGE for word in words) and b"*" not in self.code[self.start : prefix_end]


def _skip_blanks(code: bytes, position: int) -> int:
    match = _BLANKS.match(code, position)
    assert match
    return match.end()


def _name_in_call(macro: bytes, arguments: bytes) -> bytes:
    """Name the function that `MACRO(name, ...) {` defines."""
    words: list[bytes] = [word for word in IDENTIFIER.findall(arguments) if word not in KEYWORDS]
    if not words:
        return macro
    for pattern, prefix in _SYSTEM_CALLS:
        if pattern.fullmatch(macro):
            return prefix + words[0]
    return words[0]
