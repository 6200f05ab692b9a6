"""The modules that a user names together: a `fleet.toml`, or a folder of modules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path

from migrate.batch.fleet_file import BudgetSettings, FleetFile, ModuleEntry, placed, read_fleet_file
from migrate.batch.naming import readable
from migrate.errors import SettingsError
from migrate.module import is_test
from migrate.settings import FILE_NAME, Said, Shared

FLEET_NAME = "fleet.toml"
_WILDCARD = re.compile(r"[*?\[]")
_C = (".c", ".C")
_RESULTS = ("ledger.sqlite", "batch.json")
"""What stands in folders that we have written: their C is none of the user's."""
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a whole batch may take; None is no limit."""

    usd: Decimal | None = None
    tokens: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One module of a fleet."""

    name: str
    paths: tuple[Path, ...]
    kernel: Path | None = None
    shared: Shared = field(default_factory=Shared)
    replay: Path | None = None
    record: Path | None = None
    answered_by: str | None = None


@dataclass(frozen=True, slots=True)
class Fleet:
    """Modules, each once, and what they may take together."""

    members: tuple[Member, ...]
    ceiling: Ceiling = Ceiling()


def open_fleet(path: Path) -> Fleet:
    """Read a fleet file, or find the modules of a folder. Raise SettingsError when there are none."""
    if not path.exists():
        raise SettingsError(f"{path} does not exist; name a {FLEET_NAME} or a folder of modules")
    file = path if path.is_file() else path / FLEET_NAME
    fleet = _read(file.resolve(), ()) if file.is_file() else _of_folder(path.resolve())
    if not fleet.members:
        raise SettingsError(f"{file} names no module; add a [[module]], or let `exclude` leave one")
    _check_distinct(path, fleet.members)
    _check_recordings(path, fleet.members)
    return fleet


def _of_folder(root: Path) -> Fleet:
    members = tuple(Member(_named(each, root), (each,)) for each in _module_folders(root))
    if not members:
        raise SettingsError(f"{root} holds no module: no folder below it has C files or a {FILE_NAME}")
    return Fleet(members)


def _read(path: Path, including: tuple[Path, ...]) -> Fleet:
    if path in including:
        circle = " includes ".join(str(each) for each in (*including[including.index(path) :], path))
        raise SettingsError(f"{circle}; take one of the includes out")
    content = read_fleet_file(path)
    if including and content.budget != BudgetSettings():
        raise SettingsError(
            f"{path} has a [budget], and {including[-1]} includes it; remove it, and say what all modules "
            f"may take in {including[0]} or on the command line"
        )
    included = [_read(_included(path, each), (*including, path)) for each in content.include]
    members = [each for fleet in included for each in fleet.members]
    for entry in content.module:
        with _looking_for(path, f"the module {entry.path}", "correct its paths"):
            members += _members(path, content, entry)
    return Fleet(tuple(members), _ceiling(path, content))


def _included(path: Path, name: str) -> Path:
    with _looking_for(path, f"the fleet {name}", "correct `include`"):
        found = (path.parent / name).resolve()
        if found.is_dir():
            found = found / FLEET_NAME
        is_there = found.is_file()
    if not is_there:
        raise SettingsError(f"{path} includes {name}, which does not exist; correct `include`")
    return found


@contextmanager
def _looking_for(path: Path, what: str, remedy: str) -> Iterator[None]:
    """Turn names that no file can have, and patterns that are none, into a sentence. Raise SettingsError."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"{path}: {what} cannot be found ({reason}); {remedy}") from None


def _ceiling(path: Path, content: FleetFile) -> Ceiling:
    said = content.budget
    usd = None if said.usd is None else Decimal(str(said.usd))
    try:
        seconds = None if said.time is None else read_duration(said.time)
    except ValueError as error:
        raise SettingsError(f"{path}: `budget.time` is not usable: {error}") from None
    return Ceiling(usd, said.tokens, seconds)


def read_duration(said: float | str) -> float:
    """Return seconds for a number or a text such as `90m` or `1.5h`. Raise ValueError for anything else."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd]?)\s*", str(said))
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if seconds <= 0:
        raise ValueError("it must be a time such as 90m, 8h or 2d")
    return seconds


def _members(path: Path, content: FleetFile, entry: ModuleEntry) -> Iterator[Member]:
    folder = path.parent
    fixed, found = _found(path, entry)
    shared = Shared(placed(content.defaults.said(), folder), placed(entry.said(), folder))
    single = not _WILDCARD.search(entry.path)
    for each in found:
        name = entry.name if entry.name is not None and single else _own_name(each, fixed)
        if any(fnmatchcase(name, pattern) for pattern in entry.exclude):
            continue
        yield Member(
            name=name,
            paths=(each,),
            kernel=None if entry.kernel is None else (folder / entry.kernel).resolve(),
            shared=shared,
            replay=_beside(folder, each, entry.replay),
            record=_beside(folder, each, entry.record),
            answered_by=entry.answered_by,
        )


def _found(path: Path, entry: ModuleEntry) -> tuple[Path, Sequence[Path]]:
    """Return the folder that names are relative to, and what a path or glob stands for."""
    folder = path.parent
    if not _WILDCARD.search(entry.path):
        only = (folder / entry.path).resolve()
        if not only.exists():
            raise SettingsError(f"{path}: {entry.path} does not exist; correct the `path` of the module")
        return only.parent, (only,)
    parts = Path(entry.path).parts
    count = next(number for number, part in enumerate(parts) if _WILDCARD.search(part))
    fixed = folder.joinpath(*parts[:count]).resolve()
    pattern = str(Path(*parts[count:]))
    found = [
        each for each in sorted(fixed.glob(pattern)) if _is_module(each) and _is_users(each, fixed, pattern)
    ]
    if not found:
        raise SettingsError(f"{path}: {entry.path} finds no module; correct the `path` of the module")
    if entry.name is not None and len(found) > 1:
        raise SettingsError(
            f"{path}: {entry.path} finds {len(found)} modules, which cannot all be named {entry.name}; "
            "leave out `name`"
        )
    return fixed, found


def _own_name(path: Path, fixed: Path) -> str:
    name = path.relative_to(fixed)
    return readable(name.with_suffix("") if path.is_file() else name)


def _named(path: Path, root: Path) -> str:
    return readable(path.relative_to(root)) if path != root else readable(root.name)


def _beside(folder: Path, module: Path, said: str | None) -> Path | None:
    """Return a file that a fleet names; `{module}` in it stands for the folder of the module."""
    if said is None:
        return None
    place = module if module.is_dir() else module.parent
    return (folder / said.replace("{module}", str(place))).resolve()


def _is_module(path: Path) -> bool:
    return _is_source(path) if path.is_file() else path.is_dir() and _has_module(path)


def _is_result(folder: Path) -> bool:
    return any((folder / each).exists() for each in _RESULTS)


def _is_users(path: Path, fixed: Path, pattern: str) -> bool:
    """Tell whether nothing on the way to a path is a result, or hidden where the pattern does not say so."""
    below = path.relative_to(fixed)
    is_hidden = any(part.startswith(".") for part in below.parts)
    is_wanted = not is_hidden or pattern.startswith(".") or "/." in pattern
    way = (below, *below.parents)[:-1]
    return is_wanted and not any(_is_result(fixed / each) for each in way)


def _is_source(path: Path) -> bool:
    return path.suffix in _C and path.is_file() and not is_test(path)


def _has_module(folder: Path) -> bool:
    return any(each.name == FILE_NAME or _is_source(each) for each in folder.iterdir())


def _module_folders(root: Path) -> Iterator[Path]:
    """Yield the folders that hold a module, a module's own folders left out where it has settings."""
    if _is_result(root):
        return
    if _has_module(root):
        yield root
    if (root / FILE_NAME).is_file():
        return
    for each in sorted(root.iterdir()):
        if each.is_dir() and not each.is_symlink() and not each.name.startswith("."):
            yield from _module_folders(each)


def _check_distinct(path: Path, members: Iterable[Member]) -> None:
    names: dict[str, Member] = {}
    places: dict[tuple[object, ...], str] = {}
    for each in members:
        place = (each.paths, each.kernel, each.replay, _frozen(each.shared.overrides))
        if place in places:
            raise SettingsError(
                f"{path} holds {each.paths[0]} twice, as {places[place]} and as {each.name}; remove one"
            )
        if each.name in names:
            raise SettingsError(
                f"{path} names two modules {each.name}: {names[each.name].paths[0]} and {each.paths[0]}; "
                "give one of them another `name`"
            )
        names[each.name], places[place] = each, each.name


def _check_recordings(path: Path, members: Iterable[Member]) -> None:
    recorders: dict[Path, str] = {}
    for each in members:
        if each.record is None:
            continue
        if each.replay is not None:
            raise SettingsError(
                f"{path}: `replay` and `record` of {each.name} exclude each other; choose one"
            )
        if each.record in recorders:
            raise SettingsError(
                f"{path} records {recorders[each.record]} and {each.name} in one file, {each.record}; "
                "give each its own, such as {module}/recording.jsonl"
            )
        recorders[each.record] = each.name


def _frozen(said: Said) -> str:
    return repr(sorted((name, sorted(values.items())) for name, values in said.items() if values))
