"""Run a program and wait for it: the only place that starts processes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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
) -> Completed:
    """Run a program to its end and return what it printed.

    `timeout` is in seconds; when it passes, the program and all its children are killed.
    `before_start` runs in the child, for resource limits. Raise FileNotFoundError when there is no
    such program.
    """
    arguments = tuple(str(argument) for argument in argv)
    started = time.monotonic()
    process = subprocess.Popen(
        arguments,
        cwd=cwd,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=before_start,
    )
    timed_out = False
    try:
        stdout, stderr = process.communicate(stdin, timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        _kill_group(process)
        stdout, stderr = process.communicate()
    except BaseException:
        _kill_group(process)
        process.wait()
        raise
    return Completed(arguments, process.returncode, stdout, stderr, time.monotonic() - started, timed_out)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # The group, not the child alone: a test program or build script may have children of its own.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
