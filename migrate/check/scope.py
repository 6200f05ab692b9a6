"""Which part of a store a check is about: the tree's root, and the records under some paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate.check.store import Kept
from migrate.errors import SettingsError

_SETTINGS = "llmigrate.toml"


@dataclass(frozen=True, slots=True)
class KernelFiles:
    """Files of a kernel's tree that settings name, and how they are checked."""

    paths: tuple[Path, ...]
    build: Path
    settings: Path
    """The folder with `llmigrate.toml`."""


def kernel_files(paths: Sequence[Path], build: Path | None) -> KernelFiles | None:
    """Return what the settings in a PATH name, as a run on it takes it; None where they name no such files.

    Raise SettingsError where they do and cannot be followed.
    """
    file = paths[0] / _SETTINGS
    if not file.is_file():
        return None
    # Reading settings takes longer than a check in which nothing has changed.
    from migrate.settings import load_settings
    from repair.kernel.build import Unusable, open_build

    named = load_settings(paths[0], {}).kernel
    if not named.files:
        return None
    if len(paths) > 1:
        raise SettingsError(f"{file} names the files of the kernel; name no further PATH")
    if build is None and named.build is None:
        raise SettingsError(f"{file} names files of a kernel; name its build with --kernel")
    opened = open_build(build or paths[0] / (named.build or ""))
    if isinstance(opened, Unusable):
        raise SettingsError(opened.reason)
    return KernelFiles(tuple(opened.tree / each for each in named.files), opened.folder, paths[0])


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
