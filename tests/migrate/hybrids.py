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
from migrate.run.isolation import isolated, require_dependencies
from migrate.settings import load_settings
from repair.cargo import leased_workspace
from repair.plug import Plug, PlugKind

Files = Mapping[str, str | bytes]
Command = tuple[str | Path, ...]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What one program prints when it is linked with the C, and with the crate."""

    c: str
    crate: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A module and what an expression is worth, asked twice, in the C and in the crate."""

    prepared: Prepared
    outputs: Outputs

    def gives(self, *values: int) -> bool:
        """Tell whether the C and the crate both give these values."""
        expected = "".join(f"{value}\n" for value in values)
        return (self.outputs.c, self.outputs.crate) == (expected, expected)

    @property
    def stays(self) -> dict[str, str]:
        """What cannot be Rust, and why."""
        return {each.ident: each.stays for each in self.prepared.skeleton.slots if each.stays}

    def rust(self, file: str) -> str:
        """Return a Rust file of the crate with every hole in C."""
        return self.prepared.assembly.render({}).files[file].decode()


def tried(
    folder: Path, files: Files, prototypes: str, expression: str, rust: Mapping[str, str] | None = None
) -> Tried:
    """Write a module into a folder, prepare it, and ask for an expression twice in the C and in the crate."""
    scratch = folder / "scratch"
    scratch.mkdir()
    prepared = prepare_module(write_files(folder / "module", files))
    asked = f'printf("%ld\\n", (long)({expression}));'
    main = f"#include <stdio.h>\n{prototypes}\nint main(void) {{ {asked} {asked} return 0; }}\n"
    (scratch / "main.c").write_text(main)
    return Tried(prepared, outputs(prepared, scratch / "main.c", rust or {}, scratch))


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
        compile_c: Command = ("gcc", *command.flags, "-w", "-c", command.file, "-o", objects[-1])
        checked(compile_c, command.directory)
    flags = module.settings.flags
    link: Command = ("gcc", *flags, "-w", main, *objects, "-o", scratch / "with_c", "-lm")
    checked(link, module.root)
    with leased_workspace() as leased:
        workspace = isolated(leased, module, leased.sandbox)
        require_dependencies(workspace, prepared.assembly.render({}))
        workspace.write(prepared.assembly.render(plugs))
        built = workspace.build()
        assert built.ok, (built.diagnostics, built.stderr)
        library = workspace.library(module.crate)
        link = ("gcc", *flags, "-w", main, library, "-o", scratch / "with_crate", "-lpthread", "-ldl", "-lm")
        checked(link, module.root)
    return Outputs(checked((scratch / "with_c",), scratch), checked((scratch / "with_crate",), scratch))


def checked(command: Command, folder: Path) -> str:
    """Run a program that has to succeed and return what it printed."""
    result = run(command, cwd=folder, timeout=120)
    assert result.ok, f"{result.argv}: {result.status}\n{result.errors}"
    return result.stdout.decode("utf-8", "replace")
