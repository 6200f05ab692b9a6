"""Small C modules turned into crates that mix C and Rust, and what programs linked with them print."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.process import run
from migrate.module import open_module, settings_folder
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.settings import load_settings
from repair.cargo import leased_workspace
from repair.plug import Plug, PlugKind

Files = Mapping[str, str | bytes]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What one program prints when it is linked with the C, and with the crate."""

    c: str
    crate: str


def write_files(folder: Path, files: Files) -> Path:
    """Write C files, given by their path and text, into a folder and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
    return folder


def prepare_module(path: Path) -> Prepared:
    """Prepare the module of a PATH with its own settings."""
    settings = load_settings(settings_folder(path), {}, {})
    return prepare(open_module(path, settings), Templates())


def outputs(prepared: Prepared, main: Path, rust: Mapping[str, str], scratch: Path) -> Outputs:
    """Link a C program with the module's C and with its crate, and run both.

    `rust` is what fills holes, by their unique names; the other holes stay in C.
    """
    plugs = {ident: Plug(PlugKind.RUST, textwrap.dedent(text).strip()) for ident, text in rust.items()}
    unknown = set(plugs) - {hole.ident for hole in prepared.skeleton.holes}
    assert not unknown, f"no such holes: {unknown}; there are {sorted(prepared.skeleton.by_ident)}"
    module = prepared.module
    objects = []
    for number, command in enumerate(module.commands):
        objects.append(scratch / f"{number}.o")
        compile_c = ("gcc", *command.flags, "-w", "-c", command.file, "-o", objects[-1])
        checked(compile_c, command.directory)
    flags = module.settings.flags
    link = ("gcc", *flags, "-w", main, *objects, "-o", scratch / "with_c", "-lm")
    checked(link, module.root)
    with leased_workspace() as workspace:
        workspace.write(prepared.assembly.render(plugs))
        built = workspace.build()
        assert built.ok, (built.diagnostics, built.stderr)
        library = workspace.library(module.crate)
        link = ("gcc", *flags, "-w", main, library, "-o", scratch / "with_crate", "-lpthread", "-ldl", "-lm")
        checked(link, module.root)
    return Outputs(checked((scratch / "with_c",), scratch), checked((scratch / "with_crate",), scratch))


def checked(command: tuple[str | Path, ...], folder: Path) -> str:
    """Run a program that has to succeed and return what it printed."""
    result = run(command, cwd=folder, timeout=120)
    assert result.ok, f"{result.argv}: {result.status}\n{result.errors}"
    return result.stdout.decode("utf-8", "replace")
