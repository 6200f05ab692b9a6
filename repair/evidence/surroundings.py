"""What a driver and the C of one kind of target are compiled, linked and searched with."""

from __future__ import annotations

from dataclasses import dataclass

from repair.evidence.engine import Engine, find_engine


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around the C of a target when it runs as a program here."""

    headers: tuple[str, ...]
    """What every driver includes after the declarations of its file."""
    link_flags: tuple[str, ...] = ()
    there: frozenset[str] | None = None
    """The functions from outside of the module that can be called; None for all that it can name."""
    runtime: tuple[str, ...] = ()
    """Files of the runtime that programs of this kind need besides."""
    own_engine: Engine | None = None
    """What finds inputs, where not everything that works here does."""
    allocation: tuple[str, ...] = ()
    """Files of the runtime that say how allocation behaves, where it does not fail on demand."""

    def lacks(self, functions: frozenset[str]) -> bool:
        """Tell whether one of these functions cannot be called."""
        return self.there is not None and not functions <= self.there

    @property
    def engine(self) -> Engine:
        """What finds inputs."""
        return self.own_engine or find_engine()


OWN_MEMORY = ("own_memory.c",)
"""Allocation that does not fail and is not reported, for Rust that has its own ways."""
HOSTED_C = Surroundings(("errno.h", "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "string.h"))
"""C that has a standard library."""
KERNEL_C = Surroundings(
    (),
    # A call that leaves the module ends the run, so that its input counts neither way.
    ("-no-pie", "-Wl,--unresolved-symbols=ignore-all"),
    there=frozenset({"memcpy", "memmove", "memset", "memcmp", "strlen", "warn_slowpath_fmt", "_printk"}),
    runtime=("kernel.c",),
    own_engine=Engine.GENERATOR,
)
"""Objects of a kernel whose binary interface is that of programs here; clang cannot read all of its C."""
