"""The skeleton: a Rust crate in which every function and every initialised global is a typed hole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.rust_items import RustItem
from analysis.unit import CompileCommand
from migrate.skeleton.expose import ExposedFile
from migrate.skeleton.target import Target
from repair.hole import Hole


@dataclass(frozen=True, slots=True)
class RustFile:
    """A file under `src/`: fixed text and holes, in the order of the C."""

    path: str
    parts: tuple[str | Hole, ...]


@dataclass(frozen=True)
class Skeleton:
    """Everything a crate is put together from, apart from the plugs."""

    crate: str
    target: Target
    root: Path
    files: tuple[RustFile, ...]
    exposed: tuple[ExposedFile, ...]
    commands: tuple[CompileCommand, ...]
    closing: Mapping[Path, str]
    """C at the end of exposed files, by file: wrappers for header inline functions above all."""
    items: Mapping[Path, Mapping[str, RustItem]]
    """The Rust that each C file sees, by its name in Rust: types, constants, declarations."""
    home: Mapping[str, Path]
    """The C file that each hole is compiled with, which for a header's is the first to include it."""
    declarations: Mapping[str, str]
    """Formatted Rust declaration of each hole, for when C fills it."""

    @cached_property
    def slots(self) -> tuple[Hole, ...]:
        """Every place that Rust or C can fill, in order, those filled by rule included."""
        return tuple(part for file in self.files for part in file.parts if isinstance(part, Hole))

    @cached_property
    def holes(self) -> tuple[Hole, ...]:
        """The places that a model or a person has to fill, in order."""
        return tuple(hole for hole in self.slots if hole.value is None and hole.maker is None)

    @cached_property
    def furniture(self) -> tuple[Hole, ...]:
        """The places that stay in C by design, in order."""
        return tuple(hole for hole in self.slots if hole.maker is not None)

    @cached_property
    def by_ident(self) -> Mapping[str, Hole]:
        """Each hole by its unique name."""
        return {hole.ident: hole for hole in self.slots}
