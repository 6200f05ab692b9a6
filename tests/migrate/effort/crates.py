"""Crates as people find them on disk: those that runs left, copies of them, and small ones of a few lines."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.effort.rust_crate import RustCrate, read_crate
from tests.command import Result, cli


@dataclass(frozen=True)
class Edited:
    """A run's output folder, and a copy of its crate for people to edit."""

    out: Path
    folder: Path

    def read(self, file: str) -> str:
        """Return a file of the copy."""
        return (self.folder / file).read_text()

    def write(self, file: str, text: str) -> None:
        """Write a file of the copy."""
        (self.folder / file).write_text(text)

    def replace(self, file: str, old: str, new: str) -> None:
        """Change the one place in a file where a text stands."""
        text = self.read(file)
        assert text.count(old) == 1, text.count(old)
        self.write(file, text.replace(old, new))

    def cut(self, file: str, first: str, last: str) -> str:
        """Take a text out of a file: from the line that begins so to the next one that is just this."""
        lines = self.read(file).split("\n")
        start = next(at for at, line in enumerate(lines) if line.startswith(first))
        end = next(at for at in range(start, len(lines)) if lines[at] == last) + 1
        self.write(file, "\n".join((*lines[:start], *lines[end:])))
        return "\n".join((*lines[start:end], ""))

    def measure(self, *options: object) -> Result:
        """Give the command."""
        return cli("effort", self.out, self.folder, *options)

    @property
    def measured(self) -> dict[str, Any]:
        """What the command says to scripts."""
        result = self.measure("--json")
        assert (result.exit, result.stderr) == (0, "")
        payload: dict[str, Any] = result.json
        return payload

    def hole(self, name: str) -> dict[str, Any]:
        """What it says of a function or variable that the run was to make."""
        found: dict[str, Any] = next(each for each in self.measured["holes"] if each["name"] == name)
        return found


def copied(out: Path, folder: Path) -> Edited:
    """Copy the crate of a run."""
    shutil.copytree(out / "crate", folder)
    return Edited(out, folder)


def crate(folder: Path, **files: str) -> RustCrate:
    """Write a crate with files under `src/`, named without their ending, and read it."""
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text('[package]\nname = "small"\n')
    for name, text in files.items():
        (folder / "src" / f"{name}.rs").write_text(text)
    return read_crate(folder)
