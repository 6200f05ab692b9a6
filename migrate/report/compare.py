"""Runs side by side: what each strategy or model made of a module, and at what price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.inventory import Kind
from migrate.errors import OutputError
from migrate.report.console import Column, Console
from migrate.report.figures import density, dollars, duration
from migrate.report.json_format import FfiJson, HoleJson, PortionJson, ReportJson
from migrate.report.states import ACCEPTED
from migrate.run.attempt import Source
from repair.evidence.proof import floored
from repair.plug import PlugKind
from repair.verdict import Gate


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run in figures, all of them from its report."""

    run: str
    """The output folder, as the user named it."""
    module: str
    strategy: str
    interface: str
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
    bodies: PortionJson | None
    """All functions that are Rust; None where the report is older than these figures."""
    ffi: FfiJson | None
    """The file by which C calls them; None where it calls them as they are, or the report is older."""


def figures(run: str, report: ReportJson) -> RunFigures:
    """Take the figures of a run from its report. Raise OutputError when it lacks them."""
    holes, model, totals = report["holes"], report["model"], report["totals"]
    verdicts = [_verdicts(run, hole) for hole in holes]
    unsafety = report.get("unsafety")
    return RunFigures(
        run=run,
        module=report["module"],
        strategy=report.get("strategy", "function"),
        interface=report["interface"],
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
            each == [ACCEPTED] and hole["source"] == Source.MODEL
            for hole, each in zip(holes, verdicts, strict=True)
        ),
        tokens_in=model["tokens_in"],
        tokens_out=model["tokens_out"],
        cost_usd=model["cost_usd"],
        seconds=report["seconds"],
        tests_passed=report["tests"]["passed"],
        bodies=unsafety["bodies"] if unsafety else None,
        ffi=unsafety["ffi"] if unsafety else None,
    )


def densities(portion: PortionJson) -> tuple[str, str, str, str]:
    """Return lines in unsafe, dereferences, casts and findings of clippy, each also for a hundred lines."""
    shares = portion["per_100_lines"]
    return (
        density(portion["unsafe_lines"], shares["unsafe_lines"]),
        density(portion["dereferences"], shares["dereferences"]),
        density(portion["casts"], shares["casts"]),
        density(portion["clippy"], shares["clippy"]),
    )


def show_figures(console: Console, runs: Sequence[RunFigures]) -> None:
    """Write a table with a column for each run."""
    columns = (Column(""), *(Column(each.run, "right") for each in runs))
    rows = zip(*(_cells(each) for each in runs), strict=True)
    console.table(columns, [(title, *cells) for title, cells in zip(_TITLES, rows, strict=True)])


_TITLES = (
    *("module", "strategy", "interface", "model", "holes", "in Rust", "transpiled", "omitted"),
    *("behaviour differences", "attempts", "accepted at first try"),
    *("lines of functions", "unsafe blocks", "lines in unsafe", "dereferences", "casts", "clippy findings"),
    *("lines of ffi.rs", "unsafe in ffi.rs"),
    *("tokens in", "tokens out", "cost", "time", "module's tests"),
)
_TESTS = {True: "pass", False: "fail", None: "-"}


def _cells(run: RunFigures) -> tuple[str, ...]:
    return (
        *(run.module, run.strategy, run.interface, run.model or "-", str(run.holes)),
        *(_share(each, run.holes) for each in (run.rust, run.transpiled, run.omitted)),
        *(str(run.behaviour_differences), str(run.attempts), _share(run.accepted_at_first, run.holes)),
        *_unsafe_cells(run),
        *(f"{run.tokens_in:,}", f"{run.tokens_out:,}"),
        "unknown" if run.cost_usd is None else dollars(run.cost_usd),
        duration(run.seconds),
        _TESTS[run.tests_passed],
    )


def _unsafe_cells(run: RunFigures) -> tuple[str, ...]:
    whole = f" + {run.unsafe_bodies} whole bodies" if run.unsafe_bodies else ""
    blocks = f"{run.unsafe_blocks}{whole}"
    bodies, ffi = run.bodies, run.ffi
    if bodies is None:
        return ("-", blocks, *("-" * 6))
    return (
        f"{bodies['lines']:,}",
        blocks,
        *densities(bodies),
        "-" if ffi is None else f"{ffi['lines']:,} ({ffi['lines_per_symbol']:.1f} per symbol)",
        "-" if ffi is None else density(ffi["unsafe_lines"], ffi["per_100_lines"]["unsafe_lines"]),
    )


def _share(count: int, total: int) -> str:
    return f"{count} ({floored(count / total)})" if total and count else str(count)


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
