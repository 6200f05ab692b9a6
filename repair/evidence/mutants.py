"""Tells mutants of the C apart with a corpus, and hunts for inputs that tell more of them apart."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.c_mutants import Mutant, c_schemata, of_its_text
from analysis.process import run
from analysis.shapes import c_name
from repair.evidence.c_mutants_build import BuiltMutants, build_mutants
from repair.evidence.c_side import DEFINED
from repair.evidence.driver import Driver
from repair.evidence.harness import MutantFate
from repair.evidence.lab import Lab, LabError
from repair.evidence.replay import first_killers
from repair.evidence.variants import PLAIN
from repair.hole import Hole

_BATCH = 12
"""Mutants that are tried before the next ones are."""


@dataclass(frozen=True)
class MutantProgram:
    """A driver linked with all mutants of its function."""

    lab: Lab
    program: Path
    mutants: tuple[Mutant, ...]
    shift: int
    """How many lines further down the function stands in what was compiled than in the module."""

    def killers(self, inputs: Sequence[bytes], numbers: Sequence[int]) -> dict[int, int | None]:
        """Return for each mutant the first input that tells it apart, or None."""
        return first_killers(self.lab, self.program, inputs, numbers) if inputs and numbers else {}

    def shows(self, inputs: Sequence[bytes]) -> bool:
        """Tell whether inputs tell any mutant apart: if not, the driver reports nothing of what is done."""
        numbers = [each.number for each in self.mutants]
        batches = (numbers[at : at + _BATCH] for at in range(0, len(numbers), _BATCH))
        return any(killer is not None for batch in batches for killer in self.killers(inputs, batch).values())

    def fates(self, survivors: frozenset[int]) -> tuple[MutantFate, ...]:
        """Say what became of every mutant."""
        return tuple(
            MutantFate(
                each.number, each.line - self.shift, each.before, each.after, each.number not in survivors
            )
            for each in self.mutants
        )


class Unmade(enum.Enum):
    """Why there are no mutants of a function."""

    NOTHING_TO_CHANGE = enum.auto()
    UNREADABLE = enum.auto()
    """Its C cannot be parsed."""


def link_mutants(lab: Lab, driver: Driver, function: Hole) -> MutantProgram | Unmade:
    """Compile the mutants of a function and link them with its driver, or say why there are none.

    Edits of what only the macros of others bring are left out. Raise LabError when the driver does not build.
    """
    source = lab.c_side.source(driver.file)
    preprocessed = run(("gcc", *source.flags, "-E", f"{DEFINED}/{driver.file}"), cwd=lab.folder)
    schemata = c_schemata(preprocessed.stdout, c_name(function.name)) if preprocessed.ok else None
    if schemata is None:
        return Unmade.UNREADABLE
    schemata = of_its_text(schemata, function.c_text.encode(), lab.c_side.macros)
    if not schemata.mutants:
        return Unmade.NOTHING_TO_CHANGE
    built = build_mutants(schemata, (*source.flags, *PLAIN.flags), lab.folder, lab.room(driver) / "mutants.o")
    if not isinstance(built, BuiltMutants):
        raise LabError(built.message)
    objects = list(lab.c_objects(PLAIN))
    objects[lab.c_side.number(driver.file)] = built.object
    program = lab.link(driver, PLAIN, objects, "mutants")
    shift = lab.c_side.line_shifts.get(driver.ident, 0)
    return MutantProgram(lab, program, built.schemata.mutants, shift)
