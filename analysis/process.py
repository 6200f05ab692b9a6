"""Run a program and wait for it: the only place that starts processes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended and what it printed."""

    argv: tuple[str, ...]
    status: int
    """Exit status; negative for a signal, as in `subprocess`."""
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether the program ended by itself with status 0."""
        return self.status == 0 and not self.timed_out

    @property
    def errors(self) -> str:
        """Standard error as text."""
        return self.stderr.decode("utf-8", errors="replace")


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float | None = None,
    before_start: Callable[[], None] | None = None,
    tail: int | None = None,
) -> Completed:
    """Run a program to its end and return what it printed.

    With `tail`, output goes to files and only that many bytes of the end of each are returned: a program
    that prints without end then meets its limits instead of ours.
    `timeout` is in seconds; when it passes, the program and all its children are killed.
    `before_start` runs in the child, for resource limits. Raise FileNotFoundError when there is no
    such program.
    """
    arguments = tuple(str(argument) for argument in argv)
    started = time.monotonic()
    with ExitStack() as files:
        opened = [files.enter_context(TemporaryFile()) for _ in range(2)] if tail is not None else []
        process = subprocess.Popen(
            arguments,
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=opened[0] if opened else subprocess.PIPE,
            stderr=opened[1] if opened else subprocess.PIPE,
            start_new_session=True,
            preexec_fn=before_start,
        )
        stdout, stderr, timed_out = _wait(process, stdin, timeout)
        if tail is not None:
            stdout, stderr = (_end(file, tail) for file in opened)
    seconds = time.monotonic() - started
    return Completed(arguments, process.returncode, stdout or b"", stderr or b"", seconds, timed_out)


def _wait(
    process: subprocess.Popen[bytes], stdin: bytes, timeout: float | None
) -> tuple[bytes | None, bytes | None, bool]:
    try:
        return *process.communicate(stdin, timeout), False
    except subprocess.TimeoutExpired:
        _kill_group(process)
        return *process.communicate(), True
    except BaseException:
        _kill_group(process)
        process.wait()
        raise


def _end(file: IO[bytes], size: int) -> bytes:
    file.seek(max(0, file.seek(0, os.SEEK_END) - size))
    return file.read()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # The group, not the child alone: a test program or build script may have children of its own.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
