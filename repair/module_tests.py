"""The module's own C tests: built once, linked against the C or against the crate."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analysis.process import Completed, run
from repair.limits import Limits, size
from repair.sandbox import Sandbox
from repair.toolchain import find_toolchain

SYSTEM_LIBRARIES = ("-lpthread", "-ldl", "-lm")
"""What Rust's standard library needs of the linker."""
_SHOWN_LINES = 20
_SHOWN = 64 << 10
"""Bytes of the end of what a program printed."""
_LINKING = Limits(120, memory=8 << 30, file_size=4 << 30)
_BACKTRACE = re.compile(r"^stack backtrace:\n(?: +\d+: .*\n(?: +at .*\n)?)*", re.MULTILINE)
"""What a panic adds that cannot leave a function of C: addresses, other ones in every run."""
_NO_MEMORY = re.compile(r"^memory allocation of \d+ bytes failed", re.MULTILINE)
"""The last words of Rust's standard library before it aborts."""


@dataclass(frozen=True, slots=True)
class TestFailure:
    """How a test program failed."""

    __test__ = False
    program: str
    message: str
    """One sentence."""
    output: str
    """The end of what it printed, or what the linker said."""


class ModuleTests(Protocol):
    """What tells whether a module does what it is there for."""

    def run(self, module: Sequence[Path]) -> TestFailure | None:
        """Test what stands for the module, objects or a static library, and return the first failure."""
        ...


@dataclass(frozen=True, slots=True)
class TestPrograms:
    """Compiled test programs that only lack the module."""

    __test__ = False
    objects: tuple[Path, ...]
    link_flags: tuple[str, ...]
    root: Path
    """The module's folder, where the programs run."""
    folder: Path
    """Where programs are linked."""
    timeout: float
    sandbox: Sandbox

    def run(self, module: Sequence[Path]) -> TestFailure | None:
        """Link each program with the module's objects or library, run it, and return the first failure."""
        for compiled in self.objects:
            failure = self._run_one(compiled, module)
            if failure is not None:
                return failure
        return None

    def _run_one(self, compiled: Path, module: Sequence[Path]) -> TestFailure | None:
        name = compiled.stem
        # Beside its object: a program may have the name of another's folder.
        program = compiled.with_suffix("")
        linked = self.sandbox.run(
            ("gcc", "-o", program, compiled, *module, *self.link_flags, *SYSTEM_LIBRARIES),
            cwd=self.root,
            limits=_LINKING,
            visible=(self.root, self.folder, *(path.parent for path in module), *self._library_folders()),
            writable=(compiled.parent,),
            environment=find_toolchain().environment,
        )
        if not linked.ok:
            said = linked.errors.replace(f"{self.folder}/", "").replace(f"{compiled.parent}/", "")
            return TestFailure(name, f"The test program {name} does not link.", _end(said))
        visible = (self.root, self.folder)
        ended = self.sandbox.run((program,), cwd=self.root, visible=visible, limits=self._limits)
        return None if ended.ok else TestFailure(name, self._how(name, ended), _end(_printed(ended)))

    @property
    def _limits(self) -> Limits:
        return Limits(self.timeout)

    def _library_folders(self) -> list[Path]:
        named = (Path(flag[2:]) for flag in self.link_flags if flag.startswith("-L"))
        return [folder for folder in named if folder.is_absolute() and folder.is_dir()]

    def _how(self, name: str, ended: Completed) -> str:
        limits = self._limits
        subject = f"The test program {name}"
        if ended.timed_out:
            return f"{subject} did not end within {self.timeout:g} seconds."
        if ended.flooded:
            return f"{subject} was stopped because it printed more than {size(limits.output)}."
        if limits.memory and _NO_MEMORY.search(_printed(ended)):
            return f"{subject} asked for more memory than the {size(limits.memory)} that it may use."
        if 0 <= ended.status <= 128:
            return f"{subject} failed with exit status {ended.status}."
        number = -ended.status if ended.status < 0 else ended.status - 128
        if number == signal.SIGXFSZ:
            return f"{subject} was stopped because it wrote a file of more than {size(limits.file_size)}."
        return f"{subject} was killed by signal {number}."


def compile_programs(
    sources: Sequence[Path], flags: Sequence[str], directory: Path, folder: Path
) -> tuple[Path, ...] | TestFailure:
    """Compile each test source to an object, or say which one gcc does not accept."""
    objects: list[Path] = []
    for number, source in enumerate(sources):
        # A folder each: two programs may have one name.
        compiled = folder / f"test_{number}" / f"{source.stem}.o"
        compiled.parent.mkdir(exist_ok=True)
        # What `assert` prints of the source's path must not differ from machine to machine.
        relative = f"-ffile-prefix-map={directory}/="
        result = run(("gcc", *flags, relative, "-w", "-c", source, "-o", compiled), cwd=directory)
        if not result.ok:
            return TestFailure(source.name, f"The test {source.name} does not compile.", _end(result.errors))
        objects.append(compiled)
    return tuple(objects)


def _printed(ended: Completed) -> str:
    printed = (ended.stdout[-_SHOWN:] + ended.stderr[-_SHOWN:]).decode("utf-8", errors="replace")
    return _BACKTRACE.sub("", printed)


def _end(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_SHOWN_LINES:])
