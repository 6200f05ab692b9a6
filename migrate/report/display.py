"""What a run tells while it runs, whoever listens."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol


class RunDisplay(Protocol):
    """Whatever shows a run; one call comes after the other, whatever their threads."""

    def started(self, total: int, done: int) -> None:
        """Say how many holes there are, and how many of them were Rust before."""
        ...

    def proving(self, done: int, total: int) -> None:
        """Say for how many functions inputs have been found and measured."""
        ...

    def asked(self, hole: str, attempt: int) -> None:
        """Say that a prompt is on its way to the model."""
        ...

    def answered(self, hole: str) -> None:
        """Say that the model has answered."""
        ...

    def waiting(self, seconds: float, reason: str) -> None:
        """Say that a call waits before it is made again."""
        ...

    def judging(self, count: int) -> None:
        """Say how many candidates are being judged now."""
        ...

    def accepted(self, hole: str, attempt: int) -> None:
        """Say that a hole is Rust now."""
        ...

    def rejected(self, hole: str, attempt: int, reason: str) -> None:
        """Say that a candidate was rejected, and why."""
        ...

    def put_back(self, hole: str, reason: str) -> None:
        """Say that what was accepted is C again, and why."""
        ...

    def fell_back(self, hole: str, plug: str) -> None:
        """Say that a hole is out of attempts, and what fills it."""
        ...

    def cost(self, usd: Decimal | None) -> None:
        """Say what the run has cost so far; None when the price is unknown."""
        ...

    def note(self, text: str) -> None:
        """Say anything else, in one line."""
        ...

    def finished(self) -> None:
        """Say that the run ends here, for whatever reason."""
        ...


class SilentDisplay:
    """Shows nothing."""

    def started(self, total: int, done: int) -> None:
        """Do nothing."""

    def proving(self, done: int, total: int) -> None:
        """Do nothing."""

    def asked(self, hole: str, attempt: int) -> None:
        """Do nothing."""

    def answered(self, hole: str) -> None:
        """Do nothing."""

    def waiting(self, seconds: float, reason: str) -> None:
        """Do nothing."""

    def judging(self, count: int) -> None:
        """Do nothing."""

    def accepted(self, hole: str, attempt: int) -> None:
        """Do nothing."""

    def rejected(self, hole: str, attempt: int, reason: str) -> None:
        """Do nothing."""

    def put_back(self, hole: str, reason: str) -> None:
        """Do nothing."""

    def fell_back(self, hole: str, plug: str) -> None:
        """Do nothing."""

    def cost(self, usd: Decimal | None) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""

    def finished(self) -> None:
        """Do nothing."""
