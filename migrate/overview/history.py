"""What earlier overviews of a fleet came to: small snapshots in a file beside the index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from migrate.errors import OutputError, newer_format
from migrate.overview.fleet import Fleet
from migrate.overview.module import Acceptance
from migrate.report.states import State

NAME = "history.json"
FORMAT = 1
"""Version of the file; one with a newer one is left alone. What is only added leaves it as it is."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a fleet came to at some time."""

    at: str
    """ISO 8601 in UTC; nothing where it does not matter."""
    modules: int
    holes: int
    rust: int
    weak: int
    differs: int
    first: int
    repaired: int
    lines: int
    unsafe_lines: int
    usd: float
    tokens: int

    @property
    def share(self) -> float:
        """How much of it is Rust: 0 to 1."""
        return self.rust / self.holes if self.holes else 0.0


def snapshot(fleet: Fleet, at: str) -> Snapshot:
    """Return what a fleet comes to."""
    tally, spent = fleet.tally, fleet.spent
    return Snapshot(
        at=at,
        modules=len(fleet.modules),
        holes=len(tally),
        rust=tally.rust,
        weak=tally.states[State.WEAK],
        differs=tally.states[State.DIFFERS],
        first=tally.acceptances[Acceptance.FIRST],
        repaired=tally.acceptances[Acceptance.REPAIRED],
        lines=tally.lines,
        unsafe_lines=tally.unsafe_lines,
        usd=round(spent.usd, 6),
        tokens=spent.tokens_in + spent.tokens_out,
    )


def read_history(folder: Path) -> tuple[Snapshot, ...]:
    """Return the snapshots of a folder, oldest first; none where there is no such file.

    Raise OutputError when the file cannot be read.
    """
    path = folder / NAME
    try:
        content = json.loads(path.read_bytes())
        _require_format(path, content)
        return tuple(_snapshot(each) for each in content["snapshots"])
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise OutputError(f"{path} cannot be read ({error.strerror}); see to its permissions") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OutputError(
            f"{path} is not a history that `llmigrate report --html` wrote; restore it, or move it away"
        ) from None


def with_snapshot(history: Sequence[Snapshot], now: Snapshot) -> tuple[Snapshot, ...]:
    """Return a history with one more snapshot, if anything but the time is new in it."""
    is_new = not history or replace(history[-1], at="") != replace(now, at="")
    return (*history, now) if is_new else tuple(history)


def history_text(history: Sequence[Snapshot]) -> str:
    """Return the file's text."""
    snapshots = ",\n".join(json.dumps(asdict(each)) for each in history)
    return f'{{"format": {FORMAT}, "snapshots": [\n{snapshots}\n]}}\n'


def _require_format(path: Path, content: Any) -> None:
    found = content.get("format", FORMAT)
    if found != FORMAT:
        raise OutputError(newer_format(path, found, FORMAT))


def _snapshot(kept: dict[str, Any]) -> Snapshot:
    values = {each.name: kept[each.name] for each in fields(Snapshot)}
    if not all(isinstance(value, (int, float)) for name, value in values.items() if name != "at"):
        raise TypeError
    datetime.fromisoformat(values["at"])
    return Snapshot(**values)
