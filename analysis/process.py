"""Run a program and wait for it, or talk to it while it runs: the only place that starts processes."""

from __future__ import annotations

import io
import multiprocessing
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

_PIECE = 1 << 16


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
    flooded: bool = False
    """Whether it was killed because it printed more than it may."""

    @property
    def ok(self) -> bool:
        """Whether the program ended by itself with status 0."""
        return self.status == 0 and not self.timed_out and not self.flooded

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
    most_output: int | None = None,
    heard: Callable[[bytes], None] | None = None,
) -> Completed:
    """Run a program to its end and return what it printed.

    `timeout` is in seconds; when it passes, the program and all its children are killed. So they are
    when it prints more than `most_output` bytes. `before_start` runs in the child, for resource limits.
    `heard` is given what comes on stdout as it comes.
    Raise FileNotFoundError when there is no such program.
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
    deadline = None if timeout is None else started + timeout
    talk = _Talk(process, stdin, deadline, most_output, heard)
    try:
        if talk.listen():
            process.wait(talk.remaining())
    except subprocess.TimeoutExpired:
        talk.timed_out = True
    finally:
        if process.returncode is None:
            _kill(process)
        talk.close()
    seconds = time.monotonic() - started
    stdout, stderr = talk.printed
    return Completed(arguments, process.returncode, stdout, stderr, seconds, talk.timed_out, talk.flooded)


def _kill(process: subprocess.Popen[bytes]) -> None:
    # The group, not the child alone: a test program or build script may have children of its own.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Talk:
    """What goes into a program and what comes out of it, until it closes both its outputs."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        stdin: bytes,
        deadline: float | None,
        most: int | None,
        heard: Callable[[bytes], None] | None,
    ) -> None:
        assert process.stdin and process.stdout and process.stderr
        self._input: IO[bytes] = process.stdin
        self._printed: dict[IO[bytes], bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
        self._left = memoryview(stdin)
        self._deadline = deadline
        self._most = most
        self._heard = heard
        self._stdout = process.stdout
        self.timed_out = False
        self.flooded = False

    @property
    def printed(self) -> tuple[bytes, bytes]:
        """What came from stdout and from stderr."""
        stdout, stderr = self._printed.values()
        return bytes(stdout), bytes(stderr)

    def remaining(self) -> float | None:
        """Return the seconds that are left, or None where time is not bounded."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def listen(self) -> bool:
        """Feed the program and read from it; tell whether it came to the end of what it has to say."""
        with selectors.DefaultSelector() as selector:
            for stream in self._printed:
                selector.register(stream, selectors.EVENT_READ)
            os.set_blocking(self._input.fileno(), False)
            selector.register(self._input, selectors.EVENT_WRITE)
            while selector.get_map() and not self.flooded:
                ready = selector.select(self.remaining())
                if not ready and self.remaining() == 0:
                    self.timed_out = True
                    return False
                for key, _ in ready:
                    self._move(selector, key.fileobj)
        return not self.flooded

    def _move(self, selector: selectors.BaseSelector, stream: object) -> None:
        if stream is self._input:
            self._feed(selector)
            return
        assert isinstance(stream, io.BufferedReader)
        piece = os.read(stream.fileno(), _PIECE)
        if not piece:
            selector.unregister(stream)
        self._printed[stream] += piece
        if self._heard is not None and stream is self._stdout:
            self._heard(piece)
        self.flooded = self._most is not None and sum(map(len, self._printed.values())) > self._most

    def _feed(self, selector: selectors.BaseSelector) -> None:
        try:
            self._left = self._left[os.write(self._input.fileno(), self._left[:_PIECE]) :]
        except BrokenPipeError:
            self._left = self._left[:0]
        if not self._left:
            selector.unregister(self._input)
            self._input.close()

    def close(self) -> None:
        """Close our ends of the pipes."""
        for stream in (self._input, *self._printed):
            with suppress(BrokenPipeError):
                stream.close()


class Conversation:
    """A program that is talked to in lines while it runs, in a process group of its own.

    What it prints on stderr goes into `stderr`. Raise FileNotFoundError when there is no such program.
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        stderr: IO[bytes],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._process = subprocess.Popen(
            tuple(map(str, argv)),
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
        assert self._process.stdin and self._process.stdout
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    def say(self, line: bytes) -> None:
        """Send a line to the program, if it still listens."""
        with suppress(BrokenPipeError, ValueError):
            self._input.write(line + b"\n")
            self._input.flush()

    def lines(self) -> Iterator[bytes]:
        """Yield what it prints on stdout, line by line, until it closes it."""
        for line in self._output:
            yield line.rstrip(b"\n")

    def hang_up(self) -> None:
        """Let it know that nothing more will be said."""
        with suppress(BrokenPipeError):
            self._input.close()

    def end(self) -> int:
        """Wait until it has ended, and return its exit status; negative for a signal.

        For who has read all lines: a program that is not listened to may wait for ever.
        """
        status = self._process.wait()
        self.hang_up()
        self._output.close()
        return status

    def kill(self) -> None:
        """End it at once, and what it has started in its process group."""
        # Once its end was read, its number may be another's.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


_forking = threading.Lock()
"""Held while a process is started or its end is read: multiprocessing leaves both to one thread at a time."""


class Forked:
    """A function in a process of its own that is talked to in lines, in a process group of its own.

    It is forked from a process that has imported `preload`, which is kept for the next one: so it starts at
    once. It gets what this process has for its environment and folder now, and a connection.
    """

    def __init__(self, work: Callable[[Connection], None], preload: Sequence[str]) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(preload))
        self._ours, theirs = context.Pipe()
        arguments = (work, theirs, dict(os.environ), Path.cwd())
        self._process = context.Process(target=_lead, args=arguments, daemon=True)
        with _forking:
            self._process.start()
        theirs.close()

    def say(self, line: bytes) -> None:
        """Send a line to the process, if it still listens."""
        with suppress(OSError):
            self._ours.send_bytes(line)

    def lines(self) -> Iterator[bytes]:
        """Yield what it says until it ends."""
        with suppress(EOFError, OSError):
            while True:
                yield self._ours.recv_bytes()

    def end(self) -> int:
        """Wait until it has ended, and return its exit status; negative for a signal.

        For who has read all lines.
        """
        with _forking:
            self._process.join()
        self._ours.close()
        return self._process.exitcode or 0

    def kill(self) -> None:
        """End it at once, and what it has started in its process group."""
        assert self._process.pid is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        # It may have no group of its own yet.
        self._process.kill()


def _lead(
    work: Callable[[Connection], None], connection: Connection, environment: dict[str, str], folder: Path
) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    work(connection)
