"""A run on a given interface: bodies filled, tests believed, and nothing of the user's changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.command import Result, cli, contents, interrupting
from tests.endpoint import Endpoint
from tests.given import LIB, RIGHT, GivenAnswers, write_given

CRATE = Path("interface", "src", "lib.rs")


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return write_given(tmp_path / "stack")


def fill(module: Path, answers: GivenAnswers, *more: object) -> Result:
    with Endpoint(answers) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url)
        return cli("run", module, "--interface", module / "interface", "-o", "out", *model, *more)


def test_every_open_body_is_filled_and_the_rest_stays_as_it_was(module: Path, tmp_path: Path) -> None:
    before = contents(module)
    result = fill(module, GivenAnswers())
    assert result.exit == 0, result.stderr
    assert result.stdout.startswith("3 of 3 holes Rust; 2 of 2 tests of the crate pass")
    text = (tmp_path / "out" / "crate" / "src" / "lib.rs").read_text()
    assert "        self.items.len()\n    }\n" in text
    assert "unimplemented" not in text and "todo" not in text
    assert text.startswith(LIB.partition("impl")[0])
    assert contents(module) == before


def test_what_clippy_finds_is_told_of_each_body(module: Path) -> None:
    report = fill(module, GivenAnswers(), "--json").json
    found = {each["name"]: each["clippy"] for each in report["holes"]}
    assert found == {
        "Stack::new": ["new_without_default"],
        "Stack::push": [],
        "Stack::len": ["len_without_is_empty"],
    }
    assert (report["unsafety"]["bodies"]["clippy"], report["unsafety"]["ffi"]) == (2, None)


def test_c_that_nothing_stands_for_is_told(module: Path) -> None:
    result = fill(module, GivenAnswers())
    assert "not asked for: stack_destroy, unrelated" in result.stdout


def test_a_prompt_shows_the_c_its_helpers_and_the_crate_without_its_tests(module: Path) -> None:
    answers = GivenAnswers()
    fill(module, answers)
    prompt = answers.prompts[answers.asked.index("push")]
    assert "int stack_push(struct stack *s, int item)\n{" in prompt
    assert "static int grow(struct stack *s)\n{" in prompt
    assert "items: Vec<i32>," in prompt
    assert "refuses_negative_items" not in prompt


def test_a_failing_test_goes_into_the_repair_prompt_with_its_values(module: Path) -> None:
    wrong = RIGHT["push"].replace("item < 0", "item < -1")
    answers = GivenAnswers({"push": [wrong, RIGHT["push"]]})
    result = fill(module, answers)
    assert result.exit == 0, result.stdout
    assert answers.asked.count("push") == 2
    repair = answers.prompts[-1]
    assert "The crate's test `refuses_negative_items` fails with this function in it." in repair
    assert "left: Ok(())" in repair and "right: Err(Negative)" in repair
    assert "assert_eq!(stack.push(-1), Err(Negative));" in repair


def test_a_body_that_is_confirmed_clears_its_name_and_the_next_one_is_asked(module: Path) -> None:
    twice = RIGHT["push"].replace("    self.items.push(item);\n", "    self.items.push(item);\n" * 2)
    answers = GivenAnswers({"push": [twice, RIGHT["push"]]})
    result = fill(module, answers)
    assert result.exit == 0, result.stdout
    # The statement that fails names `len`; `new` and `push` stand in the test around it.
    assert answers.asked[3:] == ["len", "new", "push"]


def test_hidden_tests_are_reported_and_never_shown(module: Path) -> None:
    wrong = RIGHT["push"].replace("item < 0", "item < -1")
    answers = GivenAnswers({"push": [wrong]})
    result = fill(module, answers, "--tests", "hidden")
    assert result.exit == 3
    assert answers.asked.count("push") == 1
    assert "1 of 2 tests of the crate pass, failing: refuses_negative_items" in result.stdout


def test_unsafe_is_refused_unless_it_is_allowed(module: Path) -> None:
    unsafe = RIGHT["len"].replace(
        "self.items.len()", "// SAFETY: ours.\n    unsafe { (*(&raw const self.items)).len() }"
    )
    answers = GivenAnswers({"len": [unsafe, RIGHT["len"]]})
    fill(module, answers)
    assert "uses `unsafe`, which is not allowed" in answers.prompts[-1]


def test_a_changed_signature_is_refused(module: Path) -> None:
    changed = RIGHT["len"].replace("usize", "u64").replace("self.items.len()", "self.items.len() as u64")
    answers = GivenAnswers({"len": [changed, RIGHT["len"]]})
    fill(module, answers)
    assert "The signature of `len` must stay exactly as it was given." in answers.prompts[-1]


def test_that_a_run_went_without_a_sandbox_is_never_forgotten(module: Path) -> None:
    assert fill(module, GivenAnswers(), "--sandbox", "off", "--json").json["sandbox"] == "off"
    assert fill(module, GivenAnswers(), "--json").json["sandbox"] == "off"


def test_a_run_that_is_interrupted_leaves_a_report_and_goes_on(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with interrupting(monkeypatch, "migrate.given.filling.Filling._review"):
        assert fill(module, GivenAnswers()).exit == 130
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["totals"]["rust"], report["tests"]["passed"], report["crate_tests"]) == (3, None, None)
    again = GivenAnswers()
    assert fill(module, again).exit == 0
    assert again.asked == []


def test_a_second_run_asks_nothing(module: Path) -> None:
    fill(module, GivenAnswers())
    again = GivenAnswers()
    assert fill(module, again).exit == 0
    assert again.asked == []


def test_a_test_that_hangs_fails_and_the_others_count(module: Path) -> None:
    (module / "llmigrate.toml").write_text("[tests]\ntimeout = 2\n")
    tests = module / "interface" / "tests" / "stack.rs"
    tests.write_text(
        tests.read_text()
        + "\n#[test]\nfn hangs() {\n    loop {\n        std::hint::black_box(0);\n    }\n}\n"
    )
    result = fill(module, GivenAnswers(), "--tests", "hidden")
    assert result.exit == 3
    assert "2 of 3 tests of the crate pass, failing: hangs" in result.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Cargo.toml": None}, "holds no Cargo.toml"),
        ({"Cargo.toml": "[workspace]\nmembers = []\n"}, "is a workspace, not one crate"),
        ({"Cargo.toml": "[package"}, "is not valid TOML"),
        ({"src/lib.rs": "pub fn done() {}\n"}, "has no open body"),
        ({"src/lib.rs": "pub fn f() -> Missing { unimplemented!() }\n"}, "does not compile as it is"),
    ],
)
def test_a_crate_that_cannot_be_filled_is_told_in_one_sentence(
    module: Path, change: dict[str, str | None], said: str
) -> None:
    for name, text in change.items():
        path = module / "interface" / name
        path.unlink() if text is None else path.write_text(text)
    shutil.rmtree(module / "interface" / "tests")
    result = fill(module, GivenAnswers())
    assert result.exit == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr


def test_another_interface_needs_another_folder(module: Path) -> None:
    fill(module, GivenAnswers())
    with Endpoint(GivenAnswers()) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url)
        result = cli("run", module, "--interface", "abi", "-o", "out", *model)
    assert result.exit == 2
    assert "choose another -o for --interface abi" in result.stderr


def test_commands_that_know_the_interface_of_the_c_only_say_so(module: Path, tmp_path: Path) -> None:
    fill(module, GivenAnswers())
    (tmp_path / "new.rs").write_text(RIGHT["len"])
    for command in (
        ("judge", "out", "Stack::len", tmp_path / "new.rs"),
        ("store", "out", "--into", tmp_path / "st"),
    ):
        result = cli(*command)
        assert result.exit == 2
        assert "knows that of the C only" in result.stderr, result.stderr


def test_plan_shows_what_each_body_stands_for_and_writes_nothing(module: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    result = cli("plan", module, "--interface", module / "interface", "--json")
    assert result.exit == 0
    found = result.json
    assert [(each["name"], each["functions"]) for each in found["bodies"]] == [
        ("Stack::new", ["stack_create"]),
        ("Stack::push", ["stack_push"]),
        ("Stack::len", ["stack_size"]),
    ]
    assert found["not_asked_for"] == ["stack_destroy", "unrelated"]
    assert "Stack::push" in cli("plan", module, "--interface", module / "interface").stdout
    assert contents(tmp_path) == before


@pytest.mark.parametrize("edition", ["2015", "2018", "2024"])
def test_crates_of_every_edition_are_filled(module: Path, edition: str) -> None:
    manifest = module / "interface" / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("2021", edition))
    if edition == "2015":
        tests = module / "interface" / "tests" / "stack.rs"
        tests.write_text(f"extern crate stacked;\n{tests.read_text()}")
    result = fill(module, GivenAnswers())
    assert result.exit == 0, result.stderr
    assert "2 of 2 tests of the crate pass" in result.stdout


def test_a_crate_without_the_standard_library_is_filled(module: Path) -> None:
    lib = module / "interface" / "src" / "lib.rs"
    text = LIB.replace(
        "//! A stack of numbers.\n",
        "//! A stack of numbers.\n#![no_std]\nextern crate alloc;\nuse alloc::vec::Vec;\n",
    )
    lib.write_text(text)
    result = fill(module, GivenAnswers())
    assert result.exit == 0, result.stderr
    assert "2 of 2 tests of the crate pass" in result.stdout


def test_default_methods_of_a_trait_that_nothing_implements_and_types_in_a_circle_are_filled(
    module: Path,
) -> None:
    lib = module / "interface" / "src" / "lib.rs"
    more = """
/// A node, which may hold nodes.
pub struct Node {
    pub inner: Option<Box<Node>>,
}

pub trait Doubled {
    fn size(&self) -> usize;

    /// Twice the size.
    fn twice(&self) -> usize {
        unimplemented!()
    }
}
"""
    lib.write_text(LIB + more)
    twice = "fn twice(&self) -> usize {\n    self.size() * 2\n}"
    result = fill(module, GivenAnswers({"twice": [twice]}))
    assert result.exit == 0, result.stderr
    assert "4 of 4 holes Rust" in result.stdout
