"""Builds drivers with the C or with the Rust, and runs them in isolation."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from analysis.process import Completed, run
from repair.evidence.c_side import DECLARED, DEFINED, CSide
from repair.evidence.driver import Driver
from repair.evidence.variants import ALLOCATORS, PLAIN, SEARCH, Variant
from repair.module_tests import SYSTEM_LIBRARIES

RUNTIME = Path(__file__).with_name("runtime")
_WRAPPED = tuple(f"-Wl,--wrap={name}" for name in ALLOCATORS)
_COMMON = ("blocks.c", "input.c", "watch.c")
_SHOWN = 1500


class LabError(Exception):
    """Say that a driver cannot be built: the compiler's or linker's words."""


@dataclass
class Lab:
    """A folder in which evidence for one module is made."""

    folder: Path
    c_side: CSide
    link_flags: tuple[str, ...] = ()
    """What the module's tests are linked with, such as `-lm`."""
    _objects: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    _runtime: dict[str, tuple[Path, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.c_side.write(self.folder)

    def room(self, driver: Driver) -> Path:
        """Return the folder that belongs to a driver."""
        folder = self.folder / "drivers" / driver.fingerprint[:16]
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def build(self, driver: Driver, variant: Variant) -> Path:
        """Link a driver with all of the C. Raise LabError."""
        return self.link(driver, variant, self.c_objects(variant), variant.name)

    def link(self, driver: Driver, variant: Variant, module: Sequence[Path], name: str) -> Path:
        """Link a driver with what stands for the module. Raise LabError."""
        program = self.room(driver) / name
        objects = (self.driver_object(driver, variant), *self._runtime_objects(variant), *module)
        wrapped = () if variant is SEARCH else _WRAPPED
        argv: list[str | Path] = [
            variant.compiler,
            *variant.link_flags,
            "-o",
            program,
            *objects,
            *wrapped,
            *self.link_flags,
        ]
        self._must(run([*argv, *SYSTEM_LIBRARIES], cwd=self.folder))
        return program

    def c_objects(self, variant: Variant) -> tuple[Path, ...]:
        """Return the C of the module, compiled once for each variant. Raise LabError."""
        if variant.name not in self._objects:
            folder = self.folder / variant.name
            folder.mkdir(exist_ok=True)
            numbered = enumerate(self.c_side.sources)
            self._objects[variant.name] = tuple(
                self._compile_c(source.file, source.flags, variant, folder / f"{number}.o")
                for number, source in numbered
            )
        return self._objects[variant.name]

    def _compile_c(self, file: str, flags: Sequence[str], variant: Variant, to: Path) -> Path:
        source = f"{DEFINED}/{file}"
        argv: list[str | Path] = [variant.compiler, *flags, *variant.flags, "-w", "-c", source, "-o", to]
        self._must(run(argv, cwd=self.folder))
        if variant is SEARCH:
            # Not `--wrap`: the search engine in the same program needs the allocator of its own.
            renamed = [f"--redefine-sym={name}=__wrap_{name}" for name in ALLOCATORS]
            self._must(run(("objcopy", *renamed, to), cwd=self.folder))
        return to

    def driver_object(self, driver: Driver, variant: Variant) -> Path:
        """Compile a driver; what searches is instrumented, all else shares one object. Raise LabError."""
        searches = bool(variant.driver_flags)
        room = self.room(driver)
        to = room / (f"driver_{variant.name}.o" if searches else "driver.o")
        if to.is_file():
            return to
        (room / "driver.c").write_text(driver.program)
        source = self.c_side.source(driver.file)
        flags = (*source.declared_flags, f"-I{self.folder}", f"-I{self.folder / DECLARED}", f"-I{RUNTIME}")
        extra = variant.driver_flags or PLAIN.flags
        compiler = variant.compiler if searches else PLAIN.compiler
        argv: list[str | Path] = [
            compiler,
            *flags,
            *extra,
            "-std=gnu11",
            "-w",
            "-g1",
            "-c",
            room / "driver.c",
            "-o",
            to,
        ]
        self._must(run(argv, cwd=self.folder))
        if variant is SEARCH:
            renamed = [f"--redefine-sym={name}=__wrap_{name}" for name in ALLOCATORS]
            self._must(run(("objcopy", *renamed, to), cwd=self.folder))
        return to

    def _runtime_objects(self, variant: Variant) -> tuple[Path, ...]:
        kind = variant.runtime[0].removesuffix(".c")
        if kind not in self._runtime:
            folder = self.folder / f"runtime_{kind}"
            folder.mkdir(exist_ok=True)
            names = (*_COMMON, *variant.runtime)
            made = tuple(folder / f"{Path(name).stem}.o" for name in names)
            for name, to in zip(names, made, strict=True):
                self._must(run(("gcc", "-O2", "-w", "-c", RUNTIME / name, "-o", to)))
            self._runtime[kind] = made
        return self._runtime[kind]

    def run(
        self,
        argv: Sequence[str | Path],
        room: Path,
        timeout: float,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Completed:
        """Run a program that may hold a model's code; of all folders it can write to its own room only."""
        return run(argv, cwd=room, timeout=timeout, env={**os.environ, **environment})

    def _must(self, completed: Completed) -> None:
        if not completed.ok:
            said = completed.errors.replace(f"{self.folder}/", "").strip()
            raise LabError(said[:_SHOWN])
