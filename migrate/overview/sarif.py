"""What is left of a fleet as SARIF: a result for each function that is not done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrate.overview.fleet import Fleet
from migrate.overview.module import ModuleRun
from migrate.overview.shortfall import RULES, lack_of, uri
from migrate.report import sarif
from migrate.report.sarif import Place, Result


def sarif_log(fleet: Fleet) -> dict[str, Any]:
    """Return a log with one run for all modules."""
    results = (result for each in fleet.modules for result in _results(each))
    notes = [f"The run in {each.run} has no report yet. {each.why}".rstrip() for each in fleet.pending]
    return sarif.sarif_log(tuple(RULES.values()), results, notes)


def _results(module: ModuleRun) -> Iterator[Result]:
    for part in module.tally.parts:
        lack = lack_of(part)
        if lack is not None:
            place = Place(uri(module, part), max(1, part.line), part.name)
            yield Result(
                rule=RULES[lack],
                text=f"{part.name} of {module.title}: {part.why}",
                place=place,
                # Not the title, which becomes longer when another run of that name is reported too.
                same=(lack, module.figures.module, module.figures.interface, place.uri, part.name),
            )
