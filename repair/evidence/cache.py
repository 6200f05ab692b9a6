"""Keeps harnesses from run to run: what they depend on is the key, so nothing goes stale."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from analysis.process import run
from repair.evidence.coverage import Coverage, Mark
from repair.evidence.driver import Driver
from repair.evidence.harness import Corpus, Effort, Harness, MutantFate, SetAside
from repair.evidence.lab import RUNTIME, Lab

_FORMAT = 7
"""Counts changes to what is kept, and to how inputs and mutants are found."""


@dataclass(frozen=True, slots=True)
class HarnessCache:
    """Harnesses in a folder, one file each."""

    folder: Path

    def load(self, lab: Lab, driver: Driver, effort: Effort) -> Harness | None:
        """Return what was kept of a driver, or None."""
        path = self._path(lab, driver, effort)
        try:
            kept = json.loads(gzip.decompress(path.read_bytes()))
            made = _harness(driver, kept)
        except (OSError, ValueError, KeyError, TypeError, EOFError):
            # What is broken is made again.
            return None
        return replace(made, unmade=effort.mutants and made.mutants is None)

    def save(self, lab: Lab, driver: Driver, effort: Effort, made: Harness) -> None:
        """Keep what was made of a driver."""
        path = self._path(lab, driver, effort)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{id(made)}.new")
        draft.write_bytes(gzip.compress(json.dumps(_kept(made)).encode(), mtime=0))
        draft.replace(path)

    def _path(self, lab: Lab, driver: Driver, effort: Effort) -> Path:
        parts = (_FORMAT, lab.fingerprint, driver.fingerprint, asdict(effort), _tools())
        key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        return self.folder / key[:2] / f"{key}.json.gz"


@cache
def _tools() -> list[str]:
    """Return what else decides about a corpus: compilers and the runtime."""
    versions = [_version(compiler) for compiler in ("gcc", "clang")]
    texts = b"".join(path.read_bytes() for path in sorted(RUNTIME.iterdir()))
    return [*versions, hashlib.sha256(texts).hexdigest()]


def _version(compiler: str) -> str:
    try:
        return run((compiler, "--version")).stdout.decode().partition("\n")[0]
    except FileNotFoundError:
        return ""


def _kept(harness: Harness) -> dict[str, Any]:
    corpus = harness.corpus
    return {
        "inputs": [base64.b64encode(each).decode() for each in corpus.inputs],
        "logs": corpus.logs,
        "set_aside": asdict(corpus.set_aside),
        "tried": corpus.tried,
        "lines": [(each.line, each.hit) for each in harness.coverage.lines],
        "branches": [(each.line, each.hit) for each in harness.coverage.branches],
        "mutants": None if harness.mutants is None else [asdict(each) for each in harness.mutants],
    }


def _harness(driver: Driver, kept: dict[str, Any]) -> Harness:
    inputs = tuple(base64.b64decode(each) for each in kept["inputs"])
    corpus = Corpus(inputs, tuple(kept["logs"]), SetAside(**kept["set_aside"]), kept["tried"])
    lines, branches = (tuple(Mark(*mark) for mark in kept[name]) for name in ("lines", "branches"))
    mutants = kept["mutants"]
    fates = None if mutants is None else tuple(MutantFate(**each) for each in mutants)
    return Harness(driver, corpus, Coverage(lines, branches), fates)
