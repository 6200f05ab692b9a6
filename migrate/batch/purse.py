"""What a run of a batch pays its calls from: its own budget, and the one that all runs share."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from threading import Event, Lock

from migrate.batch.wire import Eased, FromRun, Granted, Release, Reserve, Settle, Short
from migrate.model.budget import Budget, Reservation, Shortage, actual_amount
from migrate.model.exchange import Usage
from migrate.model.prices import Price

_OWN_BUDGET = (
    "this is the module's own `budget`, under [run] of its settings or in LLMIGRATE_BUDGET; "
    "raise it there, and run the same command again to go on"
)
"""The option of a batch is the budget of all."""


class SharedPurse:
    """Asks the batch before each call."""

    def __init__(self, budget: Budget, price: Price | None, tell: Callable[[FromRun], None]) -> None:
        self._own = budget
        self._price = price
        self._tell = tell
        self._lock = Lock()
        self._numbers = itertools.count(1)
        self._open: dict[Reservation, int] = {}
        self._answers: dict[int, queue.SimpleQueue[Granted | Short]] = {}
        self._eased = Event()
        self._listener: Callable[[], None] | None = None

    @property
    def spent(self) -> Decimal | None:
        """What this run has spent."""
        return self._own.spent

    def reserve(self, tokens_in: int, tokens_out: int, batched: bool = False) -> Reservation | Shortage:
        """Set aside what a call costs at most, in the run's own budget and in that of all."""
        reserved = self._own.reserve(tokens_in, tokens_out, batched)
        if isinstance(reserved, Shortage):
            return replace(reserved, remedy=_OWN_BUDGET)
        answer = self._asked(reserved)
        if isinstance(answer, Short):
            self._own.release(reserved)
            return Shortage(answer.sentence, answer.is_temporary, is_held_by_others=answer.is_temporary)
        with self._lock:
            self._open[reserved] = answer.number
        return reserved

    def settle(self, reservation: Reservation, usage: Usage) -> None:
        """Replace a reservation by the actual cost."""
        self._own.settle(reservation, usage)
        actual = actual_amount(reservation, usage, self._price)
        self._tell(Settle(self._taken(reservation), actual))

    def release(self, reservation: Reservation) -> None:
        """Give back what a call was not made or not answered for."""
        self._own.release(reservation)
        self._tell(Release(self._taken(reservation)))

    def wait_for_others(self) -> None:
        """Wait until the batch says that there may be enough now."""
        self._eased.wait()

    def when_eased(self, listener: Callable[[], None]) -> None:
        """Call a listener when the batch says that there may be enough now."""
        self._listener = listener

    def hear(self, message: Granted | Short | Eased) -> None:
        """Take what the batch says; on the thread that reads the wire."""
        if isinstance(message, Eased):
            self._eased.set()
            if self._listener is not None:
                self._listener()
            return
        if isinstance(message, Short):
            self._eased.clear()
        with self._lock:
            waiting = self._answers.pop(message.number)
        waiting.put(message)

    def _asked(self, reserved: Reservation) -> Granted | Short:
        answer: queue.SimpleQueue[Granted | Short] = queue.SimpleQueue()
        with self._lock:
            number = next(self._numbers)
            self._answers[number] = answer
        self._tell(Reserve(number, reserved.amount))
        return answer.get()

    def _taken(self, reservation: Reservation) -> int:
        with self._lock:
            return self._open.pop(reservation)
