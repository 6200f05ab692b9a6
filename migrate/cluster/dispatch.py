"""Hands modules to workers, passes on what is said, and keeps what comes back; for one start of a batch."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from threading import Event, RLock, Thread

from migrate.batch.job import Job
from migrate.batch.place import Heard
from migrate.batch.wire import Ended
from migrate.cluster.home import Home, kept_by, record
from migrate.cluster.kept import Kept
from migrate.cluster.load import Load, load
from migrate.cluster.messages import Answered, Begun, Declined, Failed, FromMachine, Left, Parcel, Said
from migrate.cluster.remote_run import run_module
from migrate.cluster.run import MOST_BEGINNINGS, Beginning, ClusterRun
from migrate.cluster.staff import Staff
from migrate.errors import Exit, SettingsError, UserError
from migrate.run.output import held

_HEAR_SECONDS = 0.5
_LOOK_SECONDS = 2.0
"""Between two looks at the workers."""
_PATIENCE_SECONDS = 60.0
"""How long a batch waits for a worker when the last one is gone."""
RESUME = "run the same command to go on, nothing that was answered is asked again"


class Dispatch:
    """The side of the batch: one thread hears all machines, and looks after runs whose worker is gone."""

    def __init__(self, staff: Staff, home: Home, environment: Mapping[str, str]) -> None:
        self.problem: Ended | None = None
        self._staff = staff
        self._cluster = staff.cluster
        self._home = home
        self._environment = environment
        self._batch = home.batch()
        self._address = f"llmigrate-{self._batch}-{uuid.uuid4().hex[:8]}"
        self._mailbox = self._cluster.mailbox(self._address)
        self._runs: dict[str, ClusterRun] = {}
        self._by_sender: dict[str, ClusterRun] = {}
        self._tasks = itertools.count(1)
        self._lock = RLock()
        self._looked = self._staffed = time.monotonic()
        self._closing = Event()
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    def start(self, job: Job, heard: Callable[[Heard], None]) -> ClusterRun:
        """Have a worker run a job. Raise UserError when none can."""
        if self.problem is not None:
            raise UserError(self.problem.message, Exit(self.problem.exit))
        run = ClusterRun(job, self._load(job), heard, ExitStack())
        self._home.ledger(job.out)
        with run.held:
            run.held.enter_context(held(job.out))
            # What cannot be recorded is found out before it is paid for.
            record(job)
            self._submit(run)
            run.held = run.held.pop_all()
        return run

    def _submit(self, run: ClusterRun) -> None:
        try:
            with self._lock:
                self._place(run)
                self._runs[run.job.out.name] = run
        except OSError as error:
            raise UserError(self._gone(error), Exit.MODEL) from None

    def close(self) -> None:
        """Call off what still runs, and hear no more."""
        self._closing.set()
        self._thread.join()
        for run in self._runs.values():
            run.kill()
        self._mailbox.close()

    def _load(self, job: Job) -> Load:
        packed = load(job)
        if self._staff.fit() and not self._staff.fit(packed.needs):
            lacks = self._staff.shortfall(packed.needs)
            raise SettingsError(f"no worker of the cluster can run {job.name}: {lacks}")
        return packed

    def _place(self, run: ClusterRun) -> None:
        """Submit a run to the workers that are there now, of which there may be none."""
        workers = self._staff.fit(run.load.needs)
        if workers:
            key = f"{self._address}-{run.job.out.name}-{next(self._tasks)}"
            arguments = (self._batch, run.job.out.name, self._address)
            run.assign(workers, self._cluster.submit(key, workers, run_module, *arguments))

    def _listen(self) -> None:
        while not self._closing.is_set() and self.problem is None:
            try:
                for message in self._mailbox.receive(_HEAR_SECONDS):
                    self._hear(message)
                self._look_sometimes()
            except OSError as error:
                self._lose(self._gone(error))
            except Exception as error:
                # A thread that ended in silence would leave the batch waiting for ever.
                self._lose(f"this is a fault of llmigrate: {type(error).__name__}: {error}", Exit.FAULT)

    def _gone(self, error: Exception) -> str:
        return f"the scheduler of the cluster is gone ({type(error).__name__}); {RESUME}"

    def _lose(self, problem: str, exit: Exit = Exit.MODEL) -> None:
        with self._lock:
            self.problem = Ended(exit, problem)
            for run in self._runs.values():
                run.abandon("the cluster was lost", self.problem)

    def _hear(self, message: object) -> None:
        if not isinstance(message, Begun | Answered | Said | Left | Failed):
            return
        if isinstance(message, Begun):
            with self._lock:
                run = self._runs.get(message.name)
        else:
            run = self._by_sender.get(message.sender)
        try:
            if isinstance(message, Begun):
                self._begin(run, message)
            elif run is not None:
                self._take(run, message)
        except UserError as error:
            assert run is not None
            run.abandon("its result cannot be kept", Ended(error.exit, error.message))

    def _begin(self, run: ClusterRun | None, begun: Begun) -> None:
        beginning = Beginning(begun.sender, begun.host, self._cluster.mailbox(begun.sender))
        if run is not None and run.is_hopeless:
            run.abandon(f"{MOST_BEGINNINGS} workers were lost while they ran it")
        if run is None or run.is_over:
            beginning.tell(Declined())
            beginning.mailbox.close()
            return
        self._by_sender[begun.sender] = run
        if run.has_begun:
            # The machine that is gone may have a worker that is not.
            for machine in kept_by(self._staff, self._batch, begun.name).values():
                self._home.keep(run.job.out, machine.get(begun.name, ()))
        run.begin(beginning)
        ledger = self._home.ledger(run.job.out)
        beginning.tell(Parcel(run.load.job, run.load.files, ledger, self._environment))

    def _take(self, run: ClusterRun, message: FromMachine) -> None:
        if isinstance(message, Answered):
            self._home.keep(run.job.out, [Kept(message.rows, message.orders)])
        elif isinstance(message, Said):
            run.hear(message.sender, message.lines)
        elif isinstance(message, Left) and run.is_begun_by(message.sender):
            self._home.take(run.job, message.result)
            record(run.job)
            run.finish(message.status)
        elif isinstance(message, Failed) and run.is_begun_by(message.sender):
            run.abandon("it was not started", Ended(Exit.USAGE, message.reason))

    def _look_sometimes(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        self._staff.look()
        if not self._cluster.is_connected:
            self._lose(self._gone(ConnectionError()))
        elif self._staff.fit():
            self._staffed = now
        elif now - self._staffed > _PATIENCE_SECONDS:
            self._lose(f"the cluster has no worker left that can be used; {RESUME}")
        with self._lock:
            for run in self._runs.values():
                if not run.is_over:
                    self._look_after(run)

    def _look_after(self, run: ClusterRun) -> None:
        if not any(map(self._staff.is_present, run.workers)):
            run.unassign()
            self._place(run)
        elif (failure := run.lost()) is not None:
            run.abandon(failure)
