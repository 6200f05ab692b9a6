"""A batch from its first start to its last: what is known of it before, and what is kept of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from migrate.batch.batch import Batch, exit_of
from migrate.batch.board import BatchDisplay, Board
from migrate.batch.job import Job
from migrate.batch.naming import readable
from migrate.batch.place import Place
from migrate.batch.request import BatchRequest, jobs_of
from migrate.batch.row import Row, State
from migrate.batch.snapshot import FILE_NAME, MODULES, Snapshot, read_snapshot, write_snapshot
from migrate.batch.teller import Teller
from migrate.errors import Exit, OutputError
from migrate.model.batch_memory import uncollected_amount
from migrate.model.budget import NOTHING, Account, Amount, Limits
from migrate.run.ledger import Ledger
from migrate.run.output import held, writing

ELSEWHERE = "cluster"
"""Folder with what a batch knows of runs on other machines."""
_OURS = frozenset({".lock", MODULES, ELSEWHERE, f".{FILE_NAME}.new"})
_PATIENCE = 0.5
"""Seconds that whoever looks at a lock may hold it."""


def run_batch(request: BatchRequest, place: Place, display: BatchDisplay) -> Snapshot:
    """Run what is left of a batch, and return how it stands at the end.

    Raise OutputError where its output folder cannot be used.
    """
    with open_batch(request.out) as known, place.opened(request.out):
        jobs = jobs_of(request).jobs
        rows = _rows(jobs, known)
        spent, ordered = _paid(request.out)
        teller = _teller(request, jobs, spent, ordered)
        keeper = Keeper(request, teller, tuple(_others(rows, known)))
        before = {job.name: spent.get(job.out.name, NOTHING) for job in jobs}
        board = Board(rows, display, keeper.save, before)
        # First what is paid for: that leaves to the others what it did not cost.
        by_orders = sorted(jobs, key=lambda job: job.name not in teller.ordered)
        left = [job for job in by_orders if not rows[job.name].is_finished]
        batch = Batch(left, board, place, teller, request.jobs, request.fail_fast)
        return _run(batch, keeper)


def _run(batch: Batch, keeper: Keeper) -> Snapshot:
    batch.board.begin()
    try:
        batch.run()
    except KeyboardInterrupt:
        keeper.finish(batch.board, Exit.INTERRUPTED, "interrupted")
        raise
    finally:
        batch.board.display.finished()
    if (problem := batch.place.problem) is not None:
        return keeper.finish(batch.board, Exit(problem.exit), problem.message)
    exit = exit_of(batch.board.rows.values(), batch.broken is not None)
    return keeper.finish(batch.board, exit, _why(batch, exit))


def _why(batch: Batch, exit: Exit) -> str:
    """Return the sentence that goes with an exit code."""
    if batch.broken is not None:
        return f"{batch.broken} ended the batch: {batch.board.rows[batch.broken].message}"
    if exit is Exit.LIMIT and batch.teller.why_ended is not None:
        return batch.teller.why_ended
    wanted = {Exit.LIMIT: State.LIMIT, Exit.MODEL: State.MODEL, Exit.USAGE: State.UNUSABLE}.get(exit)
    return next((each.message for each in batch.board.rows.values() if each.state is wanted), "")


@contextmanager
def open_batch(out: Path) -> Iterator[tuple[Row, ...]]:
    """Hold the output folder of a batch, and yield the rows of earlier starts.

    Raise OutputError when it is not ours, or another batch uses it.
    """
    out = out.resolve()
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file; choose another -o")
    entries = {path.name for path in out.iterdir()} if out.exists() else set()
    if entries and FILE_NAME not in entries and not entries <= _OURS:
        raise OutputError(
            f"{out} holds files that are not from a batch; choose an empty or new folder for -o"
        )
    with writing(out):
        (out / MODULES).mkdir(parents=True, exist_ok=True)
    with held(out, _PATIENCE):
        yield read_snapshot(out).over().rows if (out / FILE_NAME).exists() else ()


@dataclass
class Keeper:
    """Writes down how a batch stands."""

    request: BatchRequest
    teller: Teller
    others: tuple[Row, ...]
    """Rows of modules that this start is not about."""
    exit: Exit | None = None
    message: str = ""
    started: float = field(default_factory=time.time)

    def save(self, rows: tuple[Row, ...]) -> None:
        """Write the rows down. Raise OutputError when the disk refuses."""
        write_snapshot(self.request.out, self.snapshot(rows))

    def finish(self, board: Board, exit: Exit, message: str) -> Snapshot:
        """Write down how it ended."""
        self.exit, self.message = exit, message
        board.save_now()
        return self.snapshot(tuple(board.rows.values()))

    def snapshot(self, rows: tuple[Row, ...]) -> Snapshot:
        """Return how it stands."""
        spent, limits = self.teller.account.spent, self.teller.account.limits
        every = (*rows, *self.others)
        priced = limits.usd is not None or any(each.usd is not None for each in every)
        return Snapshot(
            fleet=self.request.fleet,
            command=self.request.command,
            rows=every,
            usd=str(spent.usd) if priced else None,
            tokens=spent.tokens,
            usd_limit=None if limits.usd is None else str(limits.usd),
            tokens_limit=limits.tokens,
            seconds_left=self.teller.seconds_left,
            started=self.started,
            updated=time.time(),
            exit=self.exit,
            message=self.message,
        )


def _teller(
    request: BatchRequest, jobs: Sequence[Job], spent: Mapping[str, Amount], ordered: Mapping[str, Amount]
) -> Teller:
    ceiling = request.ceiling
    limits = Limits(ceiling.usd, ceiling.tokens)
    account = Account(limits, sum(spent.values(), NOTHING), sum(ordered.values(), NOTHING))
    deadline = None if ceiling.seconds is None else time.monotonic() + ceiling.seconds
    of_jobs = {job.name: ordered[job.out.name] for job in jobs if job.out.name in ordered}
    return Teller(account, request.calls, deadline, ordered=of_jobs)


def _rows(jobs: Sequence[Job], known: Iterable[Row]) -> dict[str, Row]:
    """Return the row of each job, as it was where it has had its turn and nothing changed since."""
    before = {each.name: each for each in known}
    return {job.name: _row(job, before.get(job.name)) for job in jobs}


def _row(job: Job, before: Row | None) -> Row:
    fresh = Row(job.name, job.out.name, tuple(map(readable, job.paths)))
    if before is None:
        return fresh
    # What could not be read may have changed; without its ledger there is nothing to go on with.
    same = before.fingerprint == job.fingerprint != "" and (job.out / "ledger.sqlite").is_file()
    if before.is_finished and same:
        return before
    return replace(
        fresh,
        holes=before.holes,
        rust=before.rust,
        usd=before.usd,
        tokens=before.tokens,
        seconds=before.seconds,
    )


def finished_before(out: Path, jobs: Sequence[Job]) -> frozenset[str]:
    """Name the jobs that need not be run again. Raise OutputError for a state that is not ours."""
    known = read_snapshot(out).rows if (out / FILE_NAME).exists() else ()
    return frozenset(name for name, row in _rows(jobs, known).items() if row.is_finished)


def _others(rows: dict[str, Row], known: Iterable[Row]) -> Iterator[Row]:
    """Yield rows of earlier starts that this one is not about."""
    yield from (each for each in known if each.name not in rows)


def _paid(out: Path) -> tuple[dict[str, Amount], dict[str, Amount]]:
    """Return what the ledgers in a batch know was paid, by the folder of the module.

    With it comes, of modules that have any, what prompts cost at most that were left at the provider.
    """
    spent: dict[str, Amount] = {}
    ordered: dict[str, Amount] = {}
    for path in (out / MODULES).glob("*/ledger.sqlite"):
        # The run of a module whose ledger cannot be read will say so.
        with suppress(OutputError), Ledger(path) as ledger:
            spent[path.parent.name] = Amount(*ledger.paid())
            if (amount := uncollected_amount(ledger)) != NOTHING:
                ordered[path.parent.name] = amount
    return spent, ordered
