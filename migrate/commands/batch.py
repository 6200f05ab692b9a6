"""`llmigrate batch`: many modules on one budget."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from migrate.batch.batch import JOBS
from migrate.batch.board import BatchDisplay
from migrate.batch.estimate import estimates
from migrate.batch.fleet import FLEET_NAME, Ceiling, open_fleet, read_duration
from migrate.batch.order import Order
from migrate.batch.place import LocalPlace, Place
from migrate.batch.request import BatchRequest, jobs_of
from migrate.batch.selection import ALL, Selection, read_shard
from migrate.batch.show import LineDisplay, LiveBatchDisplay, NoDisplay
from migrate.batch.snapshot import Snapshot, read_snapshot
from migrate.batch.start import finished_before, run_batch
from migrate.batch.tables import show_batch, show_estimates
from migrate.cluster.place import connect
from migrate.commands.common import (
    ATTEMPTS,
    FALLBACK,
    PROVIDER_BATCH,
    REQUIRE_EVIDENCE,
    STRATEGY,
    interface_options,
    model_options,
    run_settings,
)
from migrate.commands.options import AS_JSON, evidence_option, sandbox_option
from migrate.errors import Exit, SettingsError
from migrate.report.console import Bars, Console, is_decorated
from migrate.run.output import is_held

_STATUS = "status"


def _reader(read: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """Return what reads an option with a function that raises ValueError for what it cannot read."""

    def callback(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
        try:
            return None if value is None else read(value)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None

    return callback


@click.command()
@click.argument("words", metavar="FLEET | status OUT", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Where to leave the results [out/FLEET].")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="Modules that run at a time [2, or as many as the workers of --scheduler take].",
)
@click.option(
    "--scheduler", metavar="ADDRESS", help="Run modules on the workers of this Dask scheduler, not here."
)
@click.option("--calls", type=click.IntRange(1), help="Model calls on their way at a time, over all modules.")
@click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    envvar="LLMIGRATE_BUDGET",
    help="US dollars that all modules may spend.",
)
@click.option("--tokens", type=click.IntRange(1), help="Tokens that all modules may take, in and out.")
@click.option(
    "--time",
    "seconds",
    metavar="TIME",
    callback=_reader(read_duration),
    help="How long models are asked: 90m, 8h, 2d.",
)
@click.option("--include", multiple=True, metavar="GLOB", help="Names of modules to run [all].")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Names of modules to leave out.")
@click.option(
    "--shard", metavar="K/N", callback=_reader(read_shard), help="Run the K-th of N parts of the fleet only."
)
@click.option(
    "--order",
    type=click.Choice([each.value for each in Order]),
    default=Order.CALLEES.value,
    help="Which modules are started first: those whose headers others include, or small ones [callees].",
)
@click.option(
    "--keep-going/--fail-fast",
    default=True,
    help="What ends when a module cannot be used or breaks the tool: it alone, or the batch [it alone].",
)
@click.option("--dry-run", is_flag=True, help="Show what each module would ask and cost; run nothing.")
@model_options
@PROVIDER_BATCH
@ATTEMPTS
@FALLBACK
@STRATEGY
@interface_options
@evidence_option
@REQUIRE_EVIDENCE
@sandbox_option
@AS_JSON
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.pass_obj
def batch(arguments: tuple[str, ...], /, words: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Migrate all modules of FLEET on one budget, or show how the batch in OUT stands.

    FLEET is a fleet.toml that lists modules, or a folder in which every folder with C files is one.
    Run again with the same output folder to go on: modules that are finished and have not changed
    are not run again, and nothing that was answered is asked again.
    """
    console = Console()
    if words[0] == _STATUS:
        if len(words) != 2:
            raise SettingsError("`batch status` takes one OUT, the output folder of a batch")
        return _show_status(console, Path(words[1]), as_json)
    if len(words) != 1:
        raise SettingsError("a batch takes one FLEET; list several in a fleet.toml with `include`")
    request = _request(Path(words[0]), arguments, options)
    if options["dry_run"]:
        return _show_estimates(console, request, as_json)
    place = _place(console, options["scheduler"])
    ended = run_batch(request, place, _display(console, options["quiet"] or as_json))
    _tell(console, ended, request.out, as_json)
    return ended.exit or Exit.DONE


def _place(console: Console, scheduler: str | None) -> Place:
    if scheduler is None:
        return LocalPlace()
    return connect(scheduler, lambda text: console.say(f"warning: {text}"))


def _request(path: Path, arguments: tuple[str, ...], options: dict[str, Any]) -> BatchRequest:
    fleet = open_fleet(path)
    selection = Selection(options["include"], options["exclude"], options["shard"] or ALL)
    return BatchRequest(
        fleet=str(path),
        members=selection.of(fleet.members),
        ceiling=_ceiling(fleet.ceiling, options),
        out=options["out"] or Path("out") / _name_of(path),
        command=("llmigrate", *arguments),
        said=run_settings(options),
        order=Order(options["order"]),
        jobs=options["jobs"],
        calls=options["calls"],
        fail_fast=not options["keep_going"],
    )


def _ceiling(of_fleet: Ceiling, options: dict[str, Any]) -> Ceiling:
    """Return what the command line limits, and else the fleet."""
    budget = options["budget"]
    return Ceiling(
        of_fleet.usd if budget is None else Decimal(str(budget)),
        options["tokens"] or of_fleet.tokens,
        options["seconds"] or of_fleet.seconds,
    )


def _name_of(path: Path) -> str:
    found = path.resolve()
    if found.is_dir():
        return found.name or "fleet"
    return (found.parent.name or "fleet") if found.name == FLEET_NAME else found.stem


def _display(console: Console, quiet: bool) -> BatchDisplay:
    if quiet:
        return NoDisplay()
    return LiveBatchDisplay(Bars()) if is_decorated(sys.stderr) else LineDisplay(console.say)


def _show_status(console: Console, out: Path, as_json: bool) -> int:
    found, is_running = read_snapshot(out), is_held(out)
    found = found if is_running else found.over()
    if as_json:
        console.json({**found.to_json(), "running": is_running})
    else:
        show_batch(console, found, is_running)
    if not is_running and found.exit not in (Exit.DONE, Exit.HOLES_LEFT):
        console.say(f"to continue: {shlex.join(found.command)}")
    return Exit.DONE


def _show_estimates(console: Console, request: BatchRequest, as_json: bool) -> int:
    jobs = jobs_of(request).jobs
    found = estimates(jobs, finished_before(request.out, jobs), request.jobs or JOBS)
    if as_json:
        console.json({"fleet": request.fleet, "modules": [each.to_json() for each in found]})
    else:
        show_estimates(console, found)
    return Exit.DONE


def _tell(console: Console, ended: Snapshot, out: Path, as_json: bool) -> None:
    if as_json:
        console.json({**ended.to_json(), "running": False})
    else:
        show_batch(console, ended, is_running=False)
    if ended.message:
        console.error(ended.message)
    if ended.exit == Exit.MODEL:
        console.say(f"to continue: {shlex.join(ended.command)}")
    console.say(f"all results on one page: {shlex.join(('llmigrate', 'report', str(out), '--html', 'DIR'))}")
