"""A batch as it stands, in `batch.json` of its output folder, for its next start and for other terminals."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from migrate.batch.row import Row, State, read_row
from migrate.errors import OutputError, newer_format
from migrate.run.output import writing

FILE_NAME = "batch.json"
MODULES = "modules"
"""The folder beside it in which the result of each module is."""
FORMAT = 1
"""Version of the format; a file with a newer one is not read."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All rows of a batch, and what it has spent."""

    fleet: str
    command: tuple[str, ...]
    """What goes on with it."""
    rows: tuple[Row, ...]
    usd: str | None = None
    """US dollars spent, in all; None when no price is known."""
    tokens: int = 0
    usd_limit: str | None = None
    tokens_limit: int | None = None
    seconds_left: float | None = None
    started: float = 0.0
    updated: float = 0.0
    """Seconds since the epoch."""
    exit: int | None = None
    """How it ended, once it has."""
    message: str = ""

    def over(self) -> Snapshot:
        """Return how it stands once no process is at work on it: no run runs any more."""
        rows = (
            replace(each, state=State.INTERRUPTED, step="", at_model=0, judging=0)
            if each.state is State.RUNNING
            else each
            for each in self.rows
        )
        return replace(self, rows=tuple(rows))

    def to_json(self) -> dict[str, Any]:
        """Return it as `batch.json` has it."""
        plain = ("fleet", "usd", "tokens", "usd_limit", "tokens_limit", "seconds_left", "started", "updated")
        return {
            "format": FORMAT,
            **{name: getattr(self, name) for name in (*plain, "exit", "message")},
            "command": list(self.command),
            "modules": [each.to_json() for each in self.rows],
        }


def write_snapshot(folder: Path, snapshot: Snapshot) -> None:
    """Write `batch.json` in one step. Raise OutputError when the disk refuses."""
    path = folder / FILE_NAME
    draft = path.with_name(f".{FILE_NAME}.new")
    with writing(folder):
        draft.write_text(json.dumps(snapshot.to_json(), indent=1) + "\n", encoding="utf-8")
        draft.replace(path)


def read_snapshot(folder: Path) -> Snapshot:
    """Read `batch.json`. Raise OutputError when there is none to be read."""
    path = folder / FILE_NAME
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise OutputError(f"{folder} holds no {FILE_NAME}; name the output folder of a batch") from None
    except OSError as error:
        raise OutputError(f"{path} cannot be read ({error.strerror}); check the path") from None
    except ValueError:
        content = None
    found = content.get("format") if isinstance(content, dict) else None
    if isinstance(found, int) and found > FORMAT:
        raise OutputError(newer_format(path, found, FORMAT))
    try:
        return _snapshot(dict(content))
    except (TypeError, KeyError, ValueError):
        raise OutputError(f"{path} is not the state of a batch; remove it and run the batch again") from None


def _snapshot(content: dict[str, Any]) -> Snapshot:
    del content["format"]
    rows = tuple(read_row(each) for each in content.pop("modules"))
    return Snapshot(**content | {"command": tuple(content["command"])}, rows=rows)
