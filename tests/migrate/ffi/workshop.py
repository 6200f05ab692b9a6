"""A crate with a safe interface, its shims, and a C program that calls them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from migrate.ffi.argument import NoRule
from migrate.ffi.failure import NOT_TOLD, Codes
from migrate.ffi.ffi_file import ffi_file
from migrate.ffi.rust_type import rust_types
from migrate.ffi.shim import CSide, RustSide, Shim, shim_of

_CHECKED = """\
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int failed;
#define CHECK(fact) ((fact) ? (void)0 : (void)(failed = 1, printf("%d: %s\\n", __LINE__, #fact)))
#define ENDS(call) do { pid_t child = fork(); int status = 0; \\
    if (child == 0) { fclose(stderr); (void)(call); _exit(0); } \\
    waitpid(child, &status, 0); CHECK(WIFSIGNALED(status)); } while (0)
"""
LIBRARIES = ("-lpthread", "-ldl", "-lm")


@dataclass
class Workshop:
    """Safe Rust, and what C declares; shims are made of both."""

    rust: str
    """The crate's root, less its head."""
    bindings: str = ""
    """What bindgen would make of the types of C."""
    functions: list[Shim] = field(default_factory=list)

    def made(
        self,
        c: str,
        path: str,
        nullable: dict[str, str] | None = None,
        codes: Codes = NOT_TOLD,
    ) -> Shim | NoRule:
        """Make the shim of a function from what C declares and the path of the safe one."""
        side = CSide(
            signature=f'pub unsafe extern "C" fn {c}',
            symbol=c.partition("(")[0],
            types=rust_types({"c": self.bindings}),
            nullable=nullable or {},
            codes=codes,
        )
        return shim_of(
            side, RustSide(f"crate::{path}", self.signature(path)), rust_types({"crate": self.rust})
        )

    def add(self, c: str, path: str, nullable: dict[str, str] | None = None, codes: Codes = NOT_TOLD) -> Shim:
        """Make a shim that goes into the crate."""
        shim = self.made(c, path, nullable, codes)
        assert isinstance(shim, Shim), shim
        self.functions.append(shim)
        return shim

    def signature(self, path: str) -> str:
        """Return the signature of a safe function from the text."""
        owner, _, name = path.rpartition("::")
        start = re.search(rf"^impl[^{{\n]*\b{owner}\b[^{{\n]*{{", self.rust, re.MULTILINE) if owner else None
        found = re.compile(rf"(?:pub )?(?:unsafe |async )?fn {name}\b[^{{]*").search(
            self.rust, start.end() if start else 0
        )
        assert found, path
        return found[0].strip()

    def check(self, folder: Path, c: str, edition: str = "2024") -> None:
        """Build all, run C statements, and see that each fact in them is true."""
        declared, _, body = c.partition("int main(void)")
        folder.mkdir(parents=True, exist_ok=True)
        library = self.library(folder, edition)
        program = f"{_CHECKED}{declared}int main(void)\n{body.rstrip().removesuffix('}')}return failed;\n}}\n"
        (folder / "main.c").write_text(program)
        binary = folder / "main"
        _run("gcc", "-Wall", "-Werror", "-o", binary, folder / "main.c", library, *LIBRARIES)
        ran = subprocess.run([binary], capture_output=True, text=True)
        assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr + self.text(edition)

    def library(self, folder: Path, edition: str = "2024") -> Path:
        """Build the crate."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ffi.rs").write_text(self.text(edition))
        (folder / "lib.rs").write_text(f"#![deny(warnings)]\nmod ffi;\n{self.rust}")
        library = folder / "libshims.a"
        built = ("--crate-type", "staticlib", "--crate-name", "shims", "--edition", edition)
        _run("rustc", *built, "-C", "opt-level=1", "-C", "debug-assertions", "-o", library, folder / "lib.rs")
        return library

    def text(self, edition: str = "2024") -> str:
        """Return the file of all shims."""
        return ffi_file(self.functions, edition)


def _run(*command: str | Path) -> None:
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
