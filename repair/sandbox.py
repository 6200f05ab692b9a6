"""Run a program that a model had a hand in: without the user's environment, network and home folder."""

from __future__ import annotations

import enum
import resource
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.process import Completed, run

_MEMORY = 4 << 30
_FILE_SIZE = 256 << 20
_SHOWN = 64 << 10
"""Bytes of the end of what a program printed."""
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp", "TMPDIR": "/tmp"}

# In a mount namespace of its own everything is read-only and the home folder is covered; folders that the
# program needs are held open by descriptor first, and bound to their place again on top of the cover.
_UNSHARED = """
set -e
home=$1; shift
count=$1; shift
fd=3
for path in "$@"; do
  [ "$fd" -lt $((3 + count)) ] || break
  eval "exec $fd<\\"\\$path\\""
  fd=$((fd + 1))
done
while read -r source point rest; do
  mount -o remount,bind,ro "$(printf %b "$point")" 2>/dev/null || :
done </proc/mounts
for cover in "$home" /tmp /run; do
  mount -t tmpfs tmpfs "$cover"
done
fd=3
while [ "$count" -gt 0 ]; do
  mkdir -p "$1"
  mount --no-canonicalize --bind "/proc/self/fd/$fd" "$1"
  mount -o remount,bind,ro "$1"
  eval "exec $fd<&-"
  fd=$((fd + 1)); count=$((count - 1)); shift
done
cd "$1"; shift
# Namespace root could take the covers off again; a program without capabilities cannot.
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs -- "$@"
"""


class SandboxKind(enum.StrEnum):
    """What keeps a program away from the user's things."""

    BUBBLEWRAP = "bubblewrap"
    UNSHARE = "unshare"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A way to run programs without network, home folder and environment."""

    kind: SandboxKind

    def run(
        self, argv: Sequence[str | Path], *, cwd: Path, visible: Sequence[Path], timeout: float
    ) -> Completed:
        """Run a program; of the home folder and `/tmp` it sees only the `visible` folders."""
        wrapped = _bubblewrap(argv, cwd, visible) if self.kind is SandboxKind.BUBBLEWRAP else None
        command = wrapped or _unshare(argv, cwd, visible)
        return run(
            command,
            cwd=Path("/"),
            env=_ENVIRONMENT,
            timeout=timeout,
            before_start=_limits(timeout),
            tail=_SHOWN,
        )


@cache
def find_sandbox() -> Sandbox | None:
    """Return the best sandbox that works on this machine, or None."""
    for kind in SandboxKind:
        sandbox = Sandbox(kind)
        program = "bwrap" if kind is SandboxKind.BUBBLEWRAP else "unshare"
        if shutil.which(program):
            tried = sandbox.run(("/bin/true",), cwd=Path("/usr"), visible=(Path("/usr"),), timeout=20)
            if tried.ok:
                return sandbox
    return None


def _bubblewrap(argv: Sequence[str | Path], cwd: Path, visible: Sequence[Path]) -> list[str | Path]:
    binds: list[str | Path] = [each for path in visible for each in ("--ro-bind", path, path)]
    covers = [each for path in sorted({"/tmp", "/run", str(Path.home())}) for each in ("--tmpfs", path)]
    return [
        *("bwrap", "--cap-drop", "ALL", "--unshare-all", "--die-with-parent", "--new-session"),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
        *covers,
        *binds,
        *("--chdir", cwd, "--"),
        *argv,
    ]


def _unshare(argv: Sequence[str | Path], cwd: Path, visible: Sequence[Path]) -> list[str | Path]:
    script = ("sh", "-c", _UNSHARED, "sandbox", Path.home(), str(len(visible)), *visible, cwd, *argv)
    # Without a /proc of its own it would see the user's other processes and what they were started with.
    namespaces = ("--map-root-user", "--net", "--ipc", "--mount", "--pid", "--mount-proc")
    return ["unshare", *namespaces, "--fork", "--kill-child", *script]


def _limits(timeout: float) -> Callable[[], None]:
    """Return what a child does before it starts: bound its own time, memory and files."""
    seconds = int(timeout) + 1

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_SIZE, _FILE_SIZE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return bound
