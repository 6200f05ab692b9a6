"""`llmigrate report`: runs side by side."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.commands.options import AS_JSON
from migrate.errors import Exit
from migrate.report.compare import figures, figures_json, show_figures
from migrate.report.console import Console
from migrate.report.files import read_report
from migrate.run.output import existing_output


@click.command()
@click.argument("outs", metavar="OUT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@AS_JSON
def report(outs: tuple[Path, ...], as_json: bool) -> int:
    """Set the runs in one or more OUT folders side by side: results and price."""
    runs = [figures(str(out), read_report(existing_output(out).folder)) for out in outs]
    console = Console()
    if as_json:
        console.json(figures_json(runs))
    else:
        show_figures(console, runs)
    return Exit.DONE
