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
        self._present = {each.address: each for each in self.cluster.workers()}
        new = [address for address in self._present if address not in self._machines]
        found = self.cluster.on_each(new, examine_machine, origin()) if new else {}
        for address, machine in found.items():
            examined = machine if isinstance(machine, Machine) else self._unknown(address, machine)
            self._machines[address] = examined
            if why := examined.obstacles():
                self.notice(f"the worker {address} on {examined.host} gets no modules: {'; '.join(why)}")

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

    def _unknown(self, address: str, error: Exception) -> Machine:
        said = f"{type(error).__name__}: {error}"
        if isinstance(error, _NOT_INSTALLED):
            said = f"llmigrate {origin().version}, which has to be installed there too ({error})"
        return Machine(self._present[address].host, {"": said})
