"""Which files of a module travel to another machine: what its run reads, wherever it stands."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.process import run
from migrate.errors import SettingsError
from migrate.module import Module
from migrate.settings import FILE_NAME

MOST_BYTES = 256 << 20
"""What the files of one module may come to: they are held in memory on three machines."""
_SYSTEM = tuple(map(Path, ("/usr", "/lib", "/lib32", "/lib64", "/etc", "/proc", "/sys", "/dev")))
"""What a machine has of its own."""
_RESULTS = frozenset({"ledger.sqlite", "batch.json"})
"""A folder with one of these is the output of a run or a batch."""
DATABASE = Path("compile_commands.json")
_CARGO = "CACHEDIR.TAG"
"""What cargo marks its build folder with."""
_NAMES = re.compile(r"(?:\\\n|\\[ #]|\$\$|[^\s\\])+")
"""Names in what gcc says for make; a backslash keeps a blank in a name, or goes on in the next line."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What travels, absolute and sorted."""

    files: tuple[Path, ...]
    folders: tuple[Path, ...] = ()
    """Where compilers are started, whether or not there is a file in them."""


def carried_files(path: Path, module: Module, others: Iterable[Path] = ()) -> Carried:
    """Return what the run on a PATH reads, `others` included, but what belongs to the machine.

    Raise SettingsError for a module of a kernel, whose build does not travel, and for too much.
    """
    if shutil.which("gcc") is None:
        raise SettingsError("gcc, which says what headers have to travel: not found; apt-get install gcc")
    if module.build is not None:
        raise SettingsError(
            f"{module.name} is part of the kernel build {module.build.folder}, which does not travel; "
            "run it without --scheduler"
        )
    own = set(_below(module.root)) if path.is_dir() else set(_of_one_file(module))
    brought = {file for each in _named(module, others) for file in _below(each)}
    files = {file for file in own | brought | set(_included(module)) if not _is_the_machines(file)}
    folders = {command.directory for command in module.commands}
    return Carried(tuple(sorted(_small_enough(module, files))), tuple(sorted(folders)))


def _is_the_machines(file: Path) -> bool:
    return any(file.is_relative_to(folder) for folder in _SYSTEM)


def _of_one_file(module: Module) -> Iterator[Path]:
    """Yield what counts beside a PATH that is a file: its folder may hold anything else."""
    yield from (*module.sources, *module.tests)
    yield from (file for name in (FILE_NAME, DATABASE) if (file := module.root / name).is_file())


def _named(module: Module, others: Iterable[Path]) -> Iterator[Path]:
    """Yield files and folders that the settings name."""
    settings = module.settings
    database = settings.compile_commands and module.root / settings.compile_commands
    named = (database, settings.run.prompts, settings.interface.crate, *others)
    yield from (
        Path(os.path.normpath(each.absolute())) for each in named if each is not None and each.exists()
    )


def _below(path: Path) -> Iterator[Path]:
    """Yield the files below a folder, or a file itself; what is hidden, built or a result is left out."""
    if path.is_file():
        yield path
        return
    seen: set[str] = set()
    for folder, below, files in os.walk(path, followlinks=True):
        real = os.path.realpath(folder)
        is_ours = not _RESULTS.isdisjoint(files) or (_CARGO in files and Path(folder).name == "target")
        # A link may lead back to where it is found.
        if real in seen or (is_ours and Path(folder) != path):
            below.clear()
            continue
        seen.add(real)
        below[:] = [name for name in below if not name.startswith(".")]
        shown = (Path(folder, name) for name in files if not name.startswith("."))
        yield from (file for file in shown if file.is_file())


def _included(module: Module) -> Iterator[Path]:
    """Yield what gcc reads for the module and its tests; nothing for a file that it does not accept."""
    for command in module.commands:
        yield from _read_by_gcc(command.file, command.flags, command.directory)
    flags = (*module.settings.flags, *module.settings.tests.flags)
    for test in module.tests:
        yield from _read_by_gcc(test, flags, module.root)


def _read_by_gcc(file: Path, flags: tuple[str, ...], directory: Path) -> Iterator[Path]:
    result = run(("gcc", *flags, "-w", "-M", "-MT", "it", file), cwd=directory)
    if not result.ok:
        return
    said = os.fsdecode(result.stdout).partition(":")[2].replace("\\\n", " ")
    for name in _NAMES.findall(said):
        plain = re.sub(r"\\([ #])", r"\1", name).replace("$$", "$")
        yield Path(os.path.normpath(directory / plain))


def _small_enough(module: Module, files: set[Path]) -> set[Path]:
    total = sum(file.stat().st_size for file in files)
    if total > MOST_BYTES:
        raise SettingsError(
            f"the files of {module.name} come to {total >> 20} MB, and at most {MOST_BYTES >> 20} MB of a "
            f"module travel; keep what it does not need out of {module.root}"
        )
    return files
