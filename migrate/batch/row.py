"""A row: where one module of a batch stands."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from migrate.errors import Exit


class State(enum.StrEnum):
    """What became of a module so far."""

    WAITING = "waiting"
    RUNNING = "running"
    RUST = "rust"
    """All of it is Rust."""
    HOLES = "holes"
    """It has had its turn, and some of it is not Rust."""
    UNUSABLE = "unusable"
    """It cannot be a module, or its settings cannot be used."""
    BASELINE = "baseline"
    """Its C does not build or pass its tests."""
    LIMIT = "limit"
    """A budget stopped it."""
    MODEL = "model"
    """The model could not be used."""
    FAULT = "fault"
    """It broke the tool."""
    INTERRUPTED = "interrupted"


_BY_EXIT: Mapping[int, State] = MappingProxyType(
    {
        Exit.DONE: State.RUST,
        Exit.HOLES_LEFT: State.HOLES,
        Exit.USAGE: State.UNUSABLE,
        Exit.BASELINE: State.BASELINE,
        Exit.LIMIT: State.LIMIT,
        Exit.MODEL: State.MODEL,
        Exit.INTERRUPTED: State.INTERRUPTED,
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """One module of a batch."""

    name: str
    folder: str
    """Of its result, below `modules/`."""
    paths: tuple[str, ...]
    state: State = State.WAITING
    message: str = ""
    """Why it is not Rust, in one sentence."""
    fingerprint: str = ""
    """Of what it was run with, once it was."""
    holes: int = 0
    rust: int = 0
    step: str = ""
    """What its run does before anything is asked, in a few words."""
    rejected: int = 0
    at_model: int = 0
    """Prompts on their way."""
    judging: int = 0
    usd: str | None = None
    """US dollars in all its runs; None when the price is unknown, or nothing was asked."""
    tokens: int = 0
    """Of answers that were paid for."""
    started: float | None = None
    """Seconds since the epoch."""
    seconds: float = 0.0

    @property
    def is_finished(self) -> bool:
        """Whether it has had its turn, so that it need not be run again while nothing changes."""
        return self.state in (State.RUST, State.HOLES)

    def to_json(self) -> dict[str, Any]:
        """Return it for `batch.json`."""
        return {**asdict(self), "state": self.state.value}


def read_row(fields: Mapping[str, Any]) -> Row:
    """Read a row. Raise TypeError or ValueError when it is none."""
    return Row(**{**fields, "paths": tuple(fields["paths"]), "state": State(fields["state"])})


def state_of(exit: int) -> State:
    """Return what became of a run that ended with an exit code."""
    return _BY_EXIT.get(exit, State.FAULT)
