"""What the gates say of a candidate."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Gate(enum.StrEnum):
    """The gates, cheapest first."""

    PROMPT = "prompt"
    """The prompt does not fit into what the model can read at once."""
    ANSWER = "answer"
    """The model gave nothing that could be judged: empty, cut off, refused."""
    PARSE = "parse"
    INTERFACE = "interface"
    OMISSION = "omission"
    """Something of the C has no counterpart in the Rust."""
    POLICY = "policy"
    COMPILE = "compile"
    LINT = "lint"
    BEHAVIOUR = "behaviour"
    """The Rust does something else than the C on an input."""
    TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a candidate, as the repair prompt and the report say it."""

    gate: Gate
    message: str
    """One sentence."""
    detail: str = ""
    """Lines of the candidate with labels under them, or a program's output."""
    code: str | None = None
    """The compiler's error code or lint name."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Accepted, or rejected by the first gate that had findings."""

    findings: tuple[Finding, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether no gate had anything against the candidate."""
        return not self.findings

    @property
    def gate(self) -> Gate | None:
        """The gate that rejected the candidate."""
        return self.findings[0].gate if self.findings else None

    @property
    def reason(self) -> str:
        """Why a candidate was rejected, in one line."""
        first = self.findings[0]
        return f"{first.gate}: {first.message}"


ACCEPTED = Verdict()
