"""What the user hands over: the C files that belong together, how they are compiled, and their tests."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

from analysis.rust_keywords import PACKAGES
from analysis.unit import CompileCommand
from migrate.errors import SettingsError
from migrate.settings import FILE_NAME, ModuleSettings
from migrate.skeleton.target import HOSTED, Target
from repair.kernel.build import KernelBuild

_LONGEST_CRATE = 100
"""Cargo makes longer names of files out of it, which may have 255 bytes."""
_TEST_NAME = re.compile(r"^(test[_-].*|.*[_-]tests?|tests?)$")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A C file that is no part of a module, and why."""

    file: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Module:
    """A C module on disk."""

    name: str
    root: Path
    commands: tuple[CompileCommand, ...]
    tests: tuple[Path, ...]
    settings: ModuleSettings
    target: Target = HOSTED
    left_out: tuple[LeftOut, ...] = ()
    """Files where it was looked for that are no part of it."""
    build: KernelBuild | None = None
    """The kernel that it is part of, if it is."""

    @property
    def sources(self) -> tuple[Path, ...]:
        """The C files of the module, absolute."""
        return tuple(command.file for command in self.commands)

    @property
    def crate(self) -> str:
        """The name as Rust and linkers accept it."""
        name = re.sub(r"\W", "_", self.name, flags=re.ASCII)
        if len(name) > _LONGEST_CRATE:
            digest = hashlib.sha256(self.name.encode("utf-8", "surrogateescape")).hexdigest()
            name = f"{name[:_LONGEST_CRATE]}_{digest[:8]}"
        return f"m{name}" if not name.isidentifier() or name in PACKAGES else name


def settings_folder(path: Path) -> Path:
    """Return the folder whose `llmigrate.toml` counts for a PATH. Raise SettingsError if there is no PATH."""
    if not path.exists():
        raise SettingsError(f"{path} does not exist; name a C file or a folder of C files.")
    return (path if path.is_dir() else path.parent).resolve()


def open_module(path: Path, settings: ModuleSettings) -> Module:
    """Find the C files, compile commands and tests of a PATH.

    PATH is a C file, a folder of C files, or a folder with `llmigrate.toml`. Raise SettingsError
    when there is no C in it or a file cannot be C.
    """
    root = settings_folder(path)
    tests = _tests(root, settings)
    if path.is_file():
        sources: tuple[Path, ...] = (path.resolve(),)
    elif settings.sources is not None:
        sources = _matching(root, settings.sources, "sources")
    else:
        sources = tuple(file for file in sorted(root.glob("*.c")) if not is_test(file))
    sources = tuple(file for file in sources if file not in tests)
    if not sources:
        raise SettingsError(f"{path} holds no C files; name a C file, or list `sources` in {FILE_NAME}.")
    _check_text(sources)
    _check_inside(sources, root)
    name = settings.name or (path.resolve().stem if path.is_file() else root.name)
    return Module(name, root, _commands(root, sources, settings), tests, settings)


def _tests(root: Path, settings: ModuleSettings) -> tuple[Path, ...]:
    if settings.tests.sources is not None:
        return _matching(root, settings.tests.sources, "tests.sources")
    return tuple(file for file in sorted(root.glob("*.c")) if is_test(file))


def is_test(file: Path) -> bool:
    """Tell by its name whether a C file is a test."""
    return _TEST_NAME.match(file.stem) is not None


def _matching(root: Path, patterns: Iterable[str], key: str) -> tuple[Path, ...]:
    found: dict[Path, None] = {}
    for pattern in patterns:
        try:
            files = sorted(file.resolve() for file in root.glob(pattern) if file.is_file())
        except (NotImplementedError, ValueError):
            files = []
        if not files:
            raise SettingsError(f"`{key}` names {pattern}, but {root} has no such file; correct {FILE_NAME}.")
        found |= dict.fromkeys(files)
    return tuple(found)


def _check_text(sources: Iterable[Path]) -> None:
    for file in sources:
        if file.suffix not in {".c", ".C"}:
            raise SettingsError(f"{file} is not a C file: its name does not end in .c.")
        try:
            text = file.read_bytes()
        except OSError as error:
            raise SettingsError(f"{file} cannot be read: {error.strerror}.") from None
        if b"\0" in text:
            raise SettingsError(f"{file} is a binary file, not C; name C source files only.")


def _check_inside(sources: Iterable[Path], root: Path) -> None:
    for file in sources:
        if not file.is_relative_to(root):
            raise SettingsError(
                f"{file} lies outside {root}; put {FILE_NAME} into a folder that holds all sources."
            )


def _commands(root: Path, sources: tuple[Path, ...], settings: ModuleSettings) -> tuple[CompileCommand, ...]:
    database = _database(root, settings)
    commands: list[CompileCommand] = []
    for file in sources:
        known = database.get(file)
        flags = (*(known.flags if known else ()), *settings.flags)
        commands.append(CompileCommand(file, flags, known.directory if known else root))
    return tuple(commands)


def _database(root: Path, settings: ModuleSettings) -> dict[Path, CompileCommand]:
    named = settings.compile_commands
    path = root / (named or "compile_commands.json")
    if not path.is_file():
        if named:
            raise SettingsError(
                f"`compile_commands` names {path}, which does not exist; correct {FILE_NAME}."
            )
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        commands = [_entry(entry, path.parent) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{path} is not a compilation database: {error}; make it again.") from None
    # Of several entries for a file the first counts, as for other tools that read such databases.
    return {command.file: command for command in reversed(commands)}


_WITH_OPERAND = {"-o", "-MF", "-MT", "-MQ"}
_DROPPED = {"-c", "-S", "-E", "-MD", "-MMD", "-MP", "-M", "-MM"}


def _entry(entry: dict[str, object], folder: Path) -> CompileCommand:
    directory = (folder / str(entry.get("directory", "."))).resolve()
    file = (directory / str(entry["file"])).resolve()
    arguments = entry.get("arguments")
    words = list(arguments) if isinstance(arguments, list) else shlex.split(str(entry["command"]))
    return CompileCommand(file, _flags(words, file, directory), directory)


def _flags(words: list[str], file: Path, directory: Path) -> tuple[str, ...]:
    """Keep what decides how a file is compiled, not what is compiled and where it goes."""
    kept: list[str] = []
    skip = False
    # A launcher such as ccache may stand before the compiler.
    for word in dropwhile(lambda word: not word.startswith("-"), words):
        if skip:
            skip = False
        elif word in _WITH_OPERAND:
            skip = True
        elif word not in _DROPPED and (word.startswith("-") or (directory / word).resolve() != file):
            kept.append(word)
    return tuple(kept)
