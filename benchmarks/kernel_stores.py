"""Stores of 2,000 functions of the kernel, for `benchmarks.check`: as modules leave them, and scattered.

`python -m benchmarks.kernel_stores TREE FOLDER` writes them to `FOLDER/modules` and `FOLDER/scattered`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.file_scope import read_file_scope
from analysis.source import SourceFile
from benchmarks.textual_slices import Headers, TextualSlices
from migrate.check.store import Store

FOLDERS = ("lib", "fs", "mm")
FUNCTIONS = 2_000
SEED = 20_250_323


def in_modules(functions: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Choose all functions of randomly drawn files: what runs on modules leave."""
    chosen: dict[str, frozenset[str]] = {}
    missing = FUNCTIONS
    for file in random.Random(SEED).sample(sorted(functions), len(functions)):
        if missing and functions[file]:
            chosen[file] = frozenset(functions[file][:missing])
            missing -= len(functions[file][:missing])
    return chosen


def scattered(functions: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Choose randomly drawn functions."""
    every = [(file, name) for file in sorted(functions) for name in functions[file]]
    chosen: dict[str, set[str]] = {}
    for file, name in random.Random(SEED).sample(every, FUNCTIONS):
        chosen.setdefault(file, set()).add(name)
    return {file: frozenset(names) for file, names in chosen.items()}


def make_store(folder: Path, headers: Headers, chosen: Mapping[str, frozenset[str]]) -> None:
    """Write a store with these functions, and say how large it is."""
    slices = TextualSlices(headers)
    records = [slices.record(file, names) for file, names in sorted(chosen.items())]
    Store(folder).write(records)
    functions = sum(len(each.entries) for each in records)
    needed = sum(len(entry.slice) for each in records for entry in each.entries)
    files = len({file for each in records for file in each.hashes})
    size = sum(path.stat().st_size for path in folder.rglob("*.json")) / (1 << 20)
    print(
        f"{folder.name}: {functions} functions of {len(records)} C files, {needed} declarations in slices, "
        f"{files} files of the tree, {size:.1f} MiB"
    )


def _functions(path: Path) -> list[str]:
    definitions = read_file_scope(SourceFile.read(path)).definitions
    return [name for kind, name in definitions if kind == "function"]


def main() -> None:
    """Write the stores."""
    tree, folder = map(Path, sys.argv[1:])
    headers = Headers(tree)
    files = [path.relative_to(tree).as_posix() for name in FOLDERS for path in (tree / name).rglob("*.c")]
    functions = {file: _functions(tree / file) for file in files}
    make_store(folder / "modules", headers, in_modules(functions))
    make_store(folder / "scattered", headers, scattered(functions))


if __name__ == "__main__":
    main()
