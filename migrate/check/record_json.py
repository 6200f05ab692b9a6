"""A record as JSON: one file of a store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from migrate.check.record import Declared, Entry, Record

_OUTSIDE = frozenset({"", ".", ".."})


class NotARecord(Exception):  # noqa: N818 - becomes a sentence that names the file
    """Say what is wrong with a file of a store."""


def record_text(record: Record) -> str:
    """Write a record so that the same one is the same text, and a change of it a change of few lines."""
    payload = {
        **asdict(record),
        "declarations": [asdict(record.declarations[ident]) for ident in sorted(record.declarations)],
        "entries": [asdict(each) for each in sorted(record.entries, key=lambda each: (each.kind, each.name))],
        "others": sorted(record.others),
    }
    return json.dumps(payload, indent=1, sort_keys=True) + "\n"


def read_record(text: bytes) -> Record:
    """Read what `record_text` wrote. Raise NotARecord for anything else."""
    try:
        return _record(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotARecord(f"{type(error).__name__}: {error}") from None


def _record(data: dict[str, Any]) -> Record:
    declared = tuple(_declared(each) for each in data["declarations"])
    declarations = {each.ident: each for each in declared}
    coverage, kills = data["minimum"]
    return Record(
        file=_path(data["file"]),
        module=_path(data["module"]) if data["module"] != "." else ".",
        target=_text(data["target"]),
        minimum=(float(coverage), float(kills)),
        hashes={_path(path): _text(sha) for path, sha in data["hashes"].items()},
        declarations=declarations,
        entries=tuple(_entry(each, declarations) for each in data["entries"]),
        others=tuple((_text(kind), _text(name)) for kind, name in data["others"]),
    )


def _declared(data: dict[str, Any]) -> Declared:
    kind, name, sha, text = (_text(data[key]) for key in ("kind", "name", "hash", "text"))
    return Declared(kind, name, _path(data["file"]), sha, text)


def _entry(data: dict[str, Any], declarations: Mapping[str, Declared]) -> Entry:
    needed = tuple(map(_text, data["slice"]))
    unknown = next((ident for ident in needed if ident not in declarations), None)
    if unknown is not None:
        raise ValueError(f"{data['name']} needs {unknown}, which is not there")
    evidence = data["evidence"]
    return Entry(
        kind=_text(data["kind"]),
        name=_text(data["name"]),
        line=int(data["line"]),
        hash=_text(data["hash"]),
        text=_text(data["text"]),
        slice=needed,
        state=_text(data["state"]),
        why=_optional(data["why"]),
        rust=_optional(data["rust"]),
        evidence=None if evidence is None else dict(evidence),
        drivers=tuple(map(_text, data["drivers"])),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    # Half of a surrogate pair, which JSON can spell, could be written nowhere else.
    value.encode()
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _path(value: object) -> str:
    """Return a path that stays within the tree."""
    path = _text(value)
    if "\0" in path or not _OUTSIDE.isdisjoint(path.split("/")):
        raise ValueError(f"{path!r} does not lie in the tree")
    return path
