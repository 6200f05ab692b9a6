"""Speed of the index over the Linux kernel's lib/ and fs/, beside libclang on a sample of the same files.

Run `python -m benchmarks.analysis`; the last line of the output is one JSON object. Speeds are thousands of
lines per second of processor time on one core.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clang import cindex
from platformdirs import user_cache_path

from analysis.index import index_file
from analysis.source import SourceFile

PACKAGE = "linux-source-6.12"
FOLDERS = ("lib", "fs", "include")
SAMPLE_SIZE = 80
SEED = 20_250_323

Counter = Callable[[SourceFile], tuple[int, int]]
"""Counts the function definitions and the calls in a file."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """How long some files took, and what was found in them."""

    files: int
    lines: int
    functions: int
    calls: int
    seconds: float

    @property
    def kloc_per_second(self) -> float:
        """Thousands of lines per second."""
        return self.lines / self.seconds / 1000


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why the kernel's source cannot be had."""

    reason: str


def kernel_source(folders: Sequence[str] = FOLDERS) -> Path | Unavailable:
    """Return a tree with these folders of the kernel, downloaded once into the user's cache."""
    cache = user_cache_path("llmigrate") / "linux-source"
    tree = cache / PACKAGE
    if all((tree / folder).is_dir() for folder in folders):
        return tree
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return Unavailable("apt-get and dpkg-deb are not installed")
    cache.mkdir(parents=True, exist_ok=True)
    try:
        _download(cache)
        _unpack(cache, folders)
    except subprocess.CalledProcessError as error:
        return Unavailable(f"`{error.cmd[0]}` failed with exit code {error.returncode}")
    return tree


def _download(cache: Path) -> None:
    if not list(cache.glob(f"{PACKAGE}_*.deb")):
        subprocess.run(["apt-get", "download", PACKAGE], cwd=cache, check=True, capture_output=True)


def _unpack(cache: Path, folders: Sequence[str]) -> None:
    package = max(cache.glob(f"{PACKAGE}_*.deb"))
    archive = f"./usr/src/{PACKAGE}.tar.xz"
    members = [f"{PACKAGE}/{folder}" for folder in folders]
    steps = [["dpkg-deb", "--fsys-tarfile", str(package)], ["tar", "-xO", archive], ["tar", "-xJ", *members]]
    running: list[subprocess.Popen[bytes]] = []
    for step in steps:
        source = running[-1].stdout if running else None
        running.append(subprocess.Popen(step, stdin=source, stdout=subprocess.PIPE, cwd=cache))
    running[-1].communicate()
    for step, process in zip(steps, running, strict=True):
        if process.wait() != 0:
            raise subprocess.CalledProcessError(process.returncode, step)


def count_with_index(source: SourceFile) -> tuple[int, int]:
    """Count the function definitions and calls that the index finds."""
    functions = index_file(source).functions
    return len(functions), sum(len(function.calls) for function in functions)


def count_with_libclang(include: Path) -> Counter:
    """Return a counter of the definitions and calls that a Python walk over libclang's tree finds."""
    index = cindex.Index.create()

    def count(source: SourceFile) -> tuple[int, int]:
        path = str(source.path)
        unit = index.parse(path, args=["-I", str(include)])
        definitions = [
            cursor
            for cursor in unit.cursor.get_children()
            if cursor.kind == cindex.CursorKind.FUNCTION_DECL
            and cursor.is_definition()
            and cursor.location.file.name == path
        ]
        calls = sum(
            inner.kind == cindex.CursorKind.CALL_EXPR
            for definition in definitions
            for inner in definition.walk_preorder()
        )
        return len(definitions), calls

    return count


def measure(sources: Sequence[SourceFile], *counters: Counter) -> list[Measurement]:
    """Let every counter count in one file after the other, so that a busy machine slows all of them alike."""
    lines = sum(source.text.count(b"\n") for source in sources)
    seconds = [0.0] * len(counters)
    found = [(0, 0)] * len(counters)
    for source in sources:
        for place, count in enumerate(counters):
            start = time.process_time()
            functions, calls = count(source)
            seconds[place] += time.process_time() - start
            found[place] = (found[place][0] + functions, found[place][1] + calls)
    return [
        Measurement(len(sources), lines, functions, calls, spent)
        for (functions, calls), spent in zip(found, seconds, strict=True)
    ]


def show(name: str, found: Measurement) -> None:
    """Print one measurement for people."""
    print(
        f"{name:<22}{found.files:>6} files {found.lines / 1000:>8.1f} KLOC {found.functions:>7} functions"
        f" {found.calls:>8} calls {found.seconds:>7.2f} s {found.kloc_per_second:>8.1f} KLOC/s"
    )


def main() -> None:
    """Measure, print what was measured, and end with one JSON object."""
    tree = kernel_source()
    if isinstance(tree, Unavailable):
        print(f"Skipped: the source of {PACKAGE} cannot be had, because {tree.reason}.")
        return
    paths = sorted(path for folder in ("lib", "fs") for path in (tree / folder).rglob("*.c"))
    sources = [SourceFile.read(path) for path in paths]
    sample = random.Random(SEED).sample(sources, SAMPLE_SIZE)
    (everything,) = measure(sources, count_with_index)
    show("index, lib/ and fs/", everything)
    indexed, walked = measure(sample, count_with_index, count_with_libclang(tree / "include"))
    show("index, sample", indexed)
    show("libclang, same sample", walked)
    figures = {
        "name": "analysis",
        "kloc_per_second": round(everything.kloc_per_second, 1),
        "libclang_kloc_per_second": round(walked.kloc_per_second, 1),
        "ratio": round(indexed.kloc_per_second / walked.kloc_per_second, 2),
        "files": everything.files,
        "kloc": round(everything.lines / 1000, 1),
        "functions": everything.functions,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
