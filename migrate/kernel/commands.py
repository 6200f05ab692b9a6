"""How Kbuild compiled a file, from the `.cmd` file that it keeps beside each object."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from analysis.unit import CompileCommand
from migrate.errors import SettingsError

_COMMAND = re.compile(r"^(?:saved)?cmd_\S+ := (.*)$", re.MULTILINE)
_COMPILERS = re.compile(r"(?:.*/)?(?:[\w.-]+-)?(gcc|clang)(?:-[\d.]+)?$")
_WITH_PATH = frozenset({"-I", "-include", "-isystem", "-iquote"})
_PATH_FLAG = re.compile(r"(-I|-include|-isystem|-iquote)(.+)")


def command_file(build: Path, file: Path) -> Path:
    """Return where Kbuild keeps the command of a C file, given relative to the tree."""
    return build / file.parent / f".{file.stem}.o.cmd"


def read_command(tree: Path, build: Path, file: Path) -> CompileCommand | None:
    """Return how a C file, given relative to the tree, was compiled, or None when it was not.

    Flags are those of gcc, absolute, without the ones that name outputs. Raise SettingsError for a build
    of another tree or compiler, and for a file of a loadable module.
    """
    path = command_file(build, file)
    if not path.is_file():
        return None
    found = _COMMAND.search(path.read_text(encoding="utf-8", errors="replace"))
    # Kbuild may have the object checked by further programs, behind a semicolon.
    words = shlex.split(found[1].replace("$(pound)", "#").partition(" ; ")[0]) if found else []
    _check(words, tree, build, file)
    return CompileCommand(tree / file, _flags(words[1:], tree / file, build), build)


def _check(words: list[str], tree: Path, build: Path, file: Path) -> None:
    compiler = _COMPILERS.match(words[0]) if words else None
    if compiler is None or compiler[1] != "gcc":
        raise SettingsError(
            f"{build} was built with {words[0] if words else 'no compiler'}, not with gcc; "
            "make a build with gcc by `llmigrate kernel prepare`"
        )
    if not any((build / word).resolve() == (tree / file).resolve() for word in words if word.endswith(".c")):
        raise SettingsError(f"{build} is not a build of {tree}; name the tree and a build of it")
    if "-DMODULE" in words:
        raise SettingsError(
            f"{file} is built as a loadable module (=m); set its option to =y, build again, and try again"
        )


def _flags(words: list[str], file: Path, build: Path) -> tuple[str, ...]:
    kept: list[str] = []
    before = ""
    for word in words:
        is_operand = before in _WITH_PATH or before == "-o"
        if before in _WITH_PATH:
            kept.append(str(build / word))
        elif not is_operand and not _is_dropped(word, file, build):
            kept.append(_absolute(word, build))
        before = "" if is_operand else word
    return tuple(kept)


def _is_dropped(word: str, file: Path, build: Path) -> bool:
    if word in {"-c", "-o"} or word.startswith("-Wp,-M"):
        return True
    return not word.startswith("-") and (build / word).resolve() == file.resolve()


def _absolute(word: str, build: Path) -> str:
    named = _PATH_FLAG.fullmatch(word)
    return f"{named[1]}{build / named[2]}" if named else word
