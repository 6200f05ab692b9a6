"""How many lines of an edited text are not as we left them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an edited text, and how many of them people wrote."""

    final: int = 0
    changed: int = 0
    """Those of them that are not ours: changed or added."""
    gone: int = 0
    """Lines of ours that are in it no more and have no other in their place."""

    def __add__(self, other: Lines) -> Lines:
        """Return the lines of two texts together."""
        return Lines(self.final + other.final, self.changed + other.changed, self.gone + other.gone)

    @property
    def share(self) -> float | None:
        """Return how many of the final lines people wrote: 0 to 1, or None where there are none.

        So the LLMigrate paper counts: lines modified, of the lines of the target code. Lines that are gone
        are no part of that, and are told beside it.
        """
        return self.changed / self.final if self.final else None

    @property
    def touched(self) -> bool:
        """Whether anything is not as we left it."""
        return bool(self.changed or self.gone)


@dataclass(frozen=True, slots=True)
class Difference:
    """How some Rust differs from what it was, in two measures."""

    text: Lines = Lines()
    """By lines as they are written, blank ones and white space at their ends apart."""
    tree: Lines = Lines()
    """By laid-out lines of the syntax tree, which formatting and comments do not change."""

    def __add__(self, other: Difference) -> Difference:
        """Return two differences together."""
        return Difference(self.text + other.text, self.tree + other.tree)


def compare(before: Sequence[str], after: Sequence[str]) -> Lines:
    """Count the lines of one text that another does not have in the same order."""
    if before == after:
        return Lines(len(after))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    changed = gone = 0
    for tag, first, end, first_after, end_after in matcher.get_opcodes():
        if tag != "equal":
            now = end_after - first_after
            changed += now
            gone += max(0, end - first - now)
    return Lines(len(after), changed, gone)
