"""Large records of headers as prompts show them: the members that a definition names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from analysis.rust_items import RustItem

_MOST_MEMBERS = 8
"""Records with no more are shown whole."""
_RECORDS = frozenset({"struct", "union"})
_MEMBER = re.compile(r"^    pub (\w+):.*?(?=^    (?:pub )?\w+:|^\})", re.MULTILINE | re.DOTALL)
_NESTED = re.compile(r"\b\w+__bindgen_ty_\d+\b")
_WORD = re.compile(r"[A-Za-z_]\w*")


def trimmed(items: Mapping[str, RustItem], named: Collection[str]) -> Mapping[str, RustItem]:
    """Reduce every record with many members to those with a name in `named`, and to what holds such members.

    A comment counts what is left out. Bit-fields stay together: all of a record, or none.
    """
    reduced = dict(items)
    for key, item in items.items():
        if item.kind in _RECORDS and not item.foreign and len(item.members) > _MOST_MEMBERS:
            reduced[key] = _trimmed(item, items, frozenset(named))
            if "_bitfield_" not in reduced[key].bare:
                reduced.pop(f"impl {item.name}", None)
    return reduced


def _trimmed(item: RustItem, items: Mapping[str, RustItem], named: frozenset[str]) -> RustItem:
    members = {found[1]: found[0] for found in _MEMBER.finditer(item.bare)}
    kept = [text for name, text in members.items() if _is_kept(item, name, text, items, named)]
    gone = len(members) - len(kept)
    if gone == 0:
        return item
    head = item.bare.partition("{")[0]
    rest = f"    // and {gone} {'member' if gone == 1 else 'members'} that this does not use\n"
    bare = f"{head}{{\n{''.join(kept)}{rest}}}"
    return replace(item, bare=bare, references=item.references & set(_WORD.findall("".join(kept))))


def _is_kept(
    item: RustItem, name: str, text: str, items: Mapping[str, RustItem], named: frozenset[str]
) -> bool:
    if name.startswith("_bitfield_"):
        methods = items.get(f"impl {item.name}")
        return methods is not None and not named.isdisjoint(methods.members)
    if name.startswith("__bindgen_anon_"):
        return any(not named.isdisjoint(_members(nested, items)) for nested in _NESTED.findall(text))
    return name.removesuffix("_") in named or name in named


def _members(name: str, items: Mapping[str, RustItem]) -> Iterator[str]:
    """Yield the members of a nested record, those of records without a name in it included."""
    item = items.get(name)
    if item is None:
        return
    yield from item.members
    for nested in _NESTED.findall(item.bare.partition("{")[2]):
        yield from _members(nested, items)
