"""Which part of an edited crate stands for which part of ours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from heapq import nlargest

from migrate.effort.lines import Difference, compare
from migrate.effort.rust_crate import DEFINING, Placed

_TRIED = 5
"""How many parts one is compared with word by word, those that share most words with it."""
_Key = Callable[[Placed], Hashable]
LEAST_LIKENESS = 0.6
"""From here on a part under another name is taken for ours."""
_KEYS: tuple[_Key, ...] = (
    lambda each: (each.file, each.part.owner, each.part.kind, each.part.name, each.part.core),
    lambda each: (each.file, each.part.owner, each.part.kind, each.part.name),
    lambda each: (each.part.owner, each.part.kind, each.part.name, each.part.core),
    lambda each: (each.part.owner, each.part.kind, each.part.name),
    lambda each: (each.part.kind, each.part.name, each.part.core),
    lambda each: (each.part.kind, _words(each)) if each.part.kind in DEFINING else each,
)
"""What two parts have in common that are one, the surest first."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A part as we left it and as it is now; None where it was not there."""

    before: Placed | None
    after: Placed | None
    likeness: float | None = None
    """From 0 to 1, where that is why they are taken for the same; None where their names say so."""

    @property
    def difference(self) -> Difference:
        """How they differ."""
        before, after = self.before, self.after
        return Difference(
            compare(before.part.text if before else (), after.part.text if after else ()),
            compare(before.part.code if before else (), after.part.code if after else ()),
        )


_Look = Callable[[Iterable[Placed], Iterable[Placed]], Iterator[Pair]]
"""Finds parts that are the same among those that have none yet."""


def pair(ours: Iterable[Placed], theirs: Iterable[Placed]) -> tuple[Pair, ...]:
    """Pair the parts of two crates, each once; what is left on either side stands alone."""
    before, after = tuple(ours), tuple(theirs)
    pairs: list[Pair] = []
    looks: list[_Look] = [*(partial(_with_equal, key) for key in _KEYS), _most_alike, _only_ones_of_a_name]
    for look in looks:
        found = tuple(look(before, after))
        pairs += found
        before = _without(before, {each.before for each in found})
        after = _without(after, {each.after for each in found})
    return (*pairs, *(Pair(each, None) for each in before), *(Pair(None, each) for each in after))


def _without(parts: Iterable[Placed], paired: Set[Placed | None]) -> tuple[Placed, ...]:
    return tuple(each for each in parts if each not in paired)


def _with_equal(key: _Key, before: Iterable[Placed], after: Iterable[Placed]) -> Iterator[Pair]:
    groups: defaultdict[Hashable, list[Placed]] = defaultdict(list)
    for each in after:
        groups[key(each)].append(each)
    for each in before:
        group = groups[key(each)]
        if group:
            other = group.pop(0)
            yield Pair(each, other, None if each.part.name == other.part.name else 1.0)


def _only_ones_of_a_name(before: Iterable[Placed], after: Iterable[Placed]) -> Iterator[Pair]:
    """Yield what has one name, whatever it belongs to now, where nothing else that is left has that name."""
    mine, theirs = _alone(before), _alone(after)
    return (Pair(mine[name], theirs[name]) for name in mine if name in theirs)


def _alone(parts: Iterable[Placed]) -> dict[tuple[str, str], Placed]:
    defining = [each for each in parts if each.part.kind in DEFINING]
    counts = Counter((each.part.kind, each.part.name) for each in defining)
    named = {(each.part.kind, each.part.name): each for each in defining}
    return {name: each for name, each in named.items() if counts[name] == 1}


@dataclass(frozen=True, slots=True)
class _Worded:
    """A part and its words, its own name left out."""

    placed: Placed
    words: tuple[str, ...]
    counts: Counter[str]

    def may_be_alike(self, other: _Worded) -> float:
        """Return how alike two parts are at most: were their common words in the same order."""
        total = len(self.words) + len(other.words)
        return 2 * (self.counts & other.counts).total() / total if total else 0


def _most_alike(before: Iterable[Placed], after: Iterable[Placed]) -> Iterator[Pair]:
    """Yield pairs of functions or variables that are alike, the most alike first, each in one pair only.

    Types and constants are left out: they are short, and too many are alike.
    """
    theirs = [_worded(each) for each in after if each.part.kind in DEFINING]
    found = [each for mine in before for each in _alike(_worded(mine), theirs)]
    taken: set[Placed | None] = set()
    for each in sorted(found, key=_closeness, reverse=True):
        if not taken & {each.before, each.after}:
            taken |= {each.before, each.after}
            yield each


def _alike(mine: _Worded, theirs: Iterable[_Worded]) -> Iterator[Pair]:
    """Yield a part with each that it is alike enough to, of those that share most words with it."""
    kind = mine.placed.part.kind
    bounds = ((mine.may_be_alike(each), each) for each in theirs if each.placed.part.kind == kind)
    for bound, each in nlargest(_TRIED, bounds, key=lambda found: found[0]):
        if bound >= LEAST_LIKENESS:
            likeness = SequenceMatcher(None, mine.words, each.words, autojunk=False).ratio()
            if likeness >= LEAST_LIKENESS:
                yield Pair(mine.placed, each.placed, likeness)


def _closeness(each: Pair) -> tuple[float, bool]:
    before, after = each.before, each.after
    return (
        each.likeness or 0,
        before is not None and after is not None and before.part.name == after.part.name,
    )


def _worded(placed: Placed) -> _Worded:
    words = _words(placed)
    return _Worded(placed, words, Counter(words))


def _words(placed: Placed) -> tuple[str, ...]:
    return tuple(word for line in placed.part.core for word in line.split(" ") if word != placed.part.name)
