"""What macros of others bring into a function: tokens of its expansion that its own text does not have."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from analysis.lexer import Token, tokenise
from analysis.source import Span

_SILENT = frozenset({"comment", "directive"})


@dataclass(frozen=True, slots=True)
class Brought:
    """The tokens of a function's expansion, and which of them nobody wrote there."""

    starts: tuple[int, ...]
    """Where tokens begin in the preprocessed text, in order."""
    foreign: tuple[bool, ...]

    def holds(self, span: Span) -> bool:
        """Tell whether a part of the preprocessed text holds nothing but what such macros brought."""
        first, end = (bisect_left(self.starts, at) for at in (span.start, span.end))
        return first < end and all(self.foreign[first:end])


def brought(expanded: bytes, span: Span, written: bytes, own: Collection[str]) -> Brought:
    """Compare a function's part of a preprocessed text with the text that was written.

    What the macros named in `own` expand to counts as written. Tokens are matched as `difflib` matches them.
    """
    tokens = _tokens(expanded, span)
    return Brought(
        tuple(each.start for each in tokens), tuple(_foreign(tokens, _tokens(written), frozenset(own)))
    )


def _tokens(text: bytes, span: Span | None = None) -> list[Token]:
    return [each for each in tokenise(text, span) if each.kind not in _SILENT]


def _foreign(tokens: Sequence[Token], written: Sequence[Token], own: frozenset[str]) -> Iterator[bool]:
    matched = SequenceMatcher(
        None, [each.text for each in tokens], [each.text for each in written], autojunk=False
    )
    is_own = True
    for tag, first, end, place, until in matched.get_opcodes():
        names = {each.text.decode(errors="replace") for each in written[place:until]}
        # An argument that is left as it is parts an expansion: what follows belongs to the same macro.
        is_own = is_own if tag == "equal" or not names else not own.isdisjoint(names)
        yield from [tag != "equal" and not is_own] * (end - first)
