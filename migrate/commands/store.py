"""`llmigrate store`: keep what a run achieved, for `llmigrate check`."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.check.harvest import KERNEL, Harvest
from migrate.check.store import Store
from migrate.commands.options import AS_JSON, OUT
from migrate.errors import Exit
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.report.console import Console
from migrate.report.figures import counted
from migrate.report.files import read_report
from migrate.report.json_format import ReportJson
from migrate.run.ledger import Ledger
from migrate.run.output import existing_output
from migrate.subject import Subject, present_subject


@click.command()
@OUT
@click.option(
    "--into",
    "folder",
    metavar="STORE",
    required=True,
    type=click.Path(path_type=Path),
    help="The store: a new folder, or one that this command has written.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The folder that paths in the store are relative to [that of the module; the tree of a kernel].",
)
@AS_JSON
def store(out: Path, folder: Path, root: Path | None, as_json: bool) -> int:
    """Keep the result of the run in OUT in a STORE that can be committed.

    For every function: the C and the declarations that it was translated with, the accepted Rust and its
    evidence. `llmigrate check` holds the tree against it.
    """
    output = existing_output(out)
    report = read_report(output.folder)
    with Ledger(output.ledger) as ledger:
        subject = present_subject(ledger)
        module = subject.open({})
        prepared = prepare(module, Templates(module.settings.run.prompts))
        records = _harvest(subject, prepared, ledger, report, root).records()
    kept = Store(folder)
    kept.write(records)
    kept.forget(records[0].module if records else "", (each.file for each in records))
    entries = [each for record in records for each in record.entries]
    rust = sum(each.state == "rust" for each in entries)
    console = Console()
    if as_json:
        console.json({"store": str(folder), "files": [each.file for each in records], "rust": rust})
    else:
        files = counted(len(records), "file")
        console.data(f"{rust} of {counted(len(entries), 'function')} and variables are Rust, in {files}.")
    return Exit.DONE


def _harvest(
    subject: Subject, prepared: Prepared, ledger: Ledger, report: ReportJson, root: Path | None
) -> Harvest:
    module = prepared.module
    if module.build is None:
        return Harvest(prepared, ledger, report, subject.paths[0], (root or module.root).resolve())
    tree = module.build.tree
    named = [path for path in subject.paths if path.is_relative_to(tree)]
    path = named[0] if len(named) == 1 else module.root
    return Harvest(prepared, ledger, report, path, (root or tree).resolve(), KERNEL)
