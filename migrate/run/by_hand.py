"""Rust that a person or another tool wrote for one function, put through the same gates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from migrate.errors import OutputError, SettingsError
from migrate.model.asking import Address
from migrate.run.attempt import Attempt, Filled, Source
from migrate.run.ground import lost_ground
from migrate.run.ledger import Ledger
from migrate.run.progress import Progress, tested_plugs_of
from migrate.run.run import Run
from repair.candidate import Candidate
from repair.hole import Hole
from repair.judge import GroundLostError, Judge, Judged, Rejected, Review, read_answer
from repair.plug import Plug, PlugKind
from repair.verdict import Verdict


@dataclass(frozen=True, slots=True)
class HandVerdict:
    """What the gates say of hand-written Rust."""

    hole: Hole
    verdict: Verdict
    text: str | None
    """As rustfmt and mechanical fixes left it."""
    fixes: tuple[str, ...] = ()


def remembered_address(ledger: Ledger) -> Address:
    """Return whom the run's prompts were for. Raise OutputError when the run never got that far."""
    address = ledger.recall("address")
    if address is None:
        raise OutputError("this run has not asked for anything yet; start it with `llmigrate run`")
    return Address(**json.loads(address))


def judge_by_hand(run: Run, progress: tuple[Progress, ...], name: str, text: str) -> HandVerdict:
    """Put Rust for one function through every gate, on top of what is accepted besides it."""
    for each in run.prepared.skeleton.furniture:
        if each.ident == name:
            raise SettingsError(f"{name} stays in C by design: the macro {each.maker} makes it")
    mine = find_progress(progress, name)
    candidate = read_answer(mine.hole, text if "```" in text else f"```rust\n{text}\n```")
    if isinstance(candidate, Rejected):
        return HandVerdict(mine.hole, candidate.verdict, candidate.text)
    judged = _judged(run, progress, candidate)
    return HandVerdict(mine.hole, judged.verdict, judged.candidate.text, judged.fixes)


def find_progress(progress: tuple[Progress, ...], name: str) -> Progress:
    """Return where a hole stands. Raise SettingsError when there is no such hole."""
    found = {each.hole.ident: each for each in progress}
    if name not in found:
        close = get_close_matches(name, found, 1)
        hint = f"did you mean {close[0]}?" if close else "`llmigrate show` lists them all"
        raise SettingsError(f"the run has no function or variable {name}; {hint}")
    return found[name]


def _judged(run: Run, progress: tuple[Progress, ...], candidate: Candidate) -> Judged:
    plugs = tested_plugs_of(progress)
    others = {ident: plug for ident, plug in plugs.items() if ident != candidate.hole.ident}
    try:
        batch = run.judge.judge(others, [candidate])
        review = _relied_on(run.judge, others, batch.judged[0])
    except GroundLostError as error:
        raise lost_ground(error) from None
    for each in (*batch.runs, *review.runs):
        run.ledger.save_cargo_run(each)
    judged = batch.judged[0]
    return replace(judged, verdict=review.revoked.get(candidate.hole.ident, judged.verdict))


def _relied_on(judge: Judge, others: Mapping[str, Plug], judged: Judged) -> Review:
    """Replay what relies on accepted Rust: it may have been shown with other Rust in its place."""
    if not judged.verdict.accepted:
        return Review({}, frozenset(), ())
    ident = judged.candidate.hole.ident
    return judge.review({**others, ident: Plug(PlugKind.RUST, judged.candidate.text)}, {ident})


def accept_by_hand(
    run: Run, progress: tuple[Progress, ...], judged: HandVerdict, address: Address
) -> tuple[str, ...]:
    """Put accepted hand-written Rust into the crate, and say in ledger and report whose it is.

    Return what turned out to be wrong now that this relies on it, and is C again.
    """
    mine = find_progress(progress, judged.hole.ident)
    number = len(mine.attempts) + 1
    attempt = Attempt(
        judged.hole.ident, mine.lineage, number, Source.HAND, None, judged.text, judged.verdict, judged.fixes
    )
    plug = Plug(PlugKind.RUST, judged.text or "")
    filled = Filled(judged.hole.ident, mine.lineage, plug, Source.HAND, number)
    run.ledger.accept(attempt, filled)
    changed = tuple(each.with_plug(filled) if each is mine else each for each in progress)
    run.finish(changed, address)
    still = {each.hole.ident for each in run.progress() if each.accepted}
    return tuple(each.hole.ident for each in changed if each.accepted and each.hole.ident not in still)
