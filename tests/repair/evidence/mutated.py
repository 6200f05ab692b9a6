"""C files whose functions are, one at a time, all of their mutants, linked with the module's own test."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.c_mutants import SELECTOR, c_schemata
from analysis.index import index_file
from analysis.process import Completed, run
from analysis.source import SourceFile
from repair.evidence.c_mutants_build import BuiltMutants, build_mutants

_CHOOSER = f"""\
#include <stdlib.h>
int {SELECTOR};
__attribute__((constructor)) static void choose(void)
{{
	const char *number = getenv("MUTANT");
	{SELECTOR} = number ? atoi(number) : 0;
}}
"""


@dataclass(frozen=True)
class Program:
    """A test program in which one function is all of its mutants."""

    function: str
    built: BuiltMutants
    path: Path
    root: Path

    def run(self, mutant: int, timeout: float = 20) -> Completed:
        """Run the program with a mutant chosen, 0 for the original."""
        environment = {**os.environ, "MUTANT": str(mutant)}
        return run((self.path,), cwd=self.root, env=environment, timeout=timeout)

    def kills(self, mutant: int, said: bytes, timeout: float) -> bool:
        """Tell whether the program ends another way, or says something else, than the original."""
        ended = self.run(mutant, timeout)
        return not ended.ok or ended.stdout != said


def preprocessed(file: Path, flags: Sequence[str]) -> bytes:
    """Return what the compiler sees of a file."""
    completed = run(("gcc", *flags, "-E", file), cwd=file.parent)
    assert completed.ok, completed.errors
    return completed.stdout


def own_functions(file: Path) -> list[str]:
    """Return the functions that a C file defines itself."""
    return [each.name for each in index_file(SourceFile.read(file)).functions]


def programs(sources: Sequence[Path], test: Path, flags: Sequence[str], folder: Path) -> Iterator[Program]:
    """Build a program for each function of a module."""
    root = test.parent
    (folder / "chooser.c").write_text(_CHOOSER)
    objects = {file: folder / f"{file.stem}.o" for file in (*sources, test, folder / "chooser.c")}
    for file, target in objects.items():
        compiled = run(("gcc", *flags, "-w", "-c", file, "-o", target), cwd=root)
        assert compiled.ok, compiled.errors
    for file in sources:
        text = preprocessed(file, flags)
        others = [target for source, target in objects.items() if source != file]
        for name in own_functions(file):
            yield _program(name, text, flags, root, folder, others)


def _program(
    name: str, text: bytes, flags: Sequence[str], root: Path, folder: Path, others: Sequence[Path]
) -> Program:
    schemata = c_schemata(text, name)
    assert schemata is not None, name
    built = build_mutants(schemata, flags, root, folder / f"mutants_{name}.o")
    assert isinstance(built, BuiltMutants), built
    path = folder / f"test_{name}"
    linked = run(("gcc", "-o", path, built.object, *others))
    assert linked.ok, linked.errors
    return Program(name, built, path, root)
