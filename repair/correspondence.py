"""Which unit of a candidate stands for which unit of the C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.structure import Structure, Unit, UnitKind

_EQUIVALENTS = {
    "memcpy": "copy_nonoverlapping copy copy_from copy_from_nonoverlapping copy_to copy_to_nonoverlapping"
    " copy_from_slice clone_from_slice copy_within read_unaligned write_unaligned read write swap",
    "memset": "write_bytes fill zeroed write",
    "memcmp": "eq cmp ne from_raw_parts starts_with",
    "strlen": "count_bytes to_bytes from_ptr position",
    "strcmp": "eq cmp from_ptr to_bytes",
    "strchr": "find position memchr",
    "memchr": "find position",
    "abs": "abs wrapping_abs unsigned_abs",
    "isdigit": "is_ascii_digit",
    "isalpha": "is_ascii_alphabetic",
    "isalnum": "is_ascii_alphanumeric",
    "isspace": "is_ascii_whitespace",
    "isupper": "is_ascii_uppercase",
    "islower": "is_ascii_lowercase",
    "isxdigit": "is_ascii_hexdigit",
    "toupper": "to_ascii_uppercase",
    "tolower": "to_ascii_lowercase",
    "free": "drop",
    "malloc": "alloc",
    "calloc": "alloc_zeroed",
    "realloc": "realloc",
    "abort": "panic",
    "htons": "to_be from_be swap_bytes to_be_bytes from_be_bytes",
    "htole32": "to_le from_le to_le_bytes from_le_bytes",
    "assert": "assert_ debug_assert",
}
_ALIKE = {
    "memcpy": "memmove strcpy strncpy",
    "memcmp": "strncmp",
    "strlen": "strnlen",
    "htons": "htonl ntohs ntohl htobe16 htobe32 htobe64 be16toh be32toh be64toh",
    "htole32": "htole16 htole64 le16toh le32toh le64toh",
}
_SAME = {other: name for name, others in _ALIKE.items() for other in others.split()}
"""What Rust writes for functions of the C library."""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """The pairs, by index of the C's unit, and what is left over."""

    pairs: dict[int, int]
    missing: tuple[int, ...]
    """Units of the C without a counterpart, optional ones left out."""
    left_over: tuple[int, ...]
    """Units of the Rust."""


def correspond(c: Structure, rust: Structure) -> Correspondence:
    """Pair as many units as can be, those first that have most in common and stand alike in the text."""
    matcher = _Matcher(c.units, rust.units, _functions(c) & _functions(rust))
    pairs = matcher.match()
    missing = tuple(at for at, unit in enumerate(c.units) if at not in pairs and not unit.optional)
    used = set(pairs.values())
    return Correspondence(pairs, missing, tuple(at for at in range(len(rust.units)) if at not in used))


def _functions(structure: Structure) -> frozenset[str]:
    calls = (unit.names for unit in structure.units if unit.kind is UnitKind.CALL)
    return frozenset[str]().union(*calls)


class _Matcher:
    """Greedy by score, then augmenting paths, so that no pair that could be is missed."""

    def __init__(self, c: Sequence[Unit], rust: Sequence[Unit], functions: frozenset[str]) -> None:
        self.edges: dict[int, list[int]] = {}
        scored: list[tuple[float, int, int]] = []
        spare = _second_sides(c, rust)
        for at, unit in enumerate(c):
            place = at / max(1, len(c))
            for other, candidate in enumerate(rust):
                score = 0 if other in spare else likeness(unit, candidate, functions)
                if score > 0:
                    near = 1 - abs(place - other / max(1, len(rust)))
                    scored.append((score + near, at, other))
        scored.sort(key=lambda each: (-each[0], each[1], each[2]))
        self.scored = scored
        self.optional = {at for at, unit in enumerate(c) if unit.optional}
        for _, at, other in scored:
            self.edges.setdefault(at, []).append(other)
        self.agreeing = {
            (at, other) for _, at, other in scored if c[at].relation and relation_agrees(c[at], rust[other])
        }

    def match(self) -> dict[int, int]:
        pairs: dict[int, int] = {}
        taken: dict[int, int] = {}
        for _, at, other in self.scored:
            if at not in pairs and other not in taken:
                pairs[at], taken[other] = other, at
        for at in self.edges:
            if at not in pairs and at not in self.optional and not self._augment(at, pairs, taken, set()):
                self._displace(at, pairs, taken)
        return pairs

    def _augment(self, at: int, pairs: dict[int, int], taken: dict[int, int], seen: set[int]) -> bool:
        for other in self.edges.get(at, ()):
            if other in seen:
                continue
            seen.add(other)
            if other not in taken or self._augment(taken[other], pairs, taken, seen):
                pairs[at], taken[other] = other, at
                return True
        return False

    def _displace(self, at: int, pairs: dict[int, int], taken: dict[int, int]) -> None:
        """Take the counterpart of a unit that may be missing, where it asks just the same."""
        for other in self.edges.get(at, ()):
            if taken[other] in self.optional and (at, other) in self.agreeing:
                del pairs[taken[other]]
                pairs[at], taken[other] = other, at
                return


def _second_sides(c: Sequence[Unit], rust: Sequence[Unit]) -> frozenset[int]:
    """Return the stores of the Rust that are one with another: `a = x ? y : z` with an `if` around two."""
    forks = Counter((each.kind, each.names) for each in c if each.forked)
    spare: set[int] = set()
    for at, unit in enumerate(rust):
        if unit.forked and forks[unit.kind, unit.names]:
            forks[unit.kind, unit.names] -= 1
            spare.add(at)
    return frozenset(spare)


def likeness(c: Unit, rust: Unit, functions: frozenset[str]) -> float:
    """Return how much a unit of the Rust looks like one of the C; 0 where it cannot stand for it."""
    if c.kind is not rust.kind or "_" in rust.left:
        return 0
    shared = _shared(c, rust, functions)
    if shared == 0 or (c.kind is not UnitKind.TEST and rust.trivial and not c.trivial):
        return 0
    everything, other = c.atoms | c.names, rust.atoms | rust.names | rust.more
    common = len(everything & other) / max(1, len(everything | rust.atoms | rust.names))
    same = c.kind is UnitKind.TEST and relation_agrees(c, rust)
    return shared + 2 * common + 0.5 * same + 0.5 * (c.trivial == rust.trivial)


def _shared(c: Unit, rust: Unit, functions: frozenset[str]) -> float:
    direct = _counted(c.names & rust.names)
    if c.kind is UnitKind.LOCAL:
        return 4.0 * direct
    if c.kind is UnitKind.CALL:
        standing = direct or any(_stands_for(name, rust.names | rust.more) for name in c.names)
        return 4.0 if standing else 2.0 * bool(c.names & rust.more)
    if c.kind is UnitKind.TEST and c.copies == 0:
        labelled = bool(c.names & rust.names)
        return (4.0 + direct) * labelled
    if rust.atoms:  # an arm of a `match`
        direct += _counted(c.names & rust.atoms) if c.names & rust.names else 0
    through = _counted(c.names & rust.more) + _counted(c.more & rust.names)
    far = len(c.more & rust.more & functions)
    return 4.0 * direct + 1.0 * through + 0.5 * far


def _counted(names: frozenset[str]) -> int:
    return sum(not each.isdigit() for each in names)


def _stands_for(function: str, names: frozenset[str]) -> bool:
    known = _EQUIVALENTS.get(_SAME.get(function, function), "").split()
    return not names.isdisjoint(known) or f"{function}_" in names


def relation_agrees(c: Unit, rust: Unit) -> bool:
    """Tell whether two tests ask the same question rather than the opposite one."""
    if not c.relation or not rust.relation:
        return False
    if c.relation in {"==", "!="}:
        return c.relation == rust.relation
    right = (c.names - c.left) | frozenset()
    turned = len(rust.left & right) > len(rust.left & c.left)
    return (c.relation == rust.relation) is not turned
