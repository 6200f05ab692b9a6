"""Ask again when a failure may pass: exponential backoff with full jitter, or what the server asks for."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

T = TypeVar("T")
OnWait = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Transient:
    """A failure that may pass: a short reason, its detail, and the seconds the server asks to wait."""

    reason: str
    detail: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long to try; times in seconds, `total` up to the start of the last try."""

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    total: float = 900.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform

    def call(self, function: Callable[[], T | Transient], on_wait: OnWait) -> T | Transient:
        """Call a function until it does not fail, or return its last transient failure."""
        deadline = self.clock() + self.total
        outcome = function()
        for attempt in range(1, self.attempts):
            if not isinstance(outcome, Transient):
                return outcome
            seconds = self._wait(attempt, outcome.retry_after)
            if self.clock() + seconds > deadline:
                return outcome
            on_wait(seconds, outcome.reason)
            self.sleep(seconds)
            outcome = function()
        return outcome

    def _wait(self, attempt: int, retry_after: float | None) -> float:
        backoff = self.uniform(0.0, min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1)))
        # A server's wish is a minimum; taking the larger of both keeps parallel callers spread out.
        return max(backoff, retry_after or 0.0)


def retry_after(headers: Mapping[str, str], now: Callable[[], datetime] | None = None) -> float | None:
    """Return the seconds that the headers of a response ask to wait, or None when they do not say.

    Header names are expected in lower case, or in a mapping that ignores case.
    """
    milliseconds = _seconds(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    # An HTTP date is always in GMT, but "-0000" makes the parser return a naive time.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now() if now else datetime.now(UTC))).total_seconds())


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
