"""CPU time of the tool's own process while it migrates modules, programs that it starts left out.

Run by `benchmarks.batch` as `python -m benchmarks.own_cpu FLEET URL OUT`. The first module warms up and does
not count. The last line is one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import migrate.model.client  # noqa: F401 - as the runs of a batch, which are forked with it
from migrate.launch import Launch
from migrate.report.display import SilentDisplay
from migrate.subject import Subject


def main() -> None:
    """Migrate every module of a folder, one after the other, and print the CPU seconds of each."""
    fleet, url, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    said = {"model": {"name": "scripted", "base_url": url}, "evidence": {"level": "none"}}
    seconds: list[float] = []
    for folder in sorted(fleet.iterdir()):
        subject = Subject((folder,))
        begun = time.process_time()
        outcome = Launch(subject.open(said), subject, out / folder.name).run(SilentDisplay())
        seconds.append(time.process_time() - begun)
        if outcome.exit:
            raise SystemExit(f"the run of {folder.name} ended with {outcome.exit}")
    print(json.dumps({"cpu_seconds": seconds[1:]}))


if __name__ == "__main__":
    main()
