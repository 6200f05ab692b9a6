"""The workers of a cluster: which of them a batch can use for what, and why it cannot use others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from migrate.cluster.dask import Cluster, WorkerFacts
from migrate.cluster.machine import Machine, examine_machine, origin

_NOT_INSTALLED = (ImportError, AttributeError)
_UNANSWERED = ""
"""Stands for what a machine lacks whose examination came to nothing."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A worker that is there, and what was found on it."""

    facts: WorkerFacts
    machine: Machine


@dataclass
class Staff:
    """Workers as they come and go."""

    cluster: Cluster
    notice: Callable[[str], None]
    """Told of each worker that cannot be used."""
    _present: Mapping[str, _Member] = field(default_factory=dict)
    """By address of the worker; replaced as a whole, since others ask meanwhile who is there."""

    def look(self) -> None:
        """See who is there now, and examine who is new or gave no answer.

        Raise OSError without a scheduler.
        """
        facts = {each.address: each for each in self.cluster.workers()}
        known = {address: each.machine for address, each in self._present.items() if address in facts}
        new = [address for address in facts if address not in known or _UNANSWERED in known[address].lacks]
        found = self.cluster.on_each(new, examine_machine, origin()) if new else {}
        for address in new:
            machine = _examined(facts[address], found.get(address))
            is_told = address in known and _UNANSWERED in machine.lacks
            if not is_told and (why := machine.obstacles()):
                self.notice(f"the worker {address} on {machine.host} gets no modules: {'; '.join(why)}")
            known[address] = machine
        self._present = {address: _Member(each, known[address]) for address, each in facts.items()}

    def fit(self, needs: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Return the addresses of workers that can run what needs more than every run does."""
        return tuple(each.facts.address for each in self._fit(needs))

    def is_present(self, address: str) -> bool:
        """Tell whether a worker was there at the last look."""
        return address in self._present

    def shortfall(self, needs: frozenset[str] = frozenset()) -> str:
        """Say why none of the workers is fit."""
        machines = [each.machine for each in self._present.values()]
        lacks = {f"{each.host} lacks {why}" for each in machines for why in each.obstacles(needs)}
        return "; ".join(sorted(lacks)) or "it has none"

    @property
    def threads(self) -> int:
        """How many modules those that are fit take at a time, all together."""
        return sum(each.facts.threads for each in self._fit())

    def _fit(self, needs: frozenset[str] = frozenset()) -> list[_Member]:
        return [each for each in self._present.values() if not each.machine.obstacles(needs)]


def _examined(worker: WorkerFacts, found: Machine | Exception | None) -> Machine:
    if isinstance(found, Machine):
        return found
    if isinstance(found, _NOT_INSTALLED):
        said = f"llmigrate {origin().version}, which has to be installed there too ({found})"
        return Machine(worker.host, {"version": said})
    return Machine(worker.host, {_UNANSWERED: f"an answer ({type(found).__name__}: {found})"})
