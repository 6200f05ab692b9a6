"""The result of a check for people: a table, then what changed, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from migrate.check.finding import Change, Checked, Kind
from migrate.report.console import Column, Console
from migrate.report.figures import counted

_STYLES = {
    Kind.DRIFT.value: "red",
    Kind.REMOVED.value: "red",
    Kind.FAILS.value: "red",
    Kind.NEW.value: "yellow",
    Kind.WEAK.value: "yellow",
    Kind.IN_C.value: "dim",
}


def show_result(console: Console, checked: Checked) -> None:
    """Write a result to stdout."""
    if checked.findings:
        columns = (Column("finding", styles=_STYLES), Column("name"), Column("at"), Column("what"))
        rows = [
            (each.kind.value, each.name, _at(each.file, each.line), each.message) for each in checked.findings
        ]
        console.table(columns, rows)
    for change in _changes(checked):
        console.label(f"\n{change.declaration}, {_at(change.file, change.line)}")
        for line in _lines(change):
            console.data(line)
    for each in checked.findings:
        if each.detail:
            console.label(f"\n{each.name}")
            console.data(each.detail.rstrip())
    for said in checked.not_checked:
        console.data(f"not checked: {said}")
    console.data(_sentence(checked))


def _changes(checked: Checked) -> Iterator[Change]:
    """Yield each changed declaration once, however many functions need it."""
    yield from dict.fromkeys(change for each in checked.findings for change in each.changes)


def _lines(change: Change) -> Iterator[str]:
    if change.new is None:
        yield from (f"-{line}" for line in change.old.splitlines())
        return
    diff = unified_diff(change.old.splitlines(), change.new.splitlines(), n=2, lineterm="")
    yield from (line for line in diff if not line.startswith(("---", "+++")))


def _at(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"


def _sentence(checked: Checked) -> str:
    number = len(checked.findings)
    found = f"{number} finding{'' if number == 1 else 's'}" if number else "nothing found"
    ignored = f", {checked.ignored} ignored" if checked.ignored else ""
    of = f"{checked.functions:,} functions and variables in {counted(checked.files, 'file')}"
    built = f"; Rust of {counted(len(checked.built), 'module')} built and tested" if checked.built else ""
    return f"{of}: {found}{ignored}{built}."
