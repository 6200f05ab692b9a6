"""Puts our objects in the place of Kbuild's, links the kernel with them, and puts Kbuild's back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from repair.kernel.build import KernelBuild
from repair.kernel.journal import Journal
from repair.kernel.make import Made, make

LINK_SECONDS = 900
"""A link takes seconds; the C may have to be compiled first where the tree changed."""


@dataclass(frozen=True, slots=True)
class Swap:
    """A kernel build that is ours for now."""

    build: KernelBuild
    journal: Journal

    def link(self, objects: Mapping[str, Path], seconds: float = LINK_SECONDS) -> Made:
        """Link the kernel with these objects and Kbuild's for all others; none gives the C kernel.

        Objects are named as in `KernelUnit.object`.
        """
        contents = {name: path.read_bytes() for name, path in objects.items()}
        if set(self.journal.replaced) - set(contents):
            self.journal.put_back()
        for name, content in contents.items():
            self.journal.replace(name, content)
        made = make(self.build.tree, self.build.folder, ("linux",), seconds=seconds)
        rebuilt = [name for name, each in contents.items() if (self.build.folder / name).read_bytes() != each]
        if made.ok and rebuilt:
            return replace(made, ok=False, problem=f"make compiled {rebuilt[0]} again from the C")
        return made


@contextmanager
def swapping(build: KernelBuild) -> Iterator[Swap]:
    """Hold a build for swapping objects. However this ends, Kbuild's are put back and linked again.

    After a kill that cannot be caught the next opening of the build puts them back. The tree is never
    changed. Raise BuildInUse where another run holds the build.
    """
    journal = Journal(build.own)
    with journal.held():
        try:
            yield Swap(build, journal)
        finally:
            if journal.replaced:
                journal.put_back()
                make(build.tree, build.folder, ("linux",), seconds=LINK_SECONDS)
