"""`llmigrate run`: the run itself."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

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
from migrate.commands.options import AS_JSON, KERNEL, PATHS, evidence_option, sandbox_option
from migrate.errors import Exit, SettingsError
from migrate.launch import Launch
from migrate.report.console import Console, make_display
from migrate.report.json_format import report_json
from migrate.report.show import furniture_lines, summary
from migrate.run.outcome import Outcome
from migrate.settings import IDIOMATIC, MOST_IN_BATCHES, MOST_JOBS
from migrate.subject import Subject


@click.command()
@PATHS
@KERNEL
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Where to leave the result [out/NAME].")
@model_options
@click.option(
    "--jobs",
    type=click.IntRange(1, MOST_IN_BATCHES),
    help=f"Prompts on their way at a time [4; {MOST_JOBS} with --provider-batch, and no more without].",
)
@PROVIDER_BATCH
@ATTEMPTS
@click.option("--budget", type=click.FloatRange(0, min_open=True), help="US dollars that may be spent.")
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Record the answers.")
@click.option("--answered-by", metavar="TEXT", help="What kind of model answers, for the recording.")
@click.option("--replay", type=click.Path(path_type=Path), metavar="FILE", help="Answer from a recording.")
@FALLBACK
@STRATEGY
@interface_options
@click.option(
    "--interface-only", is_flag=True, help="Settle an idiomatic interface, and ask for no body: exit 3."
)
@evidence_option
@REQUIRE_EVIDENCE
@sandbox_option
@AS_JSON
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.pass_obj
def run(arguments: tuple[str, ...], /, out: Path | None, as_json: bool, quiet: bool, **options: Any) -> int:
    """Migrate the C module at PATH to a Rust crate.

    PATH is a C file, a folder of C files, or a folder with llmigrate.toml; with --kernel, files and
    folders of a kernel's source tree, which are one module together. Run again with the same
    output folder to continue; nothing that was answered is asked again.
    """
    if options["record"] and options["replay"]:
        raise SettingsError("--record and --replay exclude each other; choose one")
    subject = Subject(options["paths"], options["kernel"])
    said = run_settings(options)
    said["model"]["jobs"], said["run"]["budget"] = options["jobs"], options["budget"]
    module = subject.open(said)
    if options["interface_only"] and module.settings.interface.kind != IDIOMATIC:
        raise SettingsError("--interface-only settles an idiomatic interface; add --interface idiomatic")
    folder = out or Path("out") / module.crate
    launch = Launch(
        module,
        subject.resolved,
        folder,
        replay=options["replay"],
        record=options["record"],
        answered_by=options["answered_by"],
        interface_only=options["interface_only"],
        warned=Console().say if quiet or as_json else None,
    )
    outcome = launch.run(make_display(quiet or as_json))
    _tell(Console(), outcome, folder, as_json)
    if outcome.stopped is not None and outcome.exit is not Exit.LIMIT:
        Console().say(f"to continue: {shlex.join(('llmigrate', *arguments))}")
    return outcome.exit


def _tell(console: Console, outcome: Outcome, folder: Path, as_json: bool) -> None:
    if outcome.stopped is not None:
        console.error(outcome.stopped.message)
    report = report_json(outcome.report)
    if as_json:
        console.json(report)
    else:
        for line in furniture_lines(report):
            console.data(line)
        where = f"Crate: {folder / 'crate'}; report: {folder / 'report.html'}"
        console.data(f"{summary(report)} {where}")
