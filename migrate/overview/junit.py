"""A fleet as JUnit XML: a suite for each module; a function that is not done is a test that failed."""

from __future__ import annotations

from migrate.overview.fleet import Fleet
from migrate.overview.module import Part
from migrate.overview.shortfall import lack_of
from migrate.report import junit
from migrate.report.junit import Case, Failed


def junit_xml(fleet: Fleet) -> bytes:
    """Return a document with all modules; a run without a report fails as a whole."""
    pending = [
        Case(each.run, "", Failed("no-report", each.why or "There is no report yet."))
        for each in fleet.pending
    ]
    suites = [(each.title, [_case(part) for part in each.tally.parts]) for each in fleet.modules]
    return junit.junit_xml([*suites, *([("runs without a report", pending)] if pending else [])])


def _case(part: Part) -> Case:
    lack = lack_of(part)
    failed = None if lack is None else Failed(lack, part.why, f"{part.file}:{part.line}: {part.why}")
    return Case(part.name, part.file, failed)
