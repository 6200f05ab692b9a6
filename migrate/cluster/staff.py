"""The workers of a cluster: which of them a batch can use for what, and why it cannot use others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from migrate.cluster.dask import Cluster, WorkerFacts
from migrate.cluster.machine import Machine, examine_machine, origin

_NOT_INSTALLED = (ImportError, AttributeError)


@dataclass
class Staff:
    """Workers as they come and go."""

    cluster: Cluster
    notice: Callable[[str], None]
    """Told of each worker that cannot be used."""
    _machines: dict[str, Machine] = field(default_factory=dict)
    """By address of the worker."""
    _present: dict[str, WorkerFacts] = field(default_factory=dict)

    def look(self) -> None:
        """See who is there now, and examine whoever is new. Raise OSError without a scheduler."""
        present = {each.address: each for each in self.cluster.workers()}
        new = [address for address in present if address not in self._machines]
        found = self.cluster.on_each(new, examine_machine, origin()) if new else {}
        for address in new:
            machine = _examined(present[address], found.get(address))
            self._machines[address] = machine
            if why := machine.obstacles():
                self.notice(f"the worker {address} on {machine.host} gets no modules: {'; '.join(why)}")
        # At last: others may ask meanwhile who is there.
        self._present = present

    def fit(self, needs: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Return the addresses of workers that can run what needs more than every run does."""
        return tuple(each for each in self._present if not self._machines[each].obstacles(needs))

    def is_present(self, address: str) -> bool:
        """Tell whether a worker was there at the last look."""
        return address in self._present

    def shortfall(self, needs: frozenset[str] = frozenset()) -> str:
        """Say why none of the workers is fit."""
        machines = (self._machines[each] for each in self._present)
        lacks = {f"{each.host} lacks {why}" for each in machines for why in each.obstacles(needs)}
        return "; ".join(sorted(lacks)) or "it has none"

    @property
    def threads(self) -> int:
        """How many modules those that are fit take at a time, all together."""
        return sum(self._present[each].threads for each in self.fit())


def _examined(worker: WorkerFacts, found: Machine | Exception | None) -> Machine:
    if isinstance(found, Machine):
        return found
    said = f"an answer ({type(found).__name__}: {found})"
    if isinstance(found, _NOT_INSTALLED):
        said = f"llmigrate {origin().version}, which has to be installed there too ({found})"
    return Machine(worker.host, {"": said})
