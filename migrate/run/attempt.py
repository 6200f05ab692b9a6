"""One try at one hole: what was answered, and what became of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from repair.plug import Plug
from repair.verdict import Verdict


class Source(enum.StrEnum):
    """Who wrote a candidate."""

    MODEL = "model"
    HAND = "hand"
    C2RUST = "c2rust"
    """It is named only where what it wrote was rejected after all."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A candidate, or an answer without one, and its verdict."""

    hole: str
    lineage: str
    """The fingerprint of what the hole depends on: when that changes, earlier attempts no longer count."""
    number: int
    """Counted from 1."""
    source: Source
    request_key: str | None
    """The exchange that the model's answer came in."""
    text: str | None
    """The candidate as rustfmt wrote it, after mechanical fixes; None when the answer held none."""
    verdict: Verdict
    fixes: tuple[str, ...] = ()
    """Codes of the lints whose suggestions were applied."""

    @property
    def is_second_verdict(self) -> bool:
        """Whether it is no answer of its own: what had filled the hole was rejected after all."""
        return self.request_key is None and not self.verdict.accepted


@dataclass(frozen=True, slots=True)
class Filled:
    """What fills a hole, and where it came from."""

    hole: str
    lineage: str
    plug: Plug
    source: Source | None
    """None for a plug that nobody wrote: C, transpiled, unimplemented."""
    attempt: int | None
