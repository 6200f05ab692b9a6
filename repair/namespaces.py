"""Commands that start a program in namespaces of its own: with bubblewrap, or with unshare."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.process import run
from repair.limits import Limits

Argument = str | Path
_COVERED = ("/home", "/root", "/tmp", "/run", "/var", "/srv", "/mnt", "/media")
"""Where people and services keep things that no program under test needs."""
_NEEDED = (Path("/tmp"), Path("/run"))
"""Covered even where they are empty: programs write to the one, and `unshare` works in the other."""
_FIRST_UID = 1_000_000_000
_runs = itertools.count()

# In a mount namespace of its own everything becomes read-only. The old tree stays at hand under /run/old
# until the covers are on and the folders that the program needs are bound to their places again.
_UNSHARED = """
set -e
size=$1; covers=$2; shift 2
[ ! -d /sys/fs/cgroup ] || mount -t tmpfs tmpfs /sys/fs/cgroup
while read -r source point type options rest; do
  case "$point $options" in
  /dev\\ * | /dev/* | /sys/fs/cgroup/* | *\\ ro | *\\ ro,*) ;;
  *) mount -o remount,bind,ro "$(printf %b "$point")" 2>/dev/null || : ;;
  esac
done </proc/mounts
mount -t tmpfs -o "size=$size" tmpfs /run
mkdir /run/old
mount --rbind / /run/old
while [ "$covers" -gt 0 ]; do
  [ "$1" = /run ] || mount -t tmpfs -o "size=$size" tmpfs "$1"
  covers=$((covers - 1)); shift
done
mount -t tmpfs -o "size=$size,mode=755" tmpfs /dev
mkdir -m 1777 /dev/shm
for device in null zero full random urandom; do
  : >"/dev/$device"
  mount --bind "/run/old/dev/$device" "/dev/$device"
done
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
binds=$1; shift
while [ "$binds" -gt 0 ]; do
  if [ -d "/run/old$2" ]; then mkdir -p "$2"; else mkdir -p "$(dirname "$2")"; [ -e "$2" ] || : >"$2"; fi
  mount --rbind "/run/old$2" "$2"
  [ "$1" = ro ] || mount -o remount,bind,rw "$2"
  binds=$((binds - 1)); shift 2
done
umount -l /run/old
rmdir /run/old
rm -rf /run/mount
cd "$1"; shift
# Namespace root could take the covers off again; a program without capabilities cannot.
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class View:
    """What a program sees of the user's files, and where it starts."""

    cwd: Path
    visible: Sequence[Path]
    writable: Sequence[Path] = ()

    @property
    def covers(self) -> list[Path]:
        """Folders that are covered; what is `visible` or `writable` in them is uncovered again."""
        folders = {Path(place).resolve() for place in (*_COVERED, Path.home())}
        there = {path for path in folders if path.is_dir() and _holds_something(path)}
        return sorted(path for path in there if there.isdisjoint(path.parents))

    def binds(self) -> Iterator[tuple[str, Path]]:
        """Yield what is bound again with `ro` or `rw`, outer folders first; the rest can be read anyway."""
        covers = set(self.covers)
        for path in sorted({*self.visible, *self.writable}):
            if path in self.writable:
                yield "rw", path
            elif not covers.isdisjoint((path, *path.parents)):
                yield "ro", path


def bubblewrap(argv: Sequence[Argument], view: View, limits: Limits) -> list[Argument]:
    """Return the command that runs a program in bubblewrap."""
    bound = ("--size", str(limits.file_size)) if _bounds_folders() else ()
    covers = [each for path in (*view.covers, "/dev/shm") for each in (*bound, "--tmpfs", path)]
    return [
        *("bwrap", *_bubblewrap_namespaces(), "--die-with-parent", "--new-session"),
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
        *covers,
        *("--remount-ro", "/dev"),
        *(each for mode, path in view.binds() for each in (_BIND[mode], path, path)),
        *("--chdir", view.cwd, "--", *_stripped(limits), *argv),
    ]


def unshared(argv: Sequence[Argument], view: View, limits: Limits) -> list[Argument]:
    """Return the command that runs a program by `unshare`."""
    user = () if _is_real_root() else ("--map-root-user",)
    # Without a /proc of its own it would see the user's other processes and what they were started with.
    namespaces = ("--net", "--ipc", "--mount", "--pid", "--mount-proc")
    covers, binds = view.covers, list(view.binds())
    return [
        *("unshare", *user, *namespaces, "--fork", "--kill-child"),
        *("sh", "-c", _UNSHARED, "sandbox", str(limits.file_size)),
        *(str(len(covers)), *covers, str(len(binds))),
        *(each for bind in binds for each in bind),
        *(view.cwd, *_stripped(limits), *argv),
    ]


_BIND = {"ro": "--ro-bind", "rw": "--bind"}
_KEPT = ("dac_override", "fowner")
"""What a program needs to use root's folders as root's own programs do, and no more."""


def _stripped(limits: Limits) -> list[str]:
    """Return the command that takes away what a program could get out with, and bounds its processes."""
    bounded = ["prlimit", f"--nproc={limits.process_limit}"]
    if not _is_real_root():
        return [*bounded, "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]
    # The kernel never limits root's processes, so each run gets a user that nobody else is.
    user = str(_FIRST_UID + os.getpid() % (1 << 22) * 64 + next(_runs) % 64)
    kept = ",".join(f"+{name}" for name in _KEPT)
    # Without it `access` would answer as if the user had not been given what it needs.
    honest = ("--securebits", "+no_setuid_fixup")
    return [
        *(*bounded, "setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs", *honest),
        *(f"--inh-caps=-all,{kept}", f"--ambient-caps=-all,{kept}", f"--bounding-set=-all,{kept}", "--"),
    ]


def _bubblewrap_namespaces() -> list[str]:
    if not _is_real_root():
        return ["--cap-drop", "ALL", "--unshare-all"]
    needed = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", *(f"CAP_{name.upper()}" for name in _KEPT))
    given = [each for name in needed for each in ("--cap-add", name)]
    namespaces = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
    return ["--cap-drop", "ALL", *given, *namespaces]


def _holds_something(folder: Path) -> bool:
    if folder in _NEEDED:
        return True
    try:
        return any(folder.iterdir())
    except PermissionError:
        return True


@cache
def _is_real_root() -> bool:
    """Tell whether we are root of the machine, and not of a user namespace."""
    mapped = Path("/proc/self/uid_map").read_text().split()
    return os.geteuid() == 0 and mapped == ["0", "0", "4294967295"]


@cache
def _bounds_folders() -> bool:
    """Tell whether this bubblewrap can bound folders in memory, as it can since 0.7."""
    return b"--size" in run(("bwrap", "--help"), timeout=20).stdout
