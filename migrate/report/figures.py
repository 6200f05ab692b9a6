"""How figures are written for people."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal


def dollars(usd: Decimal | float) -> str:
    """Return an amount of US dollars, with more digits where it is small."""
    if usd == 0 or usd >= 1:
        return f"${usd:.2f}"
    return f"${usd:.4f}" if usd >= Decimal("0.0001") else "less than $0.0001"


def duration(seconds: float) -> str:
    """Return a time in its two largest units."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def waiting_notice(seconds: float, reason: str) -> str:
    """Return the notice of a call that waits."""
    return f"waiting {seconds:.0f} s ({reason})"


def density(count: int | None, per_100: float | None) -> str:
    """Return how many there are of something, and in a hundred lines."""
    if count is None:
        return "-"
    return f"{count:,} ({per_100:.1f} per 100)" if count and per_100 is not None else f"{count:,}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where that is right."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def kept_by_design(makers: Mapping[str, str]) -> str:
    """Say which variables stay in C by design, given the macro that makes each."""
    listed = ", ".join(f"{name} ({macro})" for name, macro in makers.items())
    verb, object_ = ("stays", "it") if len(makers) == 1 else ("stay", "them")
    return f"{verb} in C, as the kernel's macros make {object_}: {listed}"


def sentence(clause: str) -> str:
    """Make a sentence of a clause."""
    return f"{clause[:1].upper()}{clause[1:]}."
