"""A run of a batch on a cluster as the batch sees it: begun perhaps more than once, heard as one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from threading import Lock

from migrate.batch.job import Job
from migrate.batch.place import Gone, Heard, how_ended
from migrate.batch.wire import (
    Ended,
    Granted,
    Release,
    Reserve,
    Settle,
    Short,
    Shown,
    Slowed,
    Stop,
    ToRun,
    from_line,
    to_line,
)
from migrate.cluster.dask import Mailbox, Task
from migrate.cluster.load import Load
from migrate.cluster.messages import Taken, ToMachine, Word
from migrate.errors import Exit
from migrate.model.budget import Amount

MOST_BEGINNINGS = 4
"""As many workers as Dask itself lets die with a task, unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """One time that a machine has begun a module; when that machine is gone, there is another."""

    sender: str
    host: str
    mailbox: Mailbox

    def tell(self, message: ToMachine) -> None:
        """Send it a message; whether there is still a scheduler, others find out."""
        with suppress(OSError):
            self.mailbox.send(message)


@dataclass(slots=True)
class _Call:
    """A call that a run has asked for: under which number, and what it may cost."""

    number: int
    amount: Amount
    is_granted: bool = False


@dataclass
class ClusterRun:
    """A run on some machine of a cluster.

    The calls of all its beginnings are numbered through, so that none is taken for another.
    """

    job: Job
    load: Load
    heard: Callable[[Heard], None]
    held: ExitStack
    """What is held until it is over."""
    workers: tuple[str, ...] = ()
    """Those that may run it."""
    is_over: bool = False
    _task: Task | None = None
    _is_missed: bool = False
    """Whether its task was over at the last look."""
    _beginning: Beginning | None = None
    _times_begun: int = 0
    _ended: Ended | None = None
    _calls: dict[int, _Call] = field(default_factory=dict)
    _orphans: set[int] = field(default_factory=set)
    """Calls that nobody waits for any more, but that the batch has yet to answer."""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _lock: Lock = field(default_factory=Lock)

    def assign(self, workers: tuple[str, ...], task: Task) -> None:
        """Take note of the task that runs it, and who may run that."""
        self.workers, self._task = workers, task

    def unassign(self) -> None:
        """Call its task off, for another to follow."""
        if self._task is not None:
            self._task.cancel()
        self.workers, self._task, self._is_missed = (), None, False

    def lost(self) -> str | None:
        """Return why its task has come to nothing, once what the task said before must have been heard."""
        was_missed = self._is_missed
        self._is_missed = self._task is not None and self._task.is_over
        if self._task is None or not (was_missed and self._is_missed):
            return None
        return self._task.failure() or "its task ended without a result"

    def is_begun_by(self, sender: str) -> bool:
        """Tell whether it still runs, and where a message comes from."""
        return not self.is_over and self._beginning is not None and self._beginning.sender == sender

    @property
    def has_begun(self) -> bool:
        """Whether a machine has begun it."""
        return self._beginning is not None

    @property
    def is_hopeless(self) -> bool:
        """Whether so many workers were lost with it that it may be what ends them."""
        return self._times_begun >= MOST_BEGINNINGS

    def begin(self, beginning: Beginning) -> None:
        """Take note that a machine begins it; what an earlier one asked for may have been paid for."""
        with self._lock:
            lost = {number: call for number, call in self._calls.items() if call.is_granted}
            self._orphans |= self._calls.keys() - lost.keys()
            self._calls, self._ended = {}, None
            before, self._beginning = self._beginning, beginning
            self._times_begun += 1
        if before is not None:
            before.mailbox.close()
        for number, call in lost.items():
            self.heard(Settle(number, call.amount))
        self.heard(Shown("note", (f"runs on {beginning.host}",)))

    def hear(self, sender: str, lines: Iterable[bytes]) -> None:
        """Take what the process of the run says."""
        for line in lines:
            with suppress(ValueError):
                message = from_line(line)
                if isinstance(message, Shown | Reserve | Settle | Release | Slowed | Ended):
                    self._take(sender, message)

    def _take(self, sender: str, message: Heard) -> None:
        if not self.is_begun_by(sender):
            return
        if isinstance(message, Ended):
            # Said when what it has left is here.
            self._ended = message
        elif isinstance(message, Reserve):
            number = next(self._numbers)
            with self._lock:
                self._calls[number] = _Call(message.number, message.amount)
            self.heard(replace(message, number=number))
        elif isinstance(message, Settle | Release):
            with self._lock:
                number = next(key for key, each in self._calls.items() if each.number == message.number)
                del self._calls[number]
            self.heard(replace(message, number=number))
        else:
            self.heard(message)

    def tell(self, message: ToRun) -> None:
        """Send it a message; when it is to stop before it has begun, it is over."""
        if isinstance(message, Granted | Short):
            self._answer(message)
        elif self._beginning is not None:
            self._say(message)
        elif isinstance(message, Stop):
            self.abandon("stopped", Ended(Exit.INTERRUPTED, "interrupted"))

    def _answer(self, message: Granted | Short) -> None:
        with self._lock:
            call = self._calls.get(message.number)
            is_orphan = message.number in self._orphans
            self._orphans.discard(message.number)
            if isinstance(message, Short):
                self._calls.pop(message.number, None)
            elif call is not None:
                call.is_granted = True
        if call is not None:
            self._say(replace(message, number=call.number))
        elif is_orphan and isinstance(message, Granted):
            self.heard(Release(message.number))

    def _say(self, message: ToRun) -> None:
        if self._beginning is not None:
            self._beginning.tell(Word(to_line(message)))

    def kill(self) -> None:
        """Have it ended at once, wherever it is."""
        self.abandon("killed")

    def abandon(self, reason: str, ended: Ended | None = None) -> None:
        """Call it off, and say that it is over."""
        self.unassign()
        self._end(reason, ended)

    def finish(self, status: int) -> None:
        """Say that its process has ended and all that it left is safe."""
        if self._beginning is not None:
            self._beginning.tell(Taken())
        self._end(how_ended(status))

    def _end(self, reason: str, ended: Ended | None = None) -> None:
        with self._lock:
            if self.is_over:
                return
            self.is_over = True
        self.held.close()
        # A batch may have thousands of runs.
        self.load = replace(self.load, files=b"")
        if self._beginning is not None:
            self._beginning.mailbox.close()
        if (last := ended or self._ended) is not None:
            self.heard(last)
        self.heard(Gone(reason))
