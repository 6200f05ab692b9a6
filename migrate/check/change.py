"""What a change in git touches, declaration by declaration."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from analysis.file_scope import FileScope, Key, read_file_scope
from analysis.process import run
from analysis.source import SourceFile
from migrate.check.record import Entry, Record
from migrate.check.tree import Tree
from migrate.errors import SettingsError

Touched = frozenset[tuple[str, Key]]
"""Files, relative to the tree's root, and the declarations in them that are new, gone or others."""


def touched_since(tree: Tree, revision: str, files: Iterable[str]) -> Touched:
    """Compare what files declare with a revision of git. Raise SettingsError when git does not know it."""
    commit = _commit(tree.root, revision)
    names = _git(tree.root, "diff", "--name-only", "-z", "--no-renames", "--relative", commit, "--", ".")
    if names is None:
        raise SettingsError(f"git cannot compare {tree.root} with {revision}; see what `git diff` says")
    changed = {name.decode("utf-8", "surrogateescape") for name in names.split(b"\0") if name}
    return frozenset(
        (file, key)
        for file in sorted(changed & set(files))
        for key in _others(_scope_at(tree.root, commit, file), tree.scope(file))
    )


def is_touched(record: Record, entry: Entry, touched: Touched) -> bool:
    """Tell whether a change touches a definition or anything in its slice."""
    needed = (record.declarations[ident] for ident in entry.slice)
    return (record.file, entry.key) in touched or any((each.file, each.key) in touched for each in needed)


def _commit(root: Path, revision: str) -> str:
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found is not None:
        return found.decode().strip()
    if _git(root, "rev-parse", "--git-dir") is None:
        raise SettingsError(f"{root} does not lie in a git repository, so --diff has nothing to compare with")
    raise SettingsError(
        f"git knows no revision {revision}; correct it, or fetch it first (a CI's clone may be shallow)"
    )


def _git(root: Path, *arguments: str) -> bytes | None:
    try:
        ended = run(("git", "-C", str(root), *arguments))
    except FileNotFoundError:
        raise SettingsError("--diff needs git, which is not installed") from None
    return ended.stdout if ended.ok else None


def _scope_at(root: Path, commit: str, file: str) -> FileScope:
    text = _git(root, "show", f"{commit}:./{file}")
    return read_file_scope(SourceFile(root / file, text or b""))


def _others(before: FileScope, now: FileScope) -> set[Key]:
    return {key for key in before.places.keys() | now.places.keys() if before.text(key) != now.text(key)}
