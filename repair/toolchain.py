"""The compilers that a crate is built with: where they are, and what they need of the environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.process import run

_PASSED_ON = ("CC", "AR", "LD_LIBRARY_PATH")
"""What decides which C compiler is used, and where compilers find their libraries."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Cargo, the compilers that it calls, and what lays out Rust."""

    cargo: Path
    rustfmt: Path
    folders: tuple[Path, ...]
    """What they consist of, wherever that is."""

    @property
    def environment(self) -> dict[str, str]:
        """What they need of the environment: none of the user's keys, tokens and settings."""
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        path = (str(self.cargo.parent), os.environ.get("PATH", ""), "/usr/bin", "/bin")
        return {**passed_on, "PATH": os.pathsep.join(filter(None, path))}


@cache
def find_toolchain() -> Toolchain:
    """Return the toolchain in use; rustup's stand-ins for it would need rustup's settings each time."""
    asked = run(("rustc", "--print", "sysroot"), timeout=60)
    sysroot = Path(asked.stdout.decode().strip() or "/usr")
    cargo, rustfmt = (_program(sysroot, name) for name in ("cargo", "rustfmt"))
    return Toolchain(cargo, rustfmt, tuple(dict.fromkeys((*_below_home((sysroot,)), *compiler_folders()))))


def _program(sysroot: Path, name: str) -> Path:
    own = sysroot / "bin" / name
    return own if own.exists() else Path(shutil.which(name) or name)


@cache
def compiler_folders() -> tuple[Path, ...]:
    """Return what the C compilers were installed to, with their libraries."""
    return _below_home(map(_prefix, ("gcc", "clang")))


def _below_home(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Leave out what the home folder is, or is in."""
    home = Path.home().resolve()
    return tuple(each for each in dict.fromkeys(folders) if each not in (home, *home.parents))


def _prefix(program: str) -> Path:
    """Return the folder that a program was installed to, with its libraries."""
    found = shutil.which(program)
    return Path(found).resolve().parent.parent if found else Path("/usr")
