"""Runs side by side: what each strategy or model made of a module, and at what price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analysis.inventory import Kind
from migrate.errors import OutputError
from migrate.report.console import Column, Console
from migrate.report.figures import dollars, duration
from migrate.report.json_format import HoleJson, ReportJson
from migrate.run.attempt import Source
from repair.plug import PlugKind
from repair.verdict import Gate


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run in figures, all of them from its report."""

    run: str
    """The output folder, as the user named it."""
    module: str
    strategy: str
    model: str | None
    """None where no model was asked."""
    holes: int
    rust: int
    transpiled: int
    omitted: int
    """Holes that the last answer lacks something of, or that no answer held as Rust."""
    behaviour_differences: int
    """Attempts that were rejected because they do something else than the C."""
    unsafe_blocks: int
    """In the Rust that fills holes."""
    unsafe_bodies: int
    """Functions that c2rust transpiled: all of such a body is unsafe, without a block that says so."""
    attempts: int
    accepted_at_first: int
    """Holes for which the first answer of the model was accepted and still is."""
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """Of the calls of the run; None when the price of one is unknown."""
    seconds: float
    tests_passed: bool | None


def figures(run: str, report: ReportJson) -> RunFigures:
    """Take the figures of a run from its report. Raise OutputError when it lacks them."""
    holes, model, totals = report["holes"], report["model"], report["totals"]
    verdicts = [_verdicts(run, hole) for hole in holes]
    return RunFigures(
        run=run,
        module=report["module"],
        strategy=report.get("strategy", "function"),
        model=model["name"] or None,
        holes=totals["holes"],
        rust=totals["rust"],
        transpiled=totals["transpiled"],
        omitted=sum(hole.get("omitted", False) for hole in holes),
        behaviour_differences=sum(each.count(Gate.BEHAVIOUR) for each in verdicts),
        unsafe_blocks=sum(hole["unsafe_blocks"] for hole in holes),
        unsafe_bodies=sum(map(_is_unsafe_throughout, holes)),
        attempts=sum(hole["attempts"] for hole in holes),
        accepted_at_first=sum(
            each == ["accepted"] and hole["source"] == Source.MODEL
            for hole, each in zip(holes, verdicts, strict=True)
        ),
        tokens_in=model["tokens_in"],
        tokens_out=model["tokens_out"],
        cost_usd=model["cost_usd"],
        seconds=report["seconds"],
        tests_passed=report["tests"]["passed"],
    )


def figures_json(runs: Iterable[RunFigures]) -> dict[str, Any]:
    """Return runs side by side as JSON."""
    return {"runs": [asdict(each) for each in runs]}


def show_figures(console: Console, runs: Sequence[RunFigures]) -> None:
    """Write a table with a column for each run."""
    columns = (Column(""), *(Column(each.run, "right") for each in runs))
    rows = zip(*(_cells(each) for each in runs), strict=True)
    console.table(columns, [(title, *cells) for title, cells in zip(_TITLES, rows, strict=True)])


_TITLES = (
    *("module", "strategy", "model", "holes", "in Rust", "transpiled", "omitted"),
    *("behaviour differences", "unsafe blocks", "attempts", "accepted at first try"),
    *("tokens in", "tokens out", "cost", "time", "module's tests"),
)
_TESTS = {True: "pass", False: "fail", None: "-"}


def _cells(run: RunFigures) -> tuple[str, ...]:
    bodies = f" + {run.unsafe_bodies} whole bodies" if run.unsafe_bodies else ""
    return (
        *(run.module, run.strategy, run.model or "-", str(run.holes), _share(run.rust, run.holes)),
        *(_share(run.transpiled, run.holes), _share(run.omitted, run.holes), str(run.behaviour_differences)),
        *(f"{run.unsafe_blocks}{bodies}", str(run.attempts), _share(run.accepted_at_first, run.holes)),
        *(f"{run.tokens_in:,}", f"{run.tokens_out:,}"),
        "unknown" if run.cost_usd is None else dollars(run.cost_usd),
        duration(run.seconds),
        _TESTS[run.tests_passed],
    )


def _share(count: int, total: int) -> str:
    return f"{count} ({count / total:.0%})" if total and count else str(count)


def _is_unsafe_throughout(hole: HoleJson) -> bool:
    return hole["kind"] == Kind.FUNCTION and hole["plug"] == PlugKind.TRANSPILED


def _verdicts(run: str, hole: HoleJson) -> list[str]:
    verdicts = hole.get("verdicts")
    if verdicts is None:
        raise OutputError(
            f"the report in {run} does not say what became of each attempt; "
            "give the same `llmigrate run` again"
        )
    return verdicts
