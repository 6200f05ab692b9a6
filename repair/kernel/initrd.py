"""Writes the archive that a kernel unpacks as its first root folder, and the program it starts there."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from analysis.process import run

RUNTIME = Path(__file__).parent / "runtime"
_ALIGNED = 4
_FIELDS = 13
_TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, folder, device or link in the archive."""

    mode: int
    """With the kind of file, as `stat` has it."""
    content: bytes = b""
    """Of a file; of a symbolic link where it leads."""
    device: tuple[int, int] = (0, 0)
    """Major and minor number of a device."""


@dataclass(frozen=True, slots=True)
class NotBuilt:
    """Why a program could not be built."""

    message: str


def folder(permissions: int = 0o755) -> Entry:
    """Return a folder."""
    return Entry(stat.S_IFDIR | permissions)


def file(content: bytes, permissions: int = 0o644) -> Entry:
    """Return a file."""
    return Entry(stat.S_IFREG | permissions, content)


def archive(entries: Mapping[str, Entry]) -> bytes:
    """Return a cpio archive in the `newc` form, the same bytes for the same entries; times are 0.

    Folders that entries stand in are added. Source of the form:
    Documentation/driver-api/early-userspace/buffer-format.rst of Linux 6.12.
    """
    named = {PurePosixPath(name).as_posix(): entry for name, entry in entries.items()}
    for name in list(named):
        for above in PurePosixPath(name).parents:
            if above.name:
                named.setdefault(above.as_posix(), folder())
    # A folder's name is shorter than that of anything in it, so it comes first.
    parts = [_member(number, name, named[name]) for number, name in enumerate(sorted(named), 1)]
    return b"".join(parts) + _member(0, "TRAILER!!!", Entry(0))


def initrd(check: bytes, files: Mapping[str, Entry] | None = None) -> bytes | NotBuilt:
    """Return an initrd whose `/init` runs a static program, says how it ended and powers off."""
    program = build_static(RUNTIME / "init.c")
    if isinstance(program, NotBuilt):
        return program
    own = {
        "dev/console": Entry(stat.S_IFCHR | 0o600, device=(5, 1)),
        "init": file(program, 0o755),
        "check": file(check, 0o755),
    }
    return archive({**dict.fromkeys(("proc", "sys", "tmp", "mnt"), folder()), **(files or {}), **own})


def build_static(source: Path, flags: tuple[str, ...] = ("-O1",)) -> bytes | NotBuilt:
    """Return a static program made of one C file, or the compiler's words."""
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "program"
        ended = run(("gcc", "-static", *flags, "-o", output, source), cwd=source.parent, timeout=_TIMEOUT)
        if not ended.ok:
            return NotBuilt(f"{source} does not build as a static program: {ended.errors.strip()}")
        return output.read_bytes()


def _member(number: int, name: str, entry: Entry) -> bytes:
    spelled = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    fields = (number, entry.mode, 0, 0, links, 0, len(entry.content), 0, 0, *entry.device, len(spelled), 0)
    assert len(fields) == _FIELDS
    header = b"070701" + b"".join(b"%08X" % value for value in fields)
    return _padded(header + spelled) + _padded(entry.content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNED)
