"""The command: its subcommands, and what becomes of every way they can end."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

import click

from migrate.commands.doctor import doctor
from migrate.commands.judge import judge
from migrate.commands.plan import plan
from migrate.commands.run import run
from migrate.commands.show import show
from migrate.console import Console
from migrate.errors import Exit, UserError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="llmigrate", message="%(package)s %(version)s")
def commands() -> None:
    """Migrate C modules to Rust, function by function, with evidence for each."""


for command in (doctor, plan, run, judge, show):
    commands.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    sys.exit(call(sys.argv[1:] if arguments is None else arguments))


def call(arguments: list[str]) -> int:
    """Run the command and return its exit code; what a user can cause ends in one sentence."""
    try:
        return int(commands.main(arguments, prog_name="llmigrate", standalone_mode=False) or Exit.DONE)
    except UserError as error:
        Console().error(error.message)
        return error.exit
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (KeyboardInterrupt, click.Abort):
        Console().say("interrupted; run the same command again to continue")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.DONE
    except Exception:
        Console().error(f"this is a fault of llmigrate; please report it with {_keep_traceback()}")
        return Exit.FAULT


def _keep_traceback() -> Path:
    with tempfile.NamedTemporaryFile("w", prefix="llmigrate-fault-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
    return Path(file.name)
