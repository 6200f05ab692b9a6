"""`llmigrate effort` on crates that runs left: what people did to them, and what had spoken for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from analysis.process import run
from tests.command import cli
from tests.endpoint import Endpoint
from tests.given import RIGHT, GivenAnswers, write_given
from tests.idiomatic import DesignAnswers
from tests.idiomatic import write_module as write_idiomatic
from tests.migrate.effort.crates import Edited, copied
from tests.tiny import Answers, write_module

SORT = Path(__file__).resolve().parents[3] / "samples" / "sort"
SOURCE = "src/sort.rs"
TEXTUAL = ["parse", "interface", "omission", "policy", "compile", "lint"]
HELPED = """```rust
pub unsafe extern "C" fn twice(x: c_int) -> c_int {
    twice_summed(x, x)
}

fn twice_summed(a: c_int, b: c_int) -> c_int {
    a.wrapping_add(b)
}
```"""
NOTHING = {"changed": 0, "gone": 0, "share": 0.0}


@pytest.fixture(scope="module")
def sorted_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Replay the recording of a sample, once."""
    out = tmp_path_factory.mktemp("sort") / "out"
    ended = cli("run", SORT, "-o", out, "--replay", SORT / "recording.jsonl", "--evidence", "none")
    assert ended.exit == 0, ended.stderr
    return out


@pytest.fixture
def edited(sorted_out: Path, tmp_path: Path) -> Edited:
    return copied(sorted_out, tmp_path / "edited")


def test_a_crate_that_nobody_touched_took_no_effort(edited: Edited) -> None:
    measured = edited.measured
    assert {each["state"] for each in measured["holes"]} == {"unchanged"}
    assert measured["others"] == measured["not_parsed"] == []
    for total in (measured["crate"], measured["made"]):
        assert total["text"] == {**NOTHING, "lines": total["text"]["lines"]}
        assert total["tree"] == {**NOTHING, "lines": total["tree"]["lines"]}
    files = (edited.folder / "src").glob("*.rs")
    filled = sum(bool(line.strip()) for file in files for line in file.read_text().split("\n"))
    assert measured["crate"]["text"]["lines"] == filled > measured["made"]["text"]["lines"] > 300


def test_a_line_that_people_changed_counts_in_its_function_and_in_all(edited: Edited) -> None:
    edited.replace(SOURCE, "    offset >> 1\n", "    let half = offset >> 1;\n    half\n")
    parent = edited.hole("parent")
    assert parent["state"] == "changed"
    assert parent["text"] == {"lines": 13, "changed": 2, "gone": 0, "share": 0.1538}
    assert parent["tree"] == {"lines": 8, "changed": 2, "gone": 0, "share": 0.25}
    measured = edited.measured
    assert (measured["crate"]["text"]["changed"], measured["crate"]["tree"]["changed"]) == (2, 2)
    assert [each["name"] for each in measured["holes"] if each["state"] != "unchanged"] == ["parent"]


def test_formatting_and_comments_count_by_text_only(edited: Edited) -> None:
    config = ("--config", "max_width=60", "--edition", "2024")
    assert run(("rustfmt", *config, str(edited.folder / "src" / "lib.rs"))).ok
    edited.replace(
        SOURCE, "    let mut root: usize;\n", "    // Where it starts.\n    let mut root: usize;\n"
    )
    measured = edited.measured
    assert measured["crate"]["text"]["changed"] > 50
    assert (measured["crate"]["tree"]["changed"], measured["crate"]["tree"]["gone"]) == (0, 0)
    states = {each["name"]: each["state"] for each in measured["holes"]}
    assert states["sort_r"] == "layout" and set(states.values()) == {"layout", "unchanged"}


def test_how_lines_end_and_what_builds_leave_is_no_effort(edited: Edited) -> None:
    path = edited.folder / SOURCE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    for folder in ("target", "other-build"):
        (edited.folder / folder).mkdir()
        (edited.folder / folder / "CACHEDIR.TAG").touch()
        (edited.folder / folder / "made.rs").write_text("fn made() {}\n")
    assert edited.measured["crate"]["text"]["changed"] == 0


def test_a_function_that_was_moved_to_another_file_is_ours_there(edited: Edited) -> None:
    moved = edited.cut(SOURCE, "// Offset of the parent", "}")
    edited.write("src/places.rs", f"use crate::bindings::*;\n\npub {moved[moved.index('unsafe') :]}")
    parent = edited.hole("parent")
    assert (parent["before"]["file"], parent["after"]["file"]) == (SOURCE, "src/places.rs")
    assert parent["tree"] == {"lines": 7, "changed": 1, "gone": 0, "share": 0.1429}
    assert parent["text"]["gone"] == 5
    assert edited.measured["crate"]["text"]["changed"] == 2
    assert "src/places.rs:3" in edited.measure().stdout


def test_a_file_under_another_name_took_no_more_than_its_mention(edited: Edited) -> None:
    (edited.folder / SOURCE).rename(edited.folder / "src/heap.rs")
    edited.replace("src/lib.rs", "pub mod sort;", "pub mod heap;")
    measured = edited.measured
    assert {each["state"] for each in measured["holes"]} == {"unchanged"}
    assert (measured["crate"]["text"]["changed"], measured["crate"]["text"]["gone"]) == (1, 0)


def test_a_function_with_another_name_is_recognised_and_that_is_said(edited: Edited) -> None:
    edited.replace(SOURCE, "fn parent(", "fn parent_of(")
    parent = edited.hole("parent")
    assert (parent["state"], parent["after"]["path"], parent["likeness"]) == ("changed", "parent_of", 1.0)
    assert parent["tree"]["changed"] == 1
    assert "parent_of in src/sort.rs:" in edited.measure().stdout
    assert "100% alike" in edited.measure().stdout


def test_what_people_removed_and_added_is_told(edited: Edited) -> None:
    removed = edited.cut(SOURCE, 'unsafe extern "C" fn parent(', "}")
    added = "fn counted(of: &[u8]) -> usize {\n    of.iter().filter(|each| **each > 3).count()\n}\n"
    edited.write(SOURCE, f"{edited.read(SOURCE)}\n{added}")
    parent = edited.hole("parent")
    lines = len([line for line in removed.split("\n") if line.strip()])
    assert (parent["state"], parent["after"]) == ("removed", None)
    assert parent["tree"] == {"lines": 0, "changed": 0, "gone": 7, "share": None}
    assert parent["text"]["gone"] >= lines
    (other,) = edited.measured["others"]
    assert (other["name"], other["state"], other["handed_over"]) == ("counted", "added", None)
    assert other["text"] == {"lines": 3, "changed": 3, "gone": 0, "share": 1.0}
    assert edited.measured["made"]["text"]["changed"] == 0


def test_a_variable_and_what_stands_between_functions_count_too(edited: Edited) -> None:
    edited.replace(SOURCE, "        width: 1,\n", "        width: 2,\n")
    edited.replace(SOURCE, "    pub width: usize,\n", "    pub width: u32,\n")
    edited.replace("src/lib.rs", "pub mod sort;", "pub mod sort;\nmod more;")
    rules = edited.hole("swap_rules")
    assert (rules["kind"], rules["state"], rules["tree"]["changed"]) == ("global", "changed", 1)
    measured = edited.measured
    assert (measured["made"]["tree"]["changed"], measured["crate"]["tree"]["changed"]) == (1, 3)


def test_a_file_that_does_not_parse_is_counted_by_text_and_named(edited: Edited) -> None:
    whole = edited.measured["crate"]["text"]["lines"]
    edited.replace(SOURCE, "    offset >> 1\n", "    offset >> (\n")
    measured = edited.measured
    line = edited.read(SOURCE).split("\n").index("    offset >> (") + 1
    (broken,) = measured["not_parsed"]
    assert broken["file"] == SOURCE and 0 < broken["line"] <= line
    assert (measured["crate"]["text"]["lines"], measured["crate"]["text"]["changed"]) == (whole, 1)
    assert measured["crate"]["tree"]["changed"] == 0
    assert {each["state"] for each in measured["holes"]} == {"unknown"}
    assert "src/sort.rs does not parse (line" in edited.measure().stdout


def test_what_had_spoken_for_a_changed_function_is_said(edited: Edited) -> None:
    edited.replace(SOURCE, "    offset >> 1\n", "    offset / 2\n")
    assert edited.hole("parent")["handed_over"] == {
        "basis": "accepted",
        "passed": [*TEXTUAL, "tests"],
        "rejected_by": None,
        "verdicts": ["accepted"],
        "evidence": None,
    }
    shown = edited.measure().stdout
    assert f"parent: accepted: passed {', '.join(TEXTUAL)}, tests\n" in shown
    assert "changed or removed: 1 of 20 functions and variables that the run was to make" in shown


def test_weak_evidence_and_a_difference_from_the_c_are_told_apart(edited: Edited, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(edited.out, out)
    report = json.loads((out / "report.json").read_text())
    shown: dict[str, Any] = {
        "sentence": "9 inputs.",
        "weak": None,
        "inputs": 9,
        "not_shown": [],
        "drivers": [],
    }
    kinds: dict[str, dict[str, Any]] = {
        "parent": {},
        "merge": {"weak": "too few"},
        "do_cmp": {"differs": True},
    }
    for hole in report["holes"]:
        if hole["name"] in kinds:
            hole["evidence"] = {**shown, **kinds[hole["name"]]}
    (out / "report.json").write_text(json.dumps(report))
    holes = {each["name"]: each["handed_over"] for each in Edited(out, edited.folder).measured["holes"]}
    assert {name: holes[name]["basis"] for name in kinds} == {
        "parent": "shown",
        "merge": "weak",
        "do_cmp": "differs",
    }
    passed = {name for name, each in holes.items() if "behaviour" in each["passed"]}
    assert passed == {"parent", "merge"}


def test_json_is_pure_and_has_a_version_and_people_get_no_colours(edited: Edited) -> None:
    assert edited.measured["format"] == 1
    shown = edited.measure()
    assert (shown.exit, shown.stderr) == (0, "")
    assert "\x1b" not in shown.stdout


def test_rust_that_people_wrote_for_what_was_in_c_is_theirs_and_helpers_are_the_holes(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", settings="[run]\nattempts = 1\n")
    with Endpoint(Answers({"mix": ["no code at all"], "twice": [HELPED]})) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url)
        assert cli("run", module, "-o", tmp_path / "out", *model).exit == 3
    edited = copied(tmp_path / "out", tmp_path / "edited")
    assert edited.hole("mix")["state"] == "not Rust"
    text = '\npub unsafe extern "C" fn mix(a: c_uint, b: c_uint) -> c_uint {\n    a.wrapping_mul(31)\n}\n'
    edited.write("src/tiny.rs", edited.read("src/tiny.rs") + text)
    mix = edited.hole("mix")
    assert (mix["state"], mix["text"]["changed"], mix["text"]["lines"]) == ("added", 3, 3)
    assert (mix["handed_over"]["basis"], mix["handed_over"]["rejected_by"]) == ("c", "parse")
    assert edited.hole("twice")["state"] == "unchanged"
    edited.replace("src/tiny.rs", "    a.wrapping_add(b)\n", "    a + b\n")
    assert (edited.hole("twice")["state"], edited.hole("twice")["tree"]["changed"]) == ("changed", 1)


def filled(module: Path, out: Path, answers: GivenAnswers, *more: object) -> int:
    """Fill the bodies of a given crate and return how the run ended."""
    with Endpoint(answers) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url, "-o", out)
        return cli("run", module, "--interface", module / "interface", *model, *more).exit


def test_bodies_of_a_given_crate_are_holes_and_the_rest_is_the_crates(tmp_path: Path) -> None:
    assert filled(write_given(tmp_path / "stack"), tmp_path / "out", GivenAnswers()) == 0
    edited = copied(tmp_path / "out", tmp_path / "edited")
    edited.replace("src/lib.rs", "        self.items.len()\n", "        self.items.iter().count()\n")
    edited.replace("tests/stack.rs", "stack.push(7)", "stack.push(8)")
    measured = edited.measured
    states = {each["name"]: each["state"] for each in measured["holes"]}
    assert states == {"Stack::new": "unchanged", "Stack::push": "unchanged", "Stack::len": "changed"}
    assert [each["name"] for each in measured["others"]] == ["counts"]
    assert (measured["made"]["tree"]["changed"], measured["crate"]["tree"]["changed"]) == (1, 2)


def test_a_body_that_tests_speak_against_is_told(tmp_path: Path) -> None:
    module, out = write_given(tmp_path / "stack"), tmp_path / "out"
    twice = RIGHT["push"].replace("    self.items.push(item);\n", "    self.items.push(item);\n" * 2)
    assert filled(module, out, GivenAnswers({"push": [twice, "no code"]}), "--attempts", 2) == 3
    push = copied(out, tmp_path / "edited").hole("Stack::push")
    assert (push["state"], push["handed_over"]["basis"]) == ("unchanged", "rejected")
    assert (push["handed_over"]["rejected_by"], push["handed_over"]["passed"]) == ("tests", TEXTUAL)


def test_a_body_that_was_left_open_and_filled_by_people_is_changed(tmp_path: Path) -> None:
    module, out = write_given(tmp_path / "stack"), tmp_path / "out"
    assert filled(module, out, GivenAnswers({"new": ["no code"]}), "--attempts", 1) == 3
    edited = copied(out, tmp_path / "edited")
    edited.replace("src/lib.rs", "        unimplemented!()\n", "        Stack { items: Vec::new() }\n")
    new = edited.hole("Stack::new")
    assert (new["state"], new["tree"]["changed"]) == ("changed", 1)
    assert (new["handed_over"]["basis"], new["handed_over"]["passed"]) == ("unimplemented", [])


def test_functions_of_an_idiomatic_crate_are_known_by_the_c_that_they_stand_for(tmp_path: Path) -> None:
    module = write_idiomatic(tmp_path / "stack")
    with Endpoint(DesignAnswers()) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url, "-o", tmp_path / "out")
        assert cli("run", module, "--interface", "idiomatic", *model).exit == 0
    edited = copied(tmp_path / "out", tmp_path / "edited")
    edited.replace("src/stack.rs", "        self.items.len()\n", "        self.items.iter().count()\n")
    states = {each["name"]: each["state"] for each in edited.measured["holes"]}
    assert [name for name, state in states.items() if state == "changed"] == ["stack_size"]
    assert set(states.values()) == {"changed", "unchanged"}
