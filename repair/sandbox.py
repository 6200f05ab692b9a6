"""Run a program that a model had a hand in: without the user's environment, network and home folder."""

from __future__ import annotations

import enum
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.process import Completed, run
from repair.limits import Limits
from repair.namespaces import View, bubblewrap, unshared

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp", "TMPDIR": "/tmp"}


class SandboxKind(enum.StrEnum):
    """What keeps a program away from the user's things."""

    BUBBLEWRAP = "bubblewrap"
    UNSHARE = "unshare"
    OFF = "off"
    """Nothing: the user said so. Limits and the bare environment stay."""


_PROGRAMS = {SandboxKind.BUBBLEWRAP: "bwrap", SandboxKind.UNSHARE: "unshare"}


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A way to run programs without network, home folder and environment."""

    kind: SandboxKind

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path,
        limits: Limits,
        visible: Sequence[Path] = (),
        writable: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> Completed:
        """Run a program; beside the system it sees only what is `visible`, and changes what is `writable`.

        Paths are absolute. `environment` is added to a bare one.
        """
        view = View(cwd, visible, writable)
        match self.kind:
            case SandboxKind.BUBBLEWRAP:
                command = bubblewrap(argv, view, limits)
            case SandboxKind.UNSHARE:
                command = unshared(argv, view, limits)
            case SandboxKind.OFF:
                command = list(argv)
        return run(
            command,
            cwd=cwd if self.kind is SandboxKind.OFF else Path("/"),
            env={**_ENVIRONMENT, **(environment or {})},
            stdin=stdin,
            timeout=limits.seconds,
            before_start=limits.setter,
            most_output=limits.output,
        )


NO_SANDBOX = Sandbox(SandboxKind.OFF)


@cache
def find_sandbox() -> Sandbox | None:
    """Return the best sandbox that works on this machine, or None."""
    for kind, program in _PROGRAMS.items():
        sandbox = Sandbox(kind)
        if shutil.which(program):
            tried = sandbox.run(("/bin/true",), cwd=Path("/usr"), limits=Limits(20))
            if tried.ok:
                return sandbox
    return None
