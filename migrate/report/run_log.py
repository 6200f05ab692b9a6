"""A display that also keeps what it is told in a file, a line each with the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import TextIO

from migrate.report.display import RunDisplay


class RunLog:
    """Passes everything on to another display and appends it to a log; may be told on any thread."""

    def __init__(self, display: RunDisplay, path: Path) -> None:
        self._display = display
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._lock = Lock()

    def _keep(self, line: str, tell: Callable[[], None]) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        with self._lock:
            self._file.write(f"{stamp} {line}\n")
            self._file.flush()
            tell()

    def started(self, total: int, done: int) -> None:
        """Keep how many holes there are, and how many were Rust before."""
        self._keep(f"started: {total} holes, {done} done", lambda: self._display.started(total, done))

    def proving(self, done: int, total: int) -> None:
        """Keep for how many functions inputs have been found."""
        self._keep(f"inputs found for {done} of {total}", lambda: self._display.proving(done, total))

    def asked(self, hole: str, attempt: int) -> None:
        """Keep that a prompt is on its way."""
        self._keep(f"asked {hole}, attempt {attempt}", lambda: self._display.asked(hole, attempt))

    def answered(self, hole: str) -> None:
        """Keep that the model has answered."""
        self._keep(f"answered {hole}", lambda: self._display.answered(hole))

    def waiting(self, seconds: float, reason: str) -> None:
        """Keep that a call waits."""
        self._keep(f"waiting {seconds:.1f} s: {reason}", lambda: self._display.waiting(seconds, reason))

    def judging(self, count: int) -> None:
        """Keep how many candidates are being judged."""
        self._keep(f"judging {count}", lambda: self._display.judging(count))

    def accepted(self, hole: str, attempt: int) -> None:
        """Keep that a hole is Rust now."""
        self._keep(f"accepted {hole}, attempt {attempt}", lambda: self._display.accepted(hole, attempt))

    def rejected(self, hole: str, attempt: int, reason: str) -> None:
        """Keep that a candidate was rejected."""
        line = f"rejected {hole}, attempt {attempt}: {reason}"
        self._keep(line, lambda: self._display.rejected(hole, attempt, reason))

    def put_back(self, hole: str, reason: str) -> None:
        """Keep that what was accepted is C again."""
        self._keep(f"put back {hole}: {reason}", lambda: self._display.put_back(hole, reason))

    def fell_back(self, hole: str, plug: str) -> None:
        """Keep what fills a hole that is out of attempts."""
        self._keep(f"fell back: {hole} is filled by {plug}", lambda: self._display.fell_back(hole, plug))

    def cost(self, usd: Decimal | None) -> None:
        """Pass the cost on; the ledger has it."""
        with self._lock:
            self._display.cost(usd)

    def note(self, text: str) -> None:
        """Keep a note."""
        self._keep(text, lambda: self._display.note(text))

    def finished(self) -> None:
        """Keep that the run ends here."""
        self._keep("finished", self._display.finished)
