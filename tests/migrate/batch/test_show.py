"""A batch on a terminal."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest

from migrate.batch.row import Row, State
from migrate.batch.show import LiveBatchDisplay
from migrate.report.console import Bars


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "160")


def row(name: str, state: State = State.WAITING, **fields: int | str) -> Row:
    return Row(name, name, (), state, **fields)  # type: ignore[arg-type]


def screen(terminal: Terminal) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())


def test_it_shows_all_modules_together_and_a_line_for_each_that_runs() -> None:
    terminal = Terminal()
    display = LiveBatchDisplay(Bars(terminal))
    display.begun([row("a", State.RUST, holes=3, rust=3), row("b"), row("c")])
    display.changed(row("b", State.RUNNING, step="preparing"))
    display.funds(Decimal("0.25"), Decimal("1.75"), 3600.0)
    display.changed(row("b", State.RUNNING, holes=20, rust=7, at_model=4, judging=2))
    display.note("b", "waiting 20 s (429)")
    display._bars._progress.refresh()
    shown = screen(terminal)
    assert "1/3" in shown
    assert "modules · 1 waiting · 1 running · 1 rust · $0.2500 · $1.75 left · 1 h 0 min left" in shown
    assert re.search(r"7/20 .* b · 4 at the model · 2 being judged", shown)
    assert "b: waiting 20 s (429)" in shown
    display.concluded(row("b", State.BASELINE, message="it does not build"))
    display.finished()
    after = screen(terminal)[len(shown) :]
    assert "b: baseline, it does not build" in after
    assert "2/3" in after
    assert "at the model" not in after.rpartition("2/3")[2]


def test_what_a_module_is_called_cannot_steer_the_terminal() -> None:
    terminal = Terminal()
    display = LiveBatchDisplay(Bars(terminal))
    hostile = "\x1b]0;owned\x07[red]x"
    display.begun([row(hostile)])
    display.changed(row(hostile, State.RUNNING))
    display.concluded(row(hostile, State.RUST))
    display.finished()
    assert "\x1b]0;" not in terminal.getvalue()
    assert "[red]x" in terminal.getvalue()
