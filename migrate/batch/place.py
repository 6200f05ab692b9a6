"""Where runs of a batch happen: processes on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol, TypeAlias

from analysis.process import Forked
from migrate.batch.job import Job
from migrate.batch.wire import Ended, Release, Reserve, Settle, Shown, Slowed, ToRun, from_line, to_line
from migrate.errors import Exit, UserError
from migrate.run.output import writing

_WORKER = "migrate.batch.worker"
_PRELOAD = (
    *(_WORKER, __name__, "migrate.model.client"),
    # What the first call imports late, in every run anew.
    *("genai_prices.data", "httpcore2", "openai.resources.chat.completions", "pygments.styles.xcode"),
)


@dataclass(frozen=True, slots=True)
class Gone:
    """Say that a run is over, whether it has said how or not."""

    reason: str
    """How its process ended."""


Heard: TypeAlias = Shown | Reserve | Settle | Release | Slowed | Ended | Gone


class Running(Protocol):
    """A run that has been started."""

    def tell(self, message: ToRun) -> None:
        """Send it a message, if it still listens."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class Place(Protocol):
    """Where runs can be started."""

    @property
    def problem(self) -> Ended | None:
        """How all runs ended that were there, where none can be started any more, or None."""
        ...

    @property
    def room(self) -> int | None:
        """How many runs it has room for at a time, or None where that is for the user to say."""
        ...

    def opened(self, out: Path) -> AbstractContextManager[None]:
        """Make ready for a batch with this output folder, until it is over."""
        ...

    def start(self, job: Job, heard: Callable[[Heard], None]) -> Running:
        """Start a run; what it says is heard on any thread, `Gone` last."""
        ...


class LocalRun:
    """A run in a process on this machine."""

    def __init__(self, job: Job, heard: Callable[[Heard], None]) -> None:
        self._process = Forked(_work, _PRELOAD)
        self._heard = heard
        self._process.say(job.to_json().encode())
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, message: ToRun) -> None:
        """Send it a message, if it still listens."""
        self._process.say(to_line(message))

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def _listen(self) -> None:
        for line in self._process.lines():
            message = from_line(line)
            if isinstance(message, Shown | Reserve | Settle | Release | Slowed | Ended):
                self._heard(message)
        self._heard(Gone(how_ended(self._process.end())))


def _work(connection: Connection) -> None:
    # By its name, since this process needs nothing of what a run imports.
    import_module(_WORKER).work(connection)


def how_ended(status: int) -> str:
    """Say how a process has ended by its exit status, which is negative for a signal."""
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


class LocalPlace:
    """Starts runs in processes on this machine."""

    problem: Ended | None = None
    room: int | None = None

    def opened(self, out: Path) -> AbstractContextManager[None]:
        """Do nothing: runs use the output folder as it is."""
        return nullcontext()

    def start(self, job: Job, heard: Callable[[Heard], None]) -> Running:
        """Start a run. Raise OutputError where its log cannot be, UserError where there is no process."""
        with writing(job.out):
            (job.out / "log").mkdir(parents=True, exist_ok=True)
        try:
            return LocalRun(job, heard)
        except (OSError, EOFError) as error:
            raise UserError(_refused(str(error)), Exit.FAULT) from None


def _refused(error: str) -> str:
    is_too_long = "path too long" in error
    remedy = "set TMPDIR to a shorter path" if is_too_long else "end other programs or lower --jobs"
    return (
        f"no process can be started for it ({error or 'the system refused'}); "
        f"{remedy}, and run the same command again"
    )
