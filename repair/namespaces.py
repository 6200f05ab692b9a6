"""Commands that start a program in namespaces of its own: with bubblewrap, or with unshare."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.process import run
from repair.limits import Limits
from repair.toolchain import compiler_folders

Argument = str | Path
_SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix/store", "gnu/store")
"""What programs and their libraries are installed to, below the root."""
_SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "passwd", "group", "nsswitch.conf")
"""What the loader, compilers and the C library read in /etc; nothing else of it is there."""
_FRESH = ("/tmp", "/run", "/dev/shm")
"""Folders in memory that programs may write to."""
_FIRST_UID = 1_000_000_000
_runs = itertools.count()

# In a mount namespace of its own everything becomes read-only. A new root with nothing but what the program
# needs is put together under /run, which then takes the place of the old one.
_BEGIN = """
set -e
while read -r source point type options rest; do
  case "$point $options" in
  /dev\\ * | /dev/* | /sys/fs/cgroup* | *\\ ro | *\\ ro,*) ;;
  *) mount -o remount,bind,ro "$(printf %b "$point")" 2>/dev/null || : ;;
  esac
done </proc/mounts
mount -t tmpfs -o "size=$1,mode=755" tmpfs /run
cd /run
"""
_DEVICES = """
mount --rbind /proc proc
mount -t tmpfs -o "size=$1,mode=755" tmpfs dev
for device in null zero full random urandom; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mkdir dev/shm
"""
_END = """
PATH=$PATH:/usr/sbin:/sbin pivot_root . old
umount -l /old
rmdir /old
rm -rf /mount
mount -o remount,bind,ro /
rm -rf /run/mount
cd "$2"; shift 2
# Namespace root could mount what it likes; a program without capabilities cannot.
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class View:
    """What a program sees of the user's files, and where it starts."""

    cwd: Path
    visible: Sequence[Path]
    writable: Sequence[Path] = ()

    def binds(self) -> Iterator[tuple[str, Path]]:
        """Yield what is there with `ro` or `rw`, outer folders first."""
        system = _system().folders
        yield from (("ro", path) for path in system)
        for path in sorted({*self.visible, *self.writable}):
            if path in self.writable:
                yield "rw", path
            elif not any(path.is_relative_to(folder) for folder in system) and path.exists():
                yield "ro", path


@dataclass(frozen=True, slots=True)
class _System:
    """The part of this machine that every program needs to run at all."""

    links: Mapping[Path, Path]
    """In the root, with where they lead."""
    folders: tuple[Path, ...]
    """Outer ones first."""
    settings: tuple[Path, ...]


@cache
def _system() -> _System:
    places = [Path("/", name) for name in _SYSTEM]
    links = {path: path.readlink() for path in places if path.is_symlink() and path.parent == Path("/")}
    there = {path for path in {*places, *compiler_folders()}.difference(links) if path.is_dir()}
    outer = sorted(path for path in there if there.isdisjoint(path.parents))
    settings = (Path("/etc", name) for name in _SETTINGS)
    return _System(links, tuple(outer), tuple(path for path in settings if path.exists()))


def bubblewrap(argv: Sequence[Argument], view: View, limits: Limits) -> list[Argument]:
    """Return the command that runs a program in bubblewrap."""
    bound = ("--size", str(limits.file_size)) if _bounds_folders() else ()
    fresh = [each for path in _FRESH for each in (*bound, "--tmpfs", path)]
    system = _system()
    return [
        *("bwrap", *_bubblewrap_namespaces(), "--die-with-parent", "--new-session"),
        *("--dev", "/dev", "--proc", "/proc"),
        *fresh,
        *(each for path, leads in system.links.items() for each in ("--symlink", leads, path)),
        *(each for path in system.settings for each in ("--ro-bind", path, path)),
        *(each for mode, path in view.binds() for each in (_BIND[mode], path, path)),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", view.cwd, "--", *_stripped(limits), *argv),
    ]


def unshared(argv: Sequence[Argument], view: View, limits: Limits) -> list[Argument]:
    """Return the command that runs a program by `unshare`."""
    user = () if _is_real_root() else ("--map-root-user",)
    # Without a /proc of its own it would see the user's other processes and what they were started with.
    namespaces = ("--net", "--ipc", "--mount", "--pid", "--mount-proc")
    return [
        *("unshare", *user, *namespaces, "--fork", "--kill-child"),
        *("sh", "-c", f"{_BEGIN}{''.join(_furnishing(view))}{_END}", "sandbox", str(limits.file_size)),
        *(view.cwd, *_stripped(limits), *argv),
    ]


def _furnishing(view: View) -> Iterator[str]:
    """Yield what fills the folder that becomes the root, with as few programs as that takes."""
    system, binds = _system(), list(view.binds())
    yield "mkdir old proc dev tmp run etc\n"
    yield f"cp -P {_quoted((*system.links, '.'))}\n" if system.links else ""
    yield f"cp -RP {_quoted((*system.settings, 'etc'))}\n{_DEVICES}"
    for fresh in _FRESH:
        yield f'mount -t tmpfs -o "size=$1,mode=1777" tmpfs {_below(fresh)}\n'
    folders = (path if path.is_dir() else path.parent for _, path in binds)
    yield f"mkdir -p {' '.join(map(_below, folders))}\n"
    for mode, path in binds:
        yield "" if path.is_dir() else f"[ -e {_below(path)} ] || : >{_below(path)}\n"
        yield f"mount --rbind {_quoted((path,))} {_below(path)}\n"
        yield f"mount -o remount,bind,rw {_below(path)}\n" if mode == "rw" else ""


def _below(path: Argument) -> str:
    return _quoted((f".{path}",))


def _quoted(paths: Iterable[Argument]) -> str:
    return shlex.join(map(str, paths))


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


@cache
def _is_real_root() -> bool:
    """Tell whether we are root of the machine, and not of a user namespace."""
    mapped = Path("/proc/self/uid_map").read_text().split()
    return os.geteuid() == 0 and mapped == ["0", "0", "4294967295"]


@cache
def _bounds_folders() -> bool:
    """Tell whether this bubblewrap can bound folders in memory, as it can since 0.7."""
    return b"--size" in run(("bwrap", "--help"), timeout=20).stdout
