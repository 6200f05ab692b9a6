"""Where runs of a batch happen when it is given a scheduler: on the workers of a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from migrate.batch.job import Job
from migrate.batch.place import Heard, Running
from migrate.batch.wire import Ended
from migrate.errors import Exit, SettingsError, UserError
from migrate.settings import VARIABLES

if TYPE_CHECKING:
    from migrate.cluster.dispatch import Dispatch
    from migrate.cluster.staff import Staff

_KEY = "OPENAI_API_KEY"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ClusterPlace:
    """Starts runs on workers of a cluster. Raise SettingsError when there is no worker that can be used."""

    def __init__(self, staff: Staff, environment: Mapping[str, str]) -> None:
        self._staff = staff
        self._environment = environment
        self._dispatch: Dispatch | None = None

    @property
    def problem(self) -> Ended | None:
        """How all runs ended that were there, where none can be started any more."""
        return None if self._dispatch is None else self._dispatch.problem

    @property
    def room(self) -> int | None:
        """How many modules its workers take at a time."""
        return self._staff.threads

    @contextmanager
    def opened(self, out: Path) -> Iterator[None]:
        """Bring home what an earlier start of the batch left on machines, and hear them until it is over."""
        from migrate.cluster.dispatch import RESUME, Dispatch
        from migrate.cluster.home import Home

        home = Home(out.resolve())
        try:
            home.mend()
            home.collect(self._staff)
            self._dispatch = Dispatch(self._staff, home, self._environment)
        except OSError as error:
            raise UserError(f"the scheduler is gone: {error}; start it, and {RESUME}", Exit.MODEL) from None
        try:
            yield
        finally:
            self._dispatch.close()
            if self._dispatch.problem is None:
                with suppress(OSError, UserError):
                    home.collect(self._staff)
            self._staff.cluster.close()

    def start(self, job: Job, heard: Callable[[Heard], None]) -> Running:
        """Have a worker run a job. Raise UserError when none can."""
        assert self._dispatch is not None
        return self._dispatch.start(job, heard)


def connect(address: str, notice: Callable[[str], None]) -> ClusterPlace:
    """Return the place behind the address of a scheduler; `notice` is told of workers that cannot be used.

    Raise SettingsError when there is no scheduler, none of its workers can be used, or Dask is missing.
    """
    try:
        from migrate.cluster.dask import Cluster, Unreachable
        from migrate.cluster.staff import Staff
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"--scheduler needs Dask ({error.name} is missing); pip install 'llmigrate[cluster]'"
        ) from None
    try:
        staff = Staff(Cluster(address), notice)
        staff.look()
    except (Unreachable, OSError) as error:
        raise SettingsError(
            f"the scheduler {address} cannot be reached ({error}); "
            "start one with `dask scheduler`, or correct --scheduler"
        ) from None
    if not staff.fit():
        staff.cluster.close()
        raise SettingsError(f"no worker of {address} can be used: {staff.shortfall()}")
    return ClusterPlace(staff, travelling_environment(address, os.environ))


def travelling_environment(address: str, own: Mapping[str, str]) -> dict[str, str]:
    """Return what of the environment goes to workers: settings, and the key where nobody can listen."""
    url = urlsplit(address if "://" in address else f"tcp://{address}")
    is_safe = url.scheme == "tls" or url.hostname in _LOOPBACK
    names = VARIABLES | ({_KEY} if is_safe else frozenset())
    return {name: own[name] for name in sorted(names) if own.get(name)}
