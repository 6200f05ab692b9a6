"""A run with an idiomatic interface: settled, filled, callable from C, and held against the C."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Result, cli, interrupting
from tests.endpoint import Endpoint
from tests.idiomatic import (
    BODIES,
    INNER_BODIES,
    INNER_C,
    INNER_SIGNATURES,
    INNER_TYPES,
    SIGNATURES,
    TYPES,
    DesignAnswers,
    write_module,
)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return write_module(tmp_path / "stack")


def design(module: Path, answers: DesignAnswers, *more: object) -> Result:
    with Endpoint(answers) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url)
        return cli("run", module, "--interface", "idiomatic", "-o", "out", *model, *more)


def test_the_crate_is_safe_but_for_what_c_calls_and_passes_the_c_tests(module: Path, tmp_path: Path) -> None:
    result = design(module, DesignAnswers())
    assert result.exit == 0, result.stderr
    assert "5 of 5 holes Rust" in result.stdout and "the module's tests pass" in result.stdout
    source = tmp_path / "out" / "crate" / "src"
    assert (source / "stack.rs").read_text().startswith("#![forbid(unsafe_code)]\n")
    shims = (source / "ffi.rs").read_text()
    assert 'extern "C" fn stack_push(' in shims and "Box::into_raw" in shims
    assert not (tmp_path / "out" / "crate" / "c").exists()
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {"c": "grow", "rust": "", "reason": "a `Vec` grows by itself"} in report["settled"]
    assert "a `Vec` grows by itself" in (tmp_path / "out" / "report.html").read_text()


def test_that_a_run_went_without_a_sandbox_is_never_forgotten(module: Path) -> None:
    assert design(module, DesignAnswers(), "--sandbox", "off", "--json").json["sandbox"] == "off"
    assert design(module, DesignAnswers(), "--json").json["sandbox"] == "off"


def test_a_run_that_is_interrupted_leaves_a_report_and_goes_on(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with interrupting(monkeypatch, "migrate.given.filling.Filling._review"):
        assert design(module, DesignAnswers()).exit == 130
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["totals"]["rust"], report["tests"]["passed"]) == (5, None)
    again = DesignAnswers()
    assert design(module, again).exit == 0
    assert again.asked == []


def test_what_was_settled_is_left_as_a_crate_with_open_bodies(module: Path, tmp_path: Path) -> None:
    design(module, DesignAnswers())
    settled = (tmp_path / "out" / "interface" / "src" / "stack.rs").read_text()
    assert settled.count("unimplemented!()") == 5
    assert "pub struct Stack" in settled


def test_a_settled_interface_can_be_given(module: Path, tmp_path: Path) -> None:
    design(module, DesignAnswers())
    answers = DesignAnswers()
    with Endpoint(answers) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url)
        result = cli("run", module, "--interface", tmp_path / "out" / "interface", "-o", "again", *model)
    assert result.exit == 0, result.stderr
    assert sorted(answers.asked) == sorted(BODIES)


def test_the_interface_alone_can_be_settled_and_planned(module: Path, tmp_path: Path) -> None:
    answers = DesignAnswers()
    result = design(module, answers, "--interface-only")
    assert result.exit == 3, result.stderr
    assert answers.asked == ["types", "signatures"]
    holes = json.loads((tmp_path / "out" / "report.json").read_text())["holes"]
    assert [hole["plug"] for hole in holes] == ["unimplemented"] * 5
    planned = cli("plan", module, "--interface", "idiomatic", "-o", "out")
    assert planned.exit == 0
    assert "pub fn push(&mut self, item: i32) -> Result<(), Error>" in planned.stdout
    assert "stack_push" in planned.stdout and "5 open functions" in planned.stdout


def test_only_an_idiomatic_interface_can_be_settled_alone(module: Path) -> None:
    result = cli("run", module, "--interface-only", "--model", "some-model")
    assert result.exit == 2
    assert "add --interface idiomatic" in result.stderr


def test_an_interface_that_its_user_edits_is_filled_as_it_was_edited(module: Path, tmp_path: Path) -> None:
    design(module, DesignAnswers(), "--interface-only")
    source = tmp_path / "out" / "interface" / "src" / "stack.rs"
    source.write_text(source.read_text().replace("fn unrelated(", "fn one_more("))
    body = BODIES["unrelated"].replace("unrelated", "one_more")
    answers = DesignAnswers(bodies={**BODIES, "one_more": body})
    result = design(module, answers)
    assert result.exit == 0, result.stderr
    assert sorted(answers.asked) == sorted({*BODIES, "one_more"} - {"unrelated"})
    assert "pub fn one_more(x: i32)" in (tmp_path / "out" / "crate" / "src" / "stack.rs").read_text()
    shims = (tmp_path / "out" / "crate" / "src" / "ffi.rs").read_text()
    assert 'extern "C" fn unrelated(' in shims and "one_more(" in shims
    settled = json.loads((tmp_path / "out" / "report.json").read_text())["settled"]
    changed = {each["c"]: each["reason"] for each in settled if "by hand" in each["reason"]}
    assert changed == {"unrelated": "changed by hand in the settled interface"}
    assert "fn one_more(" in source.read_text()


def test_an_edited_interface_that_does_not_compile_stays_and_costs_nothing(
    module: Path, tmp_path: Path
) -> None:
    design(module, DesignAnswers(), "--interface-only")
    source = tmp_path / "out" / "interface" / "src" / "stack.rs"
    text = source.read_text().replace("x: i32) -> i32", "x: Missing) -> i32")
    source.write_text(text)
    answers = DesignAnswers()
    result = design(module, answers)
    assert result.exit == 2
    assert "cannot find type `Missing`" in result.stderr
    assert answers.asked == [] and source.read_text() == text


def test_types_that_do_not_compile_are_asked_for_again_with_what_the_compiler_says(module: Path) -> None:
    answers = DesignAnswers({"types": [TYPES.replace("Vec<i32>", "Missing<i32>")]})
    assert design(module, answers).exit == 0
    assert answers.asked[:2] == ["types", "types"]
    assert "cannot find type `Missing` in this scope" in answers.prompts[1]


def test_a_function_that_nothing_stands_for_is_asked_for_again(module: Path) -> None:
    answers = DesignAnswers({"signatures": [SIGNATURES.replace("- grow: NONE", "- grew: NONE")]})
    assert design(module, answers).exit == 0
    assert "Nothing stands for `grow`" in answers.prompts[answers.asked.index("signatures") + 1]


def test_an_interface_that_is_never_settled_ends_the_run_with_a_remedy(module: Path) -> None:
    answers = DesignAnswers({"types": ["No."] * 2})
    result = design(module, answers, "--attempts", 2)
    assert result.exit == 5
    assert "the types of the interface could not be settled in 2 answers" in result.stderr
    assert "--interface CRATE" in result.stderr


def test_a_body_that_differs_is_found_through_what_c_calls(module: Path) -> None:
    wrong = BODIES["unrelated"].replace("x + 1", "x.wrapping_add(2)")
    answers = DesignAnswers({"unrelated": [f"```rust\n{wrong}\n```"]})
    result = design(module, answers, "--evidence", "quick")
    assert result.exit == 0, result.stdout
    assert answers.asked.count("unrelated") == 2
    assert "The Rust does something else than the C." in answers.prompts[-1]


def test_without_shims_c_has_nothing_to_call(module: Path, tmp_path: Path) -> None:
    result = design(module, DesignAnswers(), "--no-shims")
    assert result.exit == 0, result.stderr
    assert not (tmp_path / "out" / "crate" / "src" / "ffi.rs").exists()


def test_a_second_run_asks_nothing(module: Path) -> None:
    design(module, DesignAnswers())
    again = DesignAnswers()
    assert design(module, again).exit == 0
    assert again.asked == []


def test_what_c_cannot_call_is_measured_on_the_inputs_of_what_calls_it(tmp_path: Path) -> None:
    module = write_module(tmp_path / "stack")
    folder = tmp_path / "out"
    (module / "stack.h").write_text("int outer(int x);\n")
    (module / "stack.c").write_text(INNER_C)
    (module / "test_stack.c").write_text(
        '#include "stack.h"\n\nint main(void)\n{\n\treturn outer(3) != 6;\n}\n'
    )
    answers = DesignAnswers({"types": [INNER_TYPES], "signatures": [INNER_SIGNATURES]}, INNER_BODIES)
    result = design(module, answers, "--evidence", "full")
    assert result.exit == 0, result.stdout
    holes = {hole["name"]: hole for hole in json.loads((folder / "report.json").read_text())["holes"]}
    inner = holes["inner"]["evidence"]
    assert inner["inputs"] > 0 and inner["mutants_told_apart"] > 0
    assert "It was seen at work through `outer` only: C cannot call its Rust." in inner["not_shown"]


def test_plan_says_that_the_interface_is_settled_by_the_run(module: Path) -> None:
    result = cli("plan", module, "--interface", "idiomatic")
    assert result.exit == 0
    assert "asks for types and signatures first" in result.stderr
