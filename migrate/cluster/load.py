"""What is handed to a machine for one job, and what the machine has to have for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from migrate.batch.job import Job
from migrate.cluster.bundle import pack
from migrate.cluster.carried import carried_files
from migrate.cluster.machine import needs_of
from migrate.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Load:
    """A module, packed."""

    job: str
    """Its line, with paths as the files were packed."""
    files: bytes
    needs: frozenset[str]
    """What its run needs that others do not."""


def load(job: Job) -> Load:
    """Pack the module of a job. Raise SettingsError when it cannot be one, or cannot travel."""
    module = job.open()
    others = [] if job.replay is None else [job.replay]
    plain = replace(job, paths=job.subject.resolved.paths)
    try:
        return Load(plain.to_json(), pack(carried_files(job.paths[0], module, others)), needs_of(module))
    except OSError as error:
        raise SettingsError(
            f"{error.filename or job.paths[0]} cannot be read: {error.strerror}; see to its permissions"
        ) from None
