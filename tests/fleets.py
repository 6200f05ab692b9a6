"""Fleets of tiny modules, and what is left of batches of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.command import contents
from tests.endpoint import prompt_hash
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


def crates(out: Path) -> dict[str, bytes]:
    """Return all crates of a batch, files that cargo keeps for itself aside."""
    found = {
        f"{folder.name}/{name}": text
        for folder in (out / "modules").iterdir()
        for name, text in contents(folder / "crate").items()
    }
    return {name: text for name, text in found.items() if not name.endswith("Cargo.lock")}


def answered(out: Path) -> set[str]:
    """Return the prompts that the ledgers of a batch have an answer to, as the endpoint counts them."""
    return answered_in(*out.glob("modules/*/ledger.sqlite"))


def answered_in(*ledgers: Path) -> set[str]:
    """Return the prompts that ledgers have an answer to, as the endpoint counts them."""
    found = (json.loads(text)["messages"] for text in _read("SELECT request FROM exchange", ledgers))
    return {prompt_hash({"messages": messages}) for messages in found}


def ordered_in(*ledgers: Path) -> list[str]:
    """Return the batches at a provider that ledgers remember, by its name for them."""
    found = map(json.loads, _read("SELECT value FROM meta WHERE name = 'provider batches'", ledgers))
    return [each["ident"] for orders in found for each in orders if each["ident"]]


def _read(query: str, ledgers: Iterable[Path]) -> list[str]:
    found: list[str] = []
    for path in ledgers:
        with sqlite3.connect(path) as database:
            try:
                found += [text for (text,) in database.execute(query)]
            except sqlite3.OperationalError:  # killed before the tables were there
                continue
    return found


def runs_of(batch: int) -> list[int]:
    """Return the processes of the runs that a batch has started."""
    return [run for server in _children(batch, b"forkserver") for run in _children(server, b"forkserver")]


def _children(parent: int, said: bytes) -> list[int]:
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and said in command:
            found.append(int(path.parent.name))
    return found
