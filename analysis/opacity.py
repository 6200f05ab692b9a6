"""Which records callers can see into, and which they can only hold pointers to."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.declarations import Type
from analysis.inventory import Inventory
from analysis.lexer import lex

_ENUM = re.compile(r"\s*typedef\s+(?:const\s+)?enum\b")
_RECORDS = frozenset({"struct", "union"})


class Visibility(enum.StrEnum):
    """Who can see the members of a record."""

    PRIVATE = "private"
    """One C file; no header names the record."""
    OPAQUE = "opaque"
    """One C file; headers name the record, so that callers can hold pointers to it."""
    OPEN = "open"
    """Whoever includes the header that defines it."""


@dataclass(frozen=True, slots=True)
class Opacity:
    """A record of the module, and who can see into it."""

    name: str
    """As its type says it: `struct x`, or the typedef of a record without a tag."""
    visibility: Visibility
    file: Path
    line: int
    named_in: Path | None
    """The header that names a record it does not define."""
    members: tuple[str, ...]


def opacities(inventory: Inventory) -> dict[str, Opacity]:
    """Say of each record that the module's own files define who can see into it.

    It rests on what the files say: a header that is not installed counts as one that callers include.
    """
    found: dict[str, Opacity] = {}
    sources = {unit.file for unit in inventory.units}
    headers = {file: lex(inventory.originals[file].source.text).code for file in inventory.files}
    headers = {file: code for file, code in headers.items() if file not in sources}
    for file, each in _records(inventory):
        name = f"{each.kind} {each.name}" if each.kind in _RECORDS else each.name
        line = inventory.originals[file].source.line(each.span.start)
        named = _named_in(each, headers)
        if file in headers:
            visibility, named = Visibility.OPEN, None
        else:
            visibility = Visibility.OPAQUE if named is not None else Visibility.PRIVATE
        # One name may stand for two records in two files; then the one that most can see counts.
        before = found.get(name)
        if before is None or visibility is Visibility.OPEN:
            found[name] = Opacity(name, visibility, file, line, named, each.members)
    return found


def hidden(records: dict[str, Opacity]) -> frozenset[str]:
    """Name the records that only the module's own C files can see into."""
    return frozenset(name for name, each in records.items() if each.visibility is not Visibility.OPEN)


def _records(inventory: Inventory) -> Iterator[tuple[Path, Type]]:
    for file, declarations in inventory.originals.items():
        tagged = {each.span for each in declarations.types if each.kind in _RECORDS}
        for each in declarations.types:
            without_tag = each.kind == "typedef" and each.members and each.span not in tagged
            is_enum = _ENUM.match(declarations.source.slice(each.span))
            if each.kind in _RECORDS or (without_tag and not is_enum):
                yield file, each


def _named_in(record: Type, headers: dict[Path, bytes]) -> Path | None:
    pattern = rf"\b{record.kind}\s+{re.escape(record.name)}\b" if record.kind in _RECORDS else ""
    if not pattern:
        return None
    return next((file for file, code in headers.items() if re.search(pattern.encode(), code)), None)
