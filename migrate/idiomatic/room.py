"""The room where evidence is made for safe functions, which C and drivers see through shims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from migrate.evidence.room import Answers, EvidenceRoom
from migrate.evidence.targets import make_targets
from migrate.idiomatic.assembly import Outside
from migrate.model.asking import Address
from repair.evidence.behaviour import Behaviour
from repair.evidence.target import Target, is_constant


@dataclass(frozen=True)
class ShimmedRoom(EvidenceRoom):
    """Makes the proofs of functions that shims make callable."""

    outside: Mapping[str, Outside]

    @cached_property
    def targets(self) -> dict[str, Target]:
        """The functions that have a shim; state of the C's own is not looked at, for Rust keeps its own."""
        found = make_targets(self.prepared)
        return {
            ident: replace(target, variables=tuple(filter(is_constant, target.variables)), distant=())
            for ident, target in found.items()
            if ident in self.outside
        }

    def behaviour(self, answers: Answers | None, address: Address) -> Behaviour:
        """Make the proofs, to be replayed on what has a shim with the C behind it."""
        symbols = {ident: self.prepared.skeleton.by_ident[ident].symbol for ident in self.outside}
        return replace(super().behaviour(answers, address), symbols=symbols, remaining=None)
