"""Ask the model for holes: what was answered before is not asked again, and no call overshoots the budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from migrate.errors import AskDirectly, PromptTooLong, UserError
from migrate.model.batched import BatchModel
from migrate.model.budget import Purse, Reservation, Shortage
from migrate.model.exchange import JSON, Answer, Message, Model, Replayed, Request, usability
from migrate.model.notices import Notices
from migrate.model.prices import Price, cost
from migrate.model.recording import Recorder
from migrate.run.ledger import Exchange, Ledger

BYTES_PER_TOKEN = 3.5
"""Bytes of source code in a token, roughly, over the tokenisers of today's models."""


def estimate_tokens(messages: tuple[Message, ...]) -> int:
    """Estimate the tokens of a prompt before it is sent."""
    return round(sum(len(message.content.encode()) for message in messages) / BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back for a request: an answer, or why there is none.

    AskDirectly is neither: the request has to be made again, at another price.
    """

    request: Request
    answer: Answer | PromptTooLong | UserError | Exception
    reservation: Reservation | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Whom prompts are for: with the messages, all that decides about the answer."""

    model: str
    base_url: str
    parameters: Mapping[str, JSON]
    template: str
    """The content hash of the prompt templates."""

    def request(self, hole: str, attempt: int, messages: tuple[Message, ...]) -> Request:
        """Make the request for a prompt."""
        return Request(hole, attempt, self.model, self.base_url, self.parameters, messages, self.template)


@dataclass
class Waits:
    """Tells whoever listens that a call waits before it is made again; may be told on any thread."""

    listener: Callable[[float, str], None] | None = None
    also: Callable[[float, str], None] | None = None
    """Told besides, whoever else listens."""

    def tell(self, seconds: float, reason: str) -> None:
        """Pass on how long a call waits, and why."""
        for told in (self.also, self.listener):
            if told is not None:
                told(seconds, reason)


@dataclass
class Asker:
    """Keeps the books on requests and their answers; for one thread, but for `ask`."""

    model: Model
    address: Address
    window: int | None
    max_output_tokens: int
    ledger: Ledger
    budget: Purse
    price: Price | None
    recorder: Recorder | None
    waits: Waits = field(default_factory=Waits)
    notices: Notices = field(default_factory=Notices)
    batches: BatchModel | None = None
    """Answers in the place of the model what it takes."""

    def known(self, request: Request) -> Answer | None:
        """Return the usable answer that this very request got before."""
        exchange = self.ledger.exchange(request.key)
        if exchange is None or not exchange.usable:
            return None
        if self.recorder is not None:
            self.recorder.record(request, exchange.answer)
        return exchange.answer

    def too_long(self, request: Request) -> PromptTooLong | None:
        """Say when a prompt does not fit into the model's window, and what makes it long."""
        tokens = estimate_tokens(request.messages)
        if self.window is None or tokens + self.max_output_tokens <= self.window:
            return None
        longest = max(request.messages, key=lambda message: len(message.content))
        section = max(longest.content.split("\n# "), key=len).partition("\n")[0].lstrip("# ")
        detail = f"about {tokens} tokens of {self.window}, most of them under “{section}”"
        return PromptTooLong(request.hole, detail)

    def reserve(self, request: Request) -> Reservation | Shortage:
        """Set the money for a call aside before it is made."""
        batched = self.batches is not None and self.batches.takes(request)
        return self.budget.reserve(request.most_tokens_in, self.max_output_tokens, batched)

    def reserve_patiently(self, request: Request) -> Reservation | Shortage:
        """Set the money for a call aside, and wait for it as long as others hold it.

        For who has no call on its way: others may wait for what that one holds.
        """
        while True:
            reserved = self.reserve(request)
            if isinstance(reserved, Reservation) or not reserved.is_held_by_others:
                return reserved
            self.budget.wait_for_others()

    def ask(self, request: Request, reservation: Reservation) -> Answered:
        """Send a request; may run on any thread."""
        try:
            if self.batches is not None and reservation.batched:
                answer = self.batches.ask(request, reservation.amount)
            else:
                answer = self.model.ask(request)
            return Answered(request, answer, reservation)
        except Exception as error:
            return Answered(request, error, reservation)

    def answer(self, request: Request) -> Answer:
        """Answer one request now, from what is known or by asking.

        Raise UserError where that cannot be had: a limit, no recording, a model that is not reached.
        """
        known = self.known(request)
        if known is not None:
            return known
        reserved = self.too_long(request) or self.reserve_patiently(request)
        if isinstance(reserved, Shortage):
            raise reserved.limit_reached()
        if isinstance(reserved, PromptTooLong):
            raise reserved
        answered = self.ask(request, reserved)
        self.settle(answered)
        if isinstance(answered.answer, AskDirectly):
            return self.answer(request)
        if not isinstance(answered.answer, Answer):
            raise answered.answer
        return answered.answer

    def settle(self, answered: Answered) -> None:
        """Keep an answer that was asked for just now, and what it cost."""
        if not isinstance(answered.answer, Answer):
            if answered.reservation is not None:
                self.budget.release(answered.reservation)
            return
        if answered.reservation is not None:
            self.budget.settle(answered.reservation, answered.answer.usage)
        usable = usability(answered.answer) is None
        paid = self._cost(answered.answer, answered.reservation)
        self.ledger.save_exchange(Exchange(answered.request, answered.answer, usable, paid))
        if self.recorder is not None:
            self.recorder.record(answered.request, answered.answer)

    def _cost(self, answer: Answer, reserved: Reservation | None) -> Decimal | None:
        # What a recorded answer cost is not known here, and not paid again.
        if answer.replayed is not Replayed.no or self.price is None:
            return None
        # Where no usage is reported, the budget counts what was set aside, and so must the ledger.
        if reserved is None:
            return cost(answer.usage, self.price)
        return cost(answer.usage, self.price, reserved.batched) if answer.usage.is_reported else reserved.usd
