"""Holds candidates against the C: replays harnesses on the crate."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path

from repair.evidence.comparison import Difference, compare
from repair.evidence.lab import Lab, LabError, defined_symbols
from repair.evidence.proof import Proof


@dataclass(frozen=True)
class Behaviour:
    """The proofs of a module, and where they are replayed."""

    lab: Lab
    proofs: Mapping[str, Proof]
    reached: Mapping[str, frozenset[str]]
    """By ident: the holes that a call of it may run or read, its own included."""
    remaining: Path | None = None
    """The folder of the C that Rust has not taken over yet, where the static library does not hold it."""
    symbols: Mapping[str, str] | None = None
    """Link symbols by ident, where only some functions can be called in the library; the rest is the C's."""

    def differences(self, idents: Iterable[str], library: Path) -> dict[str, Difference]:
        """Replay the harnesses of some functions on a static library; return those that differ."""
        with ThreadPoolExecutor(cpu_count() or 1) as pool:
            wanted = [ident for ident in self._callable(idents, library) if ident in self.proofs]
            rest = self.lab.objects_of(self.remaining) if self.remaining is not None and wanted else ()
            behind = self.lab.weak_objects() if self.symbols is not None and wanted else ()
            module = (*rest, library, *behind)
            found = pool.map(lambda ident: self._difference(self.proofs[ident], module), wanted)
            return {ident: each for ident, each in zip(wanted, found, strict=True) if each is not None}

    def _callable(self, idents: Iterable[str], library: Path) -> list[str]:
        """Return those of some functions that can be called in a library."""
        if self.symbols is None:
            return list(idents)
        defined = defined_symbols(library)
        return [ident for ident in idents if self.symbols.get(ident) in defined]

    def _difference(self, proof: Proof, module: Sequence[Path]) -> Difference | None:
        for harness in proof.harnesses:
            try:
                found = compare(self.lab, harness, module)
            except LabError as error:
                return Difference(None, "", f"{error}", None)
            if found is not None:
                return found
        return None

    def readers(self, variables: Collection[str]) -> frozenset[str]:
        """Return the functions whose harnesses may show something of these variables."""
        wanted = frozenset(variables)
        return frozenset(ident for ident in self.proofs if self.reached[ident] & wanted)
