"""What can go wrong through no fault of the program, and the exit code of each."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of the command, the same for every subcommand."""

    DONE = 0
    """All that was asked is done."""
    FINDINGS = 1
    """`check` found something, or `judge` rejected the candidate."""
    USAGE = 2
    """The command line, the settings or a file they name cannot be used."""
    HOLES_LEFT = 3
    """The run finished, but some holes are not Rust yet."""
    BASELINE = 4
    """The C does not build, or its own tests do not pass."""
    LIMIT = 5
    """The budget stopped the run; it can be resumed."""
    MODEL = 6
    """The model cannot be used: no key, refused or unreachable; the run can be resumed."""
    FAULT = 70
    """The program itself is at fault."""
    INTERRUPTED = 130
    """The user interrupted the run; it can be resumed."""


def newer_format(what: object, found: object, known: int, remedy: str = "update llmigrate") -> str:
    """Return the sentence on a file that a later version of the program wrote."""
    return f"{what} was written by a newer llmigrate (format {found}, this one reads {known}); {remedy}"


class UserError(Exception):
    """Stop with one sentence that says what is wrong and what to do about it."""

    def __init__(self, message: str, exit: Exit) -> None:
        super().__init__(message)
        self.message = message
        self.exit = exit


class SettingsError(UserError):
    """Say that the command line, the settings or a file they name cannot be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.USAGE)


class OutputError(UserError):
    """Say that a result cannot be written where the user wants it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.USAGE)


class BaselineError(UserError):
    """Say that the C does not build, or fails its own tests, before anything was changed."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.BASELINE)


class LimitReached(UserError):  # noqa: N818 - an outcome of the run
    """Say that the budget stopped the run."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.LIMIT)


class ModelUnusable(UserError):  # noqa: N818 - a state of the endpoint
    """Say why the model cannot be used, and what to check."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.MODEL)


class NotRecorded(ModelUnusable):
    """Say that a recording has no answer to one prompt; it may have one to the next."""


class PromptTooLong(Exception):  # noqa: N818 - becomes a finding
    """Say that a hole's prompt does not fit into the model's context; a finding, not the end of a run."""

    def __init__(self, hole: str, detail: str) -> None:
        super().__init__(f"the prompt for {hole} does not fit into the model's context: {detail}")
        self.hole = hole
        self.detail = detail


class AskDirectly(Exception):  # noqa: N818 - a way to go on
    """Say that no batch answers a prompt; a call of its own may."""
