"""A job: one module of a fleet as a value that can be handed to another process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from migrate.module import Module
from migrate.settings import Said, Shared
from migrate.subject import Subject


@dataclass(frozen=True, slots=True)
class Job:
    """What one run of a batch needs to know; paths are absolute."""

    name: str
    """Unique in its fleet."""
    paths: tuple[Path, ...]
    out: Path
    """Where its result goes."""
    kernel: Path | None = None
    shared: Shared = field(default_factory=Shared)
    """What the fleet says of its settings."""
    said: Said = field(default_factory=dict)
    """What the command line says of them."""
    replay: Path | None = None
    record: Path | None = None
    answered_by: str | None = None
    priced: bool = False
    """Whether there is a limit in money, for which the model's price has to be known."""
    holds: Path | None = None
    """What only one run at a time can use: the build of a kernel."""
    fingerprint: str = ""
    """Changes whenever the result may."""

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return Subject(self.paths, self.kernel)

    def open(self) -> Module:
        """Open its module. Raise SettingsError when it cannot be one."""
        return self.subject.open(self.said, self.shared)

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self), default=str)


def read_job(line: str | bytes) -> Job:
    """Read a job from its line."""
    read: dict[str, Any] = json.loads(line)
    shared = Shared(**read.pop("shared"))
    paths, out = tuple(map(Path, read.pop("paths"))), Path(read.pop("out"))
    read |= {
        key: None if read[key] is None else Path(read[key]) for key in ("kernel", "replay", "record", "holds")
    }
    return Job(paths=paths, out=out, shared=shared, **read)
