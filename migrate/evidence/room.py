"""The room where evidence is made for one run: what its settings ask for, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from platformdirs import user_cache_path

from migrate.evidence.driver_prompts import DriverPrompter
from migrate.evidence.proofs import DriverRounds, ProofMaker
from migrate.evidence.targets import make_c_side, make_targets
from migrate.model.asking import Address
from migrate.model.exchange import Request
from migrate.prepare import Prepared
from migrate.report.display import RunDisplay
from migrate.settings import EvidenceSettings
from repair.cargo import Workspace
from repair.evidence.behaviour import Behaviour
from repair.evidence.cache import HarnessCache
from repair.evidence.evidence import Evidence, evidence_of
from repair.evidence.harness import EFFORTS, Effort
from repair.evidence.lab import Lab
from repair.evidence.proof import Minimum, Proof
from repair.evidence.surroundings import Surroundings
from repair.evidence.target import Target

Answers = Callable[[Sequence[Request]], Mapping[str, str]]
_ROUNDS = {"quick": 2, "full": 3}
"""How often the model is asked for one driver at most."""


@dataclass(frozen=True)
class EvidenceRoom:
    """Makes the proofs of one module and sums them up."""

    prepared: Prepared
    workspace: Workspace
    display: RunDisplay

    @property
    def settings(self) -> EvidenceSettings:
        """What the user asked for."""
        return self.prepared.module.settings.evidence

    @property
    def minimum(self) -> Minimum:
        """How strong evidence has to be."""
        return Minimum(self.settings.minimum_coverage, self.settings.minimum_kills)

    @cached_property
    def targets(self) -> dict[str, Target]:
        """The functions whose behaviour can be shown."""
        return make_targets(self.prepared)

    @cached_property
    def lab(self) -> Lab:
        """Where drivers are built and run."""
        folder = self.workspace.programs.parent / "evidence"
        libraries = tuple(f"-l{name}" for name in self.prepared.module.settings.tests.libraries)
        c_side = make_c_side(self.prepared)
        return Lab(
            folder, c_side, self.workspace.sandbox, libraries, self.workspace.visible, self.surroundings
        )

    @property
    def surroundings(self) -> Surroundings:
        """What the C of the module runs in."""
        return self.prepared.module.target.surroundings

    def behaviour(self, answers: Answers | None, address: Address) -> Behaviour:
        """Make the proofs, asking for drivers where rules do not suffice and there is somebody to ask."""
        maker = ProofMaker(
            self.lab,
            HarnessCache(user_cache_path("llmigrate") / "corpora"),
            self._effort,
            self.targets,
            self.display,
        )
        proofs = maker.by_rule()
        if answers is not None:
            templates = self.prepared.prompter.templates
            kind = self.prepared.module.target.prompts
            prompter = DriverPrompter(
                templates, self.prepared.inventory, self.minimum, self.surroundings, kind
            )
            rounds = _ROUNDS[self.settings.level]
            proofs = DriverRounds(maker, prompter, self.minimum, rounds, answers, address).run(proofs)
        reached = {ident: target.reached for ident, target in self.targets.items()}
        builds_c = self.prepared.module.target.builds_c
        return Behaviour(self.lab, proofs, reached, None if builds_c else self.workspace.folder / "c")

    @property
    def _effort(self) -> Effort:
        effort = EFFORTS[self.settings.level]
        seconds = self.settings.seconds
        return effort if seconds is None else replace(effort, seconds=seconds)

    def sum_up(
        self, proofs: Mapping[str, Proof], rust: Iterable[str], differing: Collection[str]
    ) -> dict[str, Evidence]:
        """Say what the proofs of what is Rust come to, of which some differ in the finished crate."""
        held = [ident for ident in rust if ident in self.targets]
        nothing = {ident: Proof(ident, ()) for ident in held}
        return {
            ident: evidence_of(proof, self.minimum, differs=ident in differing)
            for ident, proof in {**nothing, **proofs}.items()
            if ident in nothing
        }
