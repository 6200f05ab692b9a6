"""The `#define` and `#undef` lines of a file, or of a whole preprocessed translation unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.declarations import Macro
from analysis.lexer import Directive, Lexed, is_keyword, lex
from analysis.source import SourceFile, Span

_DEFINITION = re.compile(r"#\s*define\s+([A-Za-z_$\x80-\U0010ffff][\w$]*)(\([^)]*\))?(.*)", re.DOTALL)
_REMOVAL = re.compile(r"#\s*undef\s+([A-Za-z_$\x80-\U0010ffff][\w$]*)")
_SPLICE = re.compile(r"\\[ \t]*\r?\n")
_STRING_OR_COMMENT = re.compile(r"""("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')|//.*|/\*.*?\*/""", re.DOTALL)
_STRING = re.compile(r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'""")
_WORD = re.compile(r"\b[^\W\d]\w*")
_VARIADIC = frozenset({"__VA_ARGS__", "__VA_OPT__"})


@dataclass(frozen=True, slots=True)
class Undefinition:
    """An `#undef` in the file."""

    name: str
    span: Span


def define_macros(source: SourceFile) -> tuple[Macro, ...]:
    """Return every `#define` of a file, in its order and whatever `#if` it stands under."""
    return tuple(event for event in macro_events(source) if isinstance(event, Macro))


def macro_events(source: SourceFile) -> Iterator[Macro | Undefinition]:
    """Yield what a file defines and undefines, in its order; line markers of the preprocessor do no harm."""
    return read_macros(lex(source.text))


def read_macros(lexed: Lexed) -> Iterator[Macro | Undefinition]:
    """Yield what the directives of a lexed file define and undefine, in their order."""
    for directive in lexed.directives:
        event: Macro | Undefinition | None = None
        if directive.keyword == b"define":
            event = _definition(lexed.text, directive)
        elif directive.keyword == b"undef":
            event = _undefinition(lexed.text, directive)
        if event is not None:
            yield event


def _definition(text: bytes, directive: Directive) -> Macro | None:
    match = _DEFINITION.match(_logical_line(text, directive.span))
    if match is None:
        return None
    name, listed, body = match.groups()
    parameters = _parameters(listed) if listed else None
    body = body.strip()
    return Macro(name, directive.span, parameters, body, _references(body, parameters or ()))


def _undefinition(text: bytes, directive: Directive) -> Undefinition | None:
    match = _REMOVAL.match(_logical_line(text, directive.span))
    return Undefinition(match.group(1), directive.span) if match else None


def _logical_line(text: bytes, span: Span) -> str:
    line = text[span.start : span.end].decode("utf-8", "replace")
    if "\n" in line:
        line = _SPLICE.sub("", line)
    if "/*" in line or "//" in line:
        line = _STRING_OR_COMMENT.sub(lambda match: match.group(1) or " ", line)
    return line


def _parameters(listed: str) -> tuple[str, ...]:
    names = (name.strip() for name in listed[1:-1].split(","))
    return tuple(name for name in names if name)


def _references(body: str, parameters: tuple[str, ...]) -> frozenset[str]:
    if '"' in body or "'" in body:
        body = _STRING.sub(" ", body)
    own = {name.removesuffix("...").strip() for name in parameters}
    words = {word for word in _WORD.findall(body) if not is_keyword(word)}
    return frozenset(words - own - _VARIADIC)
