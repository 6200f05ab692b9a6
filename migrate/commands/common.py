"""Options that several subcommands share about how a module is translated."""

from __future__ import annotations

import click

from migrate.commands.options import Command
from migrate.settings import Strategy

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
