"""The batch: starts runs, grants them calls, and keeps what becomes of them."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from migrate.batch.board import Board
from migrate.batch.job import Job
from migrate.batch.place import Heard, Place, Running
from migrate.batch.row import Row, State, state_of
from migrate.batch.teller import Teller, Told
from migrate.batch.wire import Ended, Release, Reserve, Settle, Shown, Slowed, Stop
from migrate.errors import Exit, OutputError, UserError

_GRACE = 60.0
"""Seconds that runs have to keep what they have when they are told to stop."""
_TICK = 0.2
JOBS = 2
"""Modules at a time where nobody says."""
_IDLE = 1.0
"""Seconds until the time that is left is shown again."""


@dataclass
class Batch:
    """Jobs in the order in which they are started, on their way."""

    jobs: Sequence[Job]
    board: Board
    place: Place
    teller: Teller
    at_once: int | None
    """How many runs there are at a time; None is for the place to say, anew whenever one may start."""
    fail_fast: bool = False
    broken: str | None = None
    """The module that ended a batch that fails fast."""
    _running: dict[str, Running] = field(default_factory=dict)
    _holds: dict[str, Path | None] = field(default_factory=dict)
    _ended: dict[str, Ended] = field(default_factory=dict)
    _events: queue.SimpleQueue[tuple[str, Heard]] = field(default_factory=queue.SimpleQueue)

    def run(self) -> None:
        """Run all jobs that may be started. On KeyboardInterrupt runs are told to stop, and kept."""
        left = list(self.jobs)
        try:
            while True:
                while (job := self._next(left)) is not None:
                    left.remove(job)
                    self._start(job)
                if not self._running:
                    return
                next_tick = self.teller.next_tick()
                self._step(_IDLE if next_tick is None else min(next_tick, _IDLE))
        except BaseException:
            self._stop()
            raise

    @property
    def _may_start(self) -> bool:
        is_over = self.broken is not None or (self.teller.why_ended or self.place.problem) is not None
        return not is_over and len(self._running) < (self.at_once or self.place.room or JOBS)

    def _next(self, left: Sequence[Job]) -> Job | None:
        """Return what is started now, or None; what another run holds is left for later."""
        if not self._may_start:
            return None
        held = {self._holds.get(name) for name in self._running} - {None}
        return next((job for job in left if job.holds not in held), None)

    def _start(self, job: Job) -> None:
        self._holds[job.name] = job.holds
        self.board.start(job.name, job.fingerprint)
        try:
            self._running[job.name] = self.place.start(job, self._hearing(job.name))
        except UserError as error:
            self._conclude(job.name, Ended(error.exit, error.message))

    def _hearing(self, name: str) -> Callable[[Heard], None]:
        return lambda message: self._events.put((name, message))

    def _step(self, timeout: float | None) -> None:
        try:
            name, message = self._events.get(timeout=timeout)
        except queue.Empty:
            self._send(self.teller.tick())
            self.board.funds(self.teller)
            return
        self._hear(name, message)

    def _hear(self, name: str, message: Heard) -> None:
        if isinstance(message, Shown):
            self.board.show(name, message)
        elif isinstance(message, Reserve | Settle | Release | Slowed):
            self._send(self.teller.hear(name, message))
            self.board.account(name, self.teller)
        elif isinstance(message, Ended):
            self._ended[name] = message
        else:
            del self._running[name]
            self._send(self.teller.leave(name))
            self.board.account(name, self.teller)
            lost = Ended(Exit.FAULT, f"its process ended without a word: {message.reason}")
            self._conclude(name, self._ended.pop(name, lost))

    def _conclude(self, name: str, ended: Ended) -> None:
        state = state_of(ended.exit)
        self.board.conclude(name, state, ended)
        if self.fail_fast and state in (State.UNUSABLE, State.BASELINE, State.FAULT):
            self.broken = name
            for running in self._running.values():
                running.tell(Stop())

    def _send(self, told: Told) -> None:
        for name, message in told:
            if name in self._running:
                self._running[name].tell(message)

    def _stop(self) -> None:
        """Tell all runs to stop, and end those that take too long, or all when interrupted again."""
        for running in self._running.values():
            running.tell(Stop())
        deadline = time.monotonic() + _GRACE
        # What the disk refused may be what ends the batch.
        with suppress(KeyboardInterrupt, OutputError):
            while self._running and time.monotonic() < deadline:
                self._step(_TICK)
        for running in self._running.values():
            running.kill()
        with suppress(KeyboardInterrupt, OutputError):
            while self._running:
                self._step(_TICK)


def exit_of(rows: Iterable[Row], broken: bool) -> Exit:
    """Return how a batch with these rows has ended, by itself or because a module has broken it."""
    states = {each.state for each in rows}
    left = states - {State.RUST, State.HOLES}
    if broken:
        return Exit.HOLES_LEFT
    if states == {State.UNUSABLE}:
        return Exit.USAGE
    if states & {State.LIMIT, State.WAITING}:
        return Exit.LIMIT
    if left and left == {State.MODEL}:
        return Exit.MODEL
    return Exit.DONE if states <= {State.RUST} else Exit.HOLES_LEFT
