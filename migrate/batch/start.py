"""Everything about a batch before its first run is started, and after the last one has ended."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from migrate.batch.batch import Batch, exit_of
from migrate.batch.board import BatchDisplay, Board
from migrate.batch.fingerprint import fingerprint
from migrate.batch.fleet import Ceiling, Member
from migrate.batch.job import Job
from migrate.batch.naming import folder_name, readable
from migrate.batch.place import Place
from migrate.batch.row import Row, State
from migrate.batch.snapshot import FILE_NAME, Snapshot, read_snapshot, write_snapshot
from migrate.batch.teller import Teller
from migrate.errors import Exit, OutputError, UserError
from migrate.model.budget import Account, Amount, Limits
from migrate.run.ledger import Ledger
from migrate.run.output import held, writing
from migrate.settings import Said

MODULES = "modules"
"""Folder of the results, by module."""
ELSEWHERE = "cluster"
"""Folder with what a batch knows of runs on other machines."""
_OURS = frozenset({".lock", MODULES, ELSEWHERE, f".{FILE_NAME}.new"})
_JOBS = 2
"""Modules at a time where nobody says."""
_PATIENCE = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """What a batch was asked to do."""

    fleet: str
    members: tuple[Member, ...]
    """In the order in which they are started."""
    ceiling: Ceiling
    out: Path
    command: tuple[str, ...]
    said: Said
    jobs: int | None = None
    """Modules at a time."""
    calls: int | None = None
    fail_fast: bool = False


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
        yield read_snapshot(out).rows if (out / FILE_NAME).exists() else ()


def make_job(member: Member, order: Order) -> Job:
    """Return the job for a module of the fleet."""
    job = Job(
        name=member.name,
        paths=member.paths,
        out=order.out.resolve() / MODULES / folder_name(member.name),
        kernel=member.kernel,
        shared=member.shared,
        said=order.said,
        replay=member.replay,
        record=member.record,
        answered_by=member.answered_by,
        priced=order.ceiling.usd is not None,
    )
    try:
        return replace(job, fingerprint=fingerprint(job.open(), job.replay))
    except (UserError, OSError):
        # Its run will say what is wrong with it.
        return job


def run_batch(order: Order, place: Place, display: BatchDisplay) -> Snapshot:
    """Run what is left of a batch, and return how it stands at the end. Raise OutputError."""
    with open_batch(order.out) as known, place.opened(order.out):
        jobs = [make_job(each, order) for each in order.members]
        rows = _rows(jobs, known)
        keeper = Keeper(order, tuple(_others(rows, known)))
        spent = _spent(order.out)
        total = sum(spent.values(), Amount())
        teller = _teller(order, total)
        keeper.teller = teller
        board = Board(rows, display, keeper.save, _by_name(jobs, spent))
        left = [job for job in jobs if not rows[job.name].is_finished]
        at_once = order.jobs or place.room or _JOBS
        batch = Batch(left, board, place, teller, at_once, order.fail_fast)
        try:
            board.save_now()
            batch.run()
        except KeyboardInterrupt:
            keeper.finish(board, Exit.INTERRUPTED, "interrupted")
            raise
        if place.problem is not None:
            return keeper.finish(board, Exit.MODEL, place.problem)
        exit = exit_of(board.rows.values(), batch.broken is not None)
        return keeper.finish(board, exit, teller.refusal or "")


@dataclass
class Keeper:
    """Writes down how a batch stands."""

    order: Order
    others: tuple[Row, ...]
    """Rows of modules that this start is not about."""
    teller: Teller | None = None
    exit: Exit | None = None
    message: str = ""
    started: float = 0.0

    def save(self, rows: tuple[Row, ...]) -> None:
        """Write the rows down."""
        write_snapshot(self.order.out, self.snapshot(rows))

    def finish(self, board: Board, exit: Exit, message: str) -> Snapshot:
        """Write down how it ended."""
        self.exit, self.message = exit, message
        board.save_now()
        return self.snapshot(tuple(board.rows.values()))

    def snapshot(self, rows: tuple[Row, ...]) -> Snapshot:
        """Return how it stands."""
        self.started = self.started or time.time()
        assert self.teller is not None
        account, ceiling = self.teller.account, self.order.ceiling
        return Snapshot(
            fleet=self.order.fleet,
            command=self.order.command,
            rows=(*rows, *self.others),
            usd=str(account.spent.usd),
            tokens=account.spent.tokens,
            usd_limit=None if ceiling.usd is None else str(ceiling.usd),
            tokens_limit=ceiling.tokens,
            seconds_left=self.teller.seconds_left,
            started=self.started,
            updated=time.time(),
            exit=self.exit,
            message=self.message,
        )


def _teller(order: Order, spent: Amount) -> Teller:
    ceiling = order.ceiling
    deadline = None if ceiling.seconds is None else time.monotonic() + ceiling.seconds
    account = Account(Limits(ceiling.usd, ceiling.tokens), spent)
    return Teller(account, order.calls, deadline)


def _rows(jobs: Sequence[Job], known: Iterable[Row]) -> dict[str, Row]:
    """Return the row of each job, as it was where it has had its turn and nothing changed since."""
    before = {each.name: each for each in known}
    return {job.name: _row(job, before.get(job.name)) for job in jobs}


def _row(job: Job, before: Row | None) -> Row:
    fresh = Row(job.name, job.out.name, tuple(map(readable, job.paths)))
    if before is None:
        return fresh
    if before.is_finished and before.fingerprint == job.fingerprint:
        return before
    return replace(
        before, paths=fresh.paths, state=State.WAITING, message="", at_model=0, judging=0, started=None
    )


def _others(rows: dict[str, Row], known: Iterable[Row]) -> Iterator[Row]:
    """Yield rows of earlier starts that this one is not about; what ran then runs no more."""
    for each in known:
        if each.name not in rows:
            stopped = each.state is State.RUNNING
            yield replace(each, state=State.INTERRUPTED) if stopped else each


def _spent(out: Path) -> dict[str, Amount]:
    """Return what the ledgers in a batch know was paid, by the folder of the module."""
    found: dict[str, Amount] = {}
    for path in (out / MODULES).glob("*/ledger.sqlite"):
        with Ledger(path) as ledger:
            found[path.parent.name] = Amount(*ledger.paid())
    return found


def _by_name(jobs: Iterable[Job], spent: dict[str, Amount]) -> dict[str, Amount]:
    nothing = Amount(Decimal(0), 0)
    return {job.name: spent.get(job.out.name, nothing) for job in jobs}
