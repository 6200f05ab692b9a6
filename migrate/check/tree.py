"""The tree as it is now: hashes and declarations of its files, each file read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from analysis.file_scope import FileScope, Key, read_file_scope
from analysis.source import SourceFile
from migrate.check.memory import Memory


@dataclass
class Tree:
    """Files under a root folder; what cannot be read declares nothing."""

    root: Path
    memory: Memory
    _shas: dict[str, str | None] = field(default_factory=dict)
    _scopes: dict[str, FileScope] = field(default_factory=dict)

    def sha(self, file: str) -> str | None:
        """Return the SHA-256 of a file, or None where no file is."""
        if file not in self._shas:
            self._shas[file] = self.memory.sha(self.root, file)
        return self._shas[file]

    def scope(self, file: str) -> FileScope:
        """Return what a file declares."""
        if file not in self._scopes:
            self._scopes[file] = read_file_scope(self._read(file))
        return self._scopes[file]

    def forget(self, file: str) -> None:
        """Let go of a file whose declarations nobody will ask for again."""
        self._scopes.pop(file, None)

    def _read(self, file: str) -> SourceFile:
        path = self.root / file
        try:
            return SourceFile.read(path)
        except OSError:
            return SourceFile(path, b"")


def text_of(scope: FileScope, key: Key) -> str | None:
    """Return the text of a declaration; a byte that is not UTF-8 is written as C can write it in a string."""
    text = scope.text(key)
    return None if text is None else text.decode("utf-8", "backslashreplace")
