"""What User-Mode Linux needs of this machine that Linux 6.12 does not bring along."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from analysis.process import run
from repair.kernel.build import KernelBuild

_SOURCE = Path(__file__).parent / "runtime" / "ptrace.c"
_TIMEOUT = 60


def preloaded(build: KernelBuild) -> Path | None:
    """Return the library that a kernel is started with, built where it is not there yet.

    Without it no process runs in a kernel on a processor with AMX. None where the kernel is linked
    statically, or where there is no compiler.
    """
    if build.option("STATIC_LINK"):
        return None
    source = _SOURCE.read_bytes()
    library = build.own / f"ptrace-{hashlib.sha256(source).hexdigest()[:12]}.so"
    if not library.exists():
        build.own.mkdir(exist_ok=True)
        fresh = library.with_suffix(f".{os.getpid()}")
        command = ("gcc", "-shared", "-fPIC", "-O2", "-o", fresh, _SOURCE)
        if not run(command, timeout=_TIMEOUT).ok:
            return None
        fresh.replace(library)
    return library
