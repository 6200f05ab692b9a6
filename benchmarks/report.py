"""How long pages over 5,000 functions take to write, to show and to sort.

Run `python -m benchmarks.report`; the last line of the output is one JSON object. Measured twice: for a
fleet of 250 modules with 20 functions each, and for one module of 5,000. `write_s` is the wall-clock time
of `llmigrate report --html` in a fresh process on an empty folder, `again_s` of the same once more;
`mib` is the size of all pages. The browser is Chromium without a screen, with files that the system has
read before: `paint_ms` is its first contentful paint, `load_ms` the end of loading, `sort_ms` the longest
of six clicks on heads of a page's largest table, layout included: the best of three pages each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.browser import PROGRAM, Page, browser, url_of
from tests.fleets import write_fleet

ROUNDS = 3
CLICKS = 6
SHAPES = {"fleet": (250, 20), "module": (1, 5_000)}
_PAINTED = """
new Promise(done => {
  const told = () => done(performance.getEntriesByName("first-contentful-paint")[0].startTime);
  performance.getEntriesByName("first-contentful-paint").length ? told()
    : new PerformanceObserver(told).observe({type: "paint", buffered: true});
})
"""
_SORTED = """
(() => {
  const tables = [...document.querySelectorAll("table.sortable")];
  const table = tables.reduce((a, b) => a.tBodies[0].rows.length < b.tBodies[0].rows.length ? b : a);
  const buttons = [...table.tHead.querySelectorAll("button")];
  const times = [];
  for (let click = 0; click < %d; click++) {
    const before = performance.now();
    buttons[click %% buttons.length].click();
    table.getBoundingClientRect();
    times.push(performance.now() - before);
  }
  return [table.tBodies[0].rows.length, Math.max(...times)];
})()
"""


def written(runs: Path, pages: Path) -> float:
    """Write the pages in a process of its own and return its time in seconds."""
    started = time.monotonic()
    command = (sys.executable, "-m", "migrate.cli", "report", str(runs), "--html", str(pages), "--json")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def shown(page: Page, path: Path) -> dict[str, float]:
    """Open a page, sort its largest table, and return the times in milliseconds, the best of some rounds."""
    rounds = [_shown_once(page, path) for _ in range(ROUNDS)]
    return {name: round(min(each[name] for each in rounds)) for name in rounds[0]}


def _shown_once(page: Page, path: Path) -> dict[str, float]:
    page.open("about:blank")
    page.open(url_of(path))
    paint = page.run(_PAINTED)
    load = page.run("performance.getEntriesByType('navigation')[0].loadEventEnd")
    rows, sort = page.run(_SORTED % CLICKS)
    return {"paint_ms": paint, "load_ms": load, "sort_ms": sort, "sorted_rows": rows}


def measure(folder: Path, modules: int, functions: int) -> dict[str, float]:
    """Measure one shape of a fleet."""
    runs, pages = folder / "out", folder / "html"
    write_fleet(runs, modules, functions)
    figures: dict[str, float] = {
        "write_s": round(written(runs, pages), 1),
        "again_s": round(written(runs, pages), 1),
        "mib": round(sum(path.stat().st_size for path in pages.rglob("*.html")) / 2**20, 1),
    }
    with browser() as page:
        page.look()
        for name, path in (("index", pages / "index.html"), ("page", pages / "modules" / "module_000.html")):
            size = round(path.stat().st_size / 2**20, 1)
            figures |= {f"{name}_mib": size} | {f"{name}_{k}": v for k, v in shown(page, path).items()}
    return figures


def main() -> None:
    """Measure, print what was measured, and end with one JSON object."""
    if PROGRAM is None:
        print("Skipped: Chromium is not installed.")
        return
    found: dict[str, Mapping[str, float]] = {}
    for name, (modules, functions) in SHAPES.items():
        with tempfile.TemporaryDirectory(prefix="llmigrate-") as folder:
            found[name] = measure(Path(folder), modules, functions)
        print(f"{name}: {modules} x {functions} functions")
        for figure, value in found[name].items():
            print(f"  {figure:<18}{value:>10}")
    print(json.dumps({"name": "report", **found}))


if __name__ == "__main__":
    main()
