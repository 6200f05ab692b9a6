"""Options that say nothing of a module, for commands that start fast."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
KERNEL = click.option(
    "--kernel",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The build that the PATHs, files of a kernel, belong to; see `llmigrate kernel prepare`.",
)
OUT = click.argument("out", type=click.Path(path_type=Path))
AS_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object to stdout, nothing else."
)


def sandbox_option(command: Command) -> Command:
    """Add the option that decides about isolation."""
    return click.option(
        "--sandbox",
        type=click.Choice(["auto", "off"]),
        help="Whether model-written code is isolated; off where neither bubblewrap nor unshare works [auto].",
    )(command)


def evidence_option(command: Command) -> Command:
    """Add the option that decides how much is spent on evidence."""
    return click.option(
        "--evidence",
        type=click.Choice(["none", "quick", "full"]),
        help="How much is spent on showing that the Rust does what the C does [quick].",
    )(command)
