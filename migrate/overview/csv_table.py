"""A fleet as CSV: a line for each function and variable."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from migrate.overview.fleet import Fleet
from migrate.overview.module import ModuleRun, Part

_COLUMNS = (
    *("module", "run", "running", "name", "kind", "file", "line", "state", "omitted", "accepted"),
    *("attempts", "rust_lines", "unsafe_lines", "inputs", "branches", "branches_reached"),
    *("mutants", "mutants_told_apart", "why"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that spreadsheets would run as a formula."""


def csv_text(fleet: Fleet) -> str:
    """Return the table with its head (RFC 4180, but for line ends, which are those of the system)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for module in fleet.modules:
        for part in module.tally.parts:
            writer.writerow([_cell(each) for each in _row(module, part)])
    return text.getvalue().removesuffix("\n")


def _row(module: ModuleRun, part: Part) -> Iterator[object]:
    yield from (module.title, module.run, module.running, part.name, part.kind, part.file, part.line)
    yield from (part.state, part.omitted, part.acceptance, part.attempts, part.lines, part.unsafe_lines)
    shown = part.shown
    if shown is None:
        yield from [None] * 5
    else:
        yield from (shown.inputs, shown.branches, shown.branches_reached)
        yield from (shown.mutants, shown.mutants_told_apart)
    yield part.why


def _cell(value: object) -> object:
    """Return what stands in a cell; text that would be a formula gets an apostrophe, which shows as none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    is_formula = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{value}" if is_formula else value
