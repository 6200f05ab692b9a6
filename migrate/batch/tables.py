"""A batch as tables for people."""

from __future__ import annotations

import time
from collections.abc import Sequence

from migrate.batch.estimate import Estimate
from migrate.batch.row import Row, State
from migrate.batch.show import by_state, doing
from migrate.batch.snapshot import Snapshot
from migrate.report.console import Column, Console
from migrate.report.figures import counted, dollars, duration

_COLOURS = {
    State.RUST.value: "green",
    State.HOLES.value: "yellow",
    State.RUNNING.value: "cyan",
    **{each.value: "red" for each in (State.UNUSABLE, State.BASELINE, State.FAULT)},
}


def show_batch(console: Console, found: Snapshot, is_running: bool) -> None:
    """Write the rows of a batch, and what they come to."""
    columns = (
        *(Column("module"), Column("state", styles=_COLOURS), Column("Rust", "right")),
        *(Column("cost", "right"), Column("tokens", "right"), Column("time", "right"), Column("notes")),
    )
    console.table(columns, [_cells(each) for each in found.rows])
    console.data(_sentence(found, is_running))


def _cells(row: Row) -> tuple[str, ...]:
    runs = row.state is State.RUNNING
    seconds = row.seconds + (time.time() - row.started if runs and row.started else 0.0)
    return (
        *(row.name, row.state.value, f"{row.rust} of {row.holes}" if row.holes else ""),
        "" if row.usd is None else dollars(float(row.usd)),
        *(str(row.tokens or ""), duration(seconds) if seconds else ""),
        ", ".join(doing(row)) if runs else row.message,
    )


def _sentence(found: Snapshot, is_running: bool) -> str:
    parts = [*by_state(found.rows)]
    if found.usd is not None:
        limit = "" if found.usd_limit is None else f" of {dollars(float(found.usd_limit))}"
        parts.append(f"{dollars(float(found.usd))}{limit}")
    if found.tokens or found.tokens_limit:
        limit = "" if found.tokens_limit is None else f" of {found.tokens_limit:,}"
        parts.append(f"{found.tokens:,}{limit} tokens")
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.started))
    running = f"; running since {since}" if is_running else ""
    return f"{counted(len(found.rows), 'module')}: {', '.join(parts)}{running}."


def show_estimates(console: Console, found: Sequence[Estimate]) -> None:
    """Write what each module would ask and cost, and the sum."""
    columns = (
        *(Column("module"), Column("prompts", "right"), Column("tokens in", "right")),
        *(Column("tokens out", "right"), Column("cost", "right"), Column("notes")),
    )
    console.table(columns, [_estimate_cells(each) for each in found])
    prompts, asked = sum(each.prompts for each in found), sum(each.prompt_tokens for each in found)
    answered = sum(each.answer_tokens or 0 for each in found)
    planned = [each for each in found if not each.why_not]
    usd = [each.usd for each in planned if each.usd is not None]
    price = f"; about {dollars(sum(usd))} for first answers" if usd else "; name a --model to see the cost"
    unknown = len(planned) - len(usd)
    price += f", without {counted(unknown, 'module')} whose price is unknown" if usd and unknown else ""
    console.data(
        f"{counted(len(found), 'module')}: {counted(prompts, 'prompt')}, about {asked:,} tokens in and "
        f"{answered:,} out{price}."
    )


def _estimate_cells(each: Estimate) -> tuple[str, ...]:
    if each.finished or each.why_not:
        return (each.name, "", "", "", "", each.why_not or "finished before")
    return (
        *(each.name, str(each.prompts), str(each.prompt_tokens)),
        "" if each.answer_tokens is None else str(each.answer_tokens),
        "" if each.usd is None else dollars(each.usd),
        "" if each.answer_tokens is not None else "without the answers",
    )
