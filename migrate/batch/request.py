"""What a batch was asked to do, and the jobs that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from migrate.batch.fingerprint import fingerprint
from migrate.batch.fleet import Ceiling, Member
from migrate.batch.headers import Headers
from migrate.batch.job import Job
from migrate.batch.naming import folder_name
from migrate.batch.order import Order, ordered
from migrate.batch.snapshot import MODULES
from migrate.module import Module
from migrate.settings import Said


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Modules, and how they are to be run."""

    fleet: str
    members: tuple[Member, ...]
    ceiling: Ceiling
    out: Path
    command: tuple[str, ...]
    """What goes on with it."""
    said: Said
    """What the command line says of the settings of all modules."""
    order: Order = Order.CALLEES
    jobs: int | None = None
    """Modules at a time."""
    calls: int | None = None
    """Model calls at a time, over all modules; None is no limit."""
    fail_fast: bool = False


@dataclass(frozen=True, slots=True)
class Jobs:
    """Jobs in the order in which they are started, and the modules that could be opened, by name."""

    jobs: tuple[Job, ...]
    modules: Mapping[str, Module]


def jobs_of(request: BatchRequest) -> Jobs:
    """Make the jobs of a batch. Their runs will say what is wrong with modules that cannot be opened."""
    jobs: dict[str, Job] = {}
    modules: dict[str, Module] = {}
    headers = Headers()
    for member in request.members:
        job = _job(member, request)
        try:
            module = job.open()
            job = replace(job, holds=None if module.build is None else module.build.folder)
            job = replace(job, fingerprint=fingerprint(module, job.replay, headers))
            modules[job.name] = module
        except Exception:
            # Whatever it is, one module must not end the others.
            pass
        jobs[job.name] = job
    names = ordered(tuple(jobs), modules, request.order, headers)
    return Jobs(tuple(jobs[name] for name in names), modules)


def _job(member: Member, request: BatchRequest) -> Job:
    return Job(
        name=member.name,
        paths=member.paths,
        out=request.out.resolve() / MODULES / folder_name(member.name),
        kernel=member.kernel,
        shared=member.shared,
        said=request.said,
        replay=member.replay,
        record=member.record,
        answered_by=member.answered_by,
        priced=request.ceiling.usd is not None,
    )
