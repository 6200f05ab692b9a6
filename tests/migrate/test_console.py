from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest

from migrate.report.console import PLUG_STYLES, Column, Console, LiveDisplay, PlainDisplay, make_display
from migrate.report.display import RunDisplay, SilentDisplay
from migrate.report.figures import counted, dollars, duration


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


def use_everything(console: Console) -> None:
    console.heading("heading")
    console.label("label:")
    console.data("data")
    console.table([Column("Plug", styles=PLUG_STYLES), Column("N", "right")], [["rust", "12"], ["c", "3"]])
    console.say("said", style="bold")
    console.error("wrong")


def run_through(display: RunDisplay) -> None:
    display.started(4, 1)
    display.asked("lookup", 1)
    display.answered("lookup")
    display.judging(1)
    display.accepted("lookup", 1)
    display.judging(0)
    display.waiting(12.4, "429")
    display.rejected("rename", 1, "compile: error[E0308] mismatched\ntypes")
    display.put_back("lookup", "behaviour: something else")
    display.fell_back("rename", "c")
    display.cost(Decimal("0.5"))
    display.note("the budget is half spent")
    display.finished()


def test_data_goes_to_stdout_and_the_rest_to_stderr() -> None:
    out, err = io.StringIO(), io.StringIO()
    use_everything(Console(out, err))
    assert out.getvalue() == "== heading ==\nlabel:\ndata\nPlug   N\nrust  12\nc      3\n"
    assert err.getvalue() == "said\nerror: wrong\n"


def test_a_terminal_gets_colours() -> None:
    out, err = Terminal(), Terminal()
    use_everything(Console(out, err))
    assert "\x1b[32mrust" in out.getvalue()
    assert "\x1b[" in err.getvalue()


@pytest.mark.parametrize("name", ["NO_COLOR", "TERM"])
def test_a_terminal_that_wants_no_colours_gets_no_escape_codes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "dumb")
    out, err = Terminal(), Terminal()
    use_everything(Console(out, err))
    run_through(make_display(quiet=False, err=err))
    assert "rust" in out.getvalue()
    assert "accepted  lookup" in err.getvalue()
    assert "\x1b" not in out.getvalue() + err.getvalue()


def test_an_empty_no_color_means_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    out = Terminal()
    use_everything(Console(out, io.StringIO()))
    assert "\x1b[32mrust" in out.getvalue()


def test_forced_colours_do_not_reach_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    out, err = io.StringIO(), io.StringIO()
    use_everything(Console(out, err))
    assert "\x1b" not in out.getvalue() + err.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_escape_codes_in_a_models_text_do_not_reach_the_terminal(stream: type[io.StringIO]) -> None:
    out, err = stream(), stream()
    console = Console(out, err)
    evil = "a\x1b]0;title\x07b\x9b31mc\rd"
    console.data(evil)
    console.heading(evil)
    console.label(evil)
    console.table([Column("C")], [[evil]])
    console.error(evil)
    assert "]0;title" in out.getvalue()
    assert not {"\x1b]", "\x07", "\x9b", "\r"} & set(out.getvalue() + err.getvalue())
    assert "\x1b]" not in out.getvalue() + err.getvalue()


def test_brackets_are_text_and_not_markup() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(out, err)
    console.table([Column("C")], [["[red]x[/red] :smile:"]])
    console.error("error[E0308] [/bold]")
    assert "[red]x[/red] :smile:" in out.getvalue()
    assert "error[E0308] [/bold]" in err.getvalue()


def test_off_a_terminal_no_cell_is_cut_or_wrapped() -> None:
    out = io.StringIO()
    Console(out, io.StringIO()).table([Column("Name"), Column("Where")], [["n" * 300, "w" * 300]])
    assert out.getvalue().splitlines()[1] == f"{'n' * 300}  {'w' * 300}"


def test_what_the_encoding_cannot_say_is_spelled_out() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Console(out, io.StringIO()).data("caf\u00e9 \udcff")
    out.flush()
    assert raw.getvalue() == b"caf\\xe9 \\udcff\n"


def test_json_is_one_value_in_any_encoding() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Console(out, io.StringIO()).json({"name": "caf\u00e9"})
    out.flush()
    assert json.loads(raw.getvalue()) == {"name": "caf\u00e9"}


def test_off_a_terminal_a_run_is_told_line_by_line() -> None:
    err = io.StringIO()
    run_through(make_display(quiet=False, err=err))
    assert err.getvalue().splitlines() == [
        "4 holes, 1 of them Rust already",
        "accepted  lookup  (attempt 1)",
        "waiting 12 s (429)",
        "rejected  rename  compile: error[E0308] mismatched types",
        "put back  lookup  behaviour: something else",
        "stays     rename  c",
        "the budget is half spent",
    ]


def test_on_a_terminal_a_run_is_a_bar_with_counts() -> None:
    err = Terminal()
    display = make_display(quiet=False, err=err)
    assert isinstance(display, LiveDisplay)
    run_through(display)
    last = err.getvalue().splitlines()[-2]
    assert "1/4 " in last
    assert "1 rejected · 1 not Rust · $0.5000" in last
    assert "waiting 12 s (429)" in err.getvalue()
    assert "lookup was accepted and is C again: behaviour: something else" in err.getvalue()


def test_the_bar_shows_what_is_on_its_way() -> None:
    err = Terminal()
    display = LiveDisplay(err)
    display.started(3, 0)
    display.asked("f", 1)
    display.asked("g", 1)
    display.judging(1)
    display.note("now")
    display.note("then")
    shown = err.getvalue()
    display.finished()
    assert "2 at the model · 1 being judged" in shown
    assert "at the model" not in err.getvalue().splitlines()[-2]


def test_a_run_that_ends_before_it_starts_leaves_no_bar_behind() -> None:
    display = LiveDisplay(Terminal())
    display.finished()
    display.finished()


def test_quiet_means_silent(capsys: pytest.CaptureFixture[str]) -> None:
    display = make_display(quiet=True)
    assert isinstance(display, SilentDisplay)
    run_through(display)
    assert capsys.readouterr() == ("", "")


def test_streams_are_those_of_the_process_unless_given(capsys: pytest.CaptureFixture[str]) -> None:
    Console().data("out")
    PlainDisplay().note("err")
    assert capsys.readouterr() == ("out\n", "err\n")


@pytest.mark.parametrize(
    ("usd", "text"),
    [("0", "$0.00"), ("12.346", "$12.35"), ("0.0312", "$0.0312"), ("0.00001", "less than $0.0001")],
)
def test_small_amounts_keep_their_digits(usd: str, text: str) -> None:
    assert dollars(Decimal(usd)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.96, "10.0 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s"), (7384, "2 h 3 min")],
)
def test_a_time_is_given_in_its_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_one_is_not_many() -> None:
    assert (counted(1, "call"), counted(0, "call"), counted(1200, "call")) == (
        "1 call",
        "0 calls",
        "1,200 calls",
    )
