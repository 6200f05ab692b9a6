"""Slices, from a pointer and a length.

`&[T]` and `&mut [T]`, and `Option` of them where NULL says that there is none, from a pointer and an integer
whose name says that it counts: the next one after the pointer, with pointers to the same type in between
that share it, or else the one in front of it. After a pointer to `char` it counts only if nothing else takes
it. NULL with a length of 0 is an empty slice, and so is a length below 0; an empty slice stays where it is
if it can. Bytes may be `void` to C; where a count and a size stand beside such a pointer, there are as many
bytes as their product. Where another count or a stride stands beside the length otherwise, there is no rule,
unless the length has the pointer's name in its own. The length may be an argument of its own beside that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from migrate.ffi.argument import Argument, Memory, NoRule, Site
from migrate.ffi.layouts import alike, holds_handle
from migrate.ffi.number import integer, is_byte
from migrate.ffi.pointers import lending
from migrate.ffi.type_tree import Named, RawPointer, Reference, Slice, Type, is_void, option_of, written

_COUNTS = re.compile(
    r"^_?(?:[nm]|num|nr|nmemb|cap|capacity|n\w+s|(?:n|num|nr)_\w+|\w*(?:len|length|size|sz|count|cnt|_n|bytes))_?$",
    re.IGNORECASE,
)
_SCALES = re.compile(
    r"^(?:rows?|cols?|columns|height|depth|dims?|stride|step|inc\w*|ld\w*|\w+(?:_rows|_cols|_stride|_step))_?$",
    re.IGNORECASE,
)
"""What a length may be multiplied by."""
_BYTES = re.compile(r"bytes_?$", re.IGNORECASE)
_ONE_SIZE = re.compile(r"^(?:es|sz|size|width|stride|\w*_?size|\w*width)_?$", re.IGNORECASE)

SLICE_AT = """\
/// # Safety
/// There are `count` values at `start`, which is NULL only where there is none.
unsafe fn slice_at<'a, T>(start: *const T, count: usize) -> &'a [T] {
    if count == 0 && (start.is_null() || !start.is_aligned()) {
        return &[];
    }
    assert!(!start.is_null(), "NULL for {count} values");
    // A count that no memory can hold is how C says that it sets no limit.
    let count = count.min(isize::MAX as usize / core::mem::size_of::<T>().max(1));
    // SAFETY: The caller says that they are there.
    unsafe { core::slice::from_raw_parts(start, count) }
}"""
SLICE_MUT_AT = """\
/// # Safety
/// There are `count` values at `start`, NULL only where there is none, and nothing else uses them.
unsafe fn slice_mut_at<'a, T>(start: *mut T, count: usize) -> &'a mut [T] {
    if count == 0 && (start.is_null() || !start.is_aligned()) {
        return &mut [];
    }
    assert!(!start.is_null(), "NULL for {count} values");
    // A count that no memory can hold is how C says that it sets no limit.
    let count = count.min(isize::MAX as usize / core::mem::size_of::<T>().max(1));
    // SAFETY: The caller says that they are there.
    unsafe { core::slice::from_raw_parts_mut(start, count) }
}"""


@dataclass(frozen=True, slots=True)
class Length:
    """How many values there are."""

    text: str
    """As a `usize`."""
    said: str
    """As the contract has it."""
    uses: tuple[int, ...]


def sliced(site: Site, rust: Type) -> Argument | NoRule | None:
    """Make `&[T]`, `&mut [T]` or an `Option` of one from a pointer and a length."""
    optional = option_of(rust)
    lent = optional if optional is not None else rust
    pointer = site.pointer
    if not isinstance(lent, Reference) or not isinstance(lent.target, Slice) or pointer is None:
        return None
    element = lent.target.element
    if not _holds(pointer, element, site):
        return None
    refusal = lending(lent, pointer)
    if refusal is not None:
        return refusal
    length = length_of(site, element)
    return _slice(site, lent, element, length, optional) if isinstance(length, Length) else length


def _holds(pointer: RawPointer, element: Type, site: Site) -> bool:
    bytes_of_any = is_void(pointer.target) and (is_byte(element) or _is_unwritten_byte(element))
    unwritten = _is_unwritten_byte(element) and is_byte(pointer.target)
    if holds_handle(pointer.target, element, site.scope):
        return False
    return bytes_of_any or unwritten or alike(pointer.target, element, site.scope)


def _is_unwritten_byte(kind: Type) -> bool:
    named = isinstance(kind, Named) and kind.name == "MaybeUninit"
    return named and isinstance(kind, Named) and bool(kind.arguments) and is_byte(kind.arguments[0])


def _slice(site: Site, lent: Reference, element: Type, length: Length, optional: Type | None) -> Argument:
    name, mutable = site.name, lent.mutable
    made = f"slice_{'mut_' if mutable else ''}at({name}, {length.text})"
    null = f"{name} is NULL or " if optional is not None else ""
    return Argument(
        declared=(
            (site.index, RawPointer(element, mutable)),
            *((each, site.parameters[each].type) for each in length.uses),
        ),
        value=name,
        unsafe=f"(!{name}.is_null()).then(|| {made})" if optional is not None else made,
        contract=f"{null}{length.said} values are at {name}{' and unshared' if mutable else ''}",
        null="" if optional is not None else f"{name}.is_null()",
        shared=frozenset(length.uses),
        helpers=(SLICE_MUT_AT if mutable else SLICE_AT,),
        memory=Memory(name, length.text, element, mutable),
    )


def length_of(site: Site, element: Type) -> Length | NoRule | None:
    """Return how many elements there are at a pointer, or None where no parameter says so."""
    for index in _candidates(site):
        name = site.parameters[index].name
        free = site.is_free(index) or not is_text(site.type)
        if not _COUNTS.match(name) or not free or (_BYTES.search(name) and not is_byte(element)):
            continue
        other = _beside(site, index)
        if other is None or site.name.strip("_") in name:
            return Length(_as_usize(site, index), name, (index,))
        return _product(site, index, other) or NoRule("it is not told how many values are there")
    return None


def _beside(site: Site, index: int) -> int | None:
    """Return an integer beside a length, away from the pointer, that may have a say in how many there are."""
    other = index + (1 if index > site.index else -1)
    if not 0 <= other < len(site.parameters) or integer(site.parameters[other].type) is None:
        return None
    name = site.parameters[other].name
    return other if _COUNTS.match(name) or _SCALES.match(name) else None


def _product(site: Site, index: int, other: int) -> Length | None:
    """Return how many bytes there are by a count and a size, in either order."""
    names = site.parameters[index].name, site.parameters[other].name
    sizes = [bool(_ONE_SIZE.match(name)) for name in names]
    if site.pointer is None or not is_void(site.pointer.target) or sizes[0] == sizes[1]:
        return None
    text = f"{_as_usize(site, index)} * {_as_usize(site, other)}"
    return Length(text, " times ".join(names), (index, other))


def _candidates(site: Site) -> Iterator[int]:
    """Yield the integers that may count what is at a pointer, the likeliest first."""
    for index in range(site.index + 1, len(site.parameters)):
        if integer(site.parameters[index].type) is not None:
            yield index
            break
        if is_text(site.type) or not _is_alongside(site, index):
            break
    before = site.index - 1
    if before >= 0 and integer(site.parameters[before].type) is not None:
        yield before


def is_text(kind: Type) -> bool:
    """Tell whether a type is a pointer to `char`."""
    target = kind.target if isinstance(kind, RawPointer) else None
    return isinstance(target, Named) and target.name == "c_char"


def _is_alongside(site: Site, index: int) -> bool:
    other = site.parameters[index].type
    return isinstance(other, RawPointer) and site.pointer is not None and other.target == site.pointer.target


def _as_usize(site: Site, index: int) -> str:
    name, kind = site.parameters[index].name, site.parameters[index].type
    found = integer(kind)
    if written(kind) == "usize":
        return name
    return f"usize::try_from({name}).unwrap_or(0)" if found and found.signed else f"{name} as usize"
