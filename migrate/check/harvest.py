"""Records out of a finished run: what was accepted, for which C, on which evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.file_scope import FileScope, Key
from analysis.fingerprint import token_hash
from analysis.inventory import Definition
from analysis.slices import Slice
from analysis.source import Span
from migrate.check.memory import Memory
from migrate.check.record import Declared, Entry, Record
from migrate.check.tree import Tree, text_of
from migrate.errors import OutputError, SettingsError
from migrate.evidence.proofs import DRIVER
from migrate.prepare import Prepared
from migrate.report.json_format import ReportJson
from migrate.run.attempt import Filled
from migrate.run.ledger import Ledger
from repair.evidence.evidence import Evidence
from repair.hole import Hole
from repair.plug import PlugKind

USER = "user"
"""The target of modules that are programs or libraries."""
KERNEL = "kernel"
"""The target of files of a kernel."""


@dataclass(frozen=True)
class Harvest:
    """A run and the module that it is of, both as they are now."""

    prepared: Prepared
    ledger: Ledger
    report: ReportJson
    path: Path
    """What was migrated, absolute."""
    root: Path
    """The folder that all paths of the store are relative to."""
    target: str = USER

    def records(self) -> tuple[Record, ...]:
        """Return a record for each file with definitions.

        Raise OutputError when the C has changed since the run, SettingsError for a root without the module.
        """
        if not self.path.is_relative_to(self.root):
            raise SettingsError(
                f"{self.path}, which was migrated, does not lie in {self.root}; correct --root"
            )
        self._require_unchanged()
        files = dict.fromkeys(hole.file for hole in self.prepared.skeleton.holes)
        return tuple(self._record(file) for file in files)

    def _require_unchanged(self) -> None:
        holes, prompter = self.prepared.skeleton.by_ident, self.prepared.prompter
        changed = sorted(
            ident
            for ident, filled in self._filled.items()
            if ident not in holes or prompter.fingerprint(holes[ident]) != filled.lineage
        )
        if changed:
            raise OutputError(
                f"the C of {changed[0]} is no longer what was migrated; "
                "run `llmigrate run` with the same -o again before you store it"
            )

    @cached_property
    def _filled(self) -> Mapping[str, Filled]:
        return self.ledger.filled()

    @cached_property
    def _evidence(self) -> Mapping[str, tuple[str, Evidence]]:
        return self.ledger.evidence()

    @cached_property
    def _why(self) -> dict[str, str]:
        """The last thing that was wrong with each hole, by its ident."""
        reported = self.report["holes"]
        return {hole["name"]: hole["findings"][0]["message"] for hole in reported if hole["findings"]}

    @cached_property
    def _drivers(self) -> dict[str, dict[int, str]]:
        """What a model answered when it was asked for a driver, by ident and attempt."""
        found: dict[str, dict[int, str]] = {}
        for each in self.ledger.exchanges():
            if each.usable and each.request.hole.startswith(DRIVER):
                of_hole = found.setdefault(each.request.hole.removeprefix(DRIVER), {})
                of_hole[each.request.attempt] = each.answer.text
        return found

    @cached_property
    def _tree(self) -> Tree:
        return Tree(self.root, Memory(None))

    def _in_tree(self, file: Path) -> str:
        return (self.prepared.inventory.root / file).relative_to(self.root).as_posix()

    def _record(self, file: Path) -> Record:
        own = self._in_tree(file)
        scope = self._tree.scope(own)
        holes = [hole for hole in self.prepared.skeleton.holes if hole.file == file]
        needed = {hole.ident: tuple(self._needed(hole)) for hole in holes}
        entries = tuple(self._entry(hole, scope, needed[hole.ident]) for hole in holes)
        declarations = {each.ident: each for every in needed.values() for each in every}
        known = {each.key for each in entries}
        settings = self.prepared.module.settings.evidence
        files = sorted({own, *(each.file for each in declarations.values())})
        return Record(
            file=own,
            module=self.path.relative_to(self.root).as_posix(),
            target=self.target,
            minimum=(settings.minimum_coverage, settings.minimum_kills),
            hashes={each: self._tree.sha(each) or "" for each in files},
            declarations=declarations,
            entries=entries,
            others=tuple(key for key in scope.definitions if key not in known),
        )

    def _entry(self, hole: Hole, scope: FileScope, needed: Iterable[Declared]) -> Entry:
        definition = self.prepared.inventory.by_ident[hole.ident]
        key: Key = (hole.kind.value, definition.name)
        # What a macro makes has no text of its own name; what the compiler saw stands for it.
        text = text_of(scope, key) or hole.c_text
        filled = self._filled.get(hole.ident)
        kind = PlugKind.C if filled is None else filled.plug.kind
        shown = self._evidence.get(hole.ident)
        accepted = filled is not None and kind is PlugKind.RUST
        drivers = self._drivers.get(hole.ident, {}) if accepted else {}
        return Entry(
            *(*key, hole.line, token_hash(text.encode()), text),
            slice=tuple(sorted({each.ident for each in needed})),
            state=kind.value,
            why=None if accepted else hole.stays or self._why.get(hole.ident),
            rust=filled.plug.text if filled is not None and filled.plug.text else None,
            evidence=_plain(shown[1]) if shown is not None and accepted else None,
            drivers=tuple(drivers[number] for number in sorted(drivers)),
        )

    def _needed(self, hole: Hole) -> Iterator[Declared]:
        definition = self.prepared.inventory.by_ident[hole.ident]
        for key, file in self._places(definition, self.prepared.slices[hole.ident]):
            scope = self._tree.scope(file)
            text = text_of(scope, key)
            if text is not None:
                yield Declared(*key, file, token_hash(text.encode()), text)

    def _places(self, definition: Definition, needed: Slice) -> Iterator[tuple[Key, str]]:
        """Yield where in the tree the declarations of a slice stand."""
        inventory, unit = self.prepared.inventory, definition.unit
        for kind, idents in (("signature", needed.functions), ("variable", needed.variables)):
            for ident in idents:
                own = inventory.by_ident.get(ident)
                if own is not None:
                    yield (kind, own.name), self._in_tree(own.file)
                elif ident in unit.declared_functions:
                    yield from self._place(definition, (kind, ident), unit.declared_functions[ident].span)
        for name in needed.types:
            for each in unit.types.get(name, ()):
                if each.name == name:
                    yield from self._place(definition, (each.kind, name), each.span)
        for name in needed.macros:
            yield from self._place(definition, ("macro", name), unit.macros[name].span)

    def _place(self, definition: Definition, key: Key, span: Span) -> Iterator[tuple[Key, str]]:
        place = definition.unit.lines.place(span.start)
        if place is not None and place.file.is_relative_to(self.root):
            yield key, place.file.relative_to(self.root).as_posix()


def _plain(evidence: Evidence) -> dict[str, Any]:
    return asdict(evidence)
