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
from typing import TextIO

from migrate.errors import OutputError
from repair.cargo import write_files
from repair.plug import RenderedCrate

_LOCK = ".lock"
_PAUSE = 0.05
"""Seconds between two looks at a lock."""


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
def open_output(folder: Path, patience: float = 0.0) -> Iterator[Output]:
    """Open an output folder for writing, and hold it.

    `patience` is in seconds: how long another process may still hold it. Raise OutputError when it holds
    something that is not ours, or another process uses it.
    """
    output = Output(folder.resolve())
    _check_ours(output)
    with writing(output.folder):
        output.log.mkdir(parents=True, exist_ok=True)
    with held(output.folder, patience):
        yield output


@contextmanager
def held(folder: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold a folder, which nobody else can do meanwhile. Raise OutputError when another process does."""
    with writing(folder):
        lock = (folder / _LOCK).open("a+")
    with lock:
        if not _locked(lock, patience):
            raise OutputError(_in_use(folder))
        with writing(folder):
            lock.truncate(0)
            lock.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}))
            lock.flush()
        yield


def is_held(folder: Path) -> bool:
    """Tell whether a process holds a folder."""
    try:
        with (folder / _LOCK).open() as lock:
            return not _locked(lock, 0.0)
    except FileNotFoundError:
        return False


def _locked(lock: TextIO, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)


def existing_output(folder: Path) -> Output:
    """Return a folder that a run has left. Raise OutputError when it is none."""
    output = Output(folder.resolve())
    if not output.ledger.is_file():
        raise OutputError(f"{folder} is not the output of a run: it has no ledger.sqlite; name a run's -o")
    return output


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
