"""Runs side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.unsafety import UnsafeUse
from migrate.report.compare import figures
from migrate.report.files import write_report
from migrate.report.json_format import report_json
from migrate.report.portion import Portion
from migrate.report.report import FfiReport, make_report
from migrate.run.attempt import Attempt, Source
from migrate.run.ledger import Ledger
from repair.lints import Lints
from repair.verdict import Finding, Gate, Verdict
from tests.command import cli
from tests.endpoint import Endpoint, in_turn, scripted
from tests.migrate.reported import FACTS, HOLES, MISMATCH, ask, hole, reject, small_run
from tests.tiny import Answers
from tests.whole import answer, out_command

DIFFERS = Finding(Gate.BEHAVIOUR, "It returns 2 where the C returns 1.")
LACKS = Finding(Gate.OMISSION, "The loop has no counterpart.")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    (tmp_path / "first").mkdir()
    with small_run(tmp_path / "first" / "ledger.sqlite") as ledger:
        yield ledger


def compared(*runs: str) -> dict[str, list[str]]:
    """Return the rows of the table by what stands at their beginning."""
    rows = cli("report", *runs).stdout.splitlines()
    return {line[:23].strip(): line[23:].split() for line in rows}


def unheld(name: str, gate: Gate) -> Attempt:
    """Make an attempt at which no Rust was given."""
    return Attempt(name, "now", 1, Source.MODEL, None, None, Verdict((Finding(gate, "No."),)))


def changed(path: Path, **values: object) -> None:
    content: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **values}))


def test_the_figures_of_a_run_are_those_of_its_report(ledger: Ledger) -> None:
    found = figures("first", report_json(make_report(HOLES, ledger, FACTS, ledger.lineages())))
    assert (found.strategy, found.model, found.module) == ("function", "some-model", "files")
    assert (found.holes, found.rust, found.transpiled) == (8, 3, 1)
    assert (found.attempts, found.accepted_at_first) == (6, 1), "by hand is no answer of a model"
    assert (found.unsafe_blocks, found.unsafe_bodies) == (4, 1)
    assert (found.tokens_in, found.tokens_out, found.cost_usd, found.seconds) == (500, 50, 0.75, 6.5)


def test_what_is_unsafe_stands_side_by_side_for_a_hundred_lines(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with small_run(tmp_path / "second" / "ledger.sqlite"):
        pass
    lints = Lints({"at_once": ("eq_op",)}, {})
    shims = FfiReport(Portion(30, UnsafeUse(2, 6, 3, 0), 0), 4)
    for name, facts in (("first", FACTS), ("second", replace(FACTS, lints=lints, ffi=shims))):
        write_report(tmp_path / name, make_report(HOLES, ledger, facts, ledger.lineages()))
    table = compared("first", "second")
    assert table["lines of functions"] == ["12", "12"]
    assert table["lines in unsafe"] == ["4", "(33.3", "per", "100)"] * 2
    assert table["casts"] == ["0", "0"]
    assert table["clippy findings"] == ["-", "1", "(8.3", "per", "100)"]
    assert table["lines of ffi.rs"] == ["-", "30", "(7.5", "per", "symbol)"]
    assert table["unsafe in ffi.rs"] == ["-", "6", "(20.0", "per", "100)"]
    first, second = cli("report", "first", "second", "--json").json["runs"]
    assert (first["bodies"]["clippy"], first["ffi"]) == (None, None)
    assert (second["bodies"]["clippy"], second["ffi"]["symbols"]) == (1, 4)


def test_a_report_from_before_there_were_such_figures_is_compared(ledger: Ledger, tmp_path: Path) -> None:
    write_report(tmp_path / "first", make_report(HOLES, ledger, FACTS, ledger.lineages()))
    path = tmp_path / "first" / "report.json"
    content = json.loads(path.read_text())
    del content["unsafety"]
    path.write_text(json.dumps(content))
    table = compared("first")
    assert table["unsafe blocks"] == ["4", "+", "1", "whole", "bodies"]
    assert table["lines of functions"] == table["lines in unsafe"] == table["unsafe in ffi.rs"] == ["-"]
    assert table["tokens in"] == ["500"]


def test_omissions_and_differences_in_behaviour_are_counted_apart(ledger: Ledger) -> None:
    holes = [hole(name) for name in ("lacks", "lacked", "differs", "refused", "too_long")]
    reject(ledger, "lacks", 1, ask(ledger, "lacks"), MISMATCH)
    reject(ledger, "lacks", 2, ask(ledger, "lacks", 2), LACKS)
    reject(ledger, "lacked", 1, ask(ledger, "lacked"), LACKS)
    reject(ledger, "lacked", 2, ask(ledger, "lacked", 2), DIFFERS)
    for number in (1, 2):
        reject(ledger, "differs", number, ask(ledger, "differs", number), DIFFERS)
    ledger.save_attempt(unheld("refused", Gate.ANSWER))
    ledger.save_attempt(unheld("too_long", Gate.PROMPT))
    report = report_json(make_report(holes, ledger, FACTS, ledger.lineages()))
    assert [each["omitted"] for each in report["holes"]] == [True, False, False, True, False]
    assert (figures("run", report).omitted, figures("run", report).behaviour_differences) == (2, 3)


def test_two_runs_stand_side_by_side(tiny: Path) -> None:
    with Endpoint(Answers({"mix": ["No."]})) as endpoint:
        cli("run", tiny, "-o", "one", "--model", "some-model", "--base-url", endpoint.base_url)
    with Endpoint(in_turn(scripted(answer(["twice", "greater"]), tokens=(1500, 0, 700)))) as endpoint:
        cli(*out_command(endpoint, tiny, "--attempts", 1, out="two"))
    table = compared("one", "two")
    assert table[""] == ["one", "two"]
    assert table["strategy"] == ["function", "whole-module"]
    assert table["in Rust"] == ["3", "(100%)", "2", "(66%)"]
    assert table["omitted"] == ["0", "1", "(33%)"]
    assert table["accepted at first try"] == ["2", "(66%)", "2", "(66%)"]
    assert table["attempts"] == ["4", "3"]
    assert table["tokens in"] == ["40", "1,500"]
    assert table["cost"] == ["unknown", "unknown"]
    one, two = cli("report", "one", "two", "--json").json["runs"]
    assert (one["run"], one["strategy"], one["omitted"], one["tests_passed"]) == ("one", "function", 0, True)
    assert (two["run"], two["strategy"], two["omitted"], two["tokens_out"]) == ("two", "whole-module", 1, 700)


def test_one_run_needs_no_other(ledger: Ledger, tmp_path: Path) -> None:
    write_report(tmp_path / "first", make_report(HOLES, ledger, FACTS, ledger.lineages()))
    shown = cli("report", "first")
    assert shown.exit == 0
    assert "4 + 1 whole bodies" in shown.stdout


def test_a_folder_that_is_no_output_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused = cli("report", "empty")
    assert (refused.exit, refused.stdout) == (2, "")
    assert refused.stderr.startswith("error: empty is not the output of a run")


@pytest.mark.parametrize("command", ["report", "show"])
def test_a_report_of_a_newer_format_is_refused(command: str, ledger: Ledger, tmp_path: Path) -> None:
    write_report(tmp_path / "first", make_report(HOLES, ledger, FACTS, ledger.lineages()))
    changed(tmp_path / "first" / "report.json", format=2)
    refused = cli(command, "first")
    assert (refused.exit, refused.stdout) == (2, "")
    assert "written by a newer llmigrate (format 2, this one reads 1); update llmigrate" in refused.stderr


def test_a_report_without_verdicts_has_no_figures(ledger: Ledger, tmp_path: Path) -> None:
    write_report(tmp_path / "first", make_report(HOLES, ledger, FACTS, ledger.lineages()))
    path = tmp_path / "first" / "report.json"
    holes = json.loads(path.read_text())["holes"]
    changed(path, holes=[{key: each[key] for key in each if key != "verdicts"} for each in holes])
    refused = cli("report", "first")
    assert (refused.exit, refused.stdout) == (2, "")
    assert "give the same `llmigrate run` again" in refused.stderr
    assert cli("show", "first").exit == 0


def test_no_folder_at_all_is_wrong_usage() -> None:
    assert cli("report").exit == 2
