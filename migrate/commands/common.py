"""Options that several subcommands share about how a module is translated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from migrate.commands.options import Command
from migrate.settings import ABI, IDIOMATIC, CrateTestsRule, Strategy, UnsafeRule

STRATEGY = click.option(
    "--strategy",
    type=click.Choice([each.value for each in Strategy]),
    help="One prompt for each function, one for the whole module, or c2rust alone [function].",
)

ATTEMPTS = click.option("--attempts", type=click.IntRange(1), help="Answers asked for one hole [4].")
FALLBACK = click.option(
    "--fallback",
    type=click.Choice(["c", "transpiled", "unimplemented"]),
    help="What fills a hole that is out of attempts [c].",
)
REQUIRE_EVIDENCE = click.option(
    "--require-evidence", is_flag=True, default=None, help="Count weak evidence as not done: exit 3."
)
PROVIDER_BATCH = click.option(
    "--provider-batch/--no-provider-batch",
    default=None,
    help="Ask through the provider's batches: half the price at most providers, and hours to wait.",
)


def model_options(command: Command) -> Command:
    """Add the options that choose a model."""
    name = click.option("--model", metavar="NAME", help="The model to ask, as its endpoint calls it.")
    url = click.option("--base-url", metavar="URL", help="An OpenAI-compatible endpoint.")
    return name(url(command))


def interface_options(command: Command) -> Command:
    """Add the options that say what the Rust side looks like to its callers."""
    interface = click.option(
        "--interface",
        metavar="abi|idiomatic|CRATE",
        help="That of the C, a safe one that the model proposes, or a crate with open bodies [abi].",
    )
    unsafe = click.option(
        "--unsafe",
        type=click.Choice([each.value for each in UnsafeRule]),
        help="Whether bodies may be unsafe where the interface is not that of the C [deny].",
    )
    tests = click.option(
        "--tests",
        type=click.Choice([each.value for each in CrateTestsRule]),
        help="Whether failing tests of a given crate go into prompts, or only into the report [visible].",
    )
    shims = click.option(
        "--no-shims", is_flag=True, default=None, help="Leave out what C calls an idiomatic crate by."
    )
    return interface(unsafe(tests(shims(command))))


def interface_settings(options: dict[str, Any]) -> dict[str, Any]:
    """Return what the command line says of the interface, as settings have it."""
    named = options["interface"]
    kind = named if named in (None, ABI, IDIOMATIC) else str(Path(named).resolve())
    shims = False if options["no_shims"] else None
    return {"kind": kind, "unsafe": options["unsafe"], "tests": options["tests"], "shims": shims}


def run_settings(options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the command line says of a run, as settings have it."""
    return {
        "model": {
            **{key: options[key] for key in ("base_url", "provider_batch")},
            "name": options["model"],
        },
        "run": {key: options[key] for key in ("attempts", "fallback", "strategy", "sandbox")},
        "interface": interface_settings(options),
        "evidence": {"level": options["evidence"], "required": options["require_evidence"]},
    }
