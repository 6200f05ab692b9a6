"""Where each hole stands: what was tried, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from migrate.model.exchange import Message
from migrate.run.attempt import Attempt, Filled, Source
from migrate.run.ledger import Ledger
from repair.hole import Hole
from repair.plug import C_PLUG, WRITTEN, Plug, PlugKind
from repair.verdict import Finding, Gate, Verdict


class Prompts(Protocol):
    """Whatever writes the prompts of holes."""

    def first(self, hole: Hole) -> tuple[Message, ...]:
        """Return the prompt that asks for a hole."""
        ...

    def repair(
        self, hole: Hole, shown: str | None, findings: Sequence[Finding], lines: bool, times: int = 1
    ) -> tuple[Message, ...]:
        """Return the prompt that asks again: what was answered, and what was wrong with it."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """One hole and its attempts so far."""

    hole: Hole
    lineage: str
    attempts: tuple[Attempt, ...]
    filled: Filled | None

    @property
    def accepted(self) -> bool:
        """Whether the hole is Rust."""
        return self.filled is not None and self.filled.plug.kind is PlugKind.RUST

    def is_open(self, limit: int) -> bool:
        """Whether there is an attempt left to ask for."""
        answers = sum(not each.is_second_verdict for each in self.attempts)
        return not self.accepted and self.hole.stays is None and answers < limit

    def with_attempt(self, attempt: Attempt) -> Progress:
        """Return this hole after one more attempt."""
        return replace(self, attempts=(*self.attempts, attempt))

    def reopened(self, verdict: Verdict) -> Progress:
        """Return this hole open again, its last attempt rejected after all."""
        *before, last = self.attempts
        return replace(self, attempts=(*before, replace(last, verdict=verdict)), filled=None)

    def with_plug(self, filled: Filled) -> Progress:
        """Return this hole filled."""
        return replace(self, filled=filled)

    def put_back(self, verdict: Verdict, text: str | None = None, fixes: tuple[str, ...] = ()) -> PutBack:
        """Return this hole in C, as what fills it was rejected after all; it may have a new text since."""
        assert self.filled is not None
        source = self.filled.source or Source.C2RUST
        number = len(self.attempts) + 1
        attempt = Attempt(
            *(self.hole.ident, self.lineage, number, source, None),
            *(text or self.filled.plug.text, verdict, fixes),
        )
        in_c = Filled(self.hole.ident, self.lineage, C_PLUG, None, None)
        return PutBack(attempt, in_c, self.with_attempt(attempt).with_plug(in_c))


@dataclass(frozen=True, slots=True)
class PutBack:
    """A hole whose Rust did not last, and what the ledger is to hold of that."""

    attempt: Attempt
    filled: Filled
    progress: Progress


def read_progress(ledger: Ledger, hole: Hole, lineage: str, filled: Mapping[str, Filled]) -> Progress:
    """Read from the ledger where a hole stands; what belongs to an earlier prompt no longer counts.

    A prompt that did not fit was never answered: it is no attempt any more, the window may have grown.
    """
    plug = filled.get(hole.ident)
    current = plug if plug is not None and plug.lineage == lineage else None
    attempts = ledger.attempts(hole.ident, lineage)
    answered = tuple(each for each in attempts if each.verdict.gate is not Gate.PROMPT)
    return Progress(hole, lineage, answered, current)


def next_prompt(
    prompter: Prompts, progress: Progress, last_answer: str | None, times: int
) -> tuple[Message, ...]:
    """Return the prompt for a hole's next attempt.

    `last_answer` is the text of the last answer, if any, and `times` how often it came.
    """
    answered = [each for each in progress.attempts if each.source is not Source.C2RUST]
    if not answered:
        return prompter.first(progress.hole)
    last = answered[-1]
    shown = f"```rust\n{last.text}\n```" if last.text is not None else last_answer
    has_lines = last.text is not None and last.verdict.gate in {Gate.COMPILE, Gate.LINT}
    if last.verdict.gate is Gate.ANSWER:
        shown = None
    return prompter.repair(progress.hole, shown, last.verdict.findings, has_lines, times if shown else 1)


def plugs_of(progress: Sequence[Progress]) -> dict[str, Plug]:
    """Return what fills each hole that is not simply C."""
    return {each.hole.ident: each.filled.plug for each in progress if each.filled is not None}


def rust_plugs_of(progress: Sequence[Progress]) -> dict[str, Plug]:
    """Return the plugs that are Rust, whoever wrote it."""
    return {ident: plug for ident, plug in plugs_of(progress).items() if plug.kind in WRITTEN}


def tested_plugs_of(progress: Sequence[Progress]) -> dict[str, Plug]:
    """Return the plugs that others are tested with: C stands in for what is unimplemented."""
    plugs = plugs_of(progress).items()
    return {ident: plug for ident, plug in plugs if plug.kind is not PlugKind.UNIMPLEMENTED}
