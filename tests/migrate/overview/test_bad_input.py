"""What users may hand over: reports that cannot be read, folders without runs, names that mean something."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.report.report import AttemptReport, Report, readable
from migrate.run.attempt import Source
from repair.plug import PlugKind
from repair.verdict import Finding, Gate
from tests.browser import PROGRAM, browser, url_of
from tests.command import cli
from tests.generated_runs import generated_report, write_fleet, write_run
from tests.migrate.test_html import Page

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed.")
RUNS = "document.documentElement.dataset.ran = 1"
NASTY = (
    f"<script>{RUNS}</script>",
    f'"><img src=x onerror="{RUNS}">',
    f"'--></style></script><svg onload={RUNS}>",
    f"javascript:{RUNS}",
    "{{ 7 * 7 }} {% raw %}",
    "a b\tc\n| `d` \\ [e](f) **g** @everyone #1",
    "=1+1",
    "\udcff\udcfe",
    "x" * 300,
)


def nasty_report(text: str) -> Report:
    """Return a report with a text in every place that takes one."""
    report = generated_report(0, 3, random.Random(1))
    text = readable(text)
    first, second, third = report.holes
    attempts = tuple(replace(each, text=text) for each in first.attempts)
    hole = replace(first, name=text, file=text, c_text=text, rust=text, attempts=attempts)
    finding = Finding(Gate.COMPILE, text, text, text)
    rejected = AttemptReport(1, Source.MODEL, None, text, (finding,), (text,))
    in_c = replace(hole, name=f"{text} left", plug=PlugKind.C, rust="", reason=text, attempts=(rejected,))
    facts = replace(report.facts, module=text, test_command=text, root="")
    return replace(report, facts=facts, holes=(hole, replace(in_c, evidence=None, line=second.line), third))


def nasty_folder(number: int, text: str) -> Path:
    """Return a folder whose name has as much of a text as a file system takes."""
    return Path("out") / f"{number}{text[:60].replace('/', '∕')}"  # noqa: RUF001


@pytest.fixture
def nasty_runs() -> Path:
    for number, text in enumerate(NASTY):
        write_run(nasty_folder(number, text), nasty_report(text))
    return Path("out")


@needs_browser
def test_no_script_of_a_name_runs_in_any_page_and_ours_does(nasty_runs: Path) -> None:
    result = cli("report", nasty_runs, "--html", "html")
    assert result.exit == 0, result.stderr
    pages = sorted(Path("html").rglob("*.html"))
    assert len(pages) == 1 + len(NASTY)
    with browser() as page:
        for path in pages:
            page.open(url_of(path))
            assert page.run("document.documentElement.dataset.ran") is None
            assert page.run("document.querySelectorAll('img, iframe, svg[onload]').length") == 0
            assert page.run("[...document.querySelectorAll('thead button')].every(each => !each.disabled)")
            assert page.run("document.querySelectorAll('thead button').length") > 5
            blocked = [each for each in page.events if "Content Security Policy" in json.dumps(each)]
            assert blocked == []


@needs_browser
def test_a_script_that_got_into_a_page_all_the_same_would_not_run() -> None:
    write_fleet(Path("out"), modules=1, functions=1)
    cli("report", "out", "--html", "html")
    path = Path("html/index.html")
    path.write_text(path.read_text().replace("<main>", f"<main>{''.join(NASTY[:2])}"))
    with browser() as page:
        page.open(url_of(path))
        assert page.run("document.querySelectorAll('main > script').length") == 1
        assert page.run("document.documentElement.dataset.ran") is None


def test_names_are_text_in_every_page(nasty_runs: Path) -> None:
    cli("report", nasty_runs, "--html", "html")
    shown = Page(Path("html/index.html").read_text())
    for text in NASTY:
        assert " ".join(readable(text).split()) in shown.words
    assert all(
        re.fullmatch(r"[\w.-]{1,100}\.html", path.name) for path in Path("html/modules").glob("*.html")
    )
    assert all(target.startswith(("#", "modules/")) for target in shown.targets())


def test_names_are_cells_in_csv_and_never_formulas(nasty_runs: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("report", nasty_runs, "--csv").stdout)))
    assert len(rows) == 3 * len(NASTY)
    names = {row["module"] for row in rows}
    assert {"'=1+1", "x" * 300, f"<script>{RUNS}</script>"} <= names
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values() if cell)


def test_names_are_text_in_markdown(nasty_runs: Path) -> None:
    text = cli("report", nasty_runs, "--markdown").stdout
    assert len(text.splitlines()) < 60
    outside = re.sub(r"`[^`\n|]*`", "", text)
    assert "<script" not in outside and "<img" not in outside and "@everyone" not in outside
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {9}


def test_names_are_text_in_json_sarif_and_junit(nasty_runs: Path) -> None:
    result = cli("report", nasty_runs, "--json", "--sarif", "a.sarif", "--junit", "a.xml")
    assert {each["module"] for each in result.json["runs"]} == set(map(readable, NASTY))
    results = json.loads(Path("a.sarif").read_text())["runs"][0]["results"]
    assert all(re.fullmatch(r"[\w.%~/-]+", _uri(each)) for each in results)
    assert Path("a.xml").read_bytes().startswith(b"<?xml")


def _uri(result: dict[str, object]) -> str:
    found = json.dumps(result)
    match = re.search(r'"uri": "([^"]*)"', found)
    assert match
    return match[1]


def test_folders_whose_names_are_not_utf_8_stay_apart() -> None:
    for name in (b"m\xfe", b"m\xff"):
        write_run(Path("out") / os.fsdecode(name), generated_report(0, 1, random.Random(1)))
    assert cli("report", "out", "--html", "html").exit == 0
    assert len(list(Path("html/modules").glob("*.html"))) == 2


@pytest.mark.parametrize("form", ["--json", "--markdown", "--csv", "--html=html", "--sarif=a", "--junit=a"])
def test_a_newer_report_among_others_is_one_sentence(form: str) -> None:
    write_fleet(Path("out"), modules=2, functions=1)
    path = Path("out/modules/module_001/report.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    refused = cli("report", "out", form)
    assert (refused.exit, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
    assert "module_001/report.json was written by a newer llmigrate (format 99" in refused.stderr
    assert not Path("html").exists() and not Path("a").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"holes": [{"verdicts": []}]},
        {"holes": None},
        {"model": []},
        {"totals": "many"},
        {"module": 7},
        {"module": "\ud800"},
    ],
)
def test_a_file_that_is_no_report_is_one_sentence(change: dict[str, object]) -> None:
    write_fleet(Path("out"), modules=1, functions=1)
    path = Path("out/modules/module_000/report.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    refused = cli("report", "out", "--html", "html")
    assert (refused.exit, refused.stdout) == (2, "")
    assert "module_000/report.json is not a report; give the same `llmigrate run` again" in refused.stderr


def test_a_folder_without_runs_is_named() -> None:
    Path("empty/modules").mkdir(parents=True)
    refused = cli("report", "empty", "--html", "html")
    assert (refused.exit, refused.stdout) == (2, "")
    assert "empty is not the output of a run, and no folder below it is" in refused.stderr
    assert "there is no such folder" in cli("report", "nowhere").stderr


@pytest.mark.parametrize("form", ["--markdown", "--csv", "--json"])
def test_a_module_without_functions_has_a_report(form: str) -> None:
    write_fleet(Path("out"), modules=1, functions=0)
    result = cli("report", "out", form, "--html", "html", "--junit", "a.xml", "--sarif", "a.sarif")
    assert result.exit == 0, result.stderr
    assert "there are no functions in these runs" in Page(Path("html/index.html").read_text()).words


def test_two_forms_at_once_are_refused() -> None:
    write_fleet(Path("out"), modules=1, functions=1)
    refused = cli("report", "out", "--json", "--csv")
    assert (refused.exit, refused.stdout) == (2, "")
    assert "--json and --csv both want stdout" in refused.stderr


@pytest.mark.parametrize("option", ["--html", "--sarif", "--junit"])
def test_a_place_that_cannot_be_written_is_one_sentence(option: str) -> None:
    write_fleet(Path("out"), modules=1, functions=1)
    Path("file").write_text("kept")
    refused = cli("report", "out", option, "file/below")
    assert (refused.exit, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
    assert Path("file").read_text() == "kept"


def test_modules_of_a_batch_that_have_no_report_are_rows_with_the_reason() -> None:
    write_fleet(Path("out"), modules=1, functions=1)
    Path("out/modules/broken").mkdir()
    Path("out/modules/broken/ledger.sqlite").touch()
    rows = [
        {"name": "module_000", "folder": "module_000", "state": "rust", "message": ""},
        {"name": "broken", "folder": "broken", "state": "baseline", "message": "gcc does not accept a.c"},
        {"name": "unusable", "folder": "unusable", "state": "unusable", "message": "there is no C in it"},
        {"name": "later", "folder": "later", "state": "waiting", "message": ""},
    ]
    Path("out/batch.json").write_text(json.dumps({"format": 1, "modules": rows}))
    found = cli("report", "out", "--json", "--html", "html").json
    assert len(found["runs"]) == 1
    assert [(each["run"].rpartition("/")[2], each["why"]) for each in found["without_report"]] == [
        ("broken", "gcc does not accept a.c"),
        ("unusable", "there is no C in it"),
        ("later", ""),
    ]
    assert "gcc does not accept a.c" in Page(Path("html/index.html").read_text()).words


@pytest.mark.parametrize("form", [None, "--json", "--markdown", "--csv"])
def test_runs_that_have_no_report_at_all_have_an_overview(form: str | None) -> None:
    Path("out").mkdir()
    row = {"name": "later", "folder": "later", "state": "waiting", "message": ""}
    Path("out/batch.json").write_text(json.dumps({"format": 1, "modules": [row]}))
    forms = [form] if form else []
    result = cli("report", "out", *forms, "--html", "html", "--sarif", "a.sarif", "--junit", "a.xml")
    assert result.exit == 0, result.stderr
    assert "out/modules/later no report yet" in Page(Path("html/index.html").read_text()).words


def test_what_a_newer_batch_has_left_is_one_sentence() -> None:
    write_fleet(Path("out"), modules=1, functions=1)
    Path("out/batch.json").write_text(json.dumps({"format": 2, "modules": []}))
    refused = cli("report", "out")
    assert (refused.exit, refused.stdout) == (2, "")
    assert "out/batch.json was written by a newer llmigrate (format 2" in refused.stderr


@pytest.mark.parametrize("text", ["", "[]", '{"format": 1, "modules": [{"folder": "../..", "message": ""}]}'])
def test_a_batch_file_that_cannot_be_read_adds_no_rows(text: str) -> None:
    write_fleet(Path("out"), modules=1, functions=1)
    Path("out/batch.json").write_text(text)
    assert cli("report", "out", "--json").json["without_report"] == []
