"""The module's own C tests: built once, linked against the C or against the crate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.process import Completed, run
from repair.sandbox import Sandbox

SYSTEM_LIBRARIES = ("-lpthread", "-ldl", "-lm")
"""What Rust's standard library needs of the linker."""
_SHOWN_LINES = 20
_BACKTRACE = re.compile(r"^stack backtrace:\n(?: +\d+: .*\n(?: +at .*\n)?)*", re.MULTILINE)
"""What a panic adds that cannot leave a function of C: addresses, other ones in every run."""


@dataclass(frozen=True, slots=True)
class TestFailure:
    """How a test program failed."""

    __test__ = False
    program: str
    message: str
    """One sentence."""
    output: str
    """The end of what it printed, or what the linker said."""


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
        linked = run(("gcc", "-o", program, compiled, *module, *self.link_flags, *SYSTEM_LIBRARIES))
        if not linked.ok:
            said = linked.errors.replace(f"{self.folder}/", "").replace(f"{compiled.parent}/", "")
            return TestFailure(name, f"The test program {name} does not link.", _end(said))
        ended = self.sandbox.run(
            (program,), cwd=self.root, visible=(self.root, self.folder), timeout=self.timeout
        )
        return None if ended.ok else TestFailure(name, self._how(name, ended), _end(_printed(ended)))

    def _how(self, name: str, ended: Completed) -> str:
        if ended.timed_out:
            return f"The test program {name} did not end within {self.timeout:g} seconds."
        if ended.status < 0 or ended.status > 128:
            signal = -ended.status if ended.status < 0 else ended.status - 128
            return f"The test program {name} was killed by signal {signal}."
        return f"The test program {name} failed with exit status {ended.status}."


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
    printed = (ended.stdout + ended.stderr).decode("utf-8", errors="replace")
    return _BACKTRACE.sub("", printed)


def _end(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_SHOWN_LINES:])
