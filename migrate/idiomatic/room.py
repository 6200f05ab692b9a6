"""The room where evidence is made for safe functions, which C and drivers see through shims."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from os import cpu_count

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
from repair.hole import Hole

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

    def _seen_through(
        self, proofs: Mapping[str, Proof], held: Collection[str]
    ) -> Iterator[tuple[str, tuple[str, Proof]]]:
        """Yield what the harnesses of one caller show of each function that C cannot call."""
        unseen = (each for each in self.bodies if each in held and each not in self.outside)
        callers = {ident: self._callers(ident, proofs) for ident in unseen}
        best = self._best(callers, proofs)
        with ThreadPoolExecutor(cpu_count() or 1) as pool:
            told = pool.map(lambda ident: self._told_apart(ident, *best[ident], proofs), best)
            for ident, harness in zip(best, told, strict=True):
                yield ident, (best[ident][0], Proof(ident, (harness,)))

    def _best(
        self, callers: Mapping[str, list[str]], proofs: Mapping[str, Proof]
    ) -> dict[str, tuple[str, Harness]]:
        """Return whose inputs reach most of each function, the nearest caller if several do, and what."""
        reached = self._reached(callers, proofs)
        found = {
            ident: [(caller, each[ident]) for caller in mine for each in reached[caller] if ident in each]
            for ident, mine in callers.items()
        }
        return {
            ident: max(each, key=lambda pair: pair[1].coverage.share) for ident, each in found.items() if each
        }

    def _reached(
        self, callers: Mapping[str, list[str]], proofs: Mapping[str, Proof]
    ) -> dict[str, list[dict[str, Harness]]]:
        """Measure what each harness of each caller reaches of the functions that it comes to."""
        holes = self.prepared.skeleton.by_ident
        called: dict[str, list[Hole]] = {}
        for ident, mine in callers.items():
            for caller in mine:
                called.setdefault(caller, []).append(holes[ident])
        with ThreadPoolExecutor(cpu_count() or 1) as pool:
            running = {
                caller: [
                    pool.submit(reached_through, self.lab, each, wanted) for each in proofs[caller].harnesses
                ]
                for caller, wanted in called.items()
            }
            return {caller: [each.result() for each in jobs] for caller, jobs in running.items()}

    def _told_apart(self, ident: str, caller: str, reached: Harness, proofs: Mapping[str, Proof]) -> Harness:
        """Tell mutants apart where the caller's own were."""
        if all(each.mutants is None for each in proofs[caller].harnesses):
            return reached
        return told_apart_through(self.lab, reached, self.prepared.skeleton.by_ident[ident])

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
        shown |= dict(self._seen_through(proofs, held))
        return {ident: self._evidence(ident, *shown[ident], differing) for ident in held}

    def _evidence(self, ident: str, called: str, proof: Proof, differing: Collection[str]) -> Evidence:
        found = evidence_of(proof, self.minimum, differs=called in differing)
        return replace(found, through="" if called == ident else called)


def leads_to_record(shape: Shape) -> bool:
    """Tell whether a shape is a pointer to a record, through other pointers too."""
    while isinstance(shape, Pointer):
        shape = shape.target
        if isinstance(shape, Named):
            return True
    return False
