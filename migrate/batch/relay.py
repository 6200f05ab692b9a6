"""A display that tells it all to a batch."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from migrate.batch.wire import Shown


class Relay:
    """Passes on everything that a run shows, under the names of the methods of a display."""

    def __init__(self, tell: Callable[[Shown], None]) -> None:
        self._tell = tell

    def _pass(self, what: str, *arguments: str | int | float | None) -> None:
        self._tell(Shown(what, arguments))

    def started(self, total: int, done: int) -> None:
        """Pass on how many holes there are, and how many were Rust before."""
        self._pass("started", total, done)

    def proving(self, done: int, total: int) -> None:
        """Pass on for how many functions inputs have been found."""
        self._pass("proving", done, total)

    def asked(self, hole: str, attempt: int) -> None:
        """Pass on that a prompt is on its way."""
        self._pass("asked", hole, attempt)

    def answered(self, hole: str) -> None:
        """Pass on that the model has answered."""
        self._pass("answered", hole)

    def waiting(self, seconds: float, reason: str) -> None:
        """Pass on that a call waits."""
        self._pass("waiting", seconds, reason)

    def judging(self, count: int) -> None:
        """Pass on how many candidates are being judged."""
        self._pass("judging", count)

    def accepted(self, hole: str, attempt: int) -> None:
        """Pass on that a hole is Rust now."""
        self._pass("accepted", hole, attempt)

    def rejected(self, hole: str, attempt: int, reason: str) -> None:
        """Pass on that a candidate was rejected."""
        self._pass("rejected", hole, attempt, reason)

    def put_back(self, hole: str, reason: str) -> None:
        """Pass on that what was accepted is C again."""
        self._pass("put_back", hole, reason)

    def fell_back(self, hole: str, plug: str) -> None:
        """Pass on what fills a hole that is out of attempts."""
        self._pass("fell_back", hole, plug)

    def cost(self, usd: Decimal | None) -> None:
        """Pass on what the run has cost so far."""
        self._pass("cost", None if usd is None else str(usd))

    def note(self, text: str) -> None:
        """Pass on a note."""
        self._pass("note", text)

    def finished(self) -> None:
        """Pass on that the run ends here."""
        self._pass("finished")
