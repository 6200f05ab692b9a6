"""The signs by which an answer shows that it is not all there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from analysis.syntax import Node, child, descendants, parse_rust, text_of
from repair.verdict import Finding, Gate

_PHRASES = re.compile(
    r"""
    ^\W*(?:\.\.\.|…)\W*$
    | \b(?:rest|remainder|remaining\s+\w+|other\s+(?:cases|branches|arms|fields|checks|options))\b
      [^.]{0,40}\b(?:as\s+(?:before|above|in)|same|similar\w*|unchanged|omitted|here|likewise|follows?|elided)\b
    | \b(?:rest|remainder)\s+of\s+(?:the\s+)?(?:function|code|body|implementation|logic|translation|c)\b
    | \b(?:same|as)\s+(?:above|before|the\s+(?:c|original))\b[^.]{0,20}(?:\.\.\.|…|$)
    | \bfor\s+brevity\b | \bleft\s+(?:out|as\s+an\s+exercise)\b
    | \b(?:code|logic|body|details?|implementation|handling|cases?|checks?|part|steps?)\b[^.]{0,20}
      \b(?:omitted|elided|skipped|goes\s+here|unchanged|left\s+out)\b
    | \b(?:not\s+(?:yet\s+)?implemented|unimplemented|placeholder|simplified|stubbed?\s+out)\b
    | \b(?:todo|fixme|tbd)\b
    | \band\s+so\s+on\b | \betc\.?\W*$
    | \b(?:repeat|continue|similar(?:ly)?)\s+for\s+(?:the\s+)?(?:other|rest|remaining)\b
    | \bimplement\s+(?:the\s+)?(?:rest|remaining|me|this|later)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
UNFINISHED = frozenset({"todo", "unimplemented"})
"""Macros that say that there is more to come."""
_GIVING_UP = UNFINISHED | {"unreachable", "panic"}
_C_GIVES_UP = re.compile(r"\b(?:__builtin_unreachable|unreachable|abort|assert|BUG|BUG_ON|panic|WARN\w*)\b")


def lazy_signs(rust: str, c_text: str, stopping: Collection[str] = _GIVING_UP) -> Iterator[Finding]:
    """Yield a finding for each comment that stands for code, and each macro that stands where the C goes on.

    Of the macros those in `stopping` count.
    """
    lines = rust.split("\n")
    for at, said in _unfinished_comments(rust, c_text):
        message = f"A comment stands for code that is not there: `{said}`; write the code out."
        yield Finding(Gate.OMISSION, message, quoted(lines, [at]))
    for at, name in _given_up(rust, c_text):
        if name in stopping:
            message = f"`{name}!` stands where the C goes on; write out what the C does."
            yield Finding(Gate.OMISSION, message, quoted(lines, [at]))


def quoted(lines: Sequence[str], chosen: Iterable[int]) -> str:
    """Return some of the lines of a candidate, counted from 0, with their numbers, which count from 1."""
    return "\n".join(f"{at + 1:>4} | {lines[at]}" for at in chosen)


def _unfinished_comments(rust: str, c_text: str) -> Iterator[tuple[int, str]]:
    """Yield lines, from 0, and texts of comments that stand for code; those of the C are not among them."""
    known = _squeezed(c_text)
    for comment in descendants(parse_rust(rust.encode()), {"line_comment", "block_comment"}):
        text = text_of(comment).strip("/*! \t\n")
        squeezed = _squeezed(text)
        if text.startswith("SAFETY") or (squeezed and squeezed in known):
            continue
        if _PHRASES.search(text):
            yield comment.start_point.row, " ".join(text.split())


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _given_up(rust: str, c_text: str) -> Iterator[tuple[int, str]]:
    """Yield lines, from 0, and names of macros that stop the program where the C goes on.

    An arm for values that no case of the C names may be `unreachable!`.
    """
    gives_up = _C_GIVES_UP.search(c_text) is not None
    handles_others = re.search(r"\bdefault\s*:(?!\s*(?:break\s*;\s*)?\})", c_text) is not None
    for macro in descendants(parse_rust(rust.encode()), {"macro_invocation"}):
        name = text_of(macro.named_children[0]).rpartition("::")[2]
        if name not in _GIVING_UP:
            continue
        finished = name in {"unreachable", "panic"} and (
            gives_up or (_in_last_arm(macro) and not handles_others)
        )
        if not finished:
            yield macro.start_point.row, name


def _in_last_arm(macro: Node) -> bool:
    above: Node | None = macro
    while above is not None and above.type != "match_arm":
        above = above.parent
    pattern = child(above, "pattern")
    return pattern is not None and text_of(pattern).startswith("_")
