"""What an answer says for itself: lines of the C that it holds to need, or to allow, nothing more."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLACE = r"[*_`]*:[*_`]*\s*lines?\s+(\d+)(?:\s*(?:-|\u2013|to)\s*(\d+))?[*_`]*\s*[:,]\s*(.*?)[\s*_`]*$"
_NOT_NEEDED = re.compile(rf"^[\s>*_`-]*NOT NEEDED{_PLACE}", re.IGNORECASE)
_NOT_POSSIBLE = re.compile(rf"^[\s>*_`-]*NOT POSSIBLE{_PLACE}", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*```")


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why some lines of the C file are left as they are."""

    first: int
    last: int
    """Both ends included, counted from 1 in the C file."""
    reason: str

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last


def read_excuses(answer: str) -> tuple[Excuse, ...]:
    """Read the lines `NOT NEEDED: lines 12-14: because ...` of an answer, code blocks left out.

    A line without a reason is none.
    """
    return _read(_NOT_NEEDED, answer)


def read_claims(answer: str) -> tuple[Excuse, ...]:
    """Read the lines `NOT POSSIBLE: lines 12-14: because ...` of an answer with a driver, likewise."""
    return _read(_NOT_POSSIBLE, answer)


def _read(form: re.Pattern[str], answer: str) -> tuple[Excuse, ...]:
    found: list[Excuse] = []
    inside = False
    for line in answer.replace("\r\n", "\n").split("\n"):
        if _FENCE.match(line):
            inside = not inside
            continue
        match = None if inside else form.match(line)
        if match is not None and match[3]:
            ends = (int(match[1]), int(match[2] or match[1]))
            found.append(Excuse(min(ends), max(ends), match[3]))
    return tuple(found)
