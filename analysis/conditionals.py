"""Which branches of `#if` groups a parser can see side by side, and which must be left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from analysis.lexer import Directive, Lexed, blank
from analysis.source import Span

_OPEN = frozenset({b"if", b"ifdef", b"ifndef"})
_NEXT = frozenset({b"elif", b"else", b"elifdef", b"elifndef"})
_NEVER = re.compile(
    rb"#\s*(?:(?:el)?if\s*\(?\s*0[\s)]*$|ifdef\s+__cplusplus\b|if\s+defined\s*\(?\s*__cplusplus\b)"
)
_ALWAYS = re.compile(
    rb"#\s*(?:(?:el)?if\s*\(?\s*1[\s)]*$|ifndef\s+__cplusplus\b|if\s*!\s*defined\s*\(?\s*__cplusplus\b)"
)
_COMPLETE = b";{},:"


@dataclass(slots=True)
class _Group:
    """An open `#if` with the directives that separate its branches."""

    directives: list[Directive] = field(default_factory=list)


def resolve(lexed: Lexed) -> bytearray:
    """Return the code with branches blanked that cannot stand beside the others.

    Branches that are whole in themselves all stay. Where brackets or expressions run across the branches,
    only the first one stays. A branch that no C compiler sees (`#if 0`, `#ifdef __cplusplus`) never does.
    """
    code = bytearray(lexed.code)
    groups: list[_Group] = []
    for directive in lexed.directives:
        if directive.keyword in _OPEN:
            groups.append(_Group([directive]))
        elif groups and directive.keyword in _NEXT:
            groups[-1].directives.append(directive)
        elif groups and directive.keyword == b"endif":
            group = groups.pop()
            group.directives.append(directive)
            _resolve_group(lexed.text, code, group.directives)
    return code


def _resolve_group(text: bytes, code: bytearray, directives: list[Directive]) -> None:
    branches = [(first, Span(first.span.end, second.span.start)) for first, second in pairwise(directives)]
    live = []
    decided = False
    for directive, span in branches:
        condition = text[directive.span.start : directive.span.end]
        if decided or _NEVER.match(condition):
            _erase(code, span)
        else:
            live.append(span)
        decided = decided or _ALWAYS.match(condition) is not None
    if len(live) > 1 and not all(_is_whole(code, span) for span in live):
        for span in live[1:]:
            _erase(code, span)


def _erase(code: bytearray, span: Span) -> None:
    code[span.start : span.end] = blank(bytes(code[span.start : span.end]))


def _is_whole(code: bytearray, span: Span) -> bool:
    branch = bytes(code[span.start : span.end]).rstrip()
    if not branch:
        return True
    return branch[-1] in _COMPLETE and all(
        branch.count(left) == branch.count(right)
        for left, right in ((b"{", b"}"), (b"(", b")"), (b"[", b"]"))
    )
