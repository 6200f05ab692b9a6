"""What the result of a module depends on, as one hash: while it stays the same, nothing is run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from analysis.unit import CompileCommand
from migrate.batch.headers import Headers
from migrate.module import Module
from migrate.prompts import Templates
from migrate.settings import FILE_NAME
from repair.cargo import read_files

_HEADERS = frozenset({".h", ".hh", ".hpp", ".inc", ".def"})
_PACE = {"model": {"jobs", "timeout"}, "run": {"budget"}}
"""Settings that decide how fast a result is there, not what it is."""


def tool_version() -> str:
    """Return the version of this program."""
    try:
        return version("llmigrate")
    except PackageNotFoundError:
        return "unknown"


def fingerprint(module: Module, replay: Path | None, headers: Headers) -> str:
    """Hash a module's sources, tests, headers, settings, given crate and recording. Raise OSError."""
    digest = hashlib.sha256()
    _add(digest, "tool", tool_version().encode())
    # Escaped, since the name of a folder in them may be no text.
    settings = json.dumps(module.settings.model_dump(exclude=_PACE), default=str)
    _add(digest, "settings", settings.encode())
    _add(digest, "prompts", Templates(module.settings.run.prompts).digest.encode())
    for command in module.commands:
        _add(digest, str(command.file), repr(command.flags).encode())
    for path in sorted({*_files(module), *headers.of((*module.commands, *_of_tests(module)))}):
        _add(digest, str(path), headers.digest(path))
    for name, content in _crate(module).items():
        _add(digest, f"crate {name}", content)
    if replay is not None and replay.is_file():
        _add(digest, "replay", replay.read_bytes())
    return digest.hexdigest()


def _add(digest: hashlib._Hash, name: str, content: bytes) -> None:
    # With their lengths, so that no two lists of files look the same.
    for part in (name.encode("utf-8", "surrogateescape"), content):
        digest.update(len(part).to_bytes(8))
        digest.update(part)


def _files(module: Module) -> Iterator[Path]:
    yield from module.sources
    yield from module.tests
    settings = module.root / FILE_NAME
    if settings.is_file():
        yield settings
    folders = {path.parent for path in module.sources}
    # A kernel's tree is its root, and far too much.
    own = folders if module.build is not None else folders | {module.root}
    for folder in own:
        yield from _headers(folder, deep=module.build is None)


def _of_tests(module: Module) -> Iterator[CompileCommand]:
    flags = (*module.settings.flags, *module.settings.tests.flags)
    yield from (CompileCommand(test, flags, module.root) for test in module.tests)


def _headers(folder: Path, deep: bool) -> Iterator[Path]:
    found = folder.rglob("*") if deep else folder.iterdir()
    yield from (path for path in found if path.suffix in _HEADERS and path.is_file())


def _crate(module: Module) -> Mapping[str, bytes]:
    folder = module.settings.interface.crate
    return read_files(folder) if folder is not None and folder.is_dir() else {}
