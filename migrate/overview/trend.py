"""How a fleet got on, as a picture: the share that is Rust over the times of its overviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from migrate.overview.history import Snapshot

WIDTH, HEIGHT = 1280, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 16, 14, 28
_LISTED = 30


@dataclass(frozen=True, slots=True)
class Point:
    """A snapshot in the picture."""

    x: float
    y: float
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Trend:
    """The picture, and what is listed below it."""

    points: tuple[Point, ...]
    line: str
    """In the language of SVG's `points`."""
    levels: tuple[tuple[float, str], ...]
    """Heights of the lines behind it, and what they stand for."""
    listed: tuple[Snapshot, ...]
    """The newest first."""


def trend_of(history: Sequence[Snapshot]) -> Trend | None:
    """Return the picture of a history; None where there is nothing to compare yet."""
    if len(history) < 2:
        return None
    times = [datetime.fromisoformat(each.at).timestamp() for each in history]
    first, span = min(times), max(times) - min(times)
    points = tuple(
        Point(_x((time - first) / span if span else index / (len(history) - 1)), _y(each.share), each)
        for index, (time, each) in enumerate(zip(times, history, strict=True))
    )
    line = " ".join(f"{point.x},{point.y}" for point in points)
    levels = tuple((_y(percent / 100), f"{percent} %") for percent in (0, 25, 50, 75, 100))
    return Trend(points, line, levels, tuple(reversed(history[-_LISTED:])))


def _x(share: float) -> float:
    return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)
