"""Drift: what is not as it was when the Rust was accepted, from sources and store alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from analysis.file_scope import FileScope, Key
from analysis.fingerprint import token_hash
from migrate.check.finding import Change, Finding, Kind
from migrate.check.record import Declared, Entry, Record
from migrate.check.store import Kept
from migrate.check.tree import Tree, text_of


@dataclass(frozen=True, slots=True)
class Drift:
    """What became of one C file."""

    findings: tuple[Finding, ...]
    lines: dict[str, int]
    """Where the definitions that are still there stand now, by name."""


def find_drift(kept: Kept, tree: Tree) -> Drift:
    """Compare a C file and the declarations it uses with its record.

    Only files whose bytes are others than the recorded ones are read.
    """
    record = kept.record
    stale = {file: sha for file in record.hashes if (sha := tree.sha(file)) != record.hashes[file]}
    if not stale:
        return Drift((), {each.name: each.line for each in record.entries})
    key = hashlib.sha256(kept.text + json.dumps(stale, sort_keys=True).encode()).hexdigest()
    known = tree.memory.found(key)
    if known is not None:
        return _read(known)
    found = _compare(record, tree, frozenset(stale))
    tree.memory.keep(key, asdict(found))
    return found


def _read(known: dict[str, Any]) -> Drift:
    findings = (
        Finding(
            **{
                **each,
                "kind": Kind(each["kind"]),
                "changes": tuple(Change(**change) for change in each["changes"]),
            }
        )
        for each in known["findings"]
    )
    return Drift(tuple(findings), known["lines"])


def _compare(record: Record, tree: Tree, stale: frozenset[str]) -> Drift:
    if record.file not in stale:
        lines = {each.name: each.line for each in record.entries}
        return Drift(tuple(_drifted(record, tree, stale, lines)), lines)
    own = tree.scope(record.file)
    lines = {each.name: own.line(each.key) for each in record.entries if each.key in own.places}
    findings = (
        *_removed(record, tree),
        *_drifted(record, tree, stale, lines),
        *_new(record, own),
    )
    tree.forget(record.file)
    return Drift(findings, lines)


def _removed(record: Record, tree: Tree) -> Iterator[Finding]:
    own = tree.scope(record.file)
    gone = tree.sha(record.file) is None
    for each in record.entries:
        if each.key not in own.places:
            where = f"{record.file} is gone" if gone else f"it is no longer in {record.file}"
            message = f"{each.name} was translated, but {where}."
            yield Finding(Kind.REMOVED, record.file, None, each.name, message)


def _new(record: Record, own: FileScope) -> Iterator[Finding]:
    known: set[Key] = {*(each.key for each in record.entries), *record.others}
    for key in own.definitions:
        if key not in known:
            what = "function" if key[0] == "function" else "variable"
            message = f"The {what} {key[1]} was added after the file was migrated."
            yield Finding(Kind.NEW, record.file, own.line(key), key[1], message)


def _drifted(record: Record, tree: Tree, stale: frozenset[str], lines: dict[str, int]) -> Iterator[Finding]:
    changed = dict(_changed_declarations(record, tree, stale))
    for each in record.entries:
        if each.name not in lines:
            continue
        own = _own_change(record, each, tree) if record.file in stale else None
        changes = [*([own] if own else []), *(changed[ident] for ident in each.slice if ident in changed)]
        if changes:
            line = lines[each.name]
            yield Finding(Kind.DRIFT, record.file, line, each.name, _message(each, changes), tuple(changes))


def _own_change(record: Record, entry: Entry, tree: Tree) -> Change | None:
    as_declared = Declared(entry.kind, entry.name, record.file, entry.hash, entry.text)
    return _change(as_declared, tree.scope(record.file))


def _changed_declarations(record: Record, tree: Tree, stale: frozenset[str]) -> Iterator[tuple[str, Change]]:
    for ident, each in record.declarations.items():
        change = _change(each, tree.scope(each.file)) if each.file in stale else None
        if change is not None:
            yield ident, change


def _change(declared: Declared, scope: FileScope) -> Change | None:
    name = f"{declared.kind} {declared.name}"
    text = text_of(scope, declared.key)
    if text is None:
        return Change(name, declared.file, None, declared.text, None)
    # Most declarations are as they were to the byte, which is far quicker to see than equal tokens.
    if text == declared.text or token_hash(text.encode()) == declared.hash:
        return None
    return Change(name, declared.file, scope.line(declared.key), declared.text, text)


def _message(entry: Entry, changes: list[Change]) -> str:
    own = f"{entry.kind} {entry.name}"
    said = (
        f"{'its own text' if each.declaration == own else f'{each.declaration} in {each.file}'}"
        f"{' (gone)' if each.new is None else ''}"
        for each in changes
    )
    return f"{entry.name} changed after its Rust was accepted: {', '.join(said)}."
