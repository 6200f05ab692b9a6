"""How many times cargo runs for each accepted hole of the ramfs sample.

Run as `python -m benchmarks.cargo_runs`.
"""

from __future__ import annotations

import json

from benchmarks.replayed import measure

_CASES = {"answers at once": (4, 0.0), "1 s an answer, 8 at a time": (8, 1.0)}


def main() -> None:
    """Print the figures, the last line as one JSON object."""
    figures: dict[str, object] = {"name": "cargo_runs"}
    worst = 0.0
    for case, (jobs, delay) in _CASES.items():
        report = measure("ramfs", jobs, delay).report
        ratio = report["cargo_runs"] / report["totals"]["rust"]
        print(f"{case}: {report['cargo_runs']} cargo runs for {report['totals']['rust']} accepted holes")
        worst = max(worst, ratio)
        figures[case] = round(ratio, 3)
    print(json.dumps({**figures, "cargo_runs_per_hole": round(worst, 3)}))


if __name__ == "__main__":
    main()
