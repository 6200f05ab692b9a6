"""Options that several subcommands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from migrate.module import Module, open_module, settings_folder
from migrate.settings import Strategy, load_settings

Command = TypeVar("Command", bound=Callable[..., Any])

PATH = click.argument("path", type=click.Path(path_type=Path))
OUT = click.argument("out", type=click.Path(path_type=Path))
AS_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object to stdout, nothing else."
)
STRATEGY = click.option(
    "--strategy",
    type=click.Choice([each.value for each in Strategy]),
    help="One prompt for each function, one for the whole module, or c2rust alone [function].",
)


def model_options(command: Command) -> Command:
    """Add the options that choose a model."""
    name = click.option("--model", metavar="NAME", help="The model to ask, as its endpoint calls it.")
    url = click.option("--base-url", metavar="URL", help="An OpenAI-compatible endpoint.")
    return name(url(command))


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


def read_module(
    path: Path, model: dict[str, Any], run: dict[str, Any], evidence: dict[str, Any] | None = None
) -> Module:
    """Open the module of a PATH with what the command line says. Raise SettingsError."""
    said = {"model": model, "run": run, "evidence": evidence or {}}
    settings = load_settings(settings_folder(path), said)
    return open_module(path, settings)
