"""What earlier checks found out about a tree, believed only while nothing moved."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FORMAT = 1
"""Counts changes to what is kept, and to how declarations are found."""
_SETTLED = 2_000_000_000
"""Nanoseconds after which a change of a file must show in its times; git asks as much of its index."""

Stamp = tuple[int, int, int, int]
"""Size, times of change of content and of inode in nanoseconds, and inode."""


@dataclass
class Memory:
    """Hashes of files by stamp, and findings by what they were found in."""

    path: Path | None
    """Where it is kept; None for nowhere."""
    _known: dict[str, tuple[Stamp, str]] = field(default_factory=dict)
    _hashes: dict[str, tuple[Stamp, str]] = field(default_factory=dict)
    _old: dict[str, Any] = field(default_factory=dict)
    _found: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, folder: Path) -> Memory:
        """Recall what is known of a tree; what cannot be read is not known."""
        path = folder / f"{hashlib.sha256(os.fsencode(root)).hexdigest()}.json"
        memory = cls(path)
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            kept = json.loads(path.read_bytes())
            if kept["format"] == _FORMAT:
                known = {name: (_stamp(stamp), str(sha)) for name, (stamp, sha) in kept["hashes"].items()}
                memory._known, memory._old = known, dict(kept["found"])
        return memory

    def sha(self, root: Path, file: str) -> str | None:
        """Return the SHA-256 of a file of the tree, or None where no file is."""
        path = root / file
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return None
            stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            known = self._known.get(file)
            sha = known[1] if known is not None and known[0] == stamp else _sha_of(path)
        except (OSError, ValueError):
            return None
        if max(status.st_mtime_ns, status.st_ctime_ns) < time.time_ns() - _SETTLED:
            self._hashes[file] = (stamp, sha)
        return sha

    def found(self, key: str) -> Any | None:
        """Return what was found for a key, or None."""
        found = self._old.get(key)
        if found is not None:
            self._found[key] = found
        return found

    def keep(self, key: str, found: Any) -> None:
        """Keep what was found for a key."""
        self._found[key] = found

    def save(self) -> None:
        """Write it down; where that is impossible, the next check takes longer."""
        hashes = {**self._known, **self._hashes}
        found = self._found or self._old
        if self.path is None or (hashes == self._known and found == self._old):
            return
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft = self.path.with_suffix(f".{os.getpid()}.new")
            draft.write_text(json.dumps({"format": _FORMAT, "hashes": hashes, "found": found}))
            draft.replace(self.path)


def _stamp(kept: list[int]) -> Stamp:
    size, changed, touched, inode = kept
    return size, changed, touched, inode


def _sha_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
