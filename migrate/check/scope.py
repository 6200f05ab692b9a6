"""Which part of a store a check is about: the tree's root, and the records under some paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from migrate.check.store import Kept
from migrate.errors import SettingsError


def find_root(paths: Sequence[Path], kept: Iterable[Kept], named: Path | None) -> Path:
    """Return the tree's root: the one that was named, else the nearest folder with a file of the store in it.

    It is looked for at and above the first path. Raise SettingsError when there is none.
    """
    if named is not None:
        return named.resolve()
    first = paths[0].resolve()
    files = [each.record.file for each in kept]
    for folder in (first, *first.parents):
        if any((folder / file).is_file() for file in files):
            return folder
    raise SettingsError(
        f"no file that the store knows is in {paths[0]} or in a folder above it; "
        "name the folder that the store's paths are relative to with --root"
    )


def under(paths: Sequence[Path], root: Path, kept: Sequence[Kept]) -> tuple[Kept, ...]:
    """Return what is known of the files at or under the paths.

    Raise SettingsError for a path outside of the root, or one that neither stands on disk nor is known.
    """
    places = [_place(path, root) for path in paths]
    for path, place in zip(paths, places, strict=True):
        if not path.exists() and not any(_is_under(each.record.file, place) for each in kept):
            raise SettingsError(f"{path} does not exist, and the store does not know it; correct the path")
    return tuple(each for each in kept if any(_is_under(each.record.file, place) for place in places))


def _place(path: Path, root: Path) -> str:
    whole = path.resolve()
    if not whole.is_relative_to(root):
        raise SettingsError(f"{path} does not lie in {root}; correct the path, or --root")
    return whole.relative_to(root).as_posix()


def _is_under(file: str, place: str) -> bool:
    return place == "." or file == place or file.startswith(f"{place}/")
