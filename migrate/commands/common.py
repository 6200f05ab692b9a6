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


def read_module(path: Path, model: dict[str, Any], run: dict[str, Any]) -> Module:
    """Open the module of a PATH with what the command line says. Raise SettingsError."""
    settings = load_settings(settings_folder(path), {"model": model, "run": run})
    return open_module(path, settings)
