"""A batch as its provider tells of it, and whoever runs batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from migrate.errors import ModelUnusable
from migrate.model.replies import Replies

TOKEN = "llmigrate"
"""Under this name a batch carries the token by which it is found again."""

_QUEUE_FULL = ("token_limit_exceeded", "enqueued token limit")


class End(Enum):
    """How a batch can end; by the provider's name for it."""

    COMPLETED = "completed"
    FAILED = "failed"
    """It was not begun: something is wrong with it as a whole."""
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Batch:
    """Where a batch stands."""

    ident: str
    status: str
    """In the provider's words."""
    files: tuple[str, ...] = ()
    """The files with what has come of it, by their ids."""
    problems: tuple[str, ...] = ()
    """Why it failed: codes with messages."""
    seconds: float = 0.0
    """What it took from its creation to its end, as the provider counts; 0 where that is not told."""
    token: str = ""
    retry_after: float | None = None
    """The seconds after which the provider wants to be asked again."""

    @property
    def end(self) -> End | None:
        """How it ended; None while it goes on."""
        status = "cancelled" if self.status == "canceled" else self.status
        return End(status) if status in {each.value for each in End} else None

    @property
    def is_queue_full(self) -> bool:
        """Whether it failed since it asks for more at once than the account may have waiting."""
        text = " ".join(self.problems).lower()
        return self.end is End.FAILED and any(phrase in text for phrase in _QUEUE_FULL)


class NoBatches(Exception):  # noqa: N818 - a property of the endpoint
    """Say why an endpoint takes no batches."""


class NotOrdered(ModelUnusable):
    """Say why an endpoint refused a batch, of which it has nothing now."""


class Batches(Protocol):
    """Whoever runs batches; used from several threads at once.

    Every method raises ModelUnusable when the endpoint cannot be used, NoBatches when it has no batches.
    """

    @property
    def replies(self) -> Replies:
        """Reads what the endpoint replies."""
        ...

    def submit(self, lines: bytes, token: str) -> Batch:
        """Hand a batch over, once, however often it is tried. Raise NotOrdered when it is refused."""
        ...

    def state(self, ident: str) -> Batch | None:
        """Return where a batch stands, or None when the provider does not know it any more."""
        ...

    def find(self, token: str) -> Batch | None:
        """Return the batch that was handed over with a token, or None when there is none."""
        ...

    def download(self, file: str) -> bytes:
        """Return what a file holds; nothing when the provider does not keep it any more."""
        ...


def read_batch(content: Mapping[str, Any], retry_after: float | None = None) -> Batch | None:
    """Read what a provider says of a batch, or return None when it says something else."""
    ident, status = content.get("id"), content.get("status")
    if not (isinstance(ident, str) and ident and isinstance(status, str)):
        return None
    files = (content.get(name) for name in ("output_file_id", "error_file_id"))
    return Batch(
        ident=ident,
        status=status,
        files=tuple(each for each in files if isinstance(each, str) and each),
        problems=_problems(_mapping(content.get("errors")).get("data")),
        seconds=_seconds(content),
        token=str(_mapping(content.get("metadata")).get(TOKEN) or ""),
        retry_after=retry_after,
    )


def _seconds(content: Mapping[str, Any]) -> float:
    ends = (content.get(name) for name in ("completed_at", "expired_at", "cancelled_at", "failed_at"))
    end = next((each for each in map(_number, ends) if each), 0)
    return float(max(0, end - _number(content.get("created_at")))) if end else 0.0


def _problems(data: object) -> tuple[str, ...]:
    errors = map(_mapping, data) if isinstance(data, list) else ()
    return tuple(f"{each.get('code') or 'error'}: {each.get('message') or 'no message'}" for each in errors)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
