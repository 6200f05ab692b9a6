"""The whole-module strategy: one prompt for all holes, judged together, then rounds for what was rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from migrate.errors import AskDirectly, LimitReached, PromptTooLong, UserError
from migrate.model.asking import Answered, Asker
from migrate.model.budget import Shortage
from migrate.model.exchange import Answer, Message, Request, cut_off, usability
from migrate.module_prompts import ModulePrompter, Tried
from migrate.report.display import RunDisplay
from migrate.run.attempt import Attempt, Filled, Source
from migrate.run.ground import lost_ground
from migrate.run.ledger import Ledger
from migrate.run.progress import Progress, plugs_of, tested_plugs_of
from migrate.run.scheduler import unjudged
from migrate.skeleton.skeleton import Skeleton
from repair.candidate import Candidate
from repair.hole import Hole
from repair.judge import Batch, GroundLostError, Judge, Judged, Rejected, read_answer
from repair.plug import Plug, PlugKind
from repair.verdict import Finding, Gate, Verdict
from repair.whole_answer import Names, take_apart

MODULE = "the whole module"
"""Stands for the hole in requests that ask for all holes; no hole has a space in its name."""


def names_of(skeleton: Skeleton) -> Names:
    """Return what a skeleton's crate holds."""
    items = {name.rpartition(" ")[2] for each in skeleton.items.values() for name in each}
    return Names(skeleton.slots, frozenset(items | {hole.name for hole in skeleton.slots}))


@dataclass
class ModuleRounds:
    """Asks for all open holes of one run at once, until none is open."""

    prompter: ModulePrompter
    asker: Asker
    judge: Judge
    ledger: Ledger
    display: RunDisplay
    names: Names
    attempts: int
    fall_back: Callable[[Progress], Plug]
    """What fills a hole that is out of attempts."""
    crate_changed: Callable[[Mapping[str, Plug]], None]
    """Called with all plugs after candidates were accepted."""
    progress: dict[str, Progress] = field(default_factory=dict)
    stopped: UserError | None = None

    def run(self, progress: Iterable[Progress]) -> UserError | None:
        """Work until no hole is open; return why the run stopped early, or None."""
        self.progress = {each.hole.ident: each for each in progress}
        self.asker.waits.listener = self.display.waiting
        while (open_holes := self._open()) and self.stopped is None:
            self._round(open_holes)
        for each in self.progress.values():
            if not each.is_open(self.attempts) and not each.accepted:
                self._fall_back(each)
        return self.stopped

    def _open(self) -> list[Progress]:
        return [each for each in self.progress.values() if each.is_open(self.attempts)]

    def _round(self, open_holes: Sequence[Progress]) -> None:
        number = max(len(each.attempts) for each in open_holes) + 1
        request = self.asker.address.request(MODULE, number, self._messages(open_holes, number))
        answer = self._ask(request)
        if isinstance(answer, PromptTooLong):
            self.stopped = LimitReached(
                f"{answer}; give the model's `window` under [model] in llmigrate.toml if it is larger, "
                "or choose --strategy function and another -o"
            )
        elif isinstance(answer, UserError):
            self.stopped = answer
        elif isinstance(answer, Answer):
            self._read(request, answer, open_holes)
        else:
            raise answer

    def _messages(self, open_holes: Sequence[Progress], number: int) -> tuple[Message, ...]:
        if number == 1 and all(each.hole.stays or each in open_holes for each in self.progress.values()):
            return self.prompter.first
        return self.prompter.repair([_tried(each) for each in open_holes], number)

    def _ask(self, request: Request) -> Answer | PromptTooLong | UserError | Exception:
        known = self.asker.known(request) or self._known_in_part(request)
        if known is not None:
            return known
        too_long = self.asker.too_long(request)
        reserved = self.asker.reserve_patiently(request) if too_long is None else too_long
        if isinstance(reserved, PromptTooLong):
            return reserved
        if isinstance(reserved, Shortage):
            return reserved.limit_reached()
        self.display.asked(MODULE, request.attempt)
        answered: Answered = self.asker.ask(request, reserved)
        self.asker.settle(answered)
        self.display.answered(MODULE)
        self.display.cost(self.asker.budget.spent)
        return self._ask(request) if isinstance(answered.answer, AskDirectly) else answered.answer

    def _known_in_part(self, request: Request) -> Answer | None:
        """Return the answer that was cut off when this was asked before: what it holds was paid for."""
        exchange = self.ledger.exchange(request.key)
        return exchange.answer if exchange is not None and cut_off(exchange.answer) else None

    def _read(self, request: Request, answer: Answer, open_holes: Sequence[Progress]) -> None:
        unusable = None if cut_off(answer) else usability(answer)
        if unusable is not None:
            verdict = unjudged(Gate.ANSWER, unusable)
            self._conclude(request, {each.hole.ident: Rejected(verdict, None) for each in open_holes})
            return
        holes = [each.hole for each in open_holes]
        found = take_apart(answer.text, holes, self.names, _reason(answer))
        read = {hole.ident: _read_part(found[hole.ident], hole) for hole in holes}
        candidates = [each for each in read.values() if isinstance(each, Candidate)]
        batch = self._judged(candidates) if candidates else Batch((), ())
        if batch is not None:
            rejected = {ident: each for ident, each in read.items() if isinstance(each, Rejected)}
            judged = {each.candidate.hole.ident: each for each in batch.judged}
            self._conclude(request, {**rejected, **judged}, batch.revoked)

    def _judged(self, candidates: list[Candidate]) -> Batch | None:
        accepted = tested_plugs_of(tuple(self.progress.values()))
        self.display.judging(len(candidates))
        try:
            batch = self.judge.judge(accepted, candidates)
        except GroundLostError as error:
            self.stopped = lost_ground(error)
            return None
        for run in batch.runs:
            self.ledger.save_cargo_run(run)
        self.display.judging(0)
        return batch

    def _conclude(
        self,
        request: Request,
        outcomes: Mapping[str, Judged | Rejected],
        revoked: Mapping[str, Verdict] = MappingProxyType({}),
    ) -> None:
        """Keep the verdicts of a round, all at once, so that a run that is killed finds it done or not."""
        attempts = {ident: self._attempt(request, ident, each) for ident, each in outcomes.items()}
        filled = {
            ident: Filled(ident, each.lineage, Plug(PlugKind.RUST, each.text or ""), each.source, each.number)
            for ident, each in attempts.items()
            if each.verdict.accepted
        }
        back = {ident: self.progress[ident].put_back(verdict) for ident, verdict in revoked.items()}
        self.ledger.save_round(
            (*attempts.values(), *(each.attempt for each in back.values())),
            (*filled.values(), *(each.filled for each in back.values())),
        )
        for ident, attempt in attempts.items():
            progress = self.progress[ident].with_attempt(attempt)
            self.progress[ident] = progress.with_plug(filled[ident]) if ident in filled else progress
            self._tell(attempt)
        for ident, each in back.items():
            self.progress[ident] = each.progress
            self.display.put_back(ident, each.attempt.verdict.reason)
        if filled or back:
            self.crate_changed(plugs_of(tuple(self.progress.values())))

    def _attempt(self, request: Request, ident: str, outcome: Judged | Rejected) -> Attempt:
        progress = self.progress[ident]
        text = outcome.text if isinstance(outcome, Rejected) else outcome.candidate.text
        fixes = () if isinstance(outcome, Rejected) else outcome.fixes
        number = len(progress.attempts) + 1
        return Attempt(
            ident, progress.lineage, number, Source.MODEL, request.key, text, outcome.verdict, fixes
        )

    def _tell(self, attempt: Attempt) -> None:
        if attempt.verdict.accepted:
            self.display.accepted(attempt.hole, attempt.number)
        else:
            self.display.rejected(attempt.hole, attempt.number, attempt.verdict.reason)

    def _fall_back(self, progress: Progress) -> None:
        plug = self.fall_back(progress)
        if progress.filled is not None and progress.filled.plug == plug:
            return
        filled = Filled(progress.hole.ident, progress.lineage, plug, None, None)
        self.ledger.fill(filled)
        self.progress[progress.hole.ident] = progress.with_plug(filled)
        self.display.fell_back(progress.hole.ident, plug.kind.value)


def _tried(progress: Progress) -> Tried:
    last = progress.attempts[-1] if progress.attempts else None
    return Tried(progress.hole, last.text if last else None, last.verdict.findings if last else ())


def _reason(answer: Answer) -> str:
    where = cut_off(answer)
    return f"it was {where}" if where else ""


def _read_part(found: str | Finding, hole: Hole) -> Candidate | Rejected:
    if isinstance(found, Finding):
        return Rejected(Verdict((found,)), None)
    return read_answer(hole, f"```rust\n{found}\n```")
