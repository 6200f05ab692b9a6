"""Text of C declarations: storage, where a declarator ends, what stands between two, tags for records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from analysis.declarations import Macro, Variable
from analysis.lexer import closing
from analysis.source import SourceFile, Span

_PIECE = re.compile(r"/\*.*?\*/|//[^\n]*|[(\[]|[)\]]|[A-Za-z_]\w*|[^\s()\[\]]", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_NAME_OF_FUNCTION = re.compile(r"\b([A-Za-z_]\w*)\b(?=[\s)]*\()")
_NAMES_ONLY = re.compile(r"\b(\w+)\s*\(\s*((?!void\b)[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*\)")
_RECORD = re.compile(r"\b(struct|union|enum)\b([^{;]*)(\{.*\})", re.DOTALL)
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)|__attribute__|\b_\w+", re.DOTALL)
# An attribute that loses its word, as in `__attribute__(())`, is one that says nothing.
_STORAGE = "static|extern|inline|__inline|__inline__|always_inline|__always_inline__"
_INLINING = (
    r"__attribute(?:__)?\s*\(\("
    r"(?:[\s,]*_*(?:always_inline|noinline|gnu_inline|unused|hot|cold|flatten|artificial)_*\b)*[\s,]*\)\)"
)


def labelled(declaration: str, name: str, label: str) -> str:
    """Put an `__asm__` label behind the declarator of a function, ahead of its attributes."""
    name_end = _called(_NAME_OF_FUNCTION, declaration, name)
    # A macro may stand behind the name, as in `int f OF((int x));`.
    end = _declarator_end(declaration, name_end) if name_end else _end_without_parameters(declaration, name)
    return f"{declaration[:end]}{label}{declaration[end:]}"


def _end_without_parameters(declaration: str, name: str) -> int:
    """Return where the declarator `name` of `function_type name, other;` ends, or the last one."""
    depth = 0
    passed = False
    for piece in _PIECE.finditer(declaration):
        if piece[0] in "([":
            depth += 1
        elif piece[0] in ")]":
            depth -= 1
        elif piece[0] == "," and depth == 0 and passed:
            return piece.start()
        passed = passed or piece[0] == name
    return len(declaration.rstrip("; \t\r\n"))


def _called(pattern: re.Pattern[str], text: str, name: str) -> int | None:
    """Return where the name of a function ends that is followed by its parameters."""
    return next((found.end(1) for found in pattern.finditer(text) if found[1] == name), None)


def _declarator_end(text: str, start: int) -> int:
    """Return where the parentheses behind a name end; a word outside them is an attribute or macro."""
    depth = 0
    end = start
    for piece in _PIECE.finditer(text, start):
        if piece[0] in "([":
            depth += 1
        elif piece[0] in ")]":
            depth = max(depth - 1, 0)
            end = piece.end()
        elif depth == 0 and not piece[0].startswith(("/*", "//")):
            break
    return end


def with_parameters(head: str, name: str, parameters: str) -> str:
    """Return a function's head with other parameters, and without what stands behind its declarator."""
    name_end = _called(_NAME_OF_FUNCTION, head, name)
    if name_end is None:
        return head
    opened = head.index("(", name_end)
    closed = opened + closing(head[opened:].encode("utf-8", "surrogateescape"), 0, len(head))
    return f"{head[:name_end]}({parameters}){head[closed + 1 : _declarator_end(head, closed + 1)]}"


def names_only(head: str, name: str) -> tuple[str, ...]:
    """Return the parameters of a definition that gives them no types, in its parentheses at least."""
    lists = (found[2] for found in _NAMES_ONLY.finditer(head) if found[1] == name)
    return tuple(each.strip() for each in next(lists, "").split(",") if each)


def exact_text(source: SourceFile, span: Span) -> str:
    """Return the text of a span so that `exact_bytes` gives back the very bytes, UTF-8 or not."""
    return source.text[span.start : span.end].decode("utf-8", "surrogateescape")


def exact_bytes(text: str) -> bytes:
    """Return the bytes that `exact_text` has read."""
    return text.encode("utf-8", "surrogateescape")


def behind(source: SourceFile, variables: tuple[Variable, ...]) -> Iterator[str]:
    """Yield what stands between each declarator and its value or the next one: attributes, mostly."""
    ends = [*(each.declarator.start for each in variables[1:]), variables[0].span.end]
    for variable, end in zip(variables, ends, strict=True):
        stop = variable.initialiser.start if variable.initialiser else end
        text = _COMMENT.sub(" ", exact_text(source, Span(variable.declarator.end, stop)))
        yield text.strip().rstrip("=;,").rstrip()


def split_record(specifiers: str, tag: str) -> tuple[str, str]:
    """Return specifiers for the first of several declarators and for the others.

    A record or enum that the specifiers define is named by the others; without a tag it gets the given one.
    """
    record = _RECORD.search(specifiers)
    if record is None:
        return specifiers, specifiers
    kind, words, _ = record.groups()
    own = _ATTRIBUTE.sub(" ", words).split()
    named = f"{kind}{words}" if own else f"{kind}{words.rstrip()} {tag} "
    before, after = specifiers[: record.start()], specifiers[record.end() :]
    return f"{before}{named}{record[3]}{after}", f"{before}{kind} {own[-1] if own else tag}{after}"


def storage_pattern(units: Iterable[Mapping[str, Macro]]) -> re.Pattern[str]:
    """Match `static`, `inline`, and the macros for them in any of the units, with the blanks behind."""
    names = {name for macros in units for name in _storage_macros(macros)}
    return re.compile(rf"\b(?:{_alternatives(names)}|_Noreturn(?=\s+static))\b[ \t]*")


def _storage_macros(macros: Mapping[str, Macro]) -> set[str]:
    """Find the macros for storage and inlining, those that use one another included."""
    bodies = {name: macro.body for name, macro in macros.items() if macro.parameters is None}
    known: set[str] = set()
    while True:
        body = _body_pattern(known)
        found = {name for name, text in bodies.items() if body.fullmatch(text)}
        if found == known:
            return known
        known = found


def _body_pattern(macros: set[str]) -> re.Pattern[str]:
    words = _alternatives(macros)
    return re.compile(rf"(?=.*\b(?:{words})\b)(?:(?:(?:{words})\b|{_INLINING})\s*)+", re.DOTALL)


def _alternatives(macros: set[str]) -> str:
    return "|".join((_STORAGE, *(re.escape(name) for name in sorted(macros))))
