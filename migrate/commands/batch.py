"""`llmigrate batch`: many modules on one budget."""

from __future__ import annotations

import shlex
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from migrate.batch.fleet import Ceiling, open_fleet, read_duration
from migrate.batch.lines import LineDisplay, NoDisplay
from migrate.batch.place import LocalPlace, Place
from migrate.batch.snapshot import Snapshot, read_snapshot
from migrate.batch.start import Order, run_batch
from migrate.cluster.place import connect
from migrate.commands.common import STRATEGY, interface_options, interface_settings, model_options
from migrate.commands.options import AS_JSON, evidence_option, sandbox_option
from migrate.errors import Exit, SettingsError
from migrate.report.console import Column, Console
from migrate.report.figures import dollars, duration
from migrate.run.output import is_held

_STATUS = "status"


class _Duration(click.ParamType):
    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a time such as 90m."""
        try:
            return read_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("words", metavar="FLEET | status OUT", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Where to leave the results [out/FLEET].")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="Modules that run at a time [2, or what the workers of --scheduler take].",
)
@click.option(
    "--scheduler", metavar="ADDRESS", help="Run modules on the workers of this Dask scheduler, not here."
)
@click.option("--calls", type=click.IntRange(1), help="Model calls on their way at a time, over all modules.")
@click.option(
    "--budget", type=click.FloatRange(0, min_open=True), help="US dollars that all modules may spend."
)
@click.option("--tokens", type=click.IntRange(1), help="Tokens that all modules may take.")
@click.option("--time", "seconds", type=_Duration(), help="How long models may be asked, such as 90m or 8h.")
@click.option("--keep-going/--fail-fast", default=True, help="What a module that breaks ends [itself alone].")
@model_options
@click.option("--attempts", type=click.IntRange(1), help="Answers asked for one hole [4].")
@click.option(
    "--fallback",
    type=click.Choice(["c", "transpiled", "unimplemented"]),
    help="What fills a hole that is out of attempts [c].",
)
@STRATEGY
@interface_options
@evidence_option
@click.option(
    "--require-evidence", is_flag=True, default=None, help="Count weak evidence as not done: exit 3."
)
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
    order = _order(Path(words[0]), arguments, options)
    display = NoDisplay() if options["quiet"] or as_json else LineDisplay(console.say)
    ended = run_batch(order, _place(console, options["scheduler"]), display)
    _tell(console, ended, as_json, running=False)
    if ended.exit in (Exit.LIMIT, Exit.MODEL) and ended.message:
        console.error(ended.message)
    return ended.exit or Exit.DONE


def _place(console: Console, scheduler: str | None) -> Place:
    if scheduler is None:
        return LocalPlace()
    return connect(scheduler, lambda text: console.say(f"warning: {text}"))


def _order(path: Path, arguments: tuple[str, ...], options: dict[str, Any]) -> Order:
    fleet = open_fleet(path)
    name = (path.parent if path.name == "fleet.toml" else path).resolve().stem
    budget, ceiling = options["budget"], fleet.ceiling
    said = {
        "model": {"name": options["model"], "base_url": options["base_url"]},
        "run": {key: options[key] for key in ("attempts", "fallback", "strategy", "sandbox")},
        "interface": interface_settings(options),
        "evidence": {"level": options["evidence"], "required": options["require_evidence"]},
    }
    return Order(
        fleet=str(path),
        members=fleet.members,
        ceiling=Ceiling(
            ceiling.usd if budget is None else Decimal(str(budget)),
            options["tokens"] or ceiling.tokens,
            options["seconds"] or ceiling.seconds,
        ),
        out=options["out"] or Path("out") / name,
        command=("llmigrate", *arguments),
        said=said,
        jobs=options["jobs"],
        calls=options["calls"],
        fail_fast=not options["keep_going"],
    )


def _show_status(console: Console, out: Path, as_json: bool) -> int:
    found = read_snapshot(out)
    _tell(console, found, as_json, running=is_held(out))
    return Exit.DONE


def _tell(console: Console, found: Snapshot, as_json: bool, running: bool) -> None:
    if as_json:
        console.json({**found.to_json(), "running": running})
        return
    columns = (
        *(Column("module"), Column("state"), Column("Rust", "right"), Column("of", "right")),
        *(Column("cost", "right"), Column("time", "right"), Column("why")),
    )
    rows = [
        (
            *(each.name, each.state.value, str(each.rust), str(each.holes)),
            *(dollars(each.spent), duration(each.seconds), each.message),
        )
        for each in found.rows
    ]
    console.table(columns, rows)
    if not running and found.exit not in (Exit.DONE, Exit.HOLES_LEFT):
        console.say(f"to continue: {shlex.join(found.command)}")
