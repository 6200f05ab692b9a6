"""Each form of the result is valid by its public schema, and says what the runs came to."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from lxml import etree

from migrate.report.report import HoleReport, Report
from repair.plug import PlugKind
from repair.verdict import Finding, Gate
from tests.command import cli
from tests.generated_runs import generated_report, write_fleet, write_run
from tests.migrate.check.schemas import JUNIT, SARIF, public_schema
from tests.migrate.overview.test_bad_input import NASTY, nasty_folder, nasty_report

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "report.schema.json"


def every_state() -> Report:
    """Return a report with a function in each state."""
    report = generated_report(0, 200, random.Random(1))
    by_ending: dict[object, HoleReport] = {}
    for hole in report.holes:
        by_ending.setdefault((hole.plug, hole.is_weak, hole.differs), hole)
    left_out = next(hole for hole in report.holes if hole.is_omitted)
    in_c = replace(left_out, name="untried", attempts=(), reason="no candidate has been judged yet")
    missing = replace(in_c, name="missing", plug=PlugKind.UNIMPLEMENTED)
    others = [hole for hole in by_ending.values() if hole.name != left_out.name]
    return replace(report, holes=(*others, *_by_others(report), left_out, in_c, missing))


def _by_others(report: Report) -> tuple[HoleReport, ...]:
    """Return what tests speak against, and what c2rust transpiled."""
    rust = next(hole for hole in report.holes if hole.verdicts == ("accepted",) and not hole.differs)
    differing = next(hole for hole in report.holes if hole.differs)
    failed = replace(rust.attempts[0], findings=(Finding(Gate.TESTS, "The test `counts` fails."),))
    return (
        replace(rust, name="against", source=None, attempts=(failed,), evidence=None),
        replace(rust, name="by_rule", plug=PlugKind.TRANSPILED, source=None, attempts=(), evidence=None),
        replace(differing, name="by_rule_too", plug=PlugKind.TRANSPILED, source=None, attempts=()),
    )


@pytest.fixture
def out() -> Path:
    write_run(Path("out/module_000"), every_state())
    return Path("out")


def check(*arguments: object) -> Any:
    result = cli("report", *arguments)
    assert result.exit == 0, result.stderr
    return result


@pytest.mark.parametrize("functions", [0, 3])
def test_the_json_is_valid_by_the_schema_in_the_documents(functions: int) -> None:
    write_fleet(Path("out"), modules=2, functions=functions)
    Path("out/begun").mkdir()
    Path("out/begun/ledger.sqlite").touch()
    found = check("out", "--json").json
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    validator.validate(found)
    assert found["without_report"] == [{"run": "out/begun", "running": False, "why": ""}]
    broken: tuple[dict[str, Any], ...] = ({"format": 2}, {"runs": [{}]}, {"more": 1})
    for changed in broken:
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**found, **changed})


def test_the_sarif_names_what_each_function_lacks(out: Path) -> None:
    check(out, "--sarif", "a.sarif")
    results = json.loads(Path("a.sarif").read_text())["runs"][0]["results"]
    assert Counter(each["ruleId"] for each in results) == {
        "differs": 2,
        "rejected": 1,
        "weak-evidence": 1,
        "omitted": 1,
        "not-rust": 3,
    }
    lines = {hole.name: hole.line for hole in every_state().holes}
    for each in results:
        place = each["locations"][0]
        name = place["logicalLocations"][0]["name"]
        assert place["physicalLocation"]["region"] == {"startLine": lines[name]}
        assert each["message"]["text"].startswith(f"{name} of module_000: ")


def test_a_finding_stays_the_same_for_sarif_when_another_run_of_the_name_joins(out: Path) -> None:
    def prints() -> set[str]:
        check("out", "--sarif", "a.sarif")
        results = json.loads(Path("a.sarif").read_text())["runs"][0]["results"]
        return {json.dumps(each["partialFingerprints"]) for each in results}

    before = prints()
    write_run(out / "again", replace(every_state(), holes=()))
    assert prints() == before


def test_sarif_names_files_of_a_root_that_nobody_may_look_into_from_the_module_itself() -> None:
    root = "/" + "x" * 300
    report = every_state()
    write_run(Path("out/far"), replace(report, facts=replace(report.facts, root=root)))
    check("out", "--sarif", "a.sarif")
    assert '"uri": "src/part_' in Path("a.sarif").read_text()


def test_sarif_names_files_from_the_current_folder_where_the_module_lies_in_it(tmp_path: Path) -> None:
    report = every_state()
    for name, root in (("here", tmp_path / "lib"), ("gone", tmp_path / "gone"), ("unknown", "")):
        write_run(
            Path("out", name), replace(report, facts=replace(report.facts, module=name, root=str(root)))
        )
    (tmp_path / "lib").mkdir()
    check("out", "--sarif", "a.sarif")
    uris: dict[str, set[str]] = {}
    for each in json.loads(Path("a.sarif").read_text())["runs"][0]["results"]:
        module = re.search(r" of (\w+): ", each["message"]["text"])
        assert module
        place = each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        uris.setdefault(module[1], set()).add(place.rpartition("/")[0])
    assert uris == {"here": {"lib/src"}, "gone": {"src"}, "unknown": {"src"}}


def test_every_function_is_a_test_and_what_is_not_done_fails(out: Path) -> None:
    check(out, "--junit", "a.xml")
    cases = list(ElementTree.parse("a.xml").getroot().iter("testcase"))
    assert len(cases) == len(every_state().holes)
    kinds = Counter(failure.get("type") for case in cases for failure in case.iter("failure"))
    assert kinds == {"differs": 2, "rejected": 1, "weak-evidence": 1, "omitted": 1, "not-rust": 3}
    whole = ElementTree.parse("a.xml").getroot()
    assert (whole.get("tests"), whole.get("failures")) == (str(len(cases)), "8")


def test_a_run_without_a_report_is_a_test_that_failed_and_a_note_of_sarif(out: Path) -> None:
    (out / "begun").mkdir()
    (out / "begun" / "ledger.sqlite").touch()
    check(out, "--junit", "a.xml", "--sarif", "a.sarif")
    assert 'name="out/begun"' in Path("a.xml").read_text()
    (note,) = json.loads(Path("a.sarif").read_text())["runs"][0]["invocations"][0][
        "toolExecutionNotifications"
    ]
    assert note["message"]["text"] == "The run in out/begun has no report yet."


def test_sarif_and_junit_of_any_names_are_valid_by_the_public_schemas() -> None:
    for number, text in enumerate(NASTY):
        write_run(nasty_folder(number, text), nasty_report(text))
    check("out", "--sarif", "a.sarif", "--junit", "a.xml")
    schema = json.loads(public_schema(*SARIF).read_text())
    checker = jsonschema.FormatChecker()
    jsonschema.Draft7Validator(schema, format_checker=checker).validate(
        json.loads(Path("a.sarif").read_text())
    )
    xml = etree.XMLSchema(etree.parse(public_schema(*JUNIT)))
    assert xml.validate(etree.parse("a.xml")), xml.error_log


def test_csv_has_a_line_for_each_function(out: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(check(out, "--csv").stdout)))
    assert [row["name"] for row in rows] == [hole.name for hole in every_state().holes]
    assert Counter(row["state"] for row in rows) == {
        "rust": 1,
        "weak": 1,
        "differs": 2,
        "rejected": 1,
        "transpiled": 1,
        "c": 2,
        "unimplemented": 1,
    }
    assert [row["why"] for row in rows if row["name"] == "untried"] == ["no candidate has been judged yet"]
    assert [row["omitted"] for row in rows if row["name"] == "missing"] == ["no"]


def test_markdown_fits_a_comment_whatever_the_fleet() -> None:
    write_fleet(Path("out"), modules=60, functions=12)
    Path("out/begun").mkdir()
    Path("out/begun/ledger.sqlite").touch()
    lines = check("out", "--markdown").stdout.splitlines()
    assert 30 < len(lines) < 60
    assert "… and 40 modules that are further." in lines


def test_markdown_says_the_same_as_json(out: Path) -> None:
    total = check(out, "--json").json["total"]
    text = check(out, "--markdown").stdout
    assert text.startswith(
        f"## 1 module: {total['rust']} of {total['holes']} ({100 * total['rust'] // 9}%) in Rust\n"
    )
    accepted = total["accepted"]
    assert (
        f"- Accepted: {accepted['first']} at the first answer, {accepted['repaired']} after repair, "
        f"{accepted['never']} never" in text
    )
    left = text.partition("Left, the worst first:\n")[2].splitlines()[1:]
    assert len(left) == 8
    assert all("does something else than the C" in each for each in left[:2])
    assert "tests of the crate that reach it fail" in left[2]
    assert "Too little is shown" in left[-1]


def test_many_runs_are_a_line_each_on_a_terminal(out: Path) -> None:
    write_fleet(out, modules=5, functions=4)
    shown = check(out).stdout.splitlines()
    assert shown[0].split()[:4] == ["Module", "Functions", "In", "Rust"]
    assert len(shown) == 1 + 6 + 1
    assert re.fullmatch(r"6 modules: \d+ of 29 \(\d+%\) in Rust, \$\d+\.\d+, .+\.", shown[-1])


def test_what_falls_short_of_all_is_never_told_as_all_of_it() -> None:
    report = generated_report(0, 300, random.Random(3))
    first = next(hole for hole in report.holes if hole.plug is PlugKind.RUST)
    left = next(hole for hole in report.holes if hole.plug is PlugKind.C)
    copies = tuple(replace(first, name=f"f{number}") for number in range(299))
    write_run(Path("out/one"), replace(report, holes=(*copies, left)))
    assert check("out", "--markdown").stdout.startswith("## 1 module: 299 of 300 (99%) in Rust")


@pytest.mark.parametrize("form", [None, "--markdown", "--csv"])
def test_a_named_run_without_a_report_is_told_of_beside_the_others(out: Path, form: str | None) -> None:
    (out / "begun").mkdir()
    (out / "begun" / "ledger.sqlite").touch()
    found = check(out / "module_000", out / "begun", *([form] if form else []))
    assert "module_000" in found.stdout
    assert "out/begun has no report" in found.stderr
    if form == "--markdown":
        assert "1 run without a report so far: `out/begun`" in found.stdout


def test_brackets_in_the_name_of_a_folder_are_text() -> None:
    for name in ("sort[gpt]", "sort[mini]"):
        write_run(Path("out", name), every_state())
    head = check("out/sort[gpt]", "out/sort[mini]").stdout.splitlines()[0]
    assert head.split() == ["out/sort[gpt]", "out/sort[mini]"]


def test_a_module_whose_tests_fail_is_named_and_not_done() -> None:
    report = generated_report(0, 40, random.Random(3))
    done = next(hole for hole in report.holes if hole.plug is PlugKind.RUST)
    facts = replace(report.facts, tests_passed=False)
    write_run(Path("out/failing"), replace(report, facts=facts, holes=(done,)))
    found = check("out", "--markdown", "--html", "html").stdout
    assert "- Tests fail: `module_000`" in found
    page = Path("html/index.html").read_text()
    assert 'Tests fail with the crate of 1 module:</b> <a href="modules/module_000.html">' in page
    assert '<span class="badge partly">in part</span>' in page


def test_what_differs_is_not_told_as_weak_as_well() -> None:
    report = every_state()
    assert report.weak and report.differing
    assert not set(report.weak) & set(report.differing)
