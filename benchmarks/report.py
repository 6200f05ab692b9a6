"""How long pages over 5,000 functions take to write, to show and to sort.

Run `python -m benchmarks.report`; the last line of the output is one JSON object. Measured twice: for a
fleet of 250 modules with 20 functions each, and for one module of 5,000. `write_s` is the wall-clock time
of `llmigrate report --html` in a fresh process on an empty folder, `again_s` of the same once more, and
`..._cpu_s` what these took of the processor, which differs where other processes want it too;
`mib` is the size of all pages. The browser is Chromium without a screen, with files that the system has
read before: `paint_ms` is its first contentful paint, `load_ms` the end of loading, `sort_ms` the longest
of six clicks on heads of a page's largest table, layout included, and `sort_cpu_ms` what the page's own
thread took for such a click: the best of three pages each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.browser import PROGRAM, Page, browser, url_of
from tests.generated_runs import write_fleet

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
_LARGEST = """
var table = [...document.querySelectorAll("table.sortable")].reduce(
  (a, b) => a.rows.length < b.rows.length ? b : a);
table.rows.length - 1
"""
_CLICK = """
(() => {
  const before = performance.now();
  table.tHead.querySelectorAll("button")[%d].click();
  table.getBoundingClientRect();
  return performance.now() - before;
})()
"""


def written(runs: Path, pages: Path) -> tuple[float, float]:
    """Write the pages in a process of its own; return its time in seconds, and its time on the processor."""
    started = time.monotonic()
    command = (sys.executable, "-m", "migrate.cli", "report", str(runs), "--html", str(pages), "--json")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the report failed: exit {process.returncode}")
    return round(time.monotonic() - started, 1), round(usage.ru_utime + usage.ru_stime, 1)


def shown(page: Page, path: Path) -> dict[str, float]:
    """Open a page, sort its largest table, and return the times in milliseconds, the best of some rounds."""
    rounds = [_shown_once(page, path) for _ in range(ROUNDS)]
    return {name: round(min(each[name] for each in rounds)) for name in rounds[0]}


def _shown_once(page: Page, path: Path) -> dict[str, float]:
    page.open("about:blank")
    page.open(url_of(path))
    paint = page.run(_PAINTED)
    load = page.run("performance.getEntriesByType('navigation')[0].loadEventEnd")
    rows = page.run(_LARGEST)
    clicks = [_sorted(page, column) for column in range(CLICKS)]
    return {
        "paint_ms": paint,
        "load_ms": load,
        "sort_ms": max(wall for wall, _ in clicks),
        "sort_cpu_ms": max(cpu for _, cpu in clicks),
        "sorted_rows": rows,
    }


def _sorted(page: Page, column: int) -> tuple[float, float]:
    """Click on the head of a column; return the time in milliseconds, and that of the page's own thread."""
    before = _thread_ms(page)
    wall = page.run(_CLICK % column)
    return wall, _thread_ms(page) - before


def _thread_ms(page: Page) -> float:
    found = {each["name"]: each["value"] for each in page.ask("Performance.getMetrics")["metrics"]}
    return 1000 * float(found["ThreadTime"])


def measure(folder: Path, modules: int, functions: int) -> dict[str, float]:
    """Measure one shape of a fleet."""
    runs, pages = folder / "out", folder / "html"
    write_fleet(runs, modules, functions)
    (write_s, write_cpu_s), (again_s, again_cpu_s) = written(runs, pages), written(runs, pages)
    figures: dict[str, float] = {
        "write_s": write_s,
        "write_cpu_s": write_cpu_s,
        "again_s": again_s,
        "again_cpu_s": again_cpu_s,
        "mib": round(sum(path.stat().st_size for path in pages.rglob("*.html")) / 2**20, 1),
    }
    with browser() as page:
        page.look()
        page.ask("Performance.enable")
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
