"""Each form of the result is valid by its public schema, and says what the check found."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from lxml import etree

from migrate.check.annotations import annotation_lines
from migrate.check.finding import Change, Checked, Finding, Kind
from migrate.check.junit import junit_xml
from migrate.check.result_json import result_json
from migrate.check.sarif import sarif_log
from tests.command import cli
from tests.migrate.check.conftest import Stored
from tests.migrate.check.schemas import JUNIT, SARIF, public_schema
from tests.migrate.check.test_check import entry_changed

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "check.schema.json"
NASTY = "a<b>&\"'\x00\x1b[31m\n::error::%0A,é\U0001f600"
_COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^,:\n]*,?)+)::([^\n]*)")


@pytest.fixture
def found(stored: Stored) -> Stored:
    """Let there be a finding of every kind that needs no compiler."""
    stored.edit("sort.h", "struct list_head *next, *prev;", "struct list_head *prev, *next;")
    stored.edit("sort.c", "static size_t parent(", "static size_t ancestor(")
    stored.change("sort.c", entry_changed("merge", lambda entry: replace(entry, evidence=None)))
    stored.change("sort.c", entry_changed("sort", lambda entry: replace(entry, state="c", why="No answer.")))
    return stored


def every_kind() -> Checked:
    """Return a result with each kind of finding and text that is hard to write down."""
    change = Change(NASTY, "in clude/a,b:c.h", None, NASTY, None)
    findings = tuple(
        Finding(kind, "lib/ä b.c", line, NASTY, NASTY, (change,), NASTY)
        for kind in Kind
        for line in (None, 7)
    )
    return Checked(Path("/tree"), 12, 3, findings, 2, ("lib",), (NASTY,))


def nothing() -> Checked:
    return Checked(Path("/tree"), 0, 0, (), 0, (), ())


@pytest.mark.parametrize("checked", [every_kind(), nothing()])
def test_the_json_is_valid_by_the_schema_in_the_documents(checked: Checked) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    validator.validate(json.loads(json.dumps(result_json(checked))))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**result_json(checked), "findings": [{"kind": "other"}]})


@pytest.mark.parametrize("checked", [every_kind(), nothing()])
def test_the_sarif_is_valid_by_the_schema_of_oasis(checked: Checked) -> None:
    schema = json.loads(public_schema(*SARIF).read_text())
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    log = json.loads(json.dumps(sarif_log(checked)))
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    log["runs"][0]["tool"]["driver"].pop("name")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(log)


@pytest.mark.parametrize("checked", [every_kind(), nothing()])
def test_the_junit_xml_is_valid_by_the_schema_of_jenkins(checked: Checked) -> None:
    schema = etree.XMLSchema(etree.parse(public_schema(*JUNIT)))
    document = etree.fromstring(junit_xml(checked))
    assert schema.validate(document), schema.error_log
    next(document.iter("testcase")).attrib.pop("name")
    assert not schema.validate(document)


def test_every_finding_is_in_every_form(found: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(found.module.parent)
    result = found.check("--sarif", "a.sarif", "--junit", "a.xml", "--github")
    findings = [(each["kind"], each["name"]) for each in result.json["findings"]]
    assert {kind for kind, _ in findings} == {"drift", "new", "removed", "weak-evidence", "in-c"}
    results = json.loads(Path("a.sarif").read_text())["runs"][0]["results"]
    said = [(each["ruleId"], each["locations"][0]["logicalLocations"][0]["name"]) for each in results]
    assert said == findings
    failed = [case.get("name") for case in _cases(Path("a.xml")) if case.find("failure") is not None]
    assert sorted(str(name) for name in failed) == sorted(f"{name}: {kind}" for kind, name in findings)
    commands = [_COMMAND.fullmatch(line) for line in result.stderr.splitlines()]
    assert len(commands) == len(findings) and all(commands)


def test_sarif_names_files_from_the_folder_that_the_command_runs_in(
    found: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(found.module.parent)
    found.check("--sarif", "a.sarif")
    places = [
        place["physicalLocation"]["artifactLocation"]["uri"]
        for each in json.loads(Path("a.sarif").read_text())["runs"][0]["results"]
        for place in (*each["locations"], *each.get("relatedLocations", ()))
    ]
    assert set(places) == {"sort/sort.c", "sort/sort.h"}


def test_annotations_name_file_and_line_and_escape_what_would_end_them(
    found: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(found.module.parent)
    arguments = ("check", found.module, "--against", found.store, "--no-build")
    lines = [line for line in cli(*arguments, "--github").stdout.splitlines() if line.startswith("::")]
    (weak,) = (line for line in lines if "weak-evidence" in line)
    assert re.match(r"::warning file=sort/sort\.c,line=\d+,title=llmigrate%3A weak-evidence::The ", weak)
    assert not any(line.startswith("::") for line in cli(*arguments).stdout.splitlines())


def test_an_annotation_says_what_was_found_whatever_stands_in_it() -> None:
    checked = every_kind()
    for line, finding in zip(annotation_lines(checked), checked.findings, strict=True):
        command = _COMMAND.fullmatch(line)
        assert command, line
        said = command[3].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
        assert said == finding.message
        assert ("line=7" in command[2]) == (finding.line == 7)


def test_annotations_are_on_under_github_actions_unless_turned_off(
    found: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    arguments = ("check", found.module, "--against", found.store, "--no-build")
    assert "\n::error file=" in cli(*arguments).stdout
    assert "\n::error file=" not in cli(*arguments, "--no-github").stdout
    with_json = cli(*arguments, "--json")
    assert with_json.json["ok"] is False
    assert "::error file=" in with_json.stderr


def test_the_table_shows_each_changed_declaration_once_with_old_and_new(found: Stored) -> None:
    shown = cli("check", found.module, "--against", found.store, "--no-build").stdout
    assert shown.count("-\tstruct list_head *next, *prev;") == 1
    assert shown.count("+\tstruct list_head *prev, *next;") == 1
    assert re.search(r"^in-c +sort +sort\.c:\d+ +sort is not Rust but c: No answer\.$", shown, re.MULTILINE)
    assert re.search(r"^20 functions and variables in 2 files: \d+ findings\.$", shown, re.MULTILINE)


def _cases(path: Path) -> list[Any]:
    return list(ElementTree.parse(path).getroot().iter("testcase"))
