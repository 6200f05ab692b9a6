"""The room where evidence is made for safe functions, which C and drivers see through shims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from analysis.shapes import Named, Pointer, Shape
from migrate.evidence.room import Answers, EvidenceRoom
from migrate.evidence.targets import make_targets
from migrate.ffi.rust_type import RustType
from migrate.idiomatic.assembly import Outside, WrittenShim
from migrate.idiomatic.handles import handles_of
from migrate.model.asking import Address
from repair.evidence.behaviour import Behaviour
from repair.evidence.evidence import Evidence, evidence_of
from repair.evidence.proof import Proof
from repair.evidence.surroundings import OWN_MEMORY, Surroundings
from repair.evidence.target import Target, is_constant

_SEEN_THROUGH_CALLERS = "C cannot call its Rust, so that it is shown by what calls it only."


@dataclass(frozen=True)
class ShimmedRoom(EvidenceRoom):
    """Makes the proofs of functions that shims make callable."""

    outside: Mapping[str, Outside]
    types: Mapping[str, RustType]
    """The types of the crate by path."""

    @cached_property
    def targets(self) -> dict[str, Target]:
        """The functions that have a shim; state of the C's own is not looked at, for Rust keeps its own."""
        found = make_targets(self.prepared)
        shims = (each.shim for each in self.outside.values())
        handles = tuple(sorted({*handles_of(shims, self.types, self.prepared.inventory)}))
        names = {ident: found[ident].hole.name for ident in self.outside if ident in found}
        return {
            ident: replace(
                found[ident],
                variables=tuple(filter(is_constant, found[ident].variables)),
                distant=(),
                handles=handles,
                has_own_types=True,
                needs_author=isinstance(self.outside[ident].shim, WrittenShim)
                and any(leads_to_record(shape) for _, shape in found[ident].shape.parameters),
                callable=tuple(sorted({*names.values()} - {name})),
                names=found[ident].names - {"malloc", "calloc", "realloc", "strdup", "strndup"},
            )
            for ident, name in names.items()
        }

    @property
    def surroundings(self) -> Surroundings:
        """What the C runs in; Rust's own allocation ends the program where it fails."""
        return replace(super().surroundings, allocation=OWN_MEMORY)

    def behaviour(self, answers: Answers | None, address: Address) -> Behaviour:
        """Make the proofs, to be replayed on what has a shim with the C behind it."""
        symbols = {ident: self.prepared.skeleton.by_ident[ident].symbol for ident in self.outside}
        return replace(super().behaviour(answers, address), symbols=symbols, remaining=None)

    def unseen(self, rust: Sequence[str]) -> dict[str, Evidence]:
        """Say of functions without a shim that nothing is shown of them alone."""
        nothing = {
            ident: Proof(ident, (), (_SEEN_THROUGH_CALLERS,)) for ident in rust if ident not in self.outside
        }
        return {ident: evidence_of(proof, self.minimum, differs=False) for ident, proof in nothing.items()}


def leads_to_record(shape: Shape) -> bool:
    """Tell whether a shape is a pointer to a record, through other pointers too."""
    while isinstance(shape, Pointer):
        shape = shape.target
        if isinstance(shape, Named):
            return True
    return False
