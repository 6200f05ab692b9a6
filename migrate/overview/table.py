"""A fleet on a terminal: a few runs side by side, many as a line each."""

from __future__ import annotations

from migrate.overview.fleet import Fleet
from migrate.overview.module import ModuleRun, Pending
from migrate.report.compare import show_figures
from migrate.report.console import Column, Console
from migrate.report.figures import counted, dollars, duration
from migrate.report.states import State
from repair.evidence.proof import floored

_SIDE_BY_SIDE = 4
_COLUMNS = (
    Column("Module", styles={}),
    *(Column(title, "right") for title in ("Functions", "In Rust", "First", "Repaired", "Never")),
    *(Column(title, "right") for title in ("Weak", "Differ", "Unsafe lines", "Cost", "Tokens", "Time")),
    Column(""),
)


def show_fleet(console: Console, fleet: Fleet) -> None:
    """Write the runs, and what all of them come to."""
    if not fleet.modules:
        console.data("No run has a report so far.")
    elif len(fleet.modules) <= _SIDE_BY_SIDE:
        show_figures(console, [each.figures for each in fleet.modules])
        for each in fleet.modules:
            if each.running:
                console.say(f"{each.run} is still going on; this is its latest report")
    else:
        console.table(_COLUMNS, [_row(each) for each in fleet.modules])
        console.data(_summary(fleet))


def _row(module: ModuleRun) -> tuple[str, ...]:
    tally, figures = module.tally, module.figures
    found = tally.acceptances
    return (
        module.title,
        str(len(tally)),
        _part_of(tally.rust, len(tally)),
        *(str(found[each]) for each in found if each != "hand"),
        str(tally.states[State.WEAK]),
        str(tally.states[State.DIFFERS]),
        f"{tally.unsafe_lines:,}",
        "unknown" if figures.cost_usd is None else dollars(figures.cost_usd),
        f"{figures.tokens_in + figures.tokens_out:,}",
        duration(figures.seconds),
        "running" if module.running else "",
    )


def _summary(fleet: Fleet) -> str:
    tally, spent = fleet.tally, fleet.spent
    unpriced = f" and {counted(spent.unpriced, 'run')} of unknown price" if spent.unpriced else ""
    return (
        f"{counted(len(fleet.modules), 'module')}: {_part_of(tally.rust, len(tally))} in Rust, "
        f"{dollars(spent.usd)}{unpriced}, {duration(spent.seconds)}."
    )


def say_pending(console: Console, fleet: Fleet) -> None:
    """Say of which runs there is nothing to show."""
    for pending in fleet.pending:
        console.say(_said(pending))


def _said(pending: Pending) -> str:
    state = "is still going on and has no report so far" if pending.running else "has no report"
    return f"{pending.run} {state}{f': {pending.why}' if pending.why else ''}"


def _part_of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({floored(part / whole)})" if whole else "0"
