"""Some Rust of a crate in figures: how much of it is unsafe or cast, and how much clippy finds in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.unsafety import UnsafeUse, code_lines, unsafe_use


@dataclass(frozen=True, slots=True)
class Portion:
    """Some Rust of a crate in figures."""

    lines: int = 0
    """Lines with code of functions and of variables with a value."""
    use: UnsafeUse = field(default_factory=UnsafeUse)
    clippy: int | None = 0
    """How many findings of clippy it has; None where clippy was not asked."""

    def __add__(self, other: Portion) -> Portion:
        """Return both together."""
        asked = self.clippy is not None and other.clippy is not None
        clippy = (self.clippy or 0) + (other.clippy or 0) if asked else None
        return Portion(self.lines + other.lines, self.use + other.use, clippy)

    @property
    def per_100_lines(self) -> dict[str, float | None]:
        """Return how many of each there are in a hundred lines; None where there is no saying."""
        counts = {
            "unsafe_lines": self.use.lines,
            "dereferences": self.use.dereferences,
            "casts": self.use.casts,
            "clippy": self.clippy,
        }
        return {name: _per_100(count, self.lines) for name, count in counts.items()}


def measure(rust: str, edition: str, lints: Sequence[str] | None) -> Portion:
    """Return the figures of a Rust text, given what clippy says of it; None where it was not asked."""
    return Portion(code_lines(rust), unsafe_use(rust, edition), None if lints is None else len(lints))


def _per_100(count: int | None, lines: int) -> float | None:
    return None if count is None or not lines else round(100 * count / lines, 1)
