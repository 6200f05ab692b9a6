"""The room where evidence is made for safe functions, which C and drivers see through shims."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import networkx as nx

from analysis.shapes import Named, Pointer, Shape
from migrate.evidence.room import Answers, EvidenceRoom
from migrate.evidence.targets import make_targets
from migrate.ffi.rust_type import RustType
from migrate.idiomatic.assembly import Outside, WrittenShim
from migrate.idiomatic.handles import handles_of
from migrate.model.asking import Address
from repair.evidence.behaviour import Behaviour
from repair.evidence.evidence import Evidence, evidence_of
from repair.evidence.harness import Harness
from repair.evidence.indirect import reached_through, told_apart_through
from repair.evidence.proof import Proof
from repair.evidence.surroundings import OWN_MEMORY, Surroundings
from repair.evidence.target import Target, is_constant

_UNSEEN = "C cannot call its Rust, and no input of what calls it comes to it."


@dataclass(frozen=True)
class ShimmedRoom(EvidenceRoom):
    """Makes the proofs of functions that shims make callable."""

    outside: Mapping[str, Outside]
    types: Mapping[str, RustType]
    """The types of the crate by path."""
    bodies: tuple[str, ...]
    """Idents of the C functions that the crate has a body for."""

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

    def _seen_through(self, proofs: Mapping[str, Proof]) -> Iterator[tuple[str, tuple[str, Proof]]]:
        """Yield what the harnesses of one caller show of each function that C cannot call."""
        for ident in (each for each in self.bodies if each not in self.outside):
            best = self._best_caller(ident, proofs)
            if best is not None:
                caller, reached = best
                hole = self.prepared.skeleton.by_ident[ident]
                wanted = any(each.mutants is not None for each in proofs[caller].harnesses)
                told = (told_apart_through(self.lab, each, hole) if wanted else each for each in reached)
                yield ident, (caller, Proof(ident, tuple(told)))

    def _best_caller(self, ident: str, proofs: Mapping[str, Proof]) -> tuple[str, tuple[Harness, ...]] | None:
        """Return whose inputs reach most of a function, and what they reach of it; the nearest that do."""
        hole = self.prepared.skeleton.by_ident[ident]
        found: list[tuple[str, tuple[Harness, ...]]] = []
        for caller in self._callers(ident, proofs):
            tried = (reached_through(self.lab, each, hole) for each in proofs[caller].harnesses)
            reached = tuple(each for each in tried if each is not None)
            if reached:
                found.append((caller, reached))
            if any(each.coverage.share == 1 for each in reached):
                break
        return max(found, key=lambda each: max(_share(every) for every in each[1]), default=None)

    def _callers(self, ident: str, proofs: Mapping[str, Proof]) -> list[str]:
        """Return the functions of the same C file that come to one, the nearest first."""
        home, graph = self.prepared.skeleton.home, self.prepared.graph.graph
        distances = nx.single_target_shortest_path_length(graph, ident)
        callers = (each for each in proofs if each in distances and home[each] == home[ident])
        return sorted(callers, key=lambda each: distances[each])

    def sum_up(
        self, proofs: Mapping[str, Proof], rust: Iterable[str], differing: Collection[str]
    ) -> dict[str, Evidence]:
        """Say what the proofs of what is Rust come to, of which some differ in the finished crate.

        What C cannot call is measured on what the inputs of its callers do to it.
        """
        held = list(rust)
        shown = {ident: (ident, proof) for ident, proof in proofs.items()}
        shown = {ident: (ident, Proof(ident, (), (_UNSEEN,))) for ident in held} | shown
        shown |= {each: found for each, found in self._seen_through(proofs) if each in held}
        return {ident: self._evidence(ident, *shown[ident], differing) for ident in held}

    def _evidence(self, ident: str, called: str, proof: Proof, differing: Collection[str]) -> Evidence:
        found = evidence_of(proof, self.minimum, differs=called in differing)
        return replace(found, through="" if called == ident else called)


def _share(harness: Harness) -> float:
    return harness.coverage.share


def leads_to_record(shape: Shape) -> bool:
    """Tell whether a shape is a pointer to a record, through other pointers too."""
    while isinstance(shape, Pointer):
        shape = shape.target
        if isinstance(shape, Named):
            return True
    return False
