"""Builds drivers with the C or with the Rust, and runs them in isolation."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from threading import RLock
from types import MappingProxyType

from analysis.process import Completed, run
from repair.evidence.c_side import DECLARED, DEFINED, CSide, CSource
from repair.evidence.driver import Driver
from repair.evidence.engine import Engine
from repair.evidence.surroundings import HOSTED_C, Surroundings
from repair.evidence.variants import ALLOCATORS, CLOCKS, PLAIN, SEARCH, Variant
from repair.limits import Limits
from repair.module_tests import SYSTEM_LIBRARIES
from repair.sandbox import Sandbox

RUNTIME = Path(__file__).with_name("runtime")
_COMMON = ("blocks.c", "clock.c", "input.c", "watch.c")
_SHOWN = 1500
_BUILD_SECONDS = 120
_OUTPUT = 16 << 20


class LabError(Exception):
    """Say that a driver cannot be built: the compiler's or linker's words."""


@contextmanager
def scratch(room: Path) -> Iterator[Path]:
    """Lend an empty folder in a room for a program to write to.

    Nothing of ours is written there: a link that a program leaves would lead it anywhere.
    """
    folder = Path(mkdtemp(prefix="run_", dir=room))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def left_in(folder: Path) -> Iterator[Path]:
    """Yield the files that a program left in a folder; links lead to what is not its own."""
    for parent, _, names in os.walk(folder):
        paths = (Path(parent, name) for name in sorted(names))
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


@dataclass
class Lab:
    """A folder in which evidence for one module is made; may be used from several threads."""

    folder: Path
    c_side: CSide
    sandbox: Sandbox
    link_flags: tuple[str, ...] = ()
    """What the module's tests are linked with, such as `-lm`."""
    visible: tuple[Path, ...] = ()
    """Folders with headers that are not the module's."""
    surroundings: Surroundings = HOSTED_C
    _objects: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    _engine: Engine | None = None
    _lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.c_side.write(self.folder)

    @cached_property
    def fingerprint(self) -> str:
        """The hash of all C with what its headers bring, those of others too, and of how it is built."""
        expanded = [
            run(("gcc", *each.flags, "-E", "-P", f"{DEFINED}/{each.file}"), cwd=self.folder).stdout
            for each in self.c_side.sources
        ]
        around = [self.surroundings.headers, self.surroundings.link_flags, self.surroundings.engine]
        # What is always there, and a kernel's own, is known by the format of the cache.
        around += [self.surroundings.allocation] if self.surroundings.allocation else []
        texts = [sha256(each).hexdigest() for each in expanded]
        parts = [self.c_side.fingerprint, self.link_flags, around, texts]
        return sha256(json.dumps(parts).encode()).hexdigest()

    def room(self, driver: Driver) -> Path:
        """Return the folder that belongs to a driver."""
        folder = self.folder / "drivers" / driver.fingerprint[:16]
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def engine(self) -> Engine:
        """What finds inputs: our own generator where clang cannot compile all of the C."""
        with self._lock:
            self._engine = self._engine or self._usable_engine()
            return self._engine

    def _usable_engine(self) -> Engine:
        wanted = self.surroundings.engine
        try:
            if wanted is Engine.LIBFUZZER:
                self.c_objects(SEARCH)
        except LabError:
            return Engine.GENERATOR
        return wanted

    def build(self, driver: Driver, variant: Variant) -> Path:
        """Link a driver with all of the C. Raise LabError."""
        return self.link(driver, variant, self.c_objects(variant), variant.name)

    def link(self, driver: Driver, variant: Variant, module: Sequence[Path], name: str) -> Path:
        """Link a driver with what stands for the module. Raise LabError."""
        program = self.room(driver) / name
        objects = (self.driver_object(driver, variant), *self.runtime_objects(variant), *module)
        wrapped = () if variant is SEARCH else tuple(f"-Wl,--wrap={name}" for name in self._stood_in_for)
        built: tuple[str | Path, ...] = (program, *objects)
        flags = (*variant.link_flags, *self.surroundings.link_flags)
        argv = (variant.compiler, *flags, "-o", *built, *wrapped)
        seen = tuple({each.parent for each in module})
        self._make((*argv, *self.link_flags, *SYSTEM_LIBRARIES), program.parent, seen)
        return program

    def c_objects(self, variant: Variant) -> tuple[Path, ...]:
        """Return the C of the module, compiled once for each variant. Raise LabError."""
        with self._lock:
            if variant.name not in self._objects:
                folder = self.folder / variant.name
                folder.mkdir(exist_ok=True)
                numbered = enumerate(self.c_side.sources)
                made = tuple(self._compile_c(each, variant, folder / f"{n}.o") for n, each in numbered)
                self._objects[variant.name] = made
            return self._objects[variant.name]

    def _compile_c(self, source: CSource, variant: Variant, to: Path) -> Path:
        file = f"{DEFINED}/{source.file}"
        flags = (*source.flags, *variant.flags, "-w")
        _must(run((variant.compiler, *flags, "-c", file, "-o", to), cwd=self.folder), self.folder)
        if variant is SEARCH:
            self._rename(to)
        return to

    def weak_objects(self) -> tuple[Path, ...]:
        """Return the C of the module, for behind what takes the place of some of it. Raise LabError."""
        with self._lock:
            if "weak" not in self._objects:
                folder = self.folder / "weak"
                folder.mkdir(exist_ok=True)
                self._objects["weak"] = tuple(self._weakened(each, folder) for each in self.c_objects(PLAIN))
            return self._objects["weak"]

    def _weakened(self, compiled: Path, folder: Path) -> Path:
        to = folder / compiled.name
        _must(run(("objcopy", "--weaken", compiled, to)), self.folder)
        return to

    def objects_of(self, folder: Path) -> tuple[Path, ...]:
        """Compile another state of the module's C, as far as its folder has it. Raise LabError."""
        with self._lock:
            numbered = enumerate(self.c_side.sources)
            there = ((number, each) for number, each in numbered if (folder / each.file).exists())
            return tuple(self._compile_again(each, folder / each.file, number) for number, each in there)

    def _compile_again(self, source: CSource, file: Path, number: int) -> Path:
        to = self.folder / "again" / f"{number}-{sha256(file.read_bytes()).hexdigest()[:16]}.o"
        if not to.exists():
            to.parent.mkdir(exist_ok=True)
            flags = (*source.flags, *PLAIN.flags, "-w")
            _must(run((PLAIN.compiler, *flags, "-c", file, "-o", to), cwd=self.folder), self.folder)
        return to

    @cached_property
    def _stood_in_for(self) -> tuple[str, ...]:
        """The functions of the C library in whose place the runtime's own are called."""
        listed = run(("nm", "-g", "-j", "--defined-only", *self.c_objects(PLAIN)))
        own = listed.stdout.decode(errors="replace").split()
        # A module may well have a `clock` that is none.
        return (*ALLOCATORS, *(name for name in CLOCKS if name not in own))

    def _rename(self, compiled: Path) -> None:
        # Not `--wrap`: the search engine in the same program needs allocator and clock of its own.
        renamed = (f"--redefine-sym={name}=__wrap_{name}" for name in self._stood_in_for)
        _must(run(("objcopy", *renamed, compiled)), self.folder)

    def driver_object(self, driver: Driver, variant: Variant) -> Path:
        """Compile a driver; variants that do not say how share one object. Raise LabError."""
        room = self.room(driver)
        to = room / (f"driver_{variant.name}.o" if variant.driver_flags else "driver.o")
        if to.is_file():
            return to
        (room / "driver.c").write_text(driver.program(self.surroundings.headers))
        source = self.c_side.source(driver.file)
        folders = (f"-I{self.folder}", f"-I{self.folder / DECLARED}", f"-I{RUNTIME}")
        compiled_as = variant.driver_flags or PLAIN.flags
        options = ("-std=gnu11", "-w", "-g1", "-c", room / "driver.c", "-o", to)
        compiler = variant.compiler if variant.driver_flags else PLAIN.compiler
        self._make((compiler, *source.declared_flags, *folders, *compiled_as, *options), room, (RUNTIME,))
        if variant is SEARCH:
            self._rename(to)
        return to

    def runtime_objects(self, variant: Variant) -> tuple[Path, ...]:
        """Return what every program of a variant is linked with besides, compiled once. Raise LabError."""
        with self._lock:
            key = f"runtime_{variant.runtime[0].removesuffix('.c')}"
            if key not in self._objects:
                folder = self.folder / key
                folder.mkdir(exist_ok=True)
                names = (
                    *_COMMON,
                    *variant.runtime,
                    *self.surroundings.runtime,
                    *self.surroundings.allocation,
                )
                self._objects[key] = tuple(self._compile_runtime(name, folder) for name in names)
            return self._objects[key]

    def _compile_runtime(self, name: str, folder: Path) -> Path:
        to = folder / f"{Path(name).stem}.o"
        _must(run(("gcc", "-O2", "-w", "-c", RUNTIME / name, "-o", to)), self.folder)
        return to

    def _make(self, argv: Sequence[str | Path], room: Path, seen: Sequence[Path]) -> None:
        """Compile or link what may hold a model's text. Raise LabError."""
        made = self.sandbox.run(
            argv,
            cwd=self.folder,
            limits=Limits(_BUILD_SECONDS),
            visible=(self.folder, *self.visible, *seen),
            writable=(room,),
        )
        _must(made, self.folder)

    def run(
        self,
        argv: Sequence[str | Path],
        scratch: Path,
        timeout: float,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Completed:
        """Run a program that may hold a model's code; of all folders it can write to `scratch` only."""
        return self.sandbox.run(
            argv,
            cwd=scratch,
            # Sanitizers reserve terabytes of addresses; the runtime counts what is really taken.
            limits=Limits(timeout, memory=None, output=_OUTPUT),
            visible=(self.folder,),
            writable=(scratch,),
            environment=environment,
        )


def defined_symbols(library: Path) -> frozenset[str]:
    """Return what a static library defines for others to link to."""
    listed = run(("nm", "-g", "-j", "--defined-only", library))
    return frozenset(listed.stdout.decode(errors="replace").split())


def _must(completed: Completed, folder: Path) -> None:
    if not completed.ok:
        raise LabError(completed.errors.replace(f"{folder}/", "").strip()[:_SHOWN])
