"""Variables whose record ends in an array with values: in Rust the record, and the array behind it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from analysis.probe import probe_constants, probe_sizes
from analysis.rust_items import RustItem, rust_items
from analysis.unit import CompileCommand

WITH_TAIL = "WithTail"
_TYPE = f"""\
#[repr(C)]
pub struct {WITH_TAIL}<R, T> {{
    pub record: R,
    pub tail: T,
}}
"""
_FLEXIBLE = re.compile(r"\b(\w+)\s*:\s*__IncompleteArrayField\s*<\s*([^;{}]+?)\s*>\s*,?\s*\}\s*$")
_VARIABLE = re.compile(r"^(pub\s+static\s+(?:mut\s+)?(\w+)\s*:\s*)(\w+)(\s*;?\s*)$")


@dataclass(frozen=True, slots=True)
class _Flexible:
    """A variable of a record that ends in an array without a length."""

    item: RustItem
    record: str
    member: str
    element: str


def with_tails(
    items: tuple[RustItem, ...], command: CompileCommand, symbols: Collection[str]
) -> tuple[RustItem, ...]:
    """Give the variables with these link symbols room for the values of the arrays at their ends.

    `command` compiles a file that defines them. What has no such values stays as it is, and so does a
    record with padding ahead of its array.
    """
    found = [each for each in _flexible(items) if (each.item.link_name or each.item.name) in symbols]
    if not found:
        return items
    lengths = _lengths(found, command)
    changed = {id(each.item): _with_length(each, lengths[each.item.name]) for each in found}
    if any(lengths.values()):
        items = (*rust_items(_TYPE), *items)
    return tuple(changed.get(id(item), item) for item in items)


def _flexible(items: tuple[RustItem, ...]) -> Iterator[_Flexible]:
    records = {item.name: _FLEXIBLE.search(item.bare) for item in items if item.kind == "struct"}
    for item in items:
        variable = _VARIABLE.match(item.bare.strip()) if item.foreign and item.kind == "static" else None
        array = records.get(variable[3]) if variable else None
        if variable and array:
            yield _Flexible(item, variable[3], array[1], array[2])


def _lengths(found: list[_Flexible], command: CompileCommand) -> Mapping[str, int]:
    sizes = probe_sizes(command)
    answers = probe_constants(command, (question for each in found for question in _questions(each)))

    def length(each: _Flexible) -> int:
        asked = (answers.get(question) for question in _questions(each))
        record, offset, element = (answer.value if answer else 0 for answer in asked)
        behind = sizes.get(each.item.link_name or each.item.name, 0) - record
        return behind // element if element and offset == record else 0

    return {each.item.name: max(length(each), 0) for each in found}


def _questions(each: _Flexible) -> tuple[str, str, str]:
    """Ask for the size of a record, where its array begins, and the size of an element."""
    name = each.item.name
    return (
        f"sizeof({name})",
        f"__builtin_offsetof(__typeof__({name}), {each.member})",
        f"sizeof(({name}).{each.member}[0])",
    )


def _with_length(each: _Flexible, length: int) -> RustItem:
    if length == 0:
        return each.item
    old = re.compile(rf":\s*{each.record}\s*(?=;|$)")
    new = f": {WITH_TAIL}<{each.record}, [{each.element}; {length}]>"
    text, bare = (old.sub(new, text, count=1) for text in (each.item.text, each.item.bare))
    return replace(each.item, text=text, bare=bare, references=each.item.references | {WITH_TAIL})
