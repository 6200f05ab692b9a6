"""A module of a kernel: C files of a tree, as one build of it compiled them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from analysis.unit import CompileCommand
from migrate.errors import SettingsError
from migrate.kernel.commands import read_command
from migrate.kernel.target import KERNEL
from migrate.module import LeftOut, Module
from migrate.settings import ModuleSettings

_TEST_NAME = re.compile(r"test[_-].*|.*[_-](?:kunit|tests?)|tests?")


def open_kernel_module(
    paths: Iterable[Path], tree: Path, build: Path, settings: ModuleSettings | None = None
) -> Module:
    """Open C files, or folders of them, of a kernel tree as one module, with the flags of a build.

    Tests, and files in a folder that the build does not compile, are left out; the module names them.
    Raise SettingsError when there is no such file, tree or build, or when a file that is named is not
    compiled in this configuration.
    """
    tree, build = tree.resolve(), build.resolve()
    _check_build(tree, build)
    settings = settings or ModuleSettings()
    given = tuple(path.resolve() for path in paths)
    chosen = _Chosen(tree, build)
    for path in given:
        chosen.take(path)
    if not chosen.commands:
        named = " and ".join(str(path) for path in given)
        raise SettingsError(f"{build} compiles nothing of {named}; name C files that this build compiles")
    files = tuple(chosen.commands)
    root = Path(os.path.commonpath([file.parent for file in files]))
    name = settings.name or (given[0].name if given[0].is_dir() else given[0].stem)
    return Module(
        name, root, tuple(chosen.commands.values()), (), settings, KERNEL, tuple(chosen.left_out.values())
    )


class _Chosen:
    """The files of a module while it is being opened."""

    def __init__(self, tree: Path, build: Path) -> None:
        self.tree = tree
        self.build = build
        self.commands: dict[Path, CompileCommand] = {}
        self.left_out: dict[Path, LeftOut] = {}

    def take(self, path: Path) -> None:
        """Take in a C file, or those in a folder."""
        if not path.exists():
            raise SettingsError(f"{path} does not exist; name C files or folders of {self.tree}")
        if not path.is_relative_to(self.tree):
            raise SettingsError(f"{path} lies outside {self.tree}; name files of the tree")
        if path.is_dir():
            for file in sorted(path.glob("*.c")):
                self._take_if_compiled(file)
        elif path.suffix != ".c":
            raise SettingsError(f"{path} is not a C file: its name does not end in .c")
        elif (command := self._command(path)) is not None:
            self.commands[path] = command
        else:
            raise SettingsError(
                f"{path} is not compiled in the configuration of {self.build}; "
                "turn its option on, build again, and try again"
            )

    def _take_if_compiled(self, file: Path) -> None:
        if _TEST_NAME.fullmatch(file.stem):
            self.left_out[file] = LeftOut(file, "it is a test")
        elif (command := self._command(file)) is not None:
            self.commands[file] = command
        else:
            self.left_out[file] = LeftOut(file, "it is not compiled in this configuration")

    def _command(self, file: Path) -> CompileCommand | None:
        return read_command(self.tree, self.build, file.relative_to(self.tree))


def _check_build(tree: Path, build: Path) -> None:
    if not (tree / "Kconfig").is_file():
        raise SettingsError(f"{tree} is not the source tree of a kernel; name the folder with its Kconfig")
    if not (build / ".config").is_file():
        raise SettingsError(
            f"{build} holds no kernel build; make one with "
            f"`llmigrate kernel prepare --tree {tree} --build {build}`"
        )
