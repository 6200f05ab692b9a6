"""Slices of kernel functions from text alone, for a store of a size that no run on one machine makes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from analysis.declarations import Declarations, Function
from analysis.file_scope import FileScope, Key, read_file_scope
from analysis.fingerprint import token_hash
from analysis.index import index_file
from analysis.source import SourceFile
from migrate.check.record import Declared, Entry, Record
from migrate.check.tree import text_of
from repair.evidence.evidence import Evidence
from repair.evidence.harness import SetAside

_INCLUDE = ("include", "include/uapi", "arch/x86/include", "arch/x86/include/uapi")
_KINDS = ("struct", "union", "enum", "typedef", "macro", "signature", "variable")
_SHOWN = Evidence(("rule",), 300, 20_000, SetAside(), 20, 10, 10, (), 20, (), None)
"""Evidence above every minimum."""


@dataclass
class Headers:
    """The headers of a tree, each read once."""

    root: Path
    _indexed: dict[str, Declarations | None] = field(default_factory=dict)
    _scopes: dict[str, FileScope] = field(default_factory=dict)
    _closures: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def indexed(self, file: str) -> Declarations | None:
        """Return what a file declares, or None where no file is."""
        if file not in self._indexed:
            path = self.root / file
            self._indexed[file] = index_file(SourceFile.read(path)) if path.is_file() else None
        return self._indexed[file]

    def scope(self, file: str) -> FileScope:
        """Return the texts of what a file declares."""
        if file not in self._scopes:
            self._scopes[file] = read_file_scope(SourceFile.read(self.root / file))
        return self._scopes[file]

    def reached(self, file: str) -> tuple[str, ...]:
        """Return the headers of the tree that a file includes, and those that they include."""
        if file not in self._closures:
            found: dict[str, None] = {}
            pending = list(self._included(file))
            while pending:
                header = pending.pop()
                if header not in found:
                    found[header] = None
                    pending += self._included(header)
            self._closures[file] = tuple(sorted(found))
        return self._closures[file]

    def _included(self, file: str) -> Iterator[str]:
        declared = self.indexed(file)
        for spelled in declared.includes if declared else ():
            name = spelled[1:-1]
            beside = (f"{Path(file).parent}/{name}",) if spelled.startswith('"') else ()
            for place in (*beside, *(f"{folder}/{name}" for folder in _INCLUDE)):
                if (self.root / place).is_file() and ".." not in place:
                    yield place
                    break


@dataclass(frozen=True)
class TextualSlices:
    """Makes records of C files whose functions are all taken for accepted."""

    headers: Headers
    _declared: dict[tuple[str, Key], Declared] = field(default_factory=dict)

    def record(self, file: str, wanted: frozenset[str]) -> Record:
        """Make the record of a C file for the functions that are wanted of it."""
        declared = self.headers.indexed(file)
        assert declared is not None
        scope = self.headers.scope(file)
        files = (file, *self.headers.reached(file))
        chosen = {each.name: each for each in declared.functions if each.name in wanted}
        needed = {name: tuple(self._needed(each, files)) for name, each in chosen.items()}
        entries = tuple(self._entry(scope, name, needed[name]) for name in chosen)
        declarations = {each.ident: each for every in needed.values() for each in every}
        known = {each.key for each in entries}
        return Record(
            file=file,
            module=file,
            target="kernel",
            minimum=(0.9, 0.85),
            hashes={each: self._sha(each) for each in {file, *(d.file for d in declarations.values())}},
            declarations=declarations,
            entries=entries,
            others=tuple(key for key in scope.definitions if key not in known),
        )

    def _sha(self, file: str) -> str:
        """Return the hash that a file would have with one more empty line: none is as it was stored."""
        return hashlib.sha256(self.headers.scope(file).source.text + b"\n").hexdigest()

    def _entry(self, scope: FileScope, name: str, needed: Iterable[Declared]) -> Entry:
        key = ("function", name)
        text = text_of(scope, key) or ""
        needs = tuple(sorted({each.ident for each in needed}))
        return Entry(
            *(*key, scope.line(key), token_hash(text.encode()), text, needs, "rust"),
            # Only its length matters here: that of Rust is about that of its C.
            rust=text,
            evidence=asdict(_SHOWN),
        )

    def _needed(self, function: Function, files: tuple[str, ...]) -> Iterator[Declared]:
        pending = sorted(function.references - function.locals)
        seen = set(pending)
        while pending:
            name = pending.pop()
            for file, key in self._found(name, files):
                yield self._as_declared(file, key)
                new = self._behind(file, key) - seen
                seen |= new
                pending += sorted(new)

    def _as_declared(self, file: str, key: Key) -> Declared:
        if (file, key) not in self._declared:
            text = text_of(self.headers.scope(file), key) or ""
            self._declared[file, key] = Declared(*key, file, token_hash(text.encode()), text)
        return self._declared[file, key]

    def _found(self, name: str, files: tuple[str, ...]) -> Iterator[tuple[str, Key]]:
        for file in files:
            places = self.headers.scope(file).places
            keys = [(kind, name) for kind in _KINDS if (kind, name) in places]
            if keys:
                yield from ((file, key) for key in keys)
                return

    def _behind(self, file: str, key: Key) -> frozenset[str]:
        """Return the names that a macro or a typedef leads to."""
        declared = self.headers.indexed(file)
        assert declared is not None
        if key[0] == "macro":
            return frozenset().union(*(each.references for each in declared.macros if each.name == key[1]))
        if key[0] == "typedef":
            return frozenset().union(*(each.references for each in declared.types if each.name == key[1]))
        return frozenset()
