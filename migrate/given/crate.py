"""A crate that a user gives: its files, and the functions in it whose bodies are open."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from analysis.rust_bodies import RustBody, rust_bodies
from migrate.errors import SettingsError
from repair.cargo import read_files

_NOT_LIBRARY = frozenset({"tests", "benches", "examples"})


@dataclass(frozen=True)
class GivenCrate:
    """A Rust library as its owner wrote it."""

    folder: Path
    files: Mapping[str, bytes]
    """Contents by path relative to the folder; what cargo built and hidden files left out."""
    name: str
    """The library's name, as linkers and `use` know it."""
    edition: str

    @cached_property
    def bodies(self) -> tuple[RustBody, ...]:
        """Every function of the library that has a body, file by file, tests left out."""
        return tuple(
            body for file in self.sources for body in rust_bodies(file, self.files[file]) if not body.is_test
        )

    @property
    def open_bodies(self) -> tuple[RustBody, ...]:
        """The functions whose bodies are to be filled, in order."""
        return tuple(body for body in self.bodies if body.is_open)

    @property
    def sources(self) -> tuple[str, ...]:
        """The Rust files of the library, `lib.rs` first."""
        named = (name for name in self.files if name.endswith(".rs") and _is_library(name))
        return tuple(sorted(named, key=lambda name: (PurePosixPath(name).name != "lib.rs", name)))

    @property
    def tests(self) -> tuple[str, ...]:
        """The Rust files of its integration tests."""
        named = (name for name in self.files if name.endswith(".rs") and name.startswith("tests/"))
        return tuple(sorted(named))


def _is_library(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return parts[0] not in _NOT_LIBRARY and name not in {"build.rs", "src/main.rs"} and "bin" not in parts


def open_given(folder: Path) -> GivenCrate:
    """Read a crate with open bodies. Raise SettingsError when it is none."""
    manifest = _manifest(folder)
    package, library = manifest.get("package"), manifest.get("lib") or {}
    if not isinstance(package, dict) or not isinstance(library, dict):
        raise SettingsError(f"{folder} is a workspace, not one crate; name the folder of one of its crates")
    files = read_files(folder)
    if str(library.get("path", "src/lib.rs")) not in files:
        raise SettingsError(f"{folder} has no src/lib.rs; a given interface is a library crate")
    name = str(library.get("name") or package.get("name", "")).replace("-", "_")
    edition = package.get("edition", "2015")
    crate = GivenCrate(folder.resolve(), files, name, edition if isinstance(edition, str) else "2021")
    if not crate.open_bodies:
        raise SettingsError(
            f"{folder} has no open body; replace what is to be filled by `unimplemented!()` or `todo!()`"
        )
    return crate


def _manifest(folder: Path) -> Mapping[str, Any]:
    path = folder / "Cargo.toml"
    if not path.is_file():
        raise SettingsError(f"{folder} holds no Cargo.toml; --interface takes `abi` or the folder of a crate")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}; correct the file") from None
