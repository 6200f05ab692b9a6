"""Headers that C files include, by paths that can be told without a preprocessor."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from analysis.unit import CompileCommand

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include(?:_next)?[ \t]*["<]([^">\n]+)[">]', re.MULTILINE)
_SEARCHED = ("-I", "-iquote", "-isystem", "-idirafter")
_FORCED = ("-include", "-imacros")


class Headers:
    """Finds the headers of many modules, and reads each of them once; for one thread."""

    def __init__(self) -> None:
        self._digests: dict[Path, bytes] = {}
        self._named: dict[Path, tuple[str, ...]] = {}
        self._files: dict[str, Path | None] = {}
        self._included: dict[tuple[Path, ...], dict[Path, frozenset[Path]]] = {}
        """By the folders that are searched, what each file includes."""

    def of(self, commands: Iterable[CompileCommand]) -> frozenset[Path]:
        """Return what files include, and what that includes in turn, whatever its conditions."""
        return frozenset(path for command in commands for path in self._reached(command))

    def digest(self, file: Path) -> bytes:
        """Return the hash of a file. Raise OSError when it cannot be read."""
        if file not in self._digests:
            self._digests[file] = hashlib.sha256(file.read_bytes()).digest()
        return self._digests[file]

    def _reached(self, command: CompileCommand) -> set[Path]:
        folder = command.directory
        searched = tuple((folder / each).resolve() for each in _operands(command.flags, _SEARCHED))
        known = self._included.setdefault(searched, {})
        found = set(self._found(tuple(_operands(command.flags, _FORCED)), (folder, *searched)))
        left = [command.file, *found]
        while left:
            file = left.pop()
            if file not in known:
                known[file] = frozenset(self._found(self._names(file), (file.parent, *searched)))
            new = known[file] - found
            found |= new
            left += new
        return found

    def _names(self, file: Path) -> tuple[str, ...]:
        if file not in self._named:
            found = _INCLUDE.findall(file.read_bytes())
            self._named[file] = tuple(name.decode("utf-8", "surrogateescape") for name in found)
        return self._named[file]

    def _found(self, names: Iterable[str], folders: Sequence[Path]) -> Iterator[Path]:
        for name in names:
            paths = (self._file(os.path.join(folder, name)) for folder in folders)  # noqa: PTH118 - much faster
            yield from islice((path for path in paths if path is not None), 1)

    def _file(self, path: str) -> Path | None:
        if path not in self._files:
            self._files[path] = Path(path).resolve() if Path(path).is_file() else None
        return self._files[path]


def _operands(flags: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    """Yield what options are given, in the same word or in the next one."""
    for before, flag in zip(("", *flags), flags, strict=False):
        option = next((each for each in options if flag.startswith(each)), None)
        named = flag if before in options else flag.removeprefix(option) if option else ""
        if named:
            yield named
