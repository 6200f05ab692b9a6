"""Makes the proofs of a module: drivers by rule first, then by the model where these are too weak."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count

from migrate.errors import AskDirectly, NotRecorded, PromptTooLong
from migrate.evidence.driver_prompts import DriverPrompter, only_claims, read_driver
from migrate.model.asking import Address, Answered, Asker
from migrate.model.budget import Reservation, Shortage
from migrate.model.exchange import Answer, Message, Request, usability
from migrate.report.display import RunDisplay
from migrate.run.ledger import Ledger
from migrate.run.workers import Workers
from repair.evidence.by_rule import driver_by_rule
from repair.evidence.cache import HarnessCache
from repair.evidence.driver import Driver, DriverSource
from repair.evidence.harness import Effort, Harness, Unusable
from repair.evidence.lab import Lab
from repair.evidence.proof import Minimum, Proof
from repair.evidence.proving import prove
from repair.evidence.target import Target
from repair.excuse import read_claims

DRIVER = "driver "
"""How requests for a driver begin to name what they are for; no hole has a space in its name."""
_NO_RULE = "Its signature does not say how to call it."


@dataclass(frozen=True)
class ProofMaker:
    """Turns drivers into harnesses, side by side; what was made before comes from the cache."""

    lab: Lab
    cache: HarnessCache
    effort: Effort
    targets: Mapping[str, Target]
    display: RunDisplay

    def by_rule(self) -> dict[str, Proof]:
        """Make the proof of every function from its signature alone."""
        texts = {ident: driver_by_rule(target) for ident, target in self.targets.items()}
        drivers = {
            ident: Driver(ident, self.targets[ident].home.as_posix(), text, DriverSource.RULE)
            for ident, text in texts.items()
            if text is not None
        }
        nothing = {ident: Proof(ident, (), (_NO_RULE,)) for ident in texts}
        return nothing | self.extended({ident: Proof(ident, ()) for ident in drivers}, drivers)

    def extended(self, proofs: Mapping[str, Proof], drivers: Mapping[str, Driver]) -> dict[str, Proof]:
        """Add the harness of one driver to each proof."""
        pool = ThreadPoolExecutor(cpu_count() or 1)
        found: dict[str, Proof] = {}
        try:
            made = pool.map(self._made, drivers.values())
            for number, (ident, each) in enumerate(zip(drivers, made, strict=True), 1):
                found[ident] = _with(proofs[ident], each)
                self.display.proving(number, len(drivers))
        finally:
            # Who interrupts a run does not want to wait for what has not begun.
            pool.shutdown(cancel_futures=True)
        return found

    def _made(self, driver: Driver) -> Harness | Unusable:
        known = self.cache.load(self.lab, driver, self.effort)
        if known is not None:
            return known
        made = prove(self.lab, driver, self.targets[driver.ident].hole, self.effort)
        if isinstance(made, Harness):
            self.cache.save(self.lab, driver, self.effort, made)
        return made


def _with(proof: Proof, made: Harness | Unusable) -> Proof:
    if isinstance(made, Unusable):
        return replace(proof, refused=(*proof.refused, made.reason))
    return replace(proof, harnesses=(*proof.harnesses, made))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A prompt for a driver that was answered."""

    messages: tuple[Message, ...]
    answer: str


@dataclass
class DriverRounds:
    """Asks the model for the drivers of functions whose proofs are too weak."""

    maker: ProofMaker
    prompter: DriverPrompter
    minimum: Minimum
    rounds: int
    answers: Callable[[Sequence[Request]], Mapping[str, str]]
    """Returns the answers to requests, by what each is for; those without one are left out."""
    address: Address

    def run(self, proofs: Mapping[str, Proof]) -> dict[str, Proof]:
        """Return the proofs, those that were too weak with the model's drivers added."""
        found = dict(proofs)
        asked: dict[str, _Asked] = {}
        for number in range(1, self.rounds + 1):
            weak = {ident: each for ident, each in found.items() if self._is_worth_asking(each)}
            prompts = {
                ident: self._prompt(each, asked.get(ident))
                for ident, each in weak.items()
                if number == 1 or (ident in asked and self._may_do_better(each))
            }
            answers = self.answers([self._request(*each, number) for each in prompts.items()])
            asked = {
                ident: _Asked(prompt, answers[f"{DRIVER}{ident}"])
                for ident, prompt in prompts.items()
                if f"{DRIVER}{ident}" in answers
            }
            found |= self._answered(found, asked)
        return found

    def _is_worth_asking(self, proof: Proof) -> bool:
        """Tell whether a proof is weak and another driver might help."""
        return proof.may_grow(self.minimum) and not (self._lacks(proof) and not proof.harnesses)

    def _may_do_better(self, proof: Proof) -> bool:
        """Tell whether the author of its driver might show more."""
        # Where a call ends the run as soon as it leaves the module, much stays out of reach.
        done = self._lacks(proof) and DriverSource.MODEL in proof.sources
        return not done and not proof.is_explained(self.minimum)

    def _lacks(self, proof: Proof) -> bool:
        return self.maker.lab.surroundings.lacks(self.maker.targets[proof.ident].outside)

    def _request(self, ident: str, prompt: tuple[Message, ...], number: int) -> Request:
        return self.address.request(f"{DRIVER}{ident}", number, prompt)

    def _prompt(self, proof: Proof, asked: _Asked | None) -> tuple[Message, ...]:
        target = self.maker.targets[proof.ident]
        if asked is None:
            return self.prompter.first(target)
        return self.prompter.repair(target, asked.messages, asked.answer, proof)

    def _answered(self, proofs: Mapping[str, Proof], asked: Mapping[str, _Asked]) -> dict[str, Proof]:
        told = {ident: _with_claims(proofs[ident], each.answer) for ident, each in asked.items()}
        functions = frozenset(each.name for each in self.prompter.inventory.functions)
        read = {
            ident: read_driver(self.maker.targets[ident], functions, each.answer)
            for ident, each in asked.items()
            if not only_claims(each.answer)
        }
        refused = {
            ident: replace(told[ident], refused=(*told[ident].refused, each))
            for ident, each in read.items()
            if isinstance(each, str)
        }
        drivers = {
            ident: each
            for ident, each in read.items()
            if isinstance(each, Driver) and not told[ident].has(each)
        }
        return told | refused | self.maker.extended(told, drivers)


def _with_claims(proof: Proof, answer: str) -> Proof:
    return replace(proof, claims=tuple(dict.fromkeys((*proof.claims, *read_claims(answer)))))


def known_answers(ledger: Ledger) -> Callable[[Sequence[Request]], Mapping[str, str]]:
    """Answer from what the ledger holds, and ask nobody."""

    def answers(requests: Sequence[Request]) -> Mapping[str, str]:
        found = ((each.hole, ledger.exchange(each.key)) for each in requests)
        return {hole: each.answer.text for hole, each in found if each is not None and each.usable}

    return answers


@dataclass
class AskingSideBySide:
    """Answers requests through the model, as many at a time as the settings allow."""

    asker: Asker
    display: RunDisplay
    jobs: int

    def __call__(self, requests: Sequence[Request]) -> Mapping[str, str]:
        """Return the answers by what they are for; those that cannot be had are left out."""
        events: queue.SimpleQueue[Answered] = queue.SimpleQueue()
        found: dict[str, str] = {}
        waiting = deque(self._unknown(requests, found))
        workers = Workers(min(self.jobs, len(waiting)), events)
        flying = 0
        while waiting or flying:
            flying += self._send_all(waiting, workers, flying)
            if flying:
                flying -= 1
                event = events.get()
                if isinstance(event.answer, AskDirectly):
                    waiting.appendleft(event.request)
                if not self._take(event, found):
                    waiting.clear()
        return found

    def _send_all(self, waiting: deque[Request], workers: Workers[Answered], flying: int) -> int:
        """Send as many requests as may be on their way; return how many were sent."""
        sent = 0
        while waiting and flying + sent < self.jobs:
            reserved = self._reserved(waiting[0], patiently=not flying + sent)
            if isinstance(reserved, Shortage) and flying + sent:
                # What is on its way may cost less than was set aside for it.
                break
            request = waiting.popleft()
            if isinstance(reserved, Reservation):
                self._send(request, reserved, workers)
                sent += 1
        return sent

    def _unknown(self, requests: Iterable[Request], found: dict[str, str]) -> Iterable[Request]:
        for request in requests:
            known = self.asker.known(request)
            if known is not None:
                found[request.hole] = known.text
            elif self.asker.too_long(request) is None:
                yield request

    def _reserved(self, request: Request, patiently: bool) -> Reservation | Shortage:
        return self.asker.reserve_patiently(request) if patiently else self.asker.reserve(request)

    def _send(self, request: Request, reserved: Reservation, workers: Workers[Answered]) -> None:
        self.display.asked(request.hole, request.attempt)
        workers.submit(lambda: self.asker.ask(request, reserved))

    def _take(self, event: Answered, found: dict[str, str]) -> bool:
        """Keep an answer; return whether it makes sense to ask on."""
        self.asker.settle(event)
        self.display.answered(event.request.hole)
        self.display.cost(self.asker.budget.spent)
        if isinstance(event.answer, Answer) and usability(event.answer) is None:
            found[event.request.hole] = event.answer.text
        return isinstance(event.answer, Answer | AskDirectly | PromptTooLong | NotRecorded)
