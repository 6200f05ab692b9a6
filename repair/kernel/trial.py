"""What stands for a module's tests in a kernel: it links, boots, and does what the C kernel does."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from repair.kernel.boot import Boot, Machine, boot
from repair.kernel.build import KernelUnit
from repair.kernel.ktap import Outcome
from repair.kernel.log import differences
from repair.kernel.objects import KernelObjects, Part, make_objects
from repair.kernel.panic import PANIC_C
from repair.kernel.swap import Swap
from repair.module_tests import TestFailure
from repair.sandbox import Sandbox

_PROGRAM = "the kernel"
_SHOWN_LINES = 30


@dataclass(frozen=True, slots=True)
class Reference:
    """What the kernel in C does on a machine, seen more than once."""

    machine: Machine
    boots: tuple[Boot, ...]

    @property
    def passed(self) -> frozenset[str]:
        """The KUnit tests that pass each time."""
        every = [frozenset(each.ktap.named(Outcome.PASSED)) for each in self.boots]
        return frozenset.intersection(*every)

    def failure(self, found: Boot) -> TestFailure | None:
        """Return in what a boot of another kernel falls short of the C's."""
        if found.problem is not None:
            detail = found.panic.detail if found.panic else _end(found.filtered)
            return TestFailure(_PROGRAM, _sentence(found.problem), detail)
        lost = sorted(self.passed - set(found.ktap.named(Outcome.PASSED)))
        if lost:
            return TestFailure(_PROGRAM, f"The KUnit test {lost[0]} did not pass.", _end(found.filtered))
        changed = differences([each.log for each in self.boots], found.log)
        if changed and (self.machine.initrd is not None or self.machine.parameters):
            said = "The booted kernel says something else than the kernel in C (`-` C, `+` Rust)."
            return TestFailure(_PROGRAM, said, "\n".join(changed[:_SHOWN_LINES]))
        return None


@dataclass(frozen=True, slots=True)
class KernelTests:
    """Boots a kernel with a module's Rust in it."""

    __test__ = False
    swap: Swap
    units: tuple[KernelUnit, ...]
    remaining: tuple[Path, ...]
    """For each unit the C that is left of it, in the scratch crate."""
    references: tuple[Reference, ...]
    sandbox: Sandbox

    def run(self, module: Sequence[Path]) -> TestFailure | None:
        """Put a module's static library into the kernel, boot it, and return the first failure."""
        with tempfile.TemporaryDirectory(prefix="objects-") as folder:
            made = make_objects(self.swap.build, tuple(self._parts()), module[0], Path(folder))
            if not isinstance(made, KernelObjects):
                message = f"It does not become an object of the kernel: {made[0].message}."
                return TestFailure(_PROGRAM, message, "\n".join(each.message for each in made[1:]))
            linked = self.swap.link(made.files)
        if not linked.ok:
            return TestFailure(_PROGRAM, "The kernel does not link with it.", linked.problem)
        booted = (self._booted(each) for each in self.references)
        return next((failure for failure in booted if failure is not None), None)

    def _booted(self, reference: Reference) -> TestFailure | None:
        return reference.failure(boot(self.swap.build, reference.machine, self.sandbox))

    def _parts(self) -> Iterator[Part]:
        for number, (unit, text) in enumerate(zip(self.units, self.remaining, strict=True)):
            yield Part(unit, (text, PANIC_C) if number == 0 else (text,))


def refer(swap: Swap, machine: Machine, sandbox: Sandbox, times: int) -> Reference | TestFailure:
    """Boot the kernel in C on a machine, or return why it is no reference."""
    linked = swap.link({})
    if not linked.ok:
        return TestFailure(_PROGRAM, "It does not link.", linked.problem)
    boots = tuple(boot(swap.build, machine, sandbox) for _ in range(times))
    failed = next((each for each in boots if each.problem is not None), None)
    if failed is None:
        return Reference(machine, boots)
    return TestFailure(_PROGRAM, _sentence(failed.problem or ""), _end(failed.filtered))


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."


def _end(lines: Sequence[str]) -> str:
    return "\n".join(lines[-_SHOWN_LINES:])
