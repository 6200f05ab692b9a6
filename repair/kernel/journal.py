"""Which objects of a build are replaced now, on disk: whatever happens, the C's can be put back."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class BuildInUse(Exception):  # noqa: N818 - an outcome that callers tell their user
    """Say that another run holds a build folder."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The record of replaced objects in one build, in the folder that is ours there."""

    own: Path

    @property
    def build(self) -> Path:
        """The build folder."""
        return self.own.parent

    @property
    def replaced(self) -> tuple[str, ...]:
        """The objects that are not Kbuild's now, relative to the build folder."""
        if not self._file.exists():
            return ()
        return tuple(json.loads(self._file.read_text()))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the build: no other run can until this ends. Raise BuildInUse where one does now.

        What a run that was killed left replaced is put back first.
        """
        self.own.mkdir(parents=True, exist_ok=True)
        with (self.own / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BuildInUse(
                    f"{self.build} is in use by another run; wait for it, or use another build folder"
                ) from None
            self.put_back()
            yield

    def put_back_unless_held(self) -> None:
        """Put back what a run that was killed left replaced; one that is alive keeps what it has."""
        if self.replaced:
            try:
                with self.held():
                    pass
            except BuildInUse:
                return

    def replace(self, name: str, content: bytes) -> None:
        """Put an object in the place of Kbuild's, which is kept first."""
        kept = self.kept(name)
        place = self.build / name
        if name not in self.replaced:
            kept.parent.mkdir(parents=True, exist_ok=True)
            _write(kept, place.read_bytes())
            self._record((*self.replaced, name))
        _write(place, content)

    def put_back(self) -> None:
        """Put every object of Kbuild's back; it counts as new, so that make links it again."""
        for name in self.replaced:
            _write(self.build / name, self.kept(name).read_bytes())
        self._file.unlink(missing_ok=True)
        shutil.rmtree(self.own / "kept", ignore_errors=True)

    def kept(self, name: str) -> Path:
        """Return where Kbuild's object is kept while it is replaced."""
        return self.own / "kept" / name

    @property
    def _file(self) -> Path:
        return self.own / "replaced.json"

    def _record(self, names: tuple[str, ...]) -> None:
        _write(self._file, json.dumps(names).encode())


def _write(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it holds the old content or the new."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
