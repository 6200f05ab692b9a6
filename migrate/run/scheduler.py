"""The loop: ask for holes side by side, judge what waits together, ask again with the findings."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from migrate.errors import AskDirectly, PromptTooLong, UserError
from migrate.model.asking import Answered, Asker
from migrate.model.budget import Shortage
from migrate.model.exchange import Answer, Request, usability
from migrate.report.display import RunDisplay
from migrate.run.attempt import Attempt, Filled, Source
from migrate.run.ground import lost_ground
from migrate.run.ledger import Ledger
from migrate.run.progress import Progress, Prompts, next_prompt, plugs_of, tested_plugs_of
from migrate.run.review import put_back
from migrate.run.workers import Workers
from repair.candidate import Candidate
from repair.hole import Hole
from repair.judge import Batch, GroundLostError, Judge, Rejected, read_answer
from repair.plug import Plug, PlugKind
from repair.verdict import Finding, Gate, Verdict

_FIRST_PATIENCE = 1.0
"""Seconds that a candidate waits for company before the first batch; later ones wait as long as one takes."""

_PATIENCE_WHILE_ASKING = 15.0
"""Seconds that it waits while there are prompts to send anyway: judging it sooner would gain nothing."""


@dataclass(frozen=True, slots=True)
class _JudgedBatch:
    batch: Batch | Exception
    seconds: float


@dataclass(frozen=True, slots=True)
class _Waits:
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Eased:
    """What others held may be free now."""


Event = Answered | _JudgedBatch | _Waits | _Eased


@dataclass
class Scheduler:
    """Drives the open holes of one run to Rust, or to their fallback."""

    prompter: Prompts
    asker: Asker
    judge: Judge
    ledger: Ledger
    display: RunDisplay
    jobs: int
    attempts: int
    fall_back: Callable[[Progress], Plug]
    """What fills a hole that is out of attempts."""
    crate_changed: Callable[[Mapping[str, Plug]], None]
    """Called with all plugs after candidates were accepted."""
    read: Callable[[Hole, str], Candidate | Rejected] = read_answer
    """Puts an answer through the gates that need no compiler."""
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Holes that have to be settled before each, or judged with it; nothing where C stands in for them."""
    progress: dict[str, Progress] = field(default_factory=dict)
    stopped: UserError | None = None
    _ready: deque[str] = field(default_factory=deque)
    _flying: set[str] = field(default_factory=set)
    _waiting: dict[str, tuple[Candidate, Request]] = field(default_factory=dict)
    _judging: dict[str, Request] = field(default_factory=dict)
    _oldest: float = 0.0
    _patience: float = _FIRST_PATIENCE
    _held_up: bool = False
    """Whether others hold what the next call needs."""
    _events: queue.SimpleQueue[Event] = field(default_factory=queue.SimpleQueue)

    def run(self, progress: Iterable[Progress]) -> UserError | None:
        """Work until no hole is open; return why the run stopped early, or None.

        Holes are asked for in the order given. On KeyboardInterrupt, answers that have arrived are kept.
        """
        self.progress = {each.hole.ident: each for each in progress}
        self._askers: Workers[Event] = Workers(min(self.jobs, len(self.progress)), self._events)
        self._judges: Workers[Event] = Workers(1, self._events)
        self.asker.waits.listener = lambda seconds, reason: self._events.put(_Waits(seconds, reason))
        self.asker.budget.when_eased(lambda: self._events.put(_Eased()))
        for each in self.progress.values():
            self._queue_or_fall_back(each)
        try:
            self._loop()
        except BaseException:
            self._keep_arrived()
            raise
        return self.stopped

    def _loop(self) -> None:
        while True:
            self._ask_ready()
            self._judge_waiting()
            if not self._flying and not self._judging and not self._held_up:
                return
            try:
                self._handle(self._events.get(timeout=self._time_to_wait()))
            except queue.Empty:
                continue

    def _time_to_wait(self) -> float | None:
        if not self._waiting or self._judging:
            return None
        return max(0.01, self._oldest + self._allowed_wait() - time.monotonic())

    def _allowed_wait(self) -> float:
        asking = bool(self._ready) and self.stopped is None
        return max(self._patience, _PATIENCE_WHILE_ASKING) if asking else self._patience

    def _queue_or_fall_back(self, progress: Progress) -> None:
        if progress.is_open(self.attempts):
            self._ready.append(progress.hole.ident)
        elif not progress.accepted and not self._is_filled_as_wanted(progress):
            self._fall_back(progress)

    def _is_filled_as_wanted(self, progress: Progress) -> bool:
        return progress.filled is not None and progress.filled.plug == self.fall_back(progress)

    def _ask_ready(self) -> None:
        self._held_up = False
        while self._ready and len(self._flying) < self.jobs and self.stopped is None:
            ident = self._ready.popleft()
            request = self._next_request(self.progress[ident])
            known = self.asker.known(request)
            too_long = self.asker.too_long(request)
            if known is not None:
                self._take_answer(Answered(request, known))
            elif too_long is not None:
                self._take_answer(Answered(request, too_long))
            elif not self._send(request):
                self._ready.appendleft(ident)
                return

    def _next_request(self, progress: Progress) -> Request:
        answers = [self._answer_of(each) for each in progress.attempts]
        times = sum(answer is not None and answer == answers[-1] for answer in answers)
        messages = next_prompt(self.prompter, progress, answers[-1] if answers else None, max(1, times))
        return self.asker.address.request(progress.hole.ident, len(progress.attempts) + 1, messages)

    def _answer_of(self, attempt: Attempt) -> str | None:
        exchange = self.ledger.exchange(attempt.request_key) if attempt.request_key else None
        return exchange.answer.text if exchange else None

    def _send(self, request: Request) -> bool:
        """Send a request if the budget allows it now; stop the run if it never will."""
        reserved = self.asker.reserve(request)
        if isinstance(reserved, Shortage):
            self._held_up = reserved.is_held_by_others
            if not self._held_up and not (reserved.is_temporary and self._flying):
                self.stopped = reserved.limit_reached()
            return False
        self._flying.add(request.hole)
        self.display.asked(request.hole, request.attempt)
        self._askers.submit(lambda: self.asker.ask(request, reserved))
        return True

    def _handle(self, event: Event) -> None:
        if isinstance(event, _Eased):
            return
        if isinstance(event, _JudgedBatch):
            self._take_verdicts(event)
            return
        if isinstance(event, _Waits):
            self.display.waiting(event.seconds, event.reason)
            return
        self._flying.discard(event.request.hole)
        self.asker.settle(event)
        self.display.answered(event.request.hole)
        self.display.cost(self.asker.budget.spent)
        self._take_answer(event)

    def _take_answer(self, answered: Answered) -> None:
        request, answer = answered.request, answered.answer
        if isinstance(answer, UserError):
            self.stopped = self.stopped or answer
        elif isinstance(answer, PromptTooLong):
            self._conclude(request, None, unjudged(Gate.PROMPT, str(answer)), ())
        elif isinstance(answer, AskDirectly):
            self._ready.appendleft(request.hole)
        elif isinstance(answer, Answer):
            self._read(request, answer)
        else:
            raise answer

    def _read(self, request: Request, answer: Answer) -> None:
        unusable = usability(answer)
        hole = self.progress[request.hole].hole
        if unusable is not None:
            self._conclude(request, None, unjudged(Gate.ANSWER, unusable), ())
            return
        candidate = self.read(hole, answer.text)
        if isinstance(candidate, Candidate):
            self._oldest = time.monotonic() if not self._waiting else self._oldest
            self._waiting[request.hole] = (candidate, request)
        else:
            self._conclude(request, candidate.text, candidate.verdict, ())

    def _judge_waiting(self) -> None:
        if self._judging or not self._waiting or not self._is_time():
            return
        ready = self._ready_to_judge()
        if not ready:
            return
        self._judging = {ident: request for ident, (_, request) in ready.items()}
        candidates = [candidate for candidate, _ in ready.values()]
        self._waiting = {ident: each for ident, each in self._waiting.items() if ident not in ready}
        accepted = tested_plugs_of(tuple(self.progress.values()))
        self.display.judging(len(candidates))
        self._judges.submit(lambda: self._judged(accepted, candidates))

    def _ready_to_judge(self) -> dict[str, tuple[Candidate, Request]]:
        """Return what waits, less what needs holes that may still change; all of it where nobody comes."""
        ready = dict(self._waiting)
        held_up = True
        while held_up:
            waits = {ident for ident in ready if not self._has_what_it_needs(ident, ready)}
            ready = {ident: each for ident, each in ready.items() if ident not in waits}
            held_up = bool(waits)
        somebody_comes = self._flying or (self._ready and self.stopped is None)
        return ready if ready or somebody_comes else dict(self._waiting)

    def _has_what_it_needs(self, ident: str, ready: Collection[str]) -> bool:
        needed = self.needs.get(ident, frozenset()) - {ident}
        return all(each in ready or not self._may_change(each) for each in needed)

    def _may_change(self, ident: str) -> bool:
        return ident in self.progress and self.progress[ident].is_open(self.attempts)

    def _is_time(self) -> bool:
        nobody_comes = not self._flying and (not self._ready or self.stopped is not None)
        full = len(self._waiting) >= self.jobs
        return nobody_comes or full or time.monotonic() - self._oldest >= self._allowed_wait()

    def _judged(self, accepted: Mapping[str, Plug], candidates: list[Candidate]) -> _JudgedBatch:
        started = time.monotonic()
        try:
            batch: Batch | Exception = self.judge.judge(accepted, candidates)
        except Exception as error:
            batch = error
        return _JudgedBatch(batch, time.monotonic() - started)

    def _take_verdicts(self, event: _JudgedBatch) -> None:
        requests, self._judging = self._judging, {}
        self._patience = event.seconds
        if isinstance(event.batch, GroundLostError):
            self.stopped = lost_ground(event.batch)
            self._waiting = {}
            return
        if isinstance(event.batch, Exception):
            raise event.batch
        for run in event.batch.runs:
            self.ledger.save_cargo_run(run)
        self.display.judging(0)
        for each in event.batch.judged:
            request = requests[each.candidate.hole.ident]
            self._conclude(request, each.candidate.text, each.verdict, each.fixes)
        for ident, verdict in event.batch.revoked.items():
            self.progress[ident] = put_back(self.ledger, self.display, self.progress[ident], verdict)
            self._queue_or_fall_back(self.progress[ident])
        if event.batch.revoked or any(each.verdict.accepted for each in event.batch.judged):
            self.crate_changed(plugs_of(tuple(self.progress.values())))

    def _conclude(self, request: Request, text: str | None, verdict: Verdict, fixes: tuple[str, ...]) -> None:
        """Keep a verdict, and decide what becomes of the hole."""
        progress = self.progress[request.hole]
        attempt = Attempt(
            request.hole, progress.lineage, request.attempt, Source.MODEL, request.key, text, verdict, fixes
        )
        progress = progress.with_attempt(attempt)
        if verdict.accepted:
            plug = Plug(PlugKind.RUST, text or "")
            filled = Filled(request.hole, progress.lineage, plug, Source.MODEL, request.attempt)
            self.ledger.accept(attempt, filled)
            self.progress[request.hole] = progress.with_plug(filled)
            self.display.accepted(request.hole, request.attempt)
            return
        self.ledger.save_attempt(attempt)
        self.progress[request.hole] = progress
        self.display.rejected(request.hole, request.attempt, verdict.reason)
        if progress.is_open(self.attempts) and verdict.gate is not Gate.PROMPT:
            self._ready.appendleft(request.hole)
        else:
            self._fall_back(progress)

    def _fall_back(self, progress: Progress) -> None:
        plug = self.fall_back(progress)
        filled = Filled(progress.hole.ident, progress.lineage, plug, None, None)
        self.ledger.fill(filled)
        self.progress[progress.hole.ident] = progress.with_plug(filled)
        self.display.fell_back(progress.hole.ident, plug.kind.value)

    def _keep_arrived(self) -> None:
        """Save the answers that have arrived but were not looked at yet."""
        while True:
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                return
            if isinstance(event, Answered):
                self.asker.settle(event)


def unjudged(gate: Gate, reason: str) -> Verdict:
    """Return the verdict on an answer that there is nothing to judge in, for a reason."""
    return Verdict((Finding(gate, f"{reason[0].upper()}{reason[1:].rstrip('.')}."),))
