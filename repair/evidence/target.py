"""A function whose behaviour is to be shown, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.shapes import Array, FunctionShape, Named, Shape, Shapes
from repair.hole import Hole

_CONST = re.compile(r"\s*(?:static\s+)?const\s+(?!.*\*\s*\w+\s*[\[=])|.*?\*\s*const\b[^=]*=", re.DOTALL)


@dataclass(frozen=True)
class Target:
    """A function of the module, the types it sees and what it reaches."""

    hole: Hole
    home: Path
    """The C file that it is compiled with, relative to the module's root."""
    shape: FunctionShape
    shapes: Shapes
    c_types: Mapping[str, str]
    """How C spells each record: `struct NAME`, `union NAME` or a typedef's name."""
    variables: tuple[Hole, ...]
    """Variables of the module that a call may read or change, and that its file sees."""
    reached: frozenset[str]
    """Idents of the holes that a call of it may run or read, its own included."""
    names: frozenset[str]
    """Every name that these mention."""

    @property
    def changeable(self) -> tuple[Hole, ...]:
        """The variables that are no constants."""
        return tuple(each for each in self.variables if not _CONST.match(each.c_text))

    def variables_of(self, record: str) -> tuple[str, ...]:
        """Return C expressions for the addresses of variables that are, or begin with, a record of a type."""
        shapes = ((each.name, self.shapes.of_variable(each.signature)) for each in self.variables)
        return tuple(
            f"&{name}" if shape == Named(record) else name
            for name, shape in shapes
            if _first(shape) == Named(record)
        )


def _first(shape: Shape) -> Shape:
    return shape.element if isinstance(shape, Array) else shape
