"""The command: its subcommands, and what becomes of every way they can end."""

from __future__ import annotations

import errno
import shlex
import sys
import tempfile
import traceback
from importlib import import_module
from pathlib import Path

import click

from migrate.errors import Exit, UserError
from migrate.report.console import Console

_REMEDIES = {
    errno.ENAMETOOLONG: "choose a shorter name",
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO), "see to its disk"
    ),
}
"""By what a disk may refuse where nobody foresaw it."""


_SUBCOMMANDS = (
    "doctor",
    "plan",
    "run",
    "batch",
    "judge",
    "show",
    "report",
    "store",
    "check",
    "effort",
    "kernel",
)
"""Each is the function of its name in the file of its name under `commands/`."""


class _OnDemand(click.Group):
    """Reads only the subcommand that is given: a check of sources alone takes less time than all imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the subcommands."""
        return sorted(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read one of them."""
        if cmd_name not in _SUBCOMMANDS:
            return None
        command: click.Command = getattr(import_module(f"migrate.commands.{cmd_name}"), cmd_name)
        return command


@click.group(
    cls=_OnDemand, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="llmigrate", message="%(package)s %(version)s")
def commands() -> None:
    """Migrate C modules to Rust, function by function, with evidence for each."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    sys.exit(call(sys.argv[1:] if arguments is None else arguments))


def call(arguments: list[str]) -> int:
    """Run the command and return its exit code; what a user can cause ends in one sentence."""
    try:
        exit_code = commands.main(arguments, "llmigrate", standalone_mode=False, obj=tuple(arguments))
        return int(exit_code or Exit.DONE)
    except UserError as error:
        Console().error(error.message)
        return error.exit
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (KeyboardInterrupt, click.Abort):
        Console().say(f"interrupted; to continue: {shlex.join(('llmigrate', *arguments))}")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.DONE
    except (OSError, RuntimeError) as error:
        sentence = _refusal(error)
        if sentence is None:
            return _fault()
        Console().error(sentence)
        return Exit.USAGE
    except Exception:
        return _fault()


def _refusal(error: OSError | RuntimeError) -> str | None:
    """Say what the system does not allow, or nothing where that is no affair of the user."""
    if isinstance(error, OSError):
        remedy = _REMEDIES.get(error.errno or 0)
        return remedy and f"{error.filename or 'the result'} cannot be used: {error.strerror}; {remedy}"
    # There is no other sign of what pathlib says of links that lead to themselves.
    return f"{error}; name another path" if str(error).startswith("Symlink loop") else None


def _fault() -> int:
    Console().error(f"this is a fault of llmigrate; please report it with {_keep_traceback()}")
    return Exit.FAULT


def _keep_traceback() -> Path:
    with tempfile.NamedTemporaryFile("w", prefix="llmigrate-fault-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
    return Path(file.name)


if __name__ == "__main__":
    main()
