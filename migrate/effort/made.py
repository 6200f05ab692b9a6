"""Which parts of a crate a run made, hole by hole."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.rust_parts import take_apart
from migrate.effort.rust_crate import DEFINING, Placed, RustCrate
from migrate.errors import OutputError
from migrate.report.json_format import HoleJson, ReportJson
from migrate.settings import ABI
from repair.plug import WRITTEN, PlugKind

_FILE = re.compile(r"^[^:<]*\.\w+:(?!:)")
"""How a hole's name begins where several files have one of the same name."""
_Free = dict[tuple[str, ...], list[Placed]]


def made_parts(
    folder: Path, crate: RustCrate, report: ReportJson, texts: Mapping[str, str]
) -> dict[str, tuple[Placed, ...]]:
    """Find what fills each hole: its own part, then its helpers; nothing for what is no Rust at all.

    Raise OutputError when the crate is not as the run left it.
    """
    free: _Free = defaultdict(list)
    for each in crate.parts:
        free[each.part.core].append(each)
    paths = _rust_paths(report)
    made: dict[str, tuple[Placed, ...]] = {}
    for hole in report["holes"]:
        if hole["plug"] in WRITTEN:
            name = hole["name"]
            claimed = _claimed(texts.get(name, ""), free, _Home(paths[name], hole))
            made[name] = _own_first(claimed, paths[name].rpartition("::")[2])
            if not made[name] and not crate.broken:
                raise OutputError(_edited(folder, name))
    return made | _stubs(report, free)


def rust_names(report: ReportJson) -> dict[str, str]:
    """Return the Rust identifier of each hole: `file.c:f`, `Type::f` and `Type::f#2` are all `f`."""
    return {hole: path.rpartition("::")[2] for hole, path in _rust_paths(report).items()}


def _rust_paths(report: ReportJson) -> dict[str, str]:
    """Return the path of each hole inside its file, as far as its name or the settled interface says it."""
    settled = {each["c"]: each["rust"] for each in report.get("settled", []) if each["rust"]}
    names = {hole["name"]: settled.get(hole["name"], hole["name"]) for hole in report["holes"]}
    return {hole: _FILE.sub("", name).partition("#")[0] for hole, name in names.items()}


@dataclass(frozen=True, slots=True)
class _Home:
    """Where the Rust of a hole is to be expected, where several parts of a crate are the same."""

    path: str
    hole: HoleJson

    def fits(self, placed: Placed) -> tuple[bool, bool, bool]:
        """Return what speaks for a part, the weightiest first."""
        mirrored = re.sub(r"\W", "_", self.hole["file"].rpartition(".")[0])
        named = placed.file in self.hole["name"]
        return named, placed.part.path == self.path, Path(placed.file).stem == mirrored


def _claimed(text: str, free: _Free, home: _Home) -> Iterator[Placed]:
    """Take the parts of a plug out of those of the crate; nothing where one of them is missing."""
    wanted = take_apart(text.encode()).parts
    if any(not free.get(each.core) for each in wanted):
        return
    file: str | None = None
    for each in wanted:
        if not free[each.core]:
            return
        # Of helpers that are the same in several files, each hole has those of its own file.
        chosen = max(free[each.core], key=lambda other: (other.file == file, *home.fits(other)))
        free[each.core].remove(chosen)
        file = file or chosen.file
        yield chosen


def _own_first(parts: Iterable[Placed], name: str) -> tuple[Placed, ...]:
    """Put a hole's own part before its helpers: where c2rust wrote it, types stand before it."""
    return tuple(sorted(parts, key=lambda each: each.part.kind not in DEFINING or each.part.name != name))


def _stubs(report: ReportJson, free: _Free) -> dict[str, tuple[Placed, ...]]:
    """Find what stands in the crate for holes that nobody has written Rust for."""
    named: defaultdict[str, list[Placed]] = defaultdict(list)
    for each in (placed for group in free.values() for placed in group):
        if each.part.kind in DEFINING:
            named[each.part.name].append(each)
    names = rust_names(report)
    made: dict[str, tuple[Placed, ...]] = {}
    for hole in report["holes"]:
        if hole["plug"] in WRITTEN:
            continue
        in_c = report["interface"] == ABI and hole["plug"] == PlugKind.C
        stubs = [] if in_c else named[names[hole["name"]]]
        made[hole["name"]] = (stubs.pop(0),) if stubs else ()
    return made


def _edited(folder: Path, hole: str) -> str:
    return (
        f"{folder} is not as the run left it: {hole} is another there, so nothing can be compared with it; "
        "copy what was edited elsewhere and give the same `llmigrate run` again, which writes the crate anew"
    )
