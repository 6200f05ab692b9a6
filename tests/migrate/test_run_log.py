"""The log of a run."""

from __future__ import annotations

import io
import re
from pathlib import Path

from migrate.report.console import PlainDisplay
from migrate.report.run_log import RunLog


def test_what_a_run_tells_is_kept_with_the_time_and_still_told(tmp_path: Path) -> None:
    told = io.StringIO()
    log = RunLog(PlainDisplay(told), tmp_path / "run.log")
    log.started(2, 0)
    log.asked("gcd", 1)
    log.rejected("gcd", 1, "compile: error[E0308]: mismatched types")
    log.accepted("gcd", 2)
    log.put_back("gcd", "behaviour: The Rust does something else than the C.")
    log.finished()
    lines = (tmp_path / "run.log").read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S", line) for line in lines)
    assert [line[20:] for line in lines] == [
        "started: 2 holes, 0 done",
        "asked gcd, attempt 1",
        "rejected gcd, attempt 1: compile: error[E0308]: mismatched types",
        "accepted gcd, attempt 2",
        "put back gcd: behaviour: The Rust does something else than the C.",
        "finished",
    ]
    assert "accepted  gcd" in told.getvalue()
    assert "put back  gcd  behaviour: " in told.getvalue()


def test_a_continued_run_appends_to_its_log(tmp_path: Path) -> None:
    for _ in range(2):
        RunLog(PlainDisplay(io.StringIO()), tmp_path / "run.log").started(1, 0)
    assert len((tmp_path / "run.log").read_text().splitlines()) == 2
