"""Holds candidates against the C: replays harnesses on the crate, and says whose a difference is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path

from repair.evidence.comparison import Difference, compare
from repair.evidence.lab import Lab, LabError, defined_symbols
from repair.evidence.proof import Proof

Without = Callable[[frozenset[str]], Collection[str] | None]
"""Tells which functions still differ with some variables left in C; None where that does not build."""


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

    def to_blame(self, differing: Collection[str], differs_alone: Callable[[str], bool]) -> frozenset[str]:
        """Return the functions whose difference cannot come from another one that differs.

        Where functions that differ call one another in a circle, `differs_alone` tries one of them with
        the others in C.
        """
        found = frozenset(differing)
        guilty = {ident for ident in found if not (self.reached[ident] - {ident}) & found}
        if guilty:
            return frozenset(guilty)
        alone = next((ident for ident in sorted(found) if differs_alone(ident)), None)
        return found if alone is None else frozenset({alone})

    def readers(self, variables: Collection[str]) -> frozenset[str]:
        """Return the functions whose harnesses may show something of these variables."""
        wanted = frozenset(variables)
        return frozenset(ident for ident in self.proofs if self.reached[ident] & wanted)

    def variables_to_blame(
        self, differing: Collection[str], variables: Collection[str], without: Without
    ) -> dict[str, str]:
        """Return the variables that make functions differ, each with such a function.

        They are those without which the function does what the C does.
        """
        found = frozenset(differing)
        suspects = frozenset(variables) & frozenset[str]().union(*(self.reached[each] for each in found))
        still = without(suspects) if suspects else None
        mended = sorted(found - frozenset(still)) if still is not None else []
        read = {each: self.reached[each] & suspects for each in mended}
        # Who reads one of them only says which one it is, and nothing more has to be built.
        alone = {min(each): reader for reader, each in read.items() if len(each) == 1}
        if alone or not mended:
            return alone
        guilty = _narrowed(sorted(read[mended[0]]), suspects, mended[0], without)
        return dict.fromkeys(guilty, mended[0])


def _narrowed(
    group: Sequence[str], suspects: frozenset[str], reader: str, without: Without
) -> frozenset[str]:
    """Halve a group of variables with which a function differs, for as long as it does with a half."""
    middle = len(group) // 2
    for half in (group[:middle], group[middle:]) if middle else ():
        still = without(suspects - frozenset(half))
        if still is not None and reader in still:
            return _narrowed(half, suspects, reader, without)
    return frozenset(group)
