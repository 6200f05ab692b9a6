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
    others = (hole for hole in by_ending.values() if hole.name != left_out.name)
    return replace(report, holes=(*others, left_out, in_c, missing))


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
        "differs": 1,
        "weak-evidence": 1,
        "omitted": 1,
        "not-rust": 2,
    }
    lines = {hole.name: hole.line for hole in every_state().holes}
    for each in results:
        place = each["locations"][0]
        name = place["logicalLocations"][0]["name"]
        assert place["physicalLocation"]["region"] == {"startLine": lines[name]}
        assert each["message"]["text"].startswith(f"{name} of module_000: ")


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
    assert kinds == {"differs": 1, "weak-evidence": 1, "omitted": 1, "not-rust": 2}
    whole = ElementTree.parse("a.xml").getroot()
    assert (whole.get("tests"), whole.get("failures")) == (str(len(cases)), "5")


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
        "differs": 1,
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
        f"## 1 module: {total['rust']} of {total['holes']} ({total['rust'] / 6:.0%}) in Rust\n"
    )
    accepted = total["accepted"]
    assert (
        f"- Accepted: {accepted['first']} at the first answer, {accepted['repaired']} after repair, "
        f"{accepted['never']} never" in text
    )
    left = text.partition("Left, the worst first:\n")[2].splitlines()[1:]
    assert len(left) == 5
    assert "does something else than the C" in left[0]
    assert "Too little is shown" in left[-1]


def test_many_runs_are_a_line_each_on_a_terminal(out: Path) -> None:
    write_fleet(out, modules=5, functions=4)
    shown = check(out).stdout.splitlines()
    assert shown[0].split()[:4] == ["Module", "Functions", "In", "Rust"]
    assert len(shown) == 1 + 6 + 1
    assert re.fullmatch(r"6 modules: \d+ of 26 \(\d+%\) in Rust, \$\d+\.\d+, .+\.", shown[-1])
