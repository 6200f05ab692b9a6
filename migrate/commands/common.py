"""Options that several subcommands share, and the module that they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from migrate.commands.options import AS_JSON, OUT, PATH, Command, evidence_option, sandbox_option
from migrate.module import Module, open_module, settings_folder
from migrate.settings import Strategy, load_settings

__all__ = [
    "AS_JSON",
    "OUT",
    "PATH",
    "STRATEGY",
    "evidence_option",
    "model_options",
    "read_module",
    "sandbox_option",
]
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


def read_module(
    path: Path, model: dict[str, Any], run: dict[str, Any], evidence: dict[str, Any] | None = None
) -> Module:
    """Open the module of a PATH with what the command line says. Raise SettingsError."""
    said = {"model": model, "run": run, "evidence": evidence or {}}
    settings = load_settings(settings_folder(path), said)
    return open_module(path, settings)
