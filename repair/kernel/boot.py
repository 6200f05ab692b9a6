"""Boots a User-Mode Linux kernel in the sandbox and says how it ended, from its log and its KTAP."""

from __future__ import annotations

import enum
import re
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.process import Completed
from repair.kernel.build import KernelBuild
from repair.kernel.host import preloaded
from repair.kernel.ktap import Ktap, Outcome, read_ktap
from repair.kernel.log import Panic, complaints, filtered, read_panic
from repair.limits import Limits, size
from repair.sandbox import Sandbox

_ADDRESS_SPACE = 4 << 30
_SLACK = 512 << 20
"""What User-Mode Linux adds to the file that is its memory, for itself and for the gap behind its heap."""
_MERGED = 'exec "$@" 2>&1 </dev/null'
"""A console whose input ends hangs up, and then nothing can be written to it."""
_FINISHED = ("reboot: System halted", "reboot: Power down", "reboot: Restarting system")
_BEGINS, _ENDS = "llmigrate: check begins", "llmigrate: check "
"""What `runtime/init.c` prints around a check."""
_STARVED = ("System is deadlocked on memory", "Out of memory and no killable processes")


class Ended(enum.StrEnum):
    """How a boot ended."""

    FINISHED = "finished"
    PANICKED = "panicked"
    HUNG = "hung"
    """It was still running when its time was up."""
    OUTGREW = "outgrew"
    """It used more memory, or wrote more, than it may."""
    BROKE_OFF = "broke off"
    """It stopped without saying that it would."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a kernel is booted with."""

    suites: str = "*"
    """A glob for the KUnit suites to run; empty for none."""
    initrd: bytes | None = None
    """Its first root folder; see `repair.kernel.initrd`. Without one it halts after KUnit."""
    parameters: tuple[str, ...] = ()
    """More of the kernel's own parameters."""
    seconds: float = 60
    memory: int = 256 << 20
    """Bytes."""
    output: int = 16 << 20
    """Bytes of log."""


@dataclass(frozen=True, slots=True)
class Check:
    """What the program said that ran as a check, and how it ended."""

    lines: tuple[str, ...]
    """The log from its start to its end, the kernel's own lines in between."""
    ending: str
    """Such as `ended with status 0`; empty where it did not end."""

    @property
    def status(self) -> int | None:
        """Its exit status, or None where it ended in another way or not at all."""
        said = re.fullmatch(r"ended with status (\d+)", self.ending)
        return int(said[1]) if said else None


@dataclass(frozen=True, slots=True)
class Boot:
    """A boot from the first line of its log to the last."""

    ended: Ended
    log: str
    seconds: float
    status: int
    """The program's exit status, which says little: it is 0 even where tests failed."""
    ktap: Ktap
    panic: Panic | None
    machine: Machine

    @property
    def filtered(self) -> tuple[str, ...]:
        """The log's lines without times, addresses and what is the machine's."""
        return filtered(self.log)

    @property
    def complaints(self) -> tuple[str, ...]:
        """The lines in which the kernel says that something is wrong."""
        return complaints(self.log)

    @property
    def check(self) -> Check:
        """What the check said, the program that an initrd starts."""
        lines = list(self.filtered)
        start = lines.index(_BEGINS) + 1 if _BEGINS in lines else len(lines)
        ends = (at for at, line in enumerate(lines[start:], start) if line.startswith(_ENDS))
        end = next(ends, len(lines))
        return Check(tuple(lines[start:end]), lines[end].removeprefix(_ENDS) if end < len(lines) else "")

    @property
    def problem(self) -> str | None:
        """One sentence on what went wrong, or None: it finished, and every test that ran passed."""
        match self.ended:
            case Ended.PANICKED:
                assert self.panic is not None
                return self.panic.sentence
            case Ended.HUNG:
                return f"the kernel did not end within {self.machine.seconds:g} seconds{self._at()}"
            case Ended.OUTGREW:
                bounds = f"{size(self.machine.memory)} of memory and {size(self.machine.output)} of log"
                return f"the kernel outgrew {bounds}{self._at()}"
            case Ended.BROKE_OFF:
                return f"the kernel stopped in the middle{self._at()}"
        if self.machine.initrd and self.check.status is None:
            return f"the check did not run to its end: {self.check.ending or 'it was never started'}"
        return self._failed()

    def _failed(self) -> str | None:
        bad = (*self.ktap.named(Outcome.FAILED), *self.ktap.named(Outcome.UNFINISHED))
        if bad:
            more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
            return f"the KUnit test {bad[0]}{more} did not pass"
        if self.machine.suites and not self.ktap.ok:
            return f"no KUnit suite matching {self.machine.suites} ran or passed"
        return None

    def _at(self) -> str:
        lines = self.filtered
        return f"; the last it said: {lines[-1]}" if lines else ", without a word"


def boot(build: KernelBuild, machine: Machine, sandbox: Sandbox) -> Boot:
    """Boot the kernel as it stands in its build folder. It needs a memory file system and `ptrace` only."""
    with tempfile.TemporaryDirectory(prefix="boot-") as folder:
        scratch = Path(folder).resolve()
        initrd = scratch / "initrd"
        if machine.initrd is not None:
            initrd.write_bytes(machine.initrd)
        # Without address randomisation the size of its memory, and so its log, is the same each time.
        library = preloaded(build)
        environment = ("env", f"LD_PRELOAD={library}") if library else ()
        command = ("sh", "-c", _MERGED, "boot", "setarch", "-R", *environment, build.linux)
        ended = sandbox.run(
            (*command, *_parameters(machine, scratch, initrd)),
            cwd=scratch,
            limits=_limits(build, machine),
            visible=(build.linux, *((library,) if library else ())),
            writable=(scratch,),
            environment={"TMPDIR": "/dev/shm"},
        )
    log = ended.stdout.decode("utf-8", errors="replace").replace("\r\n", "\n") + ended.errors
    panic = read_panic(log)
    return Boot(_how(ended, log, panic), log, ended.seconds, ended.status, read_ktap(log), panic, machine)


def _parameters(machine: Machine, scratch: Path, initrd: Path) -> Iterator[str]:
    yield from (f"mem={machine.memory >> 20}M", f"uml_dir={scratch}/", "umid=boot")
    yield from ("console=tty", "con=null", "con0=fd:0,fd:1", "panic=-1")
    yield f"kunit.enable={int(bool(machine.suites))}"
    if machine.suites not in ("", "*"):
        yield f"kunit.filter_glob={machine.suites}"
    yield from (f"initrd={initrd}", "rdinit=/init") if machine.initrd else ("kunit_shutdown=halt",)
    yield from machine.parameters


def _limits(build: KernelBuild, machine: Machine) -> Limits:
    # KASAN reserves the shadow of its whole address space.
    space = None if build.option("KASAN") else _ADDRESS_SPACE + machine.memory
    return Limits(machine.seconds, space, file_size=machine.memory + _SLACK, output=machine.output)


def _how(ended: Completed, log: str, panic: Panic | None) -> Ended:
    if ended.flooded or any(said in log for said in _STARVED) or ended.status == -signal.SIGXFSZ:
        return Ended.OUTGREW
    if panic is not None:
        return Ended.PANICKED
    if ended.timed_out or ended.status == -signal.SIGXCPU:
        return Ended.HUNG
    return Ended.FINISHED if any(said in log for said in _FINISHED) else Ended.BROKE_OFF
