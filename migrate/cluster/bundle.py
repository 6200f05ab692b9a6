"""A module or a result packed for the way between two machines, and unpacked."""

from __future__ import annotations

import io
import json
import shlex
import tarfile
from collections.abc import Iterable
from pathlib import Path

from migrate.cluster.carried import DATABASE, Carried
from migrate.cluster.relocation import Relocation
from migrate.settings import FILE_NAME

_COMPRESSION = 3
"""Source text gets little smaller with more, and takes much longer."""
_TOP = Path("/")


def pack(carried: Carried) -> bytes:
    """Put files and folders into an archive, each under its own path."""
    return _archive(_TOP, (*carried.folders, *carried.files))


def pack_folder(folder: Path, without: frozenset[str]) -> bytes:
    """Put all of a folder into an archive, but what stands at its top under one of some names."""
    found = (path for path in sorted(folder.rglob("*")) if path.relative_to(folder).parts[0] not in without)
    return _archive(folder, found)


def _archive(top: Path, paths: Iterable[Path]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(
        mode="w:gz", fileobj=packed, compresslevel=_COMPRESSION, dereference=True, format=tarfile.PAX_FORMAT
    ) as archive:
        for path in paths:
            archive.add(path, path.relative_to(top).as_posix(), recursive=False)
    return packed.getvalue()


def unpack_folder(packed: bytes, folder: Path) -> None:
    """Put what is in an archive into a folder."""
    with _opened(packed) as archive:
        _extract(archive, folder)


def unpack(packed: bytes, tree: Path) -> Relocation:
    """Put carried files below a folder, with the paths in settings as they are there."""
    with _opened(packed) as archive:
        names = [Path("/", member.name) for member in archive.getmembers()]
        _extract(archive, tree)
    carried = frozenset(each for name in names for each in (name, *name.parents) if each != _TOP)
    relocation = Relocation(tree, carried)
    for name in names:
        _relocate(relocation, name)
    return relocation


def _opened(packed: bytes) -> tarfile.TarFile:
    return tarfile.open(mode="r:gz", fileobj=io.BytesIO(packed))


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Debian 12's Python is older than the filter.
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
        return
    members = archive.getmembers()
    if any(Path(each.name).is_absolute() or ".." in Path(each.name).parts for each in members):
        raise ValueError("the archive has names that lead out of it")
    archive.extractall(folder, members)


def _relocate(relocation: Relocation, name: Path) -> None:
    here = relocation.path(name)
    if name.name == FILE_NAME:
        _rewrite(here, relocation.settings(here.read_text(encoding="utf-8")))
    elif name.suffix == DATABASE.suffix and (entries := _commands(here)) is not None:
        _rewrite(here, relocation.database(entries))


def _commands(file: Path) -> list[dict[str, object]] | None:
    """Return the entries of a compilation database, each command in words; None if it is none."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        if not entries or not all("file" in each and "directory" in each for each in entries):
            return None
        return [_in_words(each) for each in entries]
    except (ValueError, TypeError, AttributeError):
        return None


def _in_words(entry: dict[str, object]) -> dict[str, object]:
    words = entry["arguments"] if "arguments" in entry else shlex.split(str(entry["command"]))
    return {**{key: each for key, each in entry.items() if key != "command"}, "arguments": words}


def _rewrite(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
