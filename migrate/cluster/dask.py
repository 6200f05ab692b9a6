"""The one door to Dask: a client where the batch is, and the ends of a line between a task and the batch."""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from distributed import Client, Future, Queue, Worker, get_client, get_worker
from distributed.core import Status

from migrate.cluster.messages import FromMachine, ToMachine, packed, unpacked

_CONNECT_SECONDS = 10
_PAUSE = 1.0
"""Seconds after which a task looks again whether it is wanted."""


class Unreachable(Exception):  # noqa: N818 - a state of the scheduler
    """Say why a scheduler cannot be reached, or that it is gone."""


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """A worker of a cluster."""

    address: str
    host: str
    threads: int
    """How many modules it takes at a time."""


class Cluster:
    """A client of a scheduler; to be closed. Raise Unreachable when there is none at the address."""

    def __init__(self, address: str) -> None:
        _silence()
        failure = ""
        try:
            with warnings.catch_warnings(action="ignore"):
                self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
            failure = str(error).strip().partition("\n")[0] or type(error).__name__
        if failure:
            # A client that failed stops its loop when it is collected, for which it waits for ever where
            # that happens while the next one starts its own.
            gc.collect()
            raise Unreachable(failure)

    @property
    def is_connected(self) -> bool:
        """Whether the scheduler is still there."""
        return bool(self._client.status == "running")

    def workers(self) -> tuple[WorkerFacts, ...]:
        """Return the workers that the scheduler has now."""
        found = self._client.scheduler_info(n_workers=-1)["workers"]
        return tuple(WorkerFacts(name, each["host"], each["nthreads"]) for name, each in found.items())

    def on_each(
        self, workers: Sequence[str], function: Callable[..., Any], *arguments: object
    ) -> Mapping[str, Any]:
        """Call a function on workers, beside what they do; return its results, or exceptions."""
        found: Mapping[str, Any] = self._client.run(
            function, *arguments, workers=list(workers), on_error="return"
        )
        return found

    def submit(
        self, name: str, workers: Sequence[str], function: Callable[..., None], *arguments: object
    ) -> Task:
        """Have one of some workers call a function, and another one if that worker dies."""
        future = self._client.submit(
            function, *arguments, key=name, workers=list(workers), pure=False, retries=0
        )
        return Task(future)

    def mailbox(self, name: str) -> Mailbox:
        """Open a queue."""
        return Mailbox(Queue(name, client=self._client))

    def close(self) -> None:
        """Leave the cluster; what is running for us there is not wanted any more."""
        with suppress(OSError, TimeoutError):
            self._client.close(timeout=_CONNECT_SECONDS)


def _silence() -> None:
    """Keep Dask from writing to the terminal: what it says of a lost scheduler, we say ourselves."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Task:
    """A function that a worker is to call or has called."""

    _future: Future[None]

    @property
    def is_over(self) -> bool:
        """Whether it is not going to run, or to run on, any more."""
        return bool(self._future.done())

    def failure(self) -> str | None:
        """Return why a task that is over came to nothing, or None if it did not."""
        if self._future.status == "finished":
            return None
        error = self._future.exception() if self._future.status == "error" else None
        return f"{type(error).__name__}: {error}" if error else "it was cancelled"

    def cancel(self) -> None:
        """Say that it is not wanted any more."""
        with suppress(OSError, TimeoutError):
            self._future.cancel(reason="llmigrate")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A queue that the scheduler holds, for messages of one direction."""

    _queue: Queue

    def send(self, message: FromMachine | ToMachine) -> None:
        """Put a message into it. Raise OSError when the scheduler is gone."""
        self._queue.put(packed(message))

    def receive(self, seconds: float) -> list[FromMachine | ToMachine]:
        """Take what is in it, after some seconds if it is empty. Raise OSError without a scheduler."""
        try:
            first = self._queue.get(timeout=seconds)
        except TimeoutError:
            return []
        return [unpacked(each) for each in (first, *self._queue.get(batch=True))]

    def close(self) -> None:
        """Have the scheduler forget it once nobody has it open."""
        with suppress(OSError, TimeoutError):
            self._queue.close()


@dataclass
class Line:
    """What a task on a worker says to the batch, and hears of it."""

    worker: Worker
    key: Any
    home: Mailbox
    own: Mailbox

    def send(self, message: FromMachine) -> None:
        """Say something to the batch. Raise OSError when the scheduler is gone."""
        self.home.send(message)

    def heard(self) -> Iterator[ToMachine]:
        """Yield what the batch says, for as long as the task is wanted."""
        while self.is_wanted():
            yield from self.own.receive(_PAUSE)  # type: ignore[misc]

    def is_wanted(self) -> bool:
        """Tell whether the batch is still there and has not called the task off."""
        state = self.worker.state.tasks.get(self.key)
        return self.worker.status is Status.running and state is not None and state.state == "executing"


@contextmanager
def open_line(home: str, own: str) -> Iterator[Line]:
    """Open a line from the task that this thread is in."""
    worker, client = get_worker(), get_client()
    mailboxes = [Mailbox(Queue(name, client=client)) for name in (home, own)]
    try:
        yield Line(worker, worker.get_current_task(), *mailboxes)
    finally:
        for each in mailboxes:
            each.close()
