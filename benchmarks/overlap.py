"""Whether waiting for answers overlaps: wall time against the least that the answers alone would take.

Run as `python -m benchmarks.overlap`: the ramfs sample, 2 s an answer, 8 prompts at a time.
"""

from __future__ import annotations

import json

from benchmarks.replayed import measure

DELAY = 2.0
JOBS = 8


def main() -> None:
    """Print the figures, the last line as one JSON object."""
    measure("ramfs", JOBS, 0.0)  # so that the build folder is warm in both
    undelayed = measure("ramfs", JOBS, 0.0)
    delayed = measure("ramfs", JOBS, DELAY)
    attempts = [hole["attempts"] for hole in delayed.report["holes"]]
    waiting = max(max(attempts) * DELAY, sum(attempts) * DELAY / JOBS)
    bound = waiting + undelayed.cargo_seconds
    print(f"{sum(attempts)} answers of {DELAY:g} s, {JOBS} at a time, take at least {waiting:.1f} s;")
    print(
        f"without delays cargo takes {undelayed.cargo_seconds:.1f} s and the run {undelayed.seconds:.1f} s;"
    )
    print(f"with them the run takes {delayed.seconds:.1f} s")
    figures = {
        "name": "overlap",
        "waiting_seconds": round(waiting, 2),
        "cargo_seconds": round(undelayed.cargo_seconds, 2),
        "undelayed_seconds": round(undelayed.seconds, 2),
        "wall_seconds": round(delayed.seconds, 2),
        "wall_to_bound": round(delayed.seconds / bound, 3),
        "wall_to_waiting": round(delayed.seconds / waiting, 3),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
