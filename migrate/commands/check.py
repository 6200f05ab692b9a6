"""`llmigrate check`: is everything still as it was when the Rust was accepted?"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click
from platformdirs import user_cache_path

from migrate.check.annotations import annotation_lines
from migrate.check.check import Wish
from migrate.check.check import check as checked_by
from migrate.check.finding import Checked, Kind
from migrate.check.result_json import result_json
from migrate.check.table import show_result
from migrate.commands.options import AS_JSON, evidence_option, sandbox_option
from migrate.errors import Exit, OutputError
from migrate.report.console import Console


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--against",
    "store",
    metavar="STORE",
    required=True,
    type=click.Path(path_type=Path),
    help="The folder that `llmigrate store` has written.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The folder that paths in the store are relative to [the nearest one that has them].",
)
@click.option(
    "--kernel",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The build of a kernel that stored Rust of its files is linked into and booted with.",
)
@click.option("--diff", "revision", metavar="REV", help="Only what changed since a revision of git.")
@click.option("--no-build", is_flag=True, help="Look at sources and store alone; build and run nothing.")
@click.option(
    "--ignore",
    multiple=True,
    type=click.Choice([each.value for each in Kind]),
    help="Leave out findings of a kind; may be given more than once.",
)
@evidence_option
@sandbox_option
@AS_JSON
@click.option("--sarif", type=click.Path(path_type=Path), metavar="FILE", help="Write SARIF 2.1.0 as well.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML as well.")
@click.option(
    "--github/--no-github",
    default=None,
    help="Print annotations for GitHub Actions [when GITHUB_ACTIONS=true].",
)
def check(paths: tuple[Path, ...], store: Path, as_json: bool, github: bool | None, **options: Any) -> int:
    """Hold the C under each PATH against what a STORE says was migrated.

    Finds functions whose C, or a declaration they need, has changed since their Rust was accepted; new and
    removed ones; Rust that no longer builds or passes; evidence below the minimum; functions still in C.

    Exit 0 when nothing is found, 1 otherwise.
    """
    wish = Wish(
        paths=paths,
        store=store,
        memory=user_cache_path("llmigrate") / "check",
        root=options["root"],
        revision=options["revision"],
        ignored=frozenset(Kind(each) for each in options["ignore"]),
        build=not options["no_build"],
        level=options["evidence"],
        sandbox=options["sandbox"],
        kernel=options["kernel"],
    )
    checked = checked_by(wish)
    _write_files(checked, options["sarif"], options["junit"])
    console = Console()
    if as_json:
        console.json(result_json(checked))
    else:
        show_result(console, checked)
    if os.environ.get("GITHUB_ACTIONS") == "true" if github is None else github:
        # The runner reads both streams; stdout holds nothing but JSON where that is wanted.
        for line in annotation_lines(checked):
            (console.say if as_json else console.data)(line)
    return Exit.FINDINGS if checked.findings else Exit.DONE


def _write_files(checked: Checked, sarif: Path | None, junit: Path | None) -> None:
    if sarif is not None:
        from migrate.check.sarif import sarif_log

        _write(sarif, json.dumps(sarif_log(checked), indent=1).encode() + b"\n")
    if junit is not None:
        from migrate.check.junit import junit_xml

        _write(junit, junit_xml(checked))


def _write(path: Path, text: bytes) -> None:
    try:
        path.write_bytes(text)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}; choose another file") from None
