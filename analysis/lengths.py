"""Which pointers lead to how many values: lengths that stand beside them, told by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.shapes import FunctionPointer, Integer, Named, Opaque, Pointer, Real, Record, Shape

Parameters = Sequence[tuple[str, Shape]]

_LENGTH = re.compile(
    r"^(?:n|num|nr|argc|len|length|size|sz|count|cnt|n?bytes|nmemb|n_?\w*(?:s|elem|items?)"
    r"|\w*(?:len|length|size|count)|\w*_(?:sz|num|n|bytes))_?$"
)
_PART_LENGTH = "(?:len|length|size|sz|count|num|n)"


@dataclass(frozen=True, slots=True)
class Lengths:
    """Positions of parameters that belong together."""

    of: Mapping[int, tuple[int, ...]]
    """By pointer: the lengths whose product is the number of its values."""
    through: Mapping[int, int]
    """By pointer to a length: the pointer whose values it counts."""

    @property
    def paired(self) -> frozenset[int]:
        """The pointers whose values are counted."""
        return frozenset(self.of) | frozenset(self.through.values())

    @property
    def counts(self) -> tuple[int, ...]:
        """The parameters that are lengths, in order."""
        return tuple(sorted({each for group in self.of.values() for each in group}))


def pair_lengths(parameters: Parameters, is_indexed: Callable[[str], bool]) -> Lengths:
    """Pair pointers with the lengths that follow them, or that stand in front of them.

    `is_indexed` tells of a parameter's name whether the function counts from it.
    """
    found: dict[int, tuple[int, ...]] = {}
    through: dict[int, int] = {}
    for index, (name, shape) in enumerate(parameters):
        if not _is_row(shape, is_indexed(name)):
            continue
        partners = tuple(_following(parameters, index))
        if partners:
            counted = partners[:2] if is_void(shape) else partners[:1]
            found.update(dict.fromkeys(_run_before(parameters, index), counted))
        elif index + 1 < len(parameters) and _is_length_behind_pointer(parameters[index + 1]):
            through[index + 1] = index
    for index, (name, shape) in enumerate(parameters):
        taken = {each for group in found.values() for each in group}
        is_free = index > 0 and index - 1 not in taken and index not in found
        if is_free and is_indexed(name) and _is_row(shape, True) and _is_length(parameters[index - 1]):
            found[index] = (index - 1,)
    return Lengths(found, {at: of for at, of in through.items() if of not in found and at not in found})


def pair_parts(record: Record) -> dict[str, str]:
    """Pair pointers in a record with the part that says how many values they lead to, by name."""
    integers = [each.name for each in record.fields if isinstance(each.shape, Integer)]
    found: dict[str, str] = {}
    for part in record.fields:
        wanted = re.compile(rf"(?:{re.escape(part.name)}_?{_PART_LENGTH}|n_?{re.escape(part.name)})")
        partner = next((each for each in integers if wanted.fullmatch(each)), None)
        if partner is not None and _is_row(part.shape, False):
            found[part.name] = partner
    return found


def is_void(shape: Shape) -> bool:
    """Tell whether a shape is a pointer to nothing that is known."""
    return isinstance(shape, Pointer) and isinstance(shape.target, Opaque)


def _following(parameters: Parameters, index: int) -> Iterator[int]:
    for at in range(index + 1, len(parameters)):
        if not _is_length(parameters[at]):
            return
        yield at


def _run_before(parameters: Parameters, index: int) -> Iterator[int]:
    """Yield a pointer and those of the same kind right in front of it, which share its length."""
    shape = parameters[index][1]
    for before in range(index, -1, -1):
        if before != index and not _alike(parameters[before][1], shape):
            return
        yield before


def _is_length(parameter: tuple[str, Shape]) -> bool:
    name, shape = parameter
    return isinstance(shape, Integer) and shape.bits >= 16 and _LENGTH.match(name.lower()) is not None


def _is_length_behind_pointer(parameter: tuple[str, Shape]) -> bool:
    name, shape = parameter
    return isinstance(shape, Pointer) and not shape.const and _is_length((name, shape.target))


def _is_row(shape: Shape, indexed: bool) -> bool:
    match shape:
        case Pointer(target=Integer() | Real() | Opaque()):
            return True
        case Pointer(target=Pointer() | FunctionPointer() | Named()):
            return indexed
        case _:
            return False


def _alike(one: Shape, other: Shape) -> bool:
    if not isinstance(one, Pointer) or not isinstance(other, Pointer):
        return False
    is_text = isinstance(one.target, Integer) and one.target.is_char and one.const
    return one == other or (one.target == other.target and not is_text)
