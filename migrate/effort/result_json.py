"""What people changed, as one JSON object."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from migrate.effort.effort import Effort, Touched
from migrate.effort.lines import Difference, Lines
from migrate.effort.rust_crate import Placed
from migrate.effort.standing import Standing

FORMAT = 1
"""Version of the format. What is only added leaves it as it is."""


def effort_json(effort: Effort) -> dict[str, Any]:
    """Return it as `--json` prints it."""
    return {
        "format": FORMAT,
        "crate": _difference_json(effort.crate),
        "made": _difference_json(effort.made),
        "holes": [_touched_json(each) for each in effort.holes],
        "others": [_touched_json(each) for each in effort.others],
        "not_parsed": [{"file": file, "line": line} for file, line in effort.broken.items()],
    }


def _touched_json(each: Touched) -> dict[str, Any]:
    return {
        "name": each.name,
        "kind": each.kind.value,
        "state": each.state.value,
        "before": _place_json(each.before),
        "after": _place_json(each.after),
        "likeness": None if each.likeness is None else round(each.likeness, 4),
        **_difference_json(each.difference),
        "handed_over": None if each.standing is None else _standing_json(each.standing),
    }


def _place_json(placed: Placed | None) -> dict[str, Any] | None:
    if placed is None:
        return None
    return {"path": placed.part.path, "file": placed.file, "line": placed.part.line}


def _difference_json(difference: Difference) -> dict[str, Any]:
    return {"text": _lines_json(difference.text), "tree": _lines_json(difference.tree)}


def _lines_json(lines: Lines) -> dict[str, Any]:
    share = None if lines.share is None else round(lines.share, 4)
    return {"lines": lines.final, "changed": lines.changed, "gone": lines.gone, "share": share}


def _standing_json(standing: Standing) -> dict[str, Any]:
    return asdict(standing)
