"""How much of a run's Rust people have changed since, function by function and in all."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.inventory import Kind
from analysis.rust_parts import RustFileParts
from migrate.effort.lines import Difference, compare
from migrate.effort.made import made_parts, rust_names
from migrate.effort.pairs import Pair, pair
from migrate.effort.rust_crate import DEFINING, Placed, RustCrate
from migrate.effort.standing import Standing, standing_of
from migrate.report.json_format import HoleJson, ReportJson
from repair.plug import WRITTEN


class State(enum.StrEnum):
    """What people did to something."""

    UNCHANGED = "unchanged"
    LAYOUT = "layout"
    """Formatting and comments only."""
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    NOT_RUST = "not Rust"
    """It was not Rust when it was handed over, and is not now."""
    UNKNOWN = "unknown"
    """Its file does not parse, and is counted as a whole."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A function or variable, and what people did to it."""

    name: str
    """As the run names it; for what the run did not make, its path in the crate."""
    kind: Kind
    state: State
    before: Placed | None
    after: Placed | None
    likeness: float | None
    """From 0 to 1, where it has another name or stands elsewhere and was recognised by that."""
    difference: Difference
    """Of its own text and, for a hole, that of its helpers."""
    standing: Standing | None
    """None for what the run did not make."""

    @property
    def renamed(self) -> str | None:
        """Its path now, where that is another than before."""
        if self.before is None or self.after is None or self.before.part.path == self.after.part.path:
            return None
        return self.after.part.path


@dataclass(frozen=True, slots=True)
class Effort:
    """What people changed in a crate that a run made."""

    holes: tuple[Touched, ...]
    """All that the run was to make, in the order of its report."""
    others: tuple[Touched, ...]
    """Other functions and variables that were changed, added or removed."""
    crate: Difference
    """Of all Rust in the crate."""
    broken: Mapping[str, int]
    """Files that cannot be parsed, each with the first line that cannot; their text counts only."""

    @property
    def made(self) -> Difference:
        """Of what the run was to make."""
        return total(each.difference for each in self.holes)


_NO_FILE = RustFileParts((), (), ())


def total(differences: Iterable[Difference]) -> Difference:
    """Return differences together."""
    return sum(differences, Difference())


@dataclass(frozen=True)
class Comparison:
    """A crate as a run left it beside the same crate as it is now."""

    folder: Path
    """Of the crate as it was left."""
    report: ReportJson
    texts: Mapping[str, str]
    """The Rust that fills each hole."""
    ours: RustCrate
    theirs: RustCrate

    def effort(self) -> Effort:
        """Measure it. Raise OutputError when ours is not as the run left it."""
        holes = tuple(self._holes())
        made = {id(each) for pairs in self._pairs_of_holes.values() for each in pairs}
        others = (each for each in self._pairs if id(each) not in made)
        rest = total(self._rests())
        return Effort(
            holes=holes,
            others=tuple(_others(others)),
            crate=total(each.difference for each in self._pairs) + rest,
            broken=self._broken,
        )

    @cached_property
    def _broken(self) -> dict[str, int]:
        return {**self.ours.broken, **self.theirs.broken}

    @cached_property
    def _before(self) -> RustCrate:
        return self.ours.as_text(self._broken)

    @cached_property
    def _after(self) -> RustCrate:
        return self.theirs.as_text(self._broken)

    @cached_property
    def _pairs(self) -> tuple[Pair, ...]:
        return pair(self._before.parts, self._after.parts)

    @cached_property
    def _made(self) -> dict[str, tuple[Placed, ...]]:
        return made_parts(self.folder, self.ours, self.report, self.texts)

    @cached_property
    def _pairs_of_holes(self) -> dict[str, tuple[Pair, ...]]:
        """Return what each hole has become, its own part first; nothing where its file does not parse."""
        by_part = {each.before: each for each in self._pairs if each.before is not None}
        found = {
            hole: tuple(by_part[each] for each in parts if each in by_part)
            for hole, parts in self._made.items()
        }
        return found | self._written_since([hole for hole, parts in self._made.items() if not parts])

    def _written_since(self, holes: Sequence[str]) -> dict[str, tuple[Pair, ...]]:
        """Find what people wrote for holes that were in C."""
        names = rust_names(self.report)
        added: dict[str, list[Pair]] = {}
        for each in self._pairs:
            if each.before is None and each.after is not None and each.after.part.kind in DEFINING:
                added.setdefault(each.after.part.name, []).append(each)
        found = {hole: added.get(names[hole], []) for hole in holes}
        return {hole: (pairs.pop(0),) for hole, pairs in found.items() if pairs}

    def _holes(self) -> Iterator[Touched]:
        for hole in self.report["holes"]:
            yield self._hole(hole, self._pairs_of_holes.get(hole["name"], ()))

    def _hole(self, hole: HoleJson, pairs: Sequence[Pair]) -> Touched:
        difference = total(each.difference for each in pairs)
        own = pairs[0] if pairs else Pair(None, None)
        return Touched(
            name=hole["name"],
            kind=Kind(hole["kind"]),
            state=_state(own, difference) if pairs else self._state_without(hole),
            before=own.before,
            after=own.after,
            likeness=own.likeness,
            difference=difference,
            standing=standing_of(self.report, hole),
        )

    def _state_without(self, hole: HoleJson) -> State:
        """Say what became of a hole that no part of the crate stands for."""
        was_rust = self._made[hole["name"]] or hole["plug"] in WRITTEN
        return State.UNKNOWN if was_rust else State.NOT_RUST

    def _rests(self) -> Iterator[Difference]:
        """Compare what belongs to no part, file by file."""
        before, after = self._before.files, self._after.files
        now = {file: self._renamed.get(file, file) for file in before}
        for file, name in now.items():
            yield _rest(before[file], after.get(name, _NO_FILE))
        for file in after.keys() - set(now.values()):
            yield _rest(_NO_FILE, after[file])

    @cached_property
    def _renamed(self) -> dict[str, str]:
        """Return what files that are gone are called now: where most of their parts or all else is."""
        before, after = self._before.files, self._after.files
        gone, new = before.keys() - after.keys(), after.keys() - before.keys()
        files = ((each.before.file, each.after.file) for each in self._pairs if each.before and each.after)
        moved = Counter(each for each in files if each[0] in gone and each[1] in new)
        alike = ((old, name) for old in gone for name in new if before[old].code == after[name].code)
        found: dict[str, str] = {}
        for old, name in (*(each for each, _ in moved.most_common()), *sorted(alike)):
            if old not in found and name not in found.values():
                found[old] = name
        return found


def _rest(before: RustFileParts, after: RustFileParts) -> Difference:
    return Difference(compare(before.text, after.text), compare(before.code, after.code))


def _others(pairs: Iterable[Pair]) -> Iterator[Touched]:
    """Yield those functions and variables that are not as they were."""
    for each in pairs:
        known = each.before or each.after
        state = _state(each, each.difference)
        if known is None or known.part.kind not in DEFINING or state is State.UNCHANGED:
            continue
        kind = Kind.FUNCTION if known.part.kind == "fn" else Kind.GLOBAL
        sides = (each.before, each.after)
        yield Touched(known.part.path, kind, state, *sides, each.likeness, each.difference, None)


def _state(own: Pair, difference: Difference) -> State:
    if own.before is None:
        return State.ADDED
    if own.after is None:
        return State.REMOVED
    if difference.tree.touched:
        return State.CHANGED
    return State.LAYOUT if difference.text.touched else State.UNCHANGED
