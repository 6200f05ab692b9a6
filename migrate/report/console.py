"""What stands on the terminal: data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, TextIO

from rich.console import Console as RichConsole
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from migrate.report.display import RunDisplay, SilentDisplay
from migrate.report.figures import dollars, waiting_notice

PLUG_STYLES: Mapping[str, str] = MappingProxyType(
    {"rust": "green", "transpiled": "cyan", "c": "yellow", "unimplemented": "red"}
)
_UNLIMITED = 100_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `styles` says how some of its values look on a terminal."""

    title: str
    justify: Literal["left", "right"] = "left"
    styles: Mapping[str, str] = field(default_factory=dict)


class Console:
    """Writes text that may come from anywhere, never as control codes; decorated on a terminal only."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._data = sys.stdout if out is None else out
        self._out = _rich(self._data)
        self._err = _rich(sys.stderr if err is None else err)

    def data(self, text: str) -> None:
        """Write text to stdout as it is, and end the line."""
        self._data.write(_shown(text, self._data) + "\n")

    def json(self, payload: object) -> None:
        """Write one JSON value to stdout."""
        self._data.write(json.dumps(payload, indent=2) + "\n")

    def heading(self, text: str) -> None:
        """Write a line to stdout that begins a part."""
        title = _shown(text, self._data)
        if self._out.is_terminal:
            self._out.print(Rule(Text(title, style="bold"), align="left", style="dim"))
        else:
            self.data(f"== {title} ==")

    def label(self, text: str) -> None:
        """Write a line to stdout that says what the next lines are."""
        self._out.print(Text(_shown(text, self._data), style="bold"))

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """Write a table to stdout; off a terminal no cell is cut or wrapped."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            table.add_column(Text(_shown(column.title, self._data)), justify=column.justify, overflow="fold")
        for row in rows:
            cells = zip(columns, row, strict=True)
            table.add_row(*(_cell(column, _shown(text, self._data)) for column, text in cells))
        with self._out.capture() as captured:
            self._out.print(table)
        lines = captured.get().splitlines()
        self._data.write("".join(f"{line.rstrip()}\n" for line in lines))

    def say(self, text: str, style: str = "") -> None:
        """Write a line to stderr."""
        self._err.print(Text(_shown(text, self._err.file), style=style))

    def error(self, text: str) -> None:
        """Write an error to stderr."""
        self._err.print(Text.assemble(("error: ", "bold red"), _shown(text, self._err.file)))


class PlainDisplay:
    """Shows a run as lines, one for each thing that happened to a hole."""

    def __init__(self, err: TextIO | None = None) -> None:
        self._err = sys.stderr if err is None else err

    def started(self, total: int, done: int) -> None:
        """Write how many holes there are."""
        self.note(f"{total} holes, {done} of them Rust already" if done else f"{total} holes")

    def proving(self, done: int, total: int) -> None:
        """Write how far it is, ten times in all."""
        if done == total or done % max(1, total // 10) == 0:
            self.note(f"inputs    {done} of {total} functions")

    def asked(self, hole: str, attempt: int) -> None:
        """Write nothing: the outcome follows."""

    def answered(self, hole: str) -> None:
        """Write nothing: the verdict follows."""

    def waiting(self, seconds: float, reason: str) -> None:
        """Write how long a call waits."""
        self.note(waiting_notice(seconds, reason))

    def judging(self, count: int) -> None:
        """Write nothing: the verdicts follow."""

    def accepted(self, hole: str, attempt: int) -> None:
        """Write that a hole is Rust now."""
        self.note(f"accepted  {hole}  (attempt {attempt})")

    def rejected(self, hole: str, attempt: int, reason: str) -> None:
        """Write why a candidate was rejected."""
        self.note(f"rejected  {hole}  {reason}")

    def put_back(self, hole: str, reason: str) -> None:
        """Write why what was accepted is C again."""
        self.note(f"put back  {hole}  {reason}")

    def fell_back(self, hole: str, plug: str) -> None:
        """Write what fills a hole that is out of attempts."""
        self.note(f"stays     {hole}  {plug}")

    def cost(self, usd: Decimal | None) -> None:
        """Write nothing: the summary says it."""

    def note(self, text: str) -> None:
        """Write a line."""
        self._err.write(_shown(" ".join(text.splitlines()), self._err) + "\n")
        self._err.flush()

    def finished(self) -> None:
        """Write nothing: the summary follows."""


class LiveDisplay:
    """Shows a run as one bar at the bottom of a terminal, with notices above it."""

    def __init__(self, err: TextIO | None = None) -> None:
        self._console = _rich(sys.stderr if err is None else err)
        self._progress = Progress(
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            BarColumn(bar_width=24),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._task = self._progress.add_task("Rust", total=0, visible=False)
        self._proving: TaskID | None = None
        self._asked: set[str] = set()
        self._judged_now = 0
        self._rejected = 0
        self._stay = 0
        self._cost: Decimal | None = None

    def started(self, total: int, done: int) -> None:
        """Begin to show the bar."""
        self._progress.update(self._task, total=total, completed=done, visible=True)
        self._progress.start()

    def proving(self, done: int, total: int) -> None:
        """Show how far it is in place of the bar."""
        if self._proving is None:
            self._proving = self._progress.add_task("finding inputs", total=total)
            self._progress.start()
        self._progress.update(self._proving, total=total, completed=done, visible=done < total)

    def asked(self, hole: str, attempt: int) -> None:
        """Count a prompt on its way."""
        self._asked.add(hole)
        self._refresh()

    def answered(self, hole: str) -> None:
        """Count an answer."""
        self._asked.discard(hole)
        self._refresh()

    def waiting(self, seconds: float, reason: str) -> None:
        """Write how long a call waits."""
        self.note(waiting_notice(seconds, reason))

    def judging(self, count: int) -> None:
        """Show how many candidates are being judged."""
        self._judged_now = count
        self._refresh()

    def accepted(self, hole: str, attempt: int) -> None:
        """Move the bar on."""
        self._progress.advance(self._task)
        self._refresh()

    def rejected(self, hole: str, attempt: int, reason: str) -> None:
        """Count a rejected candidate."""
        self._rejected += 1
        self._refresh()

    def put_back(self, hole: str, reason: str) -> None:
        """Move the bar back, and write why."""
        self._progress.advance(self._task, -1)
        self.note(f"{hole} was accepted and is C again: {reason}")
        self._refresh()

    def fell_back(self, hole: str, plug: str) -> None:
        """Write what fills a hole that is out of attempts."""
        self._stay += 1
        self.note(f"{hole} is out of attempts; it is filled by: {plug}")
        self._refresh()

    def cost(self, usd: Decimal | None) -> None:
        """Show what the run has cost so far."""
        self._cost = usd
        self._refresh()

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        self._console.print(Text(_shown(text, self._console.file), style="dim"))

    def finished(self) -> None:
        """Leave the bar as it is."""
        self._asked.clear()
        self._judged_now = 0
        self._refresh()
        self._progress.stop()

    def _refresh(self) -> None:
        counts = {
            "at the model": len(self._asked),
            "being judged": self._judged_now,
            "rejected": self._rejected,
            "not Rust": self._stay,
        }
        parts = [f"{count} {label}" for label, count in counts.items() if count]
        if self._cost is not None:
            parts.append(dollars(self._cost))
        self._progress.update(self._task, description=" · ".join(("Rust", *parts)), refresh=True)


class Bars:
    """Bars at the bottom of a terminal, one for each key, with notices above them."""

    def __init__(self, err: TextIO | None = None) -> None:
        self._console = _rich(sys.stderr if err is None else err)
        self._progress = Progress(
            TextColumn("{task.fields[count]}"),
            BarColumn(bar_width=24),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._tasks: dict[str, TaskID] = {}

    def start(self) -> None:
        """Begin to show them."""
        self._progress.start()

    def stop(self) -> None:
        """Leave them as they are."""
        self._progress.stop()

    def show(self, key: str, text: str, done: int, total: int | None) -> None:
        """Show how far something is, in the bar of its key; without a total, that it moves."""
        shown = _shown(text, self._console.file)
        count = "" if total is None else f"{done}/{total}"
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(shown, total=None, count="")
        task = self._tasks[key]
        self._progress.update(task, description=shown, total=total, completed=done, count=count)

    def drop(self, key: str) -> None:
        """Show a bar no longer."""
        if key in self._tasks:
            self._progress.remove_task(self._tasks.pop(key))

    def note(self, text: str) -> None:
        """Write a line above the bars."""
        self._console.print(Text(_shown(text, self._console.file), style="dim"))


def make_display(quiet: bool, err: TextIO | None = None) -> RunDisplay:
    """Return the display that suits stderr: a bar on a terminal that allows it, otherwise lines."""
    if quiet:
        return SilentDisplay()
    stream = sys.stderr if err is None else err
    return LiveDisplay(stream) if is_decorated(stream) else PlainDisplay(stream)


def _cell(column: Column, text: str) -> Text:
    return Text(text, style=column.styles.get(text, ""))


def is_decorated(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal that shows more than lines."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _rich(stream: TextIO) -> RichConsole:
    """Return a rich console that decorates where that is wanted, and elsewhere leaves lines whole."""
    if is_decorated(stream):
        return RichConsole(file=stream, force_terminal=True)
    width = None if stream.isatty() else _UNLIMITED
    return RichConsole(file=stream, force_terminal=False, color_system=None, width=width)


def _shown(text: str, stream: object) -> str:
    """Replace what would steer a terminal, and what the stream's encoding cannot say."""
    safe = _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return safe.encode(encoding, "backslashreplace").decode(encoding)
