"""`llmigrate effort`: how much people have changed since."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.commands.options import AS_JSON, OUT
from migrate.effort.effort import Comparison
from migrate.effort.result_json import effort_json
from migrate.effort.rust_crate import read_crate
from migrate.effort.table import show_effort
from migrate.errors import Exit, OutputError, SettingsError
from migrate.report.console import Console
from migrate.report.files import read_report
from migrate.report.report import readable
from migrate.run.ledger import Ledger
from migrate.run.output import Output, existing_output, require_unused


@click.command()
@OUT
@click.argument("edited", type=click.Path(path_type=Path))
@AS_JSON
def effort(out: Path, edited: Path, as_json: bool) -> int:
    """Measure what people have changed since the run in OUT: EDITED is a copy of its crate, edited.

    The share is that of the LLMigrate paper: lines that are not as the run left them, of the lines that there
    are now, function by function and in all. By text a line is one that is not blank; by syntax tree it is
    one of statements laid out by rule, so that neither formatting nor comments count. Functions are
    recognised where they were moved to other files, or renamed. For each that changed it says which gates
    it had passed and what was shown for it.
    """
    comparison = _compared(existing_output(out), edited)
    console = Console()
    measured = comparison.effort()
    if as_json:
        console.json(effort_json(measured))
    else:
        show_effort(console, measured)
    return Exit.DONE


def _compared(output: Output, edited: Path) -> Comparison:
    """Read both crates and what the run says of its own. Raise OutputError, SettingsError."""
    require_unused(output)
    report = read_report(output.folder)
    if edited.resolve() == output.crate:
        raise SettingsError(f"{edited} is the crate of the run itself; name a copy of it that people edited")
    if not output.crate.is_dir():
        raise OutputError(f"{output.folder} holds no crate; give the same `llmigrate run` again")
    with Ledger(output.ledger) as ledger:
        texts = {readable(hole): filled.plug.text for hole, filled in ledger.filled().items()}
    return Comparison(output.crate, report, texts, read_crate(output.crate), read_crate(edited))
