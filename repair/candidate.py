"""One answer for one hole, as Rust items in a fixed order and layout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from analysis.rust_items import RustItem, rust_items
from repair.hole import Hole


@dataclass(frozen=True)
class Candidate:
    """Rust for one hole: its own item first, then private helpers; formatted by rustfmt."""

    hole: Hole
    text: str
    excused: tuple[int, ...] = ()
    """Lines of the C file that the answer says need no counterpart."""

    @cached_property
    def items(self) -> tuple[RustItem, ...]:
        """The items of the text, in order."""
        return rust_items(self.text)

    @property
    def helpers(self) -> tuple[RustItem, ...]:
        """The items besides the hole's own."""
        return self.items[1:]
