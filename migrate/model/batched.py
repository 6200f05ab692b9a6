"""A model that is asked in batches: gathers prompts of many threads, and hands each its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Thread
from typing import TypeAlias

from migrate.errors import AskDirectly
from migrate.model.batch import End, NoBatches
from migrate.model.batch_files import split
from migrate.model.batch_memory import Order
from migrate.model.budget import NOTHING, Amount
from migrate.model.courier import Courier, Delivery, resumable
from migrate.model.exchange import Answer, Request
from migrate.report.figures import counted

_Obtain: TypeAlias = Callable[[], Order | None]
"""Hands an order over or finds it again; None where the provider has it not."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    """A request, what it costs at most, and where whoever asks it waits for the answer."""

    request: Request
    amount: Amount
    answer: Future[Answer] = field(default_factory=Future)


@dataclass(eq=False)
class _Open:
    """A batch whose answers are not all handed out."""

    order: Order
    keys: set[str]
    """The requests whose answers may still be asked of it."""
    tickets: dict[str, _Ticket] = field(default_factory=dict)
    """Who waits for them now."""
    delivery: Delivery | None = None
    is_watched: bool = False


class BatchModel:
    """Answers prompts in batches; used from several threads at once, each of which waits for its answer.

    A batch is sent as soon as `full` requests wait in all, or when no other has come for a while. What an
    earlier run ordered and did not collect is waited for, not ordered again; without `takes_new` that is all.
    """

    def __init__(self, courier: Courier, full: int, takes_new: bool = True) -> None:
        self._courier = courier
        self._full = full
        self._takes_new = takes_new
        self._said_full = False
        self._changed = Condition()
        self._wave: dict[str, _Ticket] = {}
        self._direct: set[str] = set()
        self._open = [_Open(order, set(order.keys)) for order in courier.memory.uncollected()]

    def takes(self, request: Request) -> bool:
        """Tell whether a request would be answered by a batch, as far as is known now."""
        with self._changed:
            return self._batch_with(request.key) is not None or self._takes(request.key)

    def ask(self, request: Request, amount: Amount = NOTHING) -> Answer:
        """Return the answer, hours later maybe; `amount` is what was set aside for it.

        Raise AskDirectly where it needs a call of its own, ModelUnusable or PromptTooLong as that call would.
        """
        ticket = _Ticket(request, amount)
        self._join(ticket)
        return ticket.answer.result()

    def left_behind(self) -> tuple[str, ...]:
        """Say what becomes of the batches that are waited for when the waiting ends here."""
        with self._changed:
            waiting = [(each.order.ident, len(each.tickets)) for each in self._open if each.tickets]
        return tuple(
            f"the provider goes on with {ident or 'a batch'} ({counted(count, 'prompt')}), and the next run "
            "collects the answers"
            for ident, count in waiting
        )

    def _takes(self, key: str) -> bool:
        return self._takes_new and key not in self._direct

    def _batch_with(self, key: str) -> _Open | None:
        return next((each for each in self._open if key in each.keys and key not in each.tickets), None)

    def _join(self, ticket: _Ticket) -> None:
        """Leave a request to the batch that it is in already, or to the next one."""
        key = ticket.request.key
        with self._changed:
            # Two holes may have one prompt, and a batch takes no key twice.
            self._changed.wait_for(lambda: key not in self._wave)
            batch = self._batch_with(key)
            if batch is not None:
                self._join_batch(batch, ticket)
            elif self._takes(key):
                self._join_wave(ticket)
            else:
                ticket.answer.set_exception(AskDirectly())
            self._changed.notify_all()

    def _join_batch(self, batch: _Open, ticket: _Ticket) -> None:
        batch.tickets[ticket.request.key] = ticket
        if batch.delivery is not None:
            self._hand_out(batch, batch.delivery)
        elif not batch.is_watched:
            batch.is_watched = True
            _start(partial(self._watch, batch, partial(self._found_again, batch)))

    def _join_wave(self, ticket: _Ticket) -> None:
        self._wave[ticket.request.key] = ticket
        if len(self._wave) == 1:
            _start(self._close_wave)

    def _close_wave(self) -> None:
        """Wait until nobody else comes, and order what has gathered."""
        with self._changed:
            seen = 0
            while len(self._wave) > seen and not self._all_wait():
                seen = len(self._wave)
                self._changed.wait_for(partial(self._has_grown, seen), self._courier.pace.gather)
            tickets, self._wave = self._wave, {}
            self._changed.notify_all()
        for part in split(each.request for each in tickets.values()):
            _start(partial(self._order, [tickets[request.key] for request in part]))

    def _has_grown(self, seen: int) -> bool:
        return len(self._wave) > seen or self._all_wait()

    def _all_wait(self) -> bool:
        return len(self._wave) + sum(len(each.tickets) for each in self._open) >= self._full

    def _order(self, wave: Sequence[_Ticket]) -> None:
        """Order a batch for a wave, and see it through."""
        if (opened := self._opened(wave)) is not None:
            self._watch(*opened)

    def _opened(self, wave: Sequence[_Ticket]) -> tuple[_Open, _Obtain] | None:
        """Begin a batch for a wave, which is told when that cannot be done."""
        requests = [each.request for each in wave]
        try:
            if not self._takes_new:
                raise AskDirectly
            order = self._courier.begin({each.request.key: each.amount for each in wave})
        except Exception as error:
            _refuse(wave, error)
            return None
        tickets = {each.request.key: each for each in wave}
        batch = _Open(order, set(tickets), tickets, is_watched=True)
        with self._changed:
            self._open.append(batch)
        return batch, partial(self._courier.submit, order, requests)

    def _watch(self, batch: _Open, obtain: _Obtain) -> None:
        """See a batch through; what the provider has no room for is ordered again until it has."""
        opened: tuple[_Open, _Obtain] | None = (batch, obtain)
        while opened is not None and (left := self._left_by(*opened)):
            self._courier.pace.sleep(self._courier.pace.room)
            opened = self._opened(left)

    def _left_by(self, batch: _Open, obtain: _Obtain) -> Sequence[_Ticket]:
        """See a batch to its end, and return whom to order for later: nobody waits in vain."""
        try:
            delivery = self._delivery(batch, obtain)
            if delivery is None:
                self._ask_again(batch)
            elif delivery.batch.is_queue_full and self._takes_new:
                return self._turned_away(batch, delivery)
            else:
                self._end(batch, delivery)
        except Exception as error:
            with self._changed:
                tickets, batch.tickets, batch.is_watched = batch.tickets, {}, False
            _refuse(tickets.values(), resumable(error, batch.order))
        return ()

    def _delivery(self, batch: _Open, obtain: _Obtain) -> Delivery | None:
        try:
            order = obtain()
            batch.order = order or batch.order
            return None if order is None else self._courier.deliver(order)
        except NoBatches as error:
            self._give_up(f"takes no batches ({error})")
            self._courier.memory.narrow(batch.order.token, ())
            return None

    def _found_again(self, batch: _Open) -> Order | None:
        return self._courier.find(batch.order)

    def _end(self, batch: _Open, delivery: Delivery) -> None:
        if delivery.batch.end is End.FAILED:
            why = delivery.why or "no reason is given"
            self._give_up(f"did not begin {delivery.batch.ident} ({why})")
        with self._changed:
            batch.delivery = delivery
            self._hand_out(batch, delivery)

    def _turned_away(self, batch: _Open, delivery: Delivery) -> Sequence[_Ticket]:
        """Order in halves what is more than the provider lets wait; return a single one, for later."""
        if len(batch.tickets) <= 1:
            self._say_full(delivery.why)
            return self._taken_off(batch)
        wave = self._taken_off(batch)
        self._order(wave[: len(wave) // 2])
        self._order(wave[len(wave) // 2 :])
        return ()

    def _ask_again(self, batch: _Open) -> None:
        for ticket in self._taken_off(batch):
            self._join(ticket)

    def _taken_off(self, batch: _Open) -> list[_Ticket]:
        """Forget a batch, and return who waits for it."""
        with self._changed:
            self._open.remove(batch)
            tickets, batch.tickets = batch.tickets, {}
            return list(tickets.values())

    def _hand_out(self, batch: _Open, delivery: Delivery) -> None:
        tickets, batch.tickets = batch.tickets, {}
        batch.keys -= set(tickets)
        if not batch.keys:
            self._open.remove(batch)
        for key, ticket in tickets.items():
            try:
                ticket.answer.set_result(delivery.answer(ticket.request))
            except AskDirectly as error:
                self._direct.add(key)
                ticket.answer.set_exception(error)
            except Exception as error:
                ticket.answer.set_exception(error)

    def _say_full(self, why: str) -> None:
        """Say once that the run waits for other batches of the account."""
        with self._changed:
            was_said, self._said_full = self._said_full, True
        if not was_said:
            url = self._courier.batches.replies.url
            self._courier.notices.warn(
                f"{url} has no room for another batch of this account ({why}); the run waits until it has; "
                "stop it and use --no-provider-batch to ask directly, at the full price"
            )

    def _give_up(self, reason: str) -> None:
        """Order nothing any more, and say so once."""
        with self._changed:
            took_new, self._takes_new = self._takes_new, False
        if took_new:
            url = self._courier.batches.replies.url
            self._courier.notices.warn(
                f"{url} {reason}; from here on prompts are asked directly, at the full price"
            )


def _refuse(tickets: Iterable[_Ticket], error: Exception) -> None:
    for ticket in tickets:
        ticket.answer.set_exception(error)


def _start(work: Callable[[], None]) -> None:
    # A provider may take a day; that must not keep the process from ending.
    Thread(target=work, daemon=True).start()
