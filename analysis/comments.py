"""Which comments at file scope belong to which declaration."""

from __future__ import annotations

from bisect import bisect_left

from analysis.lexer import Lexed
from analysis.source import Span


class Comments:
    """The comments of a file outside its declarations, and the claims that declarations lay to them."""

    def __init__(self, lexed: Lexed) -> None:
        self._lexed = lexed
        self._starts = [comment.start for comment in lexed.comments]
        self._taken: set[Span] = set()

    def before(self, declaration: Span) -> Span | None:
        """Return the comments that stand directly before a declaration, as one span."""
        first = self._first_before(declaration.start)
        last = bisect_left(self._starts, declaration.start)
        if first == last:
            return None
        return Span(self._lexed.comments[first].start, self._lexed.comments[last - 1].end)

    def claim(self, declaration: Span) -> None:
        """Take the comments directly before a declaration and those behind it on its last line."""
        first = self._first_before(declaration.start)
        self._taken.update(self._lexed.comments[first : self._end_of_trailing(declaration)])

    def skip(self, declaration: Span) -> None:
        """Take the comments inside a declaration, which are part of its text."""
        first, last = (bisect_left(self._starts, offset) for offset in (declaration.start, declaration.end))
        self._taken.update(self._lexed.comments[first:last])

    def unclaimed(self) -> tuple[Span, ...]:
        """Return the comments that no declaration has taken and that stand in none."""
        return tuple(comment for comment in self._lexed.comments if comment not in self._taken)

    def _first_before(self, start: int) -> int:
        """Return the index of the first comment in the run that ends just before an offset."""
        index = bisect_left(self._starts, start)
        while index > 0:
            comment = self._lexed.comments[index - 1]
            if not self._adjoins(comment, start) or self._trails(comment):
                break
            index, start = index - 1, comment.start
        return index

    def _adjoins(self, comment: Span, start: int) -> bool:
        gap = self._lexed.text[comment.end : start]
        return not gap.strip() and gap.count(b"\n") <= 1

    def _trails(self, comment: Span) -> bool:
        """Tell whether code stands before a comment on its line."""
        line = self._lexed.text.rfind(b"\n", 0, comment.start) + 1
        return bool(self._lexed.code[line : comment.start].strip())

    def _end_of_trailing(self, declaration: Span) -> int:
        index = bisect_left(self._starts, declaration.end)
        for comment in self._lexed.comments[index:]:
            if b"\n" in self._lexed.text[declaration.end : comment.start]:
                break
            index += 1
        return index
