"""Runs Kbuild's make on a build folder, with progress, and says in few lines what went wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.process import Completed, run

Progress = Callable[[int, str], None]
"""Called with the number of steps that were done, and the last one as make shows it."""
_STEP = re.compile(r"^\s{2}([A-Z][A-Z0-9_+]*(?: \[M\])?)\s+(\S+)$")
_ERROR = re.compile(
    r"\berror: |\bundefined reference to |\bmultiple definition of |^ERROR: |^ld: |\*\*\* |fatal error: "
)
_MOST_ERRORS = 12
_OUTPUT = 64 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """How make ended."""

    ok: bool
    seconds: float
    steps: int
    """Compiled, linked and generated files."""
    problem: str = ""
    """What went wrong, in the tools' own lines."""


def make(
    tree: Path,
    folder: Path,
    targets: tuple[str, ...] = (),
    *,
    seconds: float,
    progress: Progress | None = None,
    variables: Mapping[str, str] | None = None,
) -> Made:
    """Make targets of a User-Mode Linux build, all of the kernel by default, within a time limit."""
    assigned = (f"{name}={value}" for name, value in (variables or {}).items())
    jobs = f"-j{os.cpu_count() or 1}"
    command: tuple[str | Path, ...] = ("make", "-C", tree, f"O={folder}", "ARCH=um", jobs)
    command = (*command, *assigned, *targets)
    steps = _Steps(progress)
    ended = run(command, env=_environment(), timeout=seconds, most_output=_OUTPUT, heard=steps.heard)
    problem = "" if ended.ok else _problem(ended, seconds)
    return Made(ended.ok, ended.seconds, steps.count, problem)


def _environment() -> dict[str, str]:
    """Return what make needs of the environment: none of the variables that would change a build."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "HOME") if name in os.environ}
    return {**kept, "LC_ALL": "C"}


class _Steps:
    """Counts the steps that make shows."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._rest = b""
        self.count = 0

    def heard(self, piece: bytes) -> None:
        """Take a piece of what make prints."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            step = _STEP.match(line.decode("utf-8", errors="replace"))
            if step:
                self.count += 1
                if self._progress is not None:
                    self._progress(self.count, f"{step[1]} {step[2]}")


def _problem(ended: Completed, seconds: float) -> str:
    if ended.timed_out:
        return f"make did not end within {seconds:g} seconds"
    printed = ended.stdout.decode("utf-8", errors="replace") + ended.errors
    lines = [line for line in printed.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.search(line)] or lines
    return "\n".join(errors[:_MOST_ERRORS])
