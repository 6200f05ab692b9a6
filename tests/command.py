"""The command as tests give it, and what came of it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from migrate.cli import call

PROGRAM = Path(sys.executable).with_name("llmigrate")


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    exit: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """What stdout holds."""
        return json.loads(self.stdout)

    @property
    def plugs(self) -> dict[str, str]:
        """What fills each hole, from the report on stdout."""
        return {hole["name"]: hole["plug"] for hole in self.json["holes"]}


def cli(*arguments: object) -> Result:
    """Run the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        exit_code = call([str(each) for each in arguments])
    return Result(exit_code, out.getvalue(), err.getvalue())


def started(
    arguments: Sequence[object], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start the command as a terminal does, in a process group of its own."""
    return subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ if environment is None else environment,
        start_new_session=True,
        # A shell that put us into the background may have had SIGINT ignored, which children inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def process(*arguments: object, environment: Mapping[str, str] | None = None) -> Result:
    """Run the command in a process of its own."""
    with started(arguments, environment) as command:
        out, err = command.communicate(timeout=120)
    return Result(command.returncode, out, err)


@contextlib.contextmanager
def interrupting(monkeypatch: pytest.MonkeyPatch, place: str) -> Iterator[None]:
    """Let the user interrupt whenever a function is called, which is named with its module."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(place, interrupted)
        yield


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
