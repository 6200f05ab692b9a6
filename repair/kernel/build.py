"""A build of the kernel as Kbuild left it: its options, and how each of its files was compiled."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.process import run
from analysis.unit import CompileCommand
from repair.kernel.journal import Journal

OWN = ".llmigrate"
"""The folder in a build folder that holds what we keep there."""
BUILT = "built"
"""The file in it whose time says when the kernel was last made as a whole."""
_OPTION = re.compile(r"^CONFIG_(\w+)=(.*)$", re.MULTILINE)
_ARCHITECTURE = re.compile(r"^# Linux/(\w+) \S+ Kernel Configuration$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a build, or a file of it, cannot be used, with the remedy."""

    reason: str
    """One sentence without a full stop."""


@dataclass(frozen=True, slots=True)
class KernelUnit:
    """One C file that is compiled into the kernel."""

    source: Path
    object: str
    """Its object, relative to the build folder, such as `lib/sort.o`."""
    compiler: str
    flags: tuple[str, ...]
    """What Kbuild compiles it with; relative folders are meant from the build folder."""
    folder: Path
    """The build folder."""

    @property
    def command(self) -> CompileCommand:
        """How it is compiled, for the analysis."""
        return CompileCommand(self.source, self.flags, self.folder)

    def compiling(self, source: Path, output: Path) -> tuple[str, ...]:
        """Return the command that compiles another text as this file; it runs in the build folder."""
        beside = ("-iquote", str(self.source.parent))
        return (self.compiler, *self.flags, *beside, "-c", "-o", str(output), str(source))


@dataclass(frozen=True)
class KernelBuild:
    """A folder with a User-Mode Linux build, and the tree it was made from."""

    tree: Path
    folder: Path
    options: Mapping[str, str]
    """The options that are on, without `CONFIG_`, with their values as `.config` spells them."""

    def option(self, name: str) -> str | None:
        """Return an option's value as `.config` spells it, or None where it is off; `CONFIG_` may lead."""
        return self.options.get(name.removeprefix("CONFIG_"))

    @property
    def own(self) -> Path:
        """The folder in the build that holds what we keep there."""
        return self.folder / OWN

    @property
    def linux(self) -> Path:
        """The kernel as a program."""
        return self.folder / "linux"

    @property
    def compile_commands(self) -> Path:
        """Where `compile_commands.json` is, if it was made."""
        return self.folder / "compile_commands.json"

    def kept(self, name: str) -> Path:
        """Return where Kbuild's own object of this name is, also while it is replaced."""
        replaced = Journal(self.own).kept(name)
        return replaced if replaced.exists() else self.folder / name

    @cached_property
    def members(self) -> frozenset[str]:
        """The objects that the kernel consists of, relative to the build folder."""
        linked = _recorded(self.folder / ".vmlinux.o.cmd", "savedcmd_vmlinux.o") or ""
        archives = sorted({word for word in linked.split() if word.endswith(".a")})
        listed = [run(("ar", "t", archive), cwd=self.folder, timeout=60) for archive in archives]
        names = (each.stdout.decode(errors="replace").splitlines() for each in listed)
        return frozenset(name.removeprefix("./") for lines in names for name in lines)

    def unit(self, file: Path) -> KernelUnit | Unusable:
        """Return a C file of the tree as Kbuild compiles it, or why the kernel does not have it."""
        source = file.resolve()
        if not source.is_relative_to(self.tree):
            return Unusable(f"{file} is not in {self.tree}, the tree that {self.folder} was built from")
        if source.suffix != ".c" or not source.is_file():
            return Unusable(f"{file} is not a C file of the kernel")
        name = source.relative_to(self.tree).with_suffix(".o").as_posix()
        place = self.folder / name
        recorded = _recorded(place.with_name(f".{place.name}.cmd"), f"savedcmd_{name}")
        if recorded is None or not place.exists():
            return self._not_compiled(source)
        words = _first_command(recorded)
        if "-DMODULE" in words:
            return Unusable(f"{file} is built as a module (=m); {self._set(source, 'y')}")
        if name not in self.members:
            return self._not_compiled(source)
        return KernelUnit(source, name, words[0], _flags(words), self.folder)

    def _not_compiled(self, source: Path) -> Unusable:
        relative = source.relative_to(self.tree)
        return Unusable(f"{relative} is not compiled in this configuration; {self._set(source, 'y')}")

    def _set(self, source: Path, value: str) -> str:
        """Say which option decides about a file, as far as its Makefile says so in one line."""
        again = "and run `llmigrate kernel prepare` again"
        makefile = source.parent / "Makefile"
        text = makefile.read_text(errors="replace") if makefile.exists() else ""
        line = re.search(rf"^[\w-]*-\$\(CONFIG_(\w+)\)\s*[+:]?=.*\b{source.stem}\.o\b", text, re.MULTILINE)
        return f"set {f'CONFIG_{line[1]}' if line else 'its option'}={value} {again}"


def open_build(folder: Path, tree: Path | None = None) -> KernelBuild | Unusable:
    """Return the kernel build in a folder, or why it cannot be used.

    Without a `tree` it is the one that the folder was built from. C objects that a run that was killed
    left replaced are put back first, unless a run is at it now.
    """
    folder = folder.resolve()
    config = folder / ".config"
    if not config.is_file():
        return Unusable(f"{folder} has no kernel build; {_prepare(tree, folder)}")
    Journal(folder / OWN).put_back_unless_held()
    text = config.read_text(errors="replace")
    options = read_options(text)
    problem = _unsupported(folder, text, options) or _stale(folder, options)
    if problem is not None:
        return problem
    source = (folder / "source").resolve() if (folder / "source").exists() else folder
    if tree is not None and tree.resolve() != source:
        return Unusable(
            f"{folder} was built from {source}, not from {tree.resolve()}; {_prepare(tree, folder)}"
        )
    return KernelBuild(source, folder, options)


def read_options(text: str) -> dict[str, str]:
    """Return the options that a configuration sets, without `CONFIG_`; those set to n are off."""
    return {name: value for name, value in _OPTION.findall(text) if value != "n"}


def _unquoted(value: str | None) -> str:
    """Return a value as `auto.conf` spells it: strings without quotes, empty ones left out."""
    bare = value or ""
    return bare[1:-1].replace('\\"', '"') if bare.startswith('"') else bare


def _unsupported(folder: Path, text: str, options: Mapping[str, str]) -> Unusable | None:
    header = _ARCHITECTURE.search(text)
    if "UML" not in options:
        named = f"for {header[1]}" if header else "not for um"
        return Unusable(
            f"the build in {folder} is {named}; only User-Mode Linux (ARCH=um) can be booted here"
        )
    if "X86_64" not in options or "64BIT" not in options:
        return Unusable(f"the build in {folder} is not for x86_64; build it with ARCH=um SUBARCH=x86_64")
    if "CC_IS_CLANG" in options:
        return Unusable(
            f"the build in {folder} was made with LLVM, whose objects are not the ones we compare with; "
            "build it with gcc"
        )
    return None


def _stale(folder: Path, options: Mapping[str, str]) -> Unusable | None:
    """Tell whether the objects are those of another configuration than `.config` says, or missing."""
    built = folder / "include" / "config" / "auto.conf"
    linux = folder / "linux"
    if not built.exists() or not linux.exists():
        return Unusable(f"{folder} is configured but not built; {_prepare(None, folder)}")
    then = read_options(built.read_text(errors="replace"))
    both = sorted({*then, *options})
    if changed := [name for name in both if _unquoted(then.get(name)) != _unquoted(options.get(name))]:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        what = f"CONFIG_{changed[0]}{more} changed since"
        return Unusable(f"the build in {folder} is stale: {what}; {_prepare(None, folder)}")
    ready = [path.stat().st_mtime_ns for path in (linux, folder / OWN / BUILT) if path.exists()]
    if _last_change(built.parent) > max(ready):
        return Unusable(f"the build in {folder} is not finished; {_prepare(None, folder)}")
    return None


def _last_change(stamps: Path) -> int:
    """Return when an option last changed: Kbuild keeps an empty file for each that ever did."""
    with os.scandir(stamps) as files:
        return max((each.stat().st_mtime_ns for each in files if each.name.isupper()), default=0)


def _prepare(tree: Path | None, folder: Path) -> str:
    return f"run `llmigrate kernel prepare --tree {tree or 'TREE'} --build {folder}`"


def _recorded(record: Path, variable: str) -> str | None:
    """Return what a `.cmd` file of Kbuild assigns to a variable, with make's escapes undone."""
    if not record.exists():
        return None
    lines = record.read_text(errors="replace").splitlines()
    found = next((line for line in lines if line.startswith(f"{variable} := ")), None)
    value = None if found is None else found.partition(" := ")[2]
    return None if value is None else value.replace("$(pound)", "#").replace("$$", "$")


def _first_command(line: str) -> list[str]:
    """Split a shell line into words, up to the end of its first command."""
    split = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    split.whitespace_split = True
    split.commenters = ""
    words: list[str] = []
    for word in split:
        if word in (";", "&&", "|", "||"):
            break
        words.append(word)
    return words


def _flags(words: list[str]) -> tuple[str, ...]:
    """Return the flags of a compile command, whose last word is the source: no output, no dependencies."""
    flags: list[str] = []
    before = ""
    for word in words[1:-1]:
        if before != "-o" and word not in ("-c", "-o") and not word.startswith("-Wp,-M"):
            flags.append(word)
        before = word
    return tuple(flags)
