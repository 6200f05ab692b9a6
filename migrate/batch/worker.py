"""One run of a batch in a process of its own: first its job, then what the batch and it say to each other."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Protocol

from migrate.batch.job import Job, read_job
from migrate.batch.purse import SharedPurse
from migrate.batch.relay import Relay
from migrate.batch.wire import (
    Eased,
    Ended,
    FromRun,
    Granted,
    Short,
    Slowed,
    Stop,
    from_line,
    to_line,
)
from migrate.errors import Exit, UserError
from migrate.launch import Launch
from migrate.model.budget import Budget, require_price
from migrate.model.prices import Price
from migrate.run.outcome import Outcome
from repair.plug import PlugKind

LOG_NAME = "worker.log"
"""In the log folder of a result: what a run printed besides."""
_PATIENCE = 30.0
"""Seconds that the run of a batch that was killed may take to end."""
_RATE_LIMIT = "429"


class Channel(Protocol):
    """Lines to and from a batch."""

    def say(self, line: bytes) -> None:
        """Send a line. Raise BrokenPipeError or ConnectionError when nobody hears it."""
        ...

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that come, until the other end hangs up."""
        ...


@dataclass
class Wire:
    """The end of the wire that a run holds; it may be used from any thread."""

    channel: Channel
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, message: FromRun) -> None:
        """Send a message; without a batch to hear it, the process ends."""
        try:
            with self._lock:
                self.channel.say(to_line(message))
        except ConnectionError:
            os._exit(Exit.INTERRUPTED)


@dataclass
class Worker:
    """A run that is paid from the purse of a batch, and tells it everything."""

    job: Job
    wire: Wire
    purse: SharedPurse | None = None

    def work(self) -> Ended:
        """Run the job, and say how that ended."""
        try:
            return _ended(self._launch().run(Relay(self.wire.tell)))
        except UserError as error:
            return Ended(error.exit, error.message)
        except KeyboardInterrupt:
            return Ended(Exit.INTERRUPTED, "interrupted")
        except Exception as error:
            traceback.print_exc()
            what = f"this is a fault of llmigrate: {type(error).__name__}: {error}"
            return Ended(Exit.FAULT, f"{what}; please report it with {self.job.out / 'log' / LOG_NAME}")

    def listen(self, lines: Iterator[bytes]) -> None:
        """Hear what the batch says until it hangs up, which ends the process: its ledger is safe."""
        for line in lines:
            message = from_line(line)
            if isinstance(message, Stop):
                # To this thread itself, or what it waits for would not be interrupted.
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            elif self.purse is not None and isinstance(message, Granted | Short | Eased):
                self.purse.hear(message)
        os._exit(Exit.INTERRUPTED)

    def _launch(self) -> Launch:
        return Launch(
            self.job.open(),
            self.job.subject,
            self.job.out,
            replay=self.job.replay,
            record=self.job.record,
            answered_by=self.job.answered_by,
            paid_from=self._paid_from,
            overheard=self._slowed,
            patience=_PATIENCE,
        )

    def _paid_from(self, budget: Budget, price: Price | None) -> SharedPurse:
        if self.job.priced:
            require_price(price)
        self.purse = SharedPurse(budget, price, self.wire.tell)
        return self.purse

    def _slowed(self, seconds: float, reason: str) -> None:
        if reason == _RATE_LIMIT:
            self.wire.tell(Slowed(seconds))


def _ended(outcome: Outcome) -> Ended:
    message = "" if outcome.stopped is None else outcome.stopped.message
    return Ended(outcome.exit, message, _totals(outcome))


def _totals(outcome: Outcome) -> dict[str, int]:
    counts = outcome.report.counts
    return {"holes": len(outcome.report.holes), **{kind.value: counts[kind] for kind in PlugKind}}


class Streams:
    """A channel over stdin and stdout."""

    def __init__(self) -> None:
        # What prints to stdout by mistake would break the wire.
        self._output = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)

    def say(self, line: bytes) -> None:
        """Send a line."""
        self._output.write(line + b"\n")
        self._output.flush()

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that come."""
        yield from sys.stdin.buffer


class Connected:
    """A channel over a connection of `multiprocessing`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def say(self, line: bytes) -> None:
        """Send a line."""
        self._connection.send_bytes(line)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that come."""
        with suppress(EOFError, ConnectionError):
            while True:
                yield self._connection.recv_bytes()


def work(connection: Connection) -> None:
    """Serve a batch in a process that was forked for it; what is printed goes to the log of the job."""
    channel = Connected(connection)
    lines = channel.lines()
    job = read_job(next(lines))
    log = os.open(job.out / "log" / LOG_NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.dup2(log, 1)
    os.dup2(log, 2)
    _serve(job, channel, lines)


def main() -> None:
    """Serve a batch over stdin and stdout."""
    channel = Streams()
    lines = channel.lines()
    _serve(read_job(next(lines)), channel, lines)


def _serve(job: Job, channel: Channel, lines: Iterator[bytes]) -> None:
    """Run a job, and leave at once, whatever still waits for answers."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    worker = Worker(job, Wire(channel))
    threading.Thread(target=worker.listen, args=(lines,), daemon=True).start()
    ended = worker.work()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker.wire.tell(ended)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
