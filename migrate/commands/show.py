"""`llmigrate show`: what became of everything."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.commands.options import AS_JSON, OUT
from migrate.errors import Exit
from migrate.report.console import Console
from migrate.report.files import read_report
from migrate.report.show import hole_json, show_hole, show_run
from migrate.run.ledger import Ledger
from migrate.run.output import existing_output


@click.command()
@OUT
@click.argument("function", required=False)
@AS_JSON
def show(out: Path, function: str | None, as_json: bool) -> int:
    """Show what became of every function of the run in OUT, or every attempt at one FUNCTION."""
    output = existing_output(out)
    report = read_report(output.folder)
    console = Console()
    if function is None:
        if as_json:
            console.json(report)
        else:
            show_run(console, report)
        return Exit.DONE
    with Ledger(output.ledger) as ledger:
        if as_json:
            console.json(hole_json(report, ledger, function))
        else:
            show_hole(console, report, ledger, function)
    return Exit.DONE
