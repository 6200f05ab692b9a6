"""The output folder of a run: ours, locked while in use, and never anybody else's."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from migrate.errors import OutputError
from repair.cargo import write_files
from repair.plug import RenderedCrate

_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Output:
    """Where a run leaves what it made."""

    folder: Path

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.folder / "ledger.sqlite"

    @property
    def crate(self) -> Path:
        """The Rust crate."""
        return self.folder / "crate"

    @property
    def log(self) -> Path:
        """The folder for logs."""
        return self.folder / "log"

    def write_crate(self, crate: RenderedCrate) -> None:
        """Make `crate/` hold exactly this crate."""
        with writing(self.folder):
            write_files(self.crate, crate.files, keep={"Cargo.lock"})


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the disk may refuse into a sentence. Raise OutputError."""
    try:
        yield
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise OutputError(
            f"{folder} cannot be written: {reason}; make room or permissions there, or choose another -o"
        ) from None


@contextmanager
def open_output(folder: Path) -> Iterator[Output]:
    """Open an output folder for writing, and hold it.

    Raise OutputError when it holds something that is not ours, or another process uses it.
    """
    output = Output(folder.resolve())
    _check_ours(output)
    with writing(output.folder):
        output.log.mkdir(parents=True, exist_ok=True)
        lock = (output.folder / _LOCK).open("a+")
    with lock:
        if not _hold(lock):
            raise OutputError(_in_use(output.folder))
        with writing(output.folder):
            lock.truncate(0)
            lock.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}))
            lock.flush()
        yield output


def existing_output(folder: Path) -> Output:
    """Return a folder that a run has left. Raise OutputError when it is none."""
    output = Output(folder.resolve())
    if not output.ledger.is_file():
        raise OutputError(f"{folder} is not the output of a run: it has no ledger.sqlite; name a run's -o")
    return output


def is_in_use(folder: Path) -> bool:
    """Say whether a process is at work in an output folder."""
    try:
        lock = (folder / _LOCK).open("rb")
    except OSError:
        return False
    with lock:
        return not _lock(lock, fcntl.LOCK_SH)


def _hold(lock: IO[Any]) -> bool:
    """Hold a lock; who only looks whether it is held keeps it for no more than a moment."""
    for pause in (0.02, 0.2):
        if _lock(lock, fcntl.LOCK_EX):
            return True
        time.sleep(pause)
    return _lock(lock, fcntl.LOCK_EX)


def _lock(lock: IO[Any], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check_ours(output: Output) -> None:
    folder = output.folder
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder} is a file; choose another -o")
    entries = {path.name for path in folder.iterdir()}
    if entries and "ledger.sqlite" not in entries and not entries <= {_LOCK, "log"}:
        raise OutputError(
            f"{folder} holds files that are not from a run; choose an empty or new folder for -o"
        )


def _in_use(folder: Path) -> str:
    holder: Mapping[str, object] = {}
    try:
        holder = json.loads((folder / _LOCK).read_text())
        since = time.strftime("%H:%M", time.localtime(float(str(holder["since"]))))
        who = f"process {holder['pid']} on {holder['host']} since {since}"
    except (OSError, ValueError, KeyError):
        who = "another process"
    return f"{folder} is in use by {who}; wait for it, or choose another -o"
