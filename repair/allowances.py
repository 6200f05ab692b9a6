"""What may be gone from the C without being left out: what Rust says in another way."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from analysis.structure import Structure, Unit, UnitKind
from repair.correspondence import Correspondence

_PURE = frozenset({"strlen", "strcmp", "strncmp", "memcmp", "strchr", "strnlen", "abs", "labs", "isdigit"})
"""Functions of the C library whose result can be kept instead of asking again."""


@dataclass
class Allowances:
    """Decides for each unit without a counterpart; what Rust has left over serves once."""

    c: Structure
    rust: Structure
    signature: str
    found: Correspondence
    spent: set[int] = field(default_factory=set)

    def missing(self) -> tuple[int, ...]:
        """Return the units of the C that nothing stands for."""
        return tuple(at for at in self.found.missing if not self._allowed(self.c.units[at]))

    def _allowed(self, unit: Unit) -> bool:
        if unit.choice and self._one_side_stands(unit):
            return True
        if unit.kind in {UnitKind.LOCAL, UnitKind.PLACE} and self._gathered(unit):
            return True
        rules: dict[UnitKind, Callable[[Unit], bool]] = {
            UnitKind.LOCAL: self._local,
            UnitKind.TEST: self._test,
            UnitKind.CALL: self._call,
            UnitKind.PLACE: self._place,
        }
        return rules[unit.kind](unit)

    def _one_side_stands(self, unit: Unit) -> bool:
        """Tell whether the other side of an `if` has a counterpart that holds the choice within it."""
        return any(
            c.choice == unit.choice and c.names == unit.names and self.rust.units[other].choice
            for at, other in self.found.pairs.items()
            if (c := self.c.units[at]).kind is unit.kind
        )

    def _gathered(self, unit: Unit) -> bool:
        """Tell whether a later store took the value in: `x += y; if (x > z) x = z;` as `(x + y).min(z)`."""
        needed = {each for each in unit.atoms | unit.names if each in self.rust.words}
        return any(
            each.kind is unit.kind
            and unit.names <= each.names
            and each.choice == 2
            and unit.names <= each.atoms
            and needed <= each.atoms | each.more
            for each in self.rust.units
        )

    def _spend(self, fits: Callable[[Unit], bool]) -> bool:
        for at in self.found.left_over:
            if at not in self.spent and fits(self.rust.units[at]):
                self.spent.add(at)
                return True
        return False

    def _local(self, unit: Unit) -> bool:
        (name,) = unit.names
        stores = [each for each in self.rust.units if each.kind is UnitKind.LOCAL and name in each.names]
        if unit.declares and unit.trivial:
            return True
        if name not in self.rust.locals or name in self.rust.bound:
            return True
        if unit.loop and not stores and any(each.loop for each in self.rust.units):
            return True
        if unit.trivial and any(each.trivial and each.declares for each in stores):
            return True
        if self._became_index(unit, stores):
            return True
        if self._only_decided(unit, stores) or self._folded(unit, name, stores):
            return True
        if name in self.rust.mutable and all(each.declares for each in stores):
            return False
        return self._spend(lambda each: self._renamed(unit, each))

    def _became_index(self, unit: Unit, stores: list[Unit]) -> bool:
        """Tell whether a pointer that starts at an array became an index that starts at 0."""
        arrays = {each for each in unit.atoms if not each.isdigit()} - self.c.locals
        begins = any(each.declares and each.trivial for each in stores)
        return unit.declares and begins and bool(arrays) and arrays <= self.rust.words

    def _renamed(self, unit: Unit, other: Unit) -> bool:
        """Tell whether a store to a local of the Rust alone computes what the C stores."""
        if other.kind is not UnitKind.LOCAL or not other.names.isdisjoint(self.c.locals) or other.trivial:
            return False
        needed = {each for each in unit.atoms if not each.isdigit()}
        if not needed - unit.names:
            steps = not (unit.trivial or other.declares)
            return steps and not other.names.isdisjoint(other.atoms)
        return needed <= other.atoms | other.more

    def _only_decided(self, unit: Unit, stores: list[Unit]) -> bool:
        """Tell whether all stores to a local became one `let` whose value is a choice."""
        functions = frozenset[str]().union(
            *(each.names for each in self.c.units if each.kind is UnitKind.CALL)
        )
        constants = unit.atoms - self.c.locals - functions
        decided = bool(stores) and all(each.declares for each in stores) and any(e.choice for e in stores)
        return decided and all(each.isdigit() or each in self.rust.words for each in constants)

    def _folded(self, unit: Unit, name: str, stores: list[Unit]) -> bool:
        """Tell whether a value that C stores back is used where it is computed."""
        if name in self.rust.mutable or any(not each.declares for each in stores):
            return False
        needed = {each for each in unit.atoms | {name} if not each.isdigit()}
        return any(needed <= each.names | each.atoms | each.more for each in self.rust.units)

    def _test(self, unit: Unit) -> bool:
        names = {each for each in unit.names if not each.isdigit()}
        if any(re.search(rf"\b{name}_?:\s*(?:&|Box\b|NonNull\b|Option\b)", self.signature) for name in names):
            return True
        if unit.loop and self._spend(lambda each: each.kind is UnitKind.TEST and each.loop):
            return True
        if unit.copies == 0:
            return unit.inner and self._spend(lambda each: "_" in each.left and not each.trivial)
        dissolved = names <= self.c.locals and names.isdisjoint(self.rust.locals)
        return dissolved and self._spend(lambda each: each.kind is UnitKind.TEST)

    def _call(self, unit: Unit) -> bool:
        (name,) = unit.names
        called = [each for each in self.rust.units if each.kind is UnitKind.CALL and name in each.names]
        return name in _PURE and bool(called)

    def _place(self, unit: Unit) -> bool:
        """Allow a field of a local record that became a local of the same name."""
        return unit.inner and self._spend(
            lambda each: each.kind is UnitKind.LOCAL and unit.names <= each.names and not each.trivial
        )
