"""`llmigrate report`: any set of runs, side by side or as pages and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from migrate.commands.options import AS_JSON
from migrate.errors import Exit, OutputError, SettingsError
from migrate.overview.fleet import Fleet
from migrate.overview.reading import read_fleet
from migrate.report.console import Console

_FORMATS = ("json", "markdown", "csv")


@click.command()
@click.argument("outs", metavar="OUT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@AS_JSON
@click.option("--markdown", is_flag=True, help="Print a summary for a comment on a change, nothing else.")
@click.option("--csv", is_flag=True, help="Print a line for each function, nothing else.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FOLDER", help="Write web pages as well.")
@click.option("--sarif", type=click.Path(path_type=Path), metavar="FILE", help="Write SARIF 2.1.0 as well.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML as well.")
def report(outs: tuple[Path, ...], **options: Any) -> int:
    """Set runs side by side: results and price.

    OUT is the output folder of a run, or a folder with such folders below it, as a batch leaves it.

    FOLDER gets an index of all modules, a page for each, and a history for the trend over earlier reports;
    use the same FOLDER each time. SARIF and JUnit XML tell what is not Rust, differs, is weak or left out.
    """
    wanted = [name for name in _FORMATS if options["as_json" if name == "json" else name]]
    if len(wanted) > 1:
        raise SettingsError(f"--{wanted[0]} and --{wanted[1]} both want stdout; give one of them at a time")
    fleet = read_fleet(outs)
    console = Console()
    _write_files(fleet, console, options["html"], options["sarif"], options["junit"])
    _print(fleet, console, wanted[0] if wanted else "table")
    return Exit.DONE


def _print(fleet: Fleet, console: Console, form: str) -> None:
    from migrate.overview.table import say_pending, show_fleet

    if form == "json":
        from migrate.overview.json_format import fleet_json

        console.json(fleet_json(fleet))
    elif form == "markdown":
        from migrate.overview.markdown import markdown_text

        console.data(markdown_text(fleet))
    elif form == "csv":
        from migrate.overview.csv_table import csv_text

        console.data(csv_text(fleet))
    else:
        show_fleet(console, fleet)
    say_pending(console, fleet)


def _write_files(
    fleet: Fleet, console: Console, html: Path | None, sarif: Path | None, junit: Path | None
) -> None:
    if html is not None:
        from migrate.overview.pages import write_pages

        console.say(f"the pages begin at {write_pages(html, fleet)}")
    if sarif is not None:
        from migrate.overview.sarif import sarif_log

        _write(sarif, json.dumps(sarif_log(fleet), indent=1).encode() + b"\n")
    if junit is not None:
        from migrate.overview.junit import junit_xml

        _write(junit, junit_xml(fleet))


def _write(path: Path, text: bytes) -> None:
    try:
        path.write_bytes(text)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}; choose another file") from None
