"""The check: everything that is found of a tree and its store, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.check.change import Touched, is_touched, touched_since
from migrate.check.drift import find_drift
from migrate.check.finding import Checked, Finding, Kind
from migrate.check.memory import Memory
from migrate.check.record import Record
from migrate.check.scope import find_root, kernel_files, under
from migrate.check.store import Kept, Store
from migrate.check.strength import find_weak, minimum_of
from migrate.check.tree import Tree
from repair.evidence.proof import Minimum

if TYPE_CHECKING:
    from migrate.subject import Subject

_USER = "user"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user wants checked."""

    paths: tuple[Path, ...]
    store: Path
    memory: Path
    """The folder where checks remember what they found out."""
    root: Path | None = None
    revision: str | None = None
    """Look only at what changed since this revision of git."""
    ignored: frozenset[Kind] = frozenset()
    build: bool = True
    """Whether the stored Rust is built, tested and replayed."""
    level: str | None = None
    """How much evidence is looked for there."""
    sandbox: str | None = None
    kernel: Path | None = None
    """The build of a kernel that the Rust of its files is tried in."""
    settings: Path | None = None
    """The folder of the settings that name the paths, if they are files of a kernel and any do."""


def check(wish: Wish) -> Checked:
    """Hold a tree against its store. Raise SettingsError for a wish that cannot be fulfilled."""
    wish = _followed(wish)
    every = Store(wish.store).read()
    root = find_root(wish.paths, every, wish.root)
    kept = under(wish.paths, root, every)
    tree = Tree(root, Memory.of(root, wish.memory))
    minimums = _minimums(wish.settings, root, kept)
    found = [(each, tuple(_of_sources(each, tree, minimums))) for each in kept]
    tree.memory.save()
    touched = None if wish.revision is None else touched_since(tree, wish.revision, _files(kept))
    chosen = [each for one, findings in found for each in _chosen(one.record, findings, touched)]
    looked_at = [each.record for each in kept if touched is None or _has_touched(each.record, touched)]
    failing, built, not_checked = _built(wish, root, every, looked_at)
    records = {each.record.file: each.record for each in kept}
    own = (each for each in failing if each.file in records)
    findings = [*chosen, *(f for each in own for f in _chosen(records[each.file], (each,), touched))]
    counted = [each for each in findings if each.kind not in wish.ignored]
    return Checked(
        root=root,
        functions=sum(len(each.record.entries) for each in kept),
        files=len(kept),
        findings=tuple(sorted(counted, key=lambda each: (each.file, each.line or 0, each.name, each.kind))),
        ignored=len(findings) - len(counted),
        built=built,
        not_checked=not_checked,
    )


def _followed(wish: Wish) -> Wish:
    """Take files of a kernel for the folder whose settings name them."""
    named = kernel_files(wish.paths, wish.kernel)
    if named is None:
        return wish
    return replace(wish, paths=named.paths, kernel=named.build, settings=named.settings)


def _minimums(settings: Path | None, root: Path, kept: Iterable[Kept]) -> dict[str, Minimum]:
    """Return how strong evidence has to be, by module; where its runs differ, the last file's counts."""
    modules = {each.record.module: each.record for each in kept}
    return {module: minimum_of(settings or root / module, record) for module, record in modules.items()}


def _of_sources(kept: Kept, tree: Tree, minimums: Mapping[str, Minimum]) -> Iterator[Finding]:
    drift = find_drift(kept, tree)
    yield from drift.findings
    yield from find_weak(kept.record, drift.lines, minimums[kept.record.module])


def _files(kept: Iterable[Kept]) -> set[str]:
    return {file for each in kept for file in each.record.hashes}


def _has_touched(record: Record, touched: Touched) -> bool:
    return any(is_touched(record, each, touched) for each in record.entries)


def _chosen(record: Record, findings: Iterable[Finding], touched: Touched | None) -> Iterator[Finding]:
    """Leave out what a change does not touch."""
    if touched is None:
        yield from findings
        return
    names = {each.name for each in record.entries if is_touched(record, each, touched)}
    names |= {key[1] for file, key in touched if file == record.file}
    # A module that cannot be built has no function to blame.
    names.add(record.module)
    yield from (each for each in findings if each.name in names)


def _built(
    wish: Wish, root: Path, every: Sequence[Kept], looked_at: Sequence[Record]
) -> tuple[tuple[Finding, ...], tuple[str, ...], tuple[str, ...]]:
    """Build what can be built: return the findings, the modules, and what was not checked."""
    if not wish.build:
        return (), (), ("Whether the Rust still builds and passes: --no-build.",) if looked_at else ()
    findings: list[Finding] = []
    built: list[str] = []
    missed: list[str] = []
    for target, module in sorted({(each.target, each.module) for each in looked_at}):
        if target != _USER and wish.kernel is None:
            missed.append(
                f"Whether the Rust of {module}, made for the {target}, still builds and passes: "
                "that needs its build, which --kernel names."
            )
            continue
        # Building asks for the whole machine behind a run, which a check of sources does without.
        from migrate.check.building import NotBuilt, build_stored

        records = [
            each.record for each in every if (each.record.target, each.record.module) == (target, module)
        ]
        subject = _subject(wish, root, records)
        said = build_stored(root, subject, records, wish.level, wish.sandbox)
        if isinstance(said, NotBuilt):
            missed.append(f"Whether the Rust of {module} still builds and passes: {said.reason}.")
        else:
            findings += said
            built.append(module)
    return tuple(findings), tuple(built), tuple(missed)


def _subject(wish: Wish, root: Path, records: Sequence[Record]) -> Subject:
    from migrate.subject import Subject

    if records[0].target == _USER:
        return Subject((root / records[0].module,))
    files = tuple(root / each.file for each in records if each.file.endswith(".c"))
    return Subject(files if wish.settings is None else (wish.settings,), wish.kernel)
