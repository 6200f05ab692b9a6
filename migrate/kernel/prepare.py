"""Makes a User-Mode Linux build that Rust can be put into: configured, built, and booted once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from migrate.errors import BaselineError, SettingsError
from repair.kernel.boot import Boot, Machine, boot
from repair.kernel.build import BUILT, OWN, KernelBuild, Unusable, open_build, read_options
from repair.kernel.journal import BuildInUse, Journal
from repair.kernel.make import make
from repair.sandbox import Sandbox

CONFIGURATIONS = Path(__file__).parent
NEEDED = ("KUNIT", "BLK_DEV_INITRD", "PRINTK", "BINFMT_ELF", "PROC_FS")
"""Options without which nothing can be shown of a kernel."""
_SECONDS = 4 * 3600
_BETWEEN = 100
_OFF = re.compile(r"^# CONFIG_(\w+) is not set$", re.MULTILINE)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A build that boots, and what that took."""

    build: KernelBuild
    boot: Boot
    steps: int
    """Files that were made; none when all was done before."""
    seconds: float


def configuration(kind: str) -> str:
    """Return one of our own configurations: `plain`, or `checked` for KASAN, kmemleak and lockdep too."""
    names = ("plain",) if kind == "plain" else ("plain", kind)
    return "".join((CONFIGURATIONS / f"{name}.config").read_text() for name in names)


def prepare(tree: Path, folder: Path, wanted: str | None, sandbox: Sandbox, say: Say) -> Prepared:
    """Make a build of a tree in a folder, and boot it; what is done already is not done again.

    `wanted` are lines of a configuration; None keeps the one that is there, or takes `plain`. Raise
    SettingsError where the tree, the folder or the options cannot be used, BaselineError where the kernel
    does not build or boot.
    """
    started = time.monotonic()
    tree, folder = tree.resolve(), folder.resolve()
    _check_tree(tree)
    _check_folder(tree, folder)
    try:
        with Journal(folder / OWN).held():
            _configure(tree, folder, wanted, say)
            steps = _build(tree, folder, say)
            build = open_build(folder, tree)
            if isinstance(build, Unusable):
                raise SettingsError(build.reason)
            say(f"booting {build.linux}")
            return Prepared(build, boots(build, sandbox), steps, time.monotonic() - started)
    except BuildInUse as error:
        raise SettingsError(str(error)) from None


def _check_tree(tree: Path) -> None:
    makefile = tree / "Makefile"
    is_kernel = makefile.exists() and "PATCHLEVEL" in makefile.read_text(errors="replace")
    if not is_kernel or not (tree / "arch" / "um").is_dir():
        raise SettingsError(f"{tree} is not the source of Linux; unpack it there, or correct --tree")
    if (tree / ".config").exists() or (tree / "include" / "config").exists():
        raise SettingsError(
            f"{tree} was itself built in, and Kbuild builds elsewhere only from a clean tree; "
            f"run `make -C {tree} ARCH=um mrproper`, or unpack it again"
        )


def _check_folder(tree: Path, folder: Path) -> None:
    if folder == tree:
        raise SettingsError(f"{folder} is the tree itself, which is never written to; choose another --build")
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder; choose another --build")
    source = folder / "source"
    if source.exists() and source.resolve() != tree:
        raise SettingsError(
            f"{folder} was built from {source.resolve()}, not from {tree}; correct one of them"
        )
    there = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if there - {OWN} and ".config" not in there:
        raise SettingsError(f"{folder} holds something that is not a kernel build; choose another --build")


def _configure(tree: Path, folder: Path, wanted: str | None, say: Say) -> None:
    """See to it that `.config` is complete and holds what is wanted."""
    config = folder / ".config"
    there = config.read_text(errors="replace") if config.exists() else ""
    if wanted is None and not there:
        wanted = configuration("plain")
    fresh = wanted is not None and bool(unmet(wanted, there))
    if wanted is not None and fresh:
        beside = config.with_name(".config.llmigrate")
        beside.write_text(wanted)
        beside.replace(config)
    if fresh or isinstance(open_build(folder, tree), Unusable):
        say(f"configuring {folder}")
        made = make(tree, folder, ("olddefconfig",), seconds=_SECONDS)
        if not made.ok:
            raise BaselineError(f"{folder} cannot be configured: {made.problem}")
    _check_options(wanted or "", config.read_text(errors="replace"), folder)


def unmet(wanted: str, there: str) -> list[str]:
    """Return the options on which a configuration is not as wanted; of two lines the last holds."""
    has, asked = read_options(there), read_options(wanted)
    off = {name for name in _OFF.findall(wanted) if name not in asked}
    wrong = [name for name, value in asked.items() if has.get(name) != value]
    return [*wrong, *sorted(off & has.keys())]


def _check_options(wanted: str, there: str, folder: Path) -> None:
    if names := unmet(wanted, there):
        raise SettingsError(
            f"CONFIG_{names[0]} cannot be had as the configuration wants it, since what it depends on is set "
            f"otherwise or this kernel has no such option; see {folder / '.config'}"
        )
    on = read_options(there)
    if lacking := [name for name in NEEDED if on.get(name) != "y"]:
        raise SettingsError(
            f"CONFIG_{lacking[0]} is off, and nothing can be shown without it; "
            f"set CONFIG_{lacking[0]}=y in {folder / '.config'}"
        )


def _build(tree: Path, folder: Path, say: Say) -> int:
    """Make the kernel and its compile commands; return how many files that took."""

    def progress(done: int, step: str) -> None:
        if done % _BETWEEN == 0:
            say(f"{done} files made, now {step}")

    say(f"building {folder}")
    made = make(tree, folder, (), seconds=_SECONDS, progress=progress)
    if not made.ok:
        raise BaselineError(f"{tree} does not build in {folder}: {made.problem}")
    (folder / OWN / BUILT).touch()
    commands, since = folder / "compile_commands.json", folder / "include" / "config" / "auto.conf"
    if not commands.exists() or commands.stat().st_mtime_ns < since.stat().st_mtime_ns:
        say(f"writing {commands}")
        written = make(tree, folder, ("compile_commands.json",), seconds=_SECONDS)
        if not written.ok:
            raise BaselineError(f"{commands} cannot be written: {written.problem}")
    return made.steps


def boots(build: KernelBuild, sandbox: Sandbox) -> Boot:
    """Boot a kernel that is all C. Raise BaselineError when it does not finish, or fails its own tests."""
    booted = boot(build, Machine(), sandbox)
    if booted.problem is not None:
        raise BaselineError(
            f"the kernel in {build.folder} does not work before anything of it was changed: {booted.problem}"
        )
    return booted
