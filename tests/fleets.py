"""Fleets of tiny modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.tiny import FUNCTIONS, write_module

NAMES = tuple(FUNCTIONS)


def write_fleet(folder: Path, modules: Mapping[str, Iterable[str]]) -> Path:
    """Write a folder of modules, each with some of the functions; return it."""
    for name, functions in modules.items():
        write_module(folder / name, functions)
    return folder


def write_c(folder: Path, **files: str) -> Path:
    """Write files into a folder, `name_h` as `name.h` and `name_c` as `name.c`; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_text(text)
    return folder
