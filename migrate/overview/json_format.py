"""The format of `llmigrate report --json`; its schema is docs/report.schema.json."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from migrate.overview.fleet import Fleet
from migrate.overview.module import ModuleRun, Tally
from migrate.report.states import State
from repair.plug import PlugKind

FORMAT = 1
"""Version of the format. What is only added leaves it as it is."""


def fleet_json(fleet: Fleet) -> dict[str, Any]:
    """Return a fleet as one JSON object."""
    spent = fleet.spent
    return {
        "format": FORMAT,
        "total": {
            "modules": len(fleet.modules),
            "running": fleet.running,
            **dict(_counts(fleet.tally)),
            "cost_usd": round(spent.usd, 6),
            "runs_of_unknown_price": spent.unpriced,
            "tokens_in": spent.tokens_in,
            "tokens_out": spent.tokens_out,
            "seconds": round(spent.seconds, 3),
        },
        "runs": [_run(each) for each in fleet.modules],
        "without_report": [asdict(each) for each in fleet.pending],
    }


def _run(module: ModuleRun) -> dict[str, Any]:
    return {**asdict(module.figures), **dict(_counts(module.tally)), "running": module.running}


def _counts(tally: Tally) -> Iterator[tuple[str, Any]]:
    yield "holes", len(tally)
    yield "rust", tally.rust
    yield "transpiled", tally.plugs[PlugKind.TRANSPILED]
    yield "weak", tally.states[State.WEAK]
    yield "differing", tally.states[State.DIFFERS]
    yield "rejected_by_tests", tally.states[State.REJECTED]
    yield "accepted", {each.value: count for each, count in tally.acceptances.items()}
    yield "branches_reached", _rounded(tally.branches)
    yield "mutants_told_apart", _rounded(tally.mutants)
    yield "evidence_not_looked_for", tally.not_looked_at


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
