"""Takes one batch to its provider and brings back what came of it; remembers it on the way."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from migrate.errors import AskDirectly, ModelUnusable
from migrate.model.batch import Batch, Batches, End, NotOrdered
from migrate.model.batch_files import Results, line_of, read_results
from migrate.model.batch_memory import BatchMemory, Order
from migrate.model.budget import Amount
from migrate.model.exchange import Answer, Request
from migrate.model.notices import Notices
from migrate.model.replies import Failure, Replies
from migrate.report.figures import counted


@dataclass(frozen=True, slots=True)
class Pace:
    """How many seconds are waited: for company before a batch is sent, and between looks at it."""

    gather: float = 2.0
    room: float = 300.0
    """Between two orders of what finds no room in the provider's queue."""
    first: float = 2.0
    longest: float = 60.0
    growth: float = 1.5
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of a batch that is over."""

    batch: Batch
    results: Results
    replies: Replies
    was_over: bool
    """Whether it was over when this run saw it first."""

    @property
    def why(self) -> str:
        """Why it failed, in one line; empty where that is not told."""
        return self.replies.one_line("; ".join(self.batch.problems))

    @property
    def was_broken_off(self) -> bool:
        """Whether it ended early, and direct calls may do what it left open."""
        # Who cancels a batch while a run waits for it hardly wants the run to pay the full price instead.
        return self.batch.end is End.EXPIRED or (self.batch.end is End.CANCELLED and self.was_over)

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request of the batch.

        Raise AskDirectly where it needs a call of its own, ModelUnusable or PromptTooLong as that call would.
        """
        answer = self.results.answer(request, self.replies)
        if answer is not None:
            return answer
        failure = Failure(200, "", self.why)
        if failure.is_of_credit:
            raise self.replies.no_credit(failure)
        if self.batch.end is End.CANCELLED and not self.was_broken_off:
            raise self.replies.unusable(
                f"says that {self.batch.ident} was cancelled; run the same command again to ask what it left "
                "open, with --no-provider-batch to ask directly"
            )
        raise AskDirectly


@dataclass(frozen=True)
class Courier:
    """Orders batches and waits for them; used from several threads, one for each batch."""

    batches: Batches
    memory: BatchMemory
    notices: Notices
    pace: Pace

    def begin(self, amounts: Mapping[str, Amount]) -> Order:
        """Remember an order of some requests, so that it is found again whatever happens from here on."""
        return self.memory.begin(secrets.token_hex(16), amounts)

    def submit(self, order: Order, requests: Sequence[Request]) -> Order:
        """Hand an order over. Raise ModelUnusable when that cannot be done, NoBatches when it never can."""
        try:
            batch = self.batches.submit(b"".join(map(line_of, requests)), order.token)
        except NotOrdered:
            # The next run has nothing to look for, which the key may not be allowed to do either.
            self.memory.narrow(order.token, ())
            raise
        self.memory.ordered(order.token, batch.ident)
        sent = counted(len(requests), "prompt")
        self.notices.tell(
            f"{sent} sent as {batch.ident}; it may take up to 24 hours, and the run may be stopped meanwhile"
        )
        return replace(order, ident=batch.ident)

    def find(self, order: Order) -> Order | None:
        """Find an order of an earlier run again; forget it and return None when the provider has it not."""
        batch = self.batches.state(order.ident) if order.ident else self.batches.find(order.token)
        if batch is None:
            self.memory.narrow(order.token, ())
            if order.ident:
                self.notices.tell(f"{order.ident} is not known to the provider; what it held is asked again")
            return None
        self.memory.ordered(order.token, batch.ident)
        waiting = counted(len(order.keys), "prompt")
        self.notices.tell(f"collecting {batch.ident}, which an earlier run sent ({waiting})")
        return replace(order, ident=batch.ident)

    def deliver(self, order: Order) -> Delivery:
        """Wait until a batch is over, and return what came of it."""
        first = self._state(order)
        last = first if first.end is not None else self._end(order, first)
        results = read_results(map(self.batches.download, last.files), last.seconds)
        answered = [key for key in order.keys if results.has(key)]
        # What was answered was paid for, and stays to be collected; the rest may be asked again.
        self.memory.narrow(order.token, answered)
        delivery = Delivery(last, results, self.batches.replies, was_over=first.end is not None)
        self._tell_end(delivery, len(answered), len(order.keys))
        return delivery

    def _tell_end(self, delivery: Delivery, answered: int, asked: int) -> None:
        batch = delivery.batch
        why = f" ({delivery.why})" if delivery.why else ""
        left = delivery.was_broken_off and answered < asked
        rest = "; what it left open is asked directly, at the full price" if left else ""
        of = f"{answered:,} of {counted(asked, 'prompt')} answered"
        self.notices.tell(f"{batch.ident}: {batch.status}, {of}{why}{rest}")

    def _end(self, order: Order, batch: Batch) -> Batch:
        seconds, told = self.pace.first, ""
        while batch.end is None:
            if batch.status != told:
                told = batch.status
                self.notices.tell(f"{batch.ident}: {told.replace('_', ' ')}")
            self.pace.sleep(max(seconds, batch.retry_after or 0.0))
            seconds = min(seconds * self.pace.growth, self.pace.longest)
            batch = self._state(order)
        return batch

    def _state(self, order: Order) -> Batch:
        lost = Batch(order.ident, End.FAILED.value, problems=("the provider does not know it any more",))
        return self.batches.state(order.ident) or lost


def resumable(error: Exception, order: Order) -> Exception:
    """Add to what stops a run that its batch goes on."""
    if not isinstance(error, ModelUnusable) or not order.ident:
        return error
    return ModelUnusable(f"{error.message}; {order.ident} goes on, and the same command collects it")
