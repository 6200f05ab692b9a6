"""How much a program may use: time, memory, processes, files and output."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a program and on all that it starts; the defaults suit a test program."""

    seconds: float
    """Of wall-clock time."""
    memory: int | None = 4 << 30
    """Bytes of address space for each process; None for sanitizers, which reserve terabytes."""
    processes: int = 256
    """Processes and threads at a time."""
    file_size: int = 256 << 20
    """Bytes of any one file, and of each folder in memory."""
    output: int = 16 << 20
    """Bytes on stdout and stderr together."""

    @property
    def setter(self) -> Callable[[], None]:
        """What a child does before it starts: bound its own time, memory and files."""
        # Threads use processor time side by side; the clock on the wall is watched from outside.
        seconds = (int(self.seconds) + 1) * (os.cpu_count() or 1)
        bounds = [(resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, self.file_size)]
        bounds += [(resource.RLIMIT_CORE, 0)]
        if self.memory is not None:
            bounds += [(resource.RLIMIT_AS, self.memory)]

        def bound() -> None:
            for kind, most in bounds:
                resource.setrlimit(kind, (most, most))
            # Should memory run out all the same, the kernel ends this program and not one of the user's.
            with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
                file.write("1000")

        return bound

    @property
    def process_limit(self) -> int:
        """The limit on processes that holds inside a user namespace.

        Since Linux 5.14 processes are counted by namespace (commit 21d1c5e386bc); before, all of the
        user's count, of which there are at most as many as the machine has.
        """
        major, minor = os.uname().release.split(".")[:2]
        if (int(major), int("".join(filter(str.isdigit, minor)) or 0)) >= (5, 14):
            return self.processes
        return self.processes + int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])


def size(count: int) -> str:
    """Return a number of bytes for people."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            return f"{count / factor:g} {unit}"
    return f"{count} bytes"
