"""Reads runs into a fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from analysis.inventory import Kind
from migrate.errors import OutputError
from migrate.overview.fleet import Fleet
from migrate.overview.module import Acceptance, ModuleRun, Part, Pending, Shown, Tally
from migrate.overview.runs import RunFolder, find_runs
from migrate.report.compare import figures
from migrate.report.files import JSON_NAME, read_report
from migrate.report.json_format import EvidenceJson, HoleJson, ReportJson
from migrate.report.reading import calls_in
from migrate.report.report import readable
from migrate.report.slugs import file_slug, place_slug, short_hash
from migrate.report.states import ACCEPTED, State, is_rejected, state_of
from migrate.run.attempt import Source
from migrate.run.output import is_held
from repair.plug import PlugKind

_DIFFERS = "Its Rust does something else than the C in the finished crate."
_REJECTED = "Its Rust compiles, and tests of the crate that reach it fail."
_NO_REASON = "The report does not say why."


def read_fleet(outs: Iterable[Path]) -> Fleet:
    """Read every run in or below some folders.

    Raise OutputError for a folder without runs, and for a report that cannot be read.
    """
    modules: list[ModuleRun] = []
    pending: list[Pending] = []
    for found in find_runs(outs):
        read = _read(found)
        modules.append(read) if isinstance(read, ModuleRun) else pending.append(read)
    return Fleet(_told_apart(modules), tuple(pending))


def _read(found: RunFolder) -> ModuleRun | Pending:
    running = is_held(found.folder)
    name = _text_of(str(found.folder))
    if not found.has_report:
        return Pending(name, running, found.why)
    content = read_report(found.folder)
    with understood(found.folder):
        return _module(found.folder, name, content, running)


def _text_of(path: str) -> str:
    """Return a path as text; bytes that are not UTF-8 stay apart, so that no two folders get one name."""
    return path.encode("utf-8", "backslashreplace").decode()


@contextmanager
def understood(folder: Path) -> Iterator[None]:
    """Turn what a report lacks, or holds in the wrong place, into a sentence. Raise OutputError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise OutputError(
            f"{folder / JSON_NAME} is not a report; give the same `llmigrate run` again"
        ) from None


def _module(folder: Path, run: str, content: ReportJson, running: bool) -> ModuleRun:
    return ModuleRun(
        key="",
        title=readable(content["module"]),
        folder=folder,
        run=run,
        running=running,
        root=content.get("root", ""),
        figures=figures(run, content),
        tally=Tally(tuple(map(_part, content["holes"]))),
    )


def _part(hole: HoleJson) -> Part:
    shown = hole.get("evidence")
    weak, differs = (shown["weak"], shown.get("differs", False)) if shown else (None, False)
    plug = PlugKind(hole["plug"])
    rejected = is_rejected(plug, hole.get("verdicts", ()))
    state = state_of(plug, weak=weak is not None, differs=differs, rejected=rejected)
    return Part(
        name=hole["name"],
        place=place_slug(hole["name"]),
        kind=Kind(hole["kind"]),
        file=readable(hole["file"]),
        line=int(hole["line"]),
        plug=plug,
        state=state,
        omitted=hole.get("omitted", False),
        acceptance=_acceptance(hole, rejected),
        attempts=int(hole["attempts"]),
        why=_why(hole, state, weak),
        shown=None if shown is None else _shown(shown),
        lines=hole.get("lines", 0),
        unsafe_lines=hole.get("unsafe_lines", 0),
        calls=calls_in(hole),
    )


def _why(hole: HoleJson, state: State, weak: str | None) -> str:
    if state is State.RUST:
        return ""
    if state is State.DIFFERS:
        return _DIFFERS
    if state is State.REJECTED:
        return _REJECTED
    if state is State.WEAK:
        return f"Too little is shown for its Rust: {weak}."
    return hole["findings"][0]["message"] if hole["findings"] else _NO_REASON


def _shown(found: EvidenceJson) -> Shown:
    return Shown(
        sentence=found["sentence"],
        inputs=int(found["inputs"]),
        branches=int(found["branches"]),
        branches_reached=int(found["branches_reached"]),
        mutants=found["mutants"],
        mutants_told_apart=found["mutants_told_apart"],
    )


def _acceptance(hole: HoleJson, rejected: bool) -> Acceptance:
    if rejected or hole["plug"] != PlugKind.RUST:
        return Acceptance.NEVER
    if hole["source"] == Source.HAND:
        return Acceptance.HAND
    return Acceptance.FIRST if hole.get("verdicts") == [ACCEPTED] else Acceptance.REPAIRED


def _told_apart(modules: Sequence[ModuleRun]) -> tuple[ModuleRun, ...]:
    """Give each run a title and a key that no other has: by module, then by folder."""
    titles = _distinct([[each.title, _text_of(each.folder.resolve().name), each.run] for each in modules])
    named = [replace(each, title=title) for each, title in zip(modules, titles, strict=True)]
    taken = Counter(file_slug(each.title).lower() for each in named)
    return tuple(replace(each, key=_key(each, taken)) for each in named)


def _distinct(names: Sequence[Sequence[str]]) -> list[str]:
    """Return the first of each list of names, with what comes after it where others have the same."""
    chosen = [each[0] for each in names]
    for more in (1, 2):
        counts = Counter(chosen)
        chosen = [
            f"{each[0]} ({each[more]})" if counts[now] > 1 else now
            for now, each in zip(chosen, names, strict=True)
        ]
    return chosen


def _key(module: ModuleRun, taken: Counter[str]) -> str:
    slug = file_slug(module.title)
    return slug if taken[slug.lower()] == 1 else f"{slug}-{short_hash(module.run)}"
