"""A run of a batch on a machine of a cluster: the same process as at home, and its wire carried both ways."""

from __future__ import annotations

import os
import queue
import socket
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import migrate
from analysis.process import Conversation
from migrate.batch.job import read_job
from migrate.batch.worker import LOG_NAME
from migrate.cluster.dask import Line, open_line
from migrate.cluster.keep import Keep
from migrate.cluster.messages import (
    Answered,
    Begun,
    Failed,
    Left,
    Parcel,
    Said,
    Taken,
    ToMachine,
    Word,
)
from migrate.errors import UserError
from migrate.model.batch_memory import NO_ORDERS, orders_in
from migrate.run.ledger import Ledger
from migrate.run.output import held
from migrate.settings import VARIABLES

_ROOT = Path(migrate.__file__).parent.parent
"""Where the process of a run finds this program."""
_PATIENCE = 30.0
"""Seconds that what is left of an earlier beginning may take to end."""
_PAUSE = 0.25
"""Seconds between two looks at whether the run is still wanted."""
_MOST_LINES = 200
"""What is passed on at a time."""


def run_module(batch: str, name: str, home: str) -> None:
    """Run a module of a batch on this machine; `home` is where the batch hears of it."""
    sender = f"{home}-{uuid.uuid4().hex[:12]}"
    with open_line(home, sender) as line:
        line.send(Begun(sender, name, socket.gethostname()))
        heard = line.heard()
        parcel = next(heard, None)
        if not isinstance(parcel, Parcel):
            return
        run = _Run(sender, Keep(batch, name), line, parcel, heard)
        try:
            run.to_its_end()
        except (UserError, OSError) as error:
            line.send(Failed(sender, f"{socket.gethostname()}: {error}"))


@dataclass
class _Run:
    """One beginning of a module."""

    sender: str
    keep: Keep
    line: Line
    parcel: Parcel
    heard: Iterator[ToMachine]
    _is_taken: bool = False
    _place: int = 0
    """Up to where in its ledger the batch has been told of answers."""
    _orders: str = NO_ORDERS
    """What the batch was told of orders at last."""
    _lines: queue.SimpleQueue[bytes | None] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self._home = read_job(self.parcel.job).out

    def to_its_end(self) -> None:
        """Run it and hand over what it left; when nobody wants that any more, it is kept here for later."""
        with held(_made(self.keep.folder), _PATIENCE):
            run = self._started()
            hearing = [Thread(target=each, args=(run,)) for each in (self._hear_run, self._hear_home)]
            try:
                for each in hearing:
                    each.start()
                is_over = self._carry()
            finally:
                run.kill()
                hearing[0].join()
                status = run.end()
            if is_over:
                self.line.send(Left(self.sender, status, self.keep.pack(self._home)))
            hearing[1].join()
            if self._is_taken:
                self.keep.discard()

    def _started(self) -> Conversation:
        with held(_made(self.keep.out), _PATIENCE):
            job = self.keep.lay_out(self.parcel)
        environment = _environment(self.parcel.environment)
        with (self.keep.out / "log" / LOG_NAME).open("ab") as log:
            program = (sys.executable, "-m", "migrate.batch.worker")
            run = Conversation(program, log, cwd=_ROOT, env=environment)
        run.say(job.to_json().encode())
        return run

    def _carry(self) -> bool:
        """Pass on what the run says until it has ended, which is true, or nobody wants it any more."""
        with Ledger(self.keep.ledger) as ledger:
            while self.line.is_wanted():
                lines = list(self._waiting_lines())
                self._hand_over(ledger)
                if spoken := [self.keep.at_home(each, self._home) for each in lines if each is not None]:
                    self.line.send(Said(self.sender, spoken))
                if None in lines:
                    return True
        return False

    def _hand_over(self, ledger: Ledger) -> None:
        """Send what was answered and ordered since; at first all, which may not be known at home."""
        rows, orders = ledger.exchange_rows(self._place), orders_in(ledger)
        if not rows and orders == self._orders:
            return
        self.line.send(Answered(self.sender, [row.values for row in rows], orders))
        self._orders = orders
        self._place = rows[-1].place if rows else self._place

    def _waiting_lines(self) -> Iterator[bytes | None]:
        try:
            yield self._lines.get(timeout=_PAUSE)
            for _ in range(_MOST_LINES):
                yield self._lines.get_nowait()
        except queue.Empty:
            return

    def _hear_run(self, run: Conversation) -> None:
        for line in run.lines():
            self._lines.put(line)
        self._lines.put(None)

    def _hear_home(self, run: Conversation) -> None:
        with suppress(OSError):
            for message in self.heard:
                if isinstance(message, Word):
                    run.say(message.line)
                    continue
                self._is_taken = isinstance(message, Taken)
                break
        # Nothing more is to come: it has ended, or nobody wants it, or the scheduler is gone.
        run.kill()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _environment(said: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the machine, with settings as the batch has them; a key of its own stays."""
    own = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {**said, **own}
