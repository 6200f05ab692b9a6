"""Rust that a person wrote goes through the gates that a model's goes through."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.command import Result, cli, contents
from tests.endpoint import Endpoint
from tests.tiny import FUNCTIONS, Answers, asked_hole, write_module


@pytest.fixture(scope="module")
def stuck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate a module in which the model gave one function up."""
    folder = tmp_path_factory.mktemp("stuck")
    write_module(folder / "tiny")
    with Endpoint(Answers({"mix": ["No."] * 9})) as endpoint:
        model = ("--model", "m", "--base-url", endpoint.base_url, "--attempts", 1)
        assert cli("run", folder / "tiny", "-o", folder / "out", *model).exit == 3
    return folder


@pytest.fixture
def out(stuck: Path, tmp_path: Path) -> Path:
    shutil.copytree(stuck / "out", tmp_path / "out")
    return tmp_path / "out"


def judge(out: Path, text: str, *more: str, name: str = "mix") -> Result:
    (out.parent / "mine.rs").write_text(text)
    return cli("judge", out, name, out.parent / "mine.rs", *more)


MINE = FUNCTIONS["mix"].rust.strip("`").removeprefix("rust")


@pytest.mark.parametrize("text", [MINE, FUNCTIONS["mix"].rust], ids=["plain", "in a code block"])
def test_good_rust_is_accepted_but_not_taken_without_being_asked_to(text: str, out: Path) -> None:
    crate = contents(out / "crate")
    result = judge(out, text)
    assert result.exit == 0, result.stderr
    assert result.stdout == "mix: accepted; add --accept to put it into the crate\n"
    assert contents(out / "crate") == crate


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("fn something_else() {}", "parse"),
        (MINE.replace("c_uint", "c_int"), "interface"),
        (MINE.replace("b)", "std::process::id())"), "policy"),
        (MINE.replace("b)", "missing)"), "compile"),
        (MINE.replace("31", "30"), "tests"),
    ],
)
def test_bad_rust_is_rejected_by_the_gate_that_would_reject_a_models(text: str, gate: str, out: Path) -> None:
    before = contents(out / "crate")
    result = judge(out, text, "--accept")
    assert result.exit == 1, result.stderr
    assert result.stdout.startswith(f"{gate}: ")
    assert result.stdout.endswith(f"mix: rejected by the gate {gate}\n")
    assert contents(out / "crate") == before


def test_accepted_rust_is_in_the_crate_and_the_report_says_whose_it_is(out: Path) -> None:
    result = judge(out, MINE, "--accept", "--json")
    assert (result.exit, result.json["accepted"], result.json["gate"]) == (0, True, None)
    assert "wrapping_mul(31)" in (out / "crate" / "src" / "tiny.rs").read_text()
    assert not (out / "crate" / "c").exists()
    shown = cli("show", out, "--json")
    assert shown.plugs == {"twice": "rust", "mix": "rust", "greater": "rust"}
    assert {hole["name"]: hole["source"] for hole in shown.json["holes"]} == {
        **dict.fromkeys(("twice", "greater"), "model"),
        "mix": "hand",
    }


def test_a_run_goes_on_from_hand_written_rust_and_asks_nothing(tiny: Path) -> None:
    with Endpoint(Answers({"mix": ["No."] * 9})) as endpoint:
        run = ("run", tiny, "-o", "out", "--model", "m", "--base-url", endpoint.base_url, "--attempts", 1)
        assert cli(*run).exit == 3
        assert judge(Path("out").resolve(), MINE, "--accept").exit == 0
        assert cli(*run).exit == 0
        assert sorted(asked_hole(each.body) for each in endpoint.requests) == ["greater", "mix", "twice"]


def test_accepted_rust_of_a_model_can_be_replaced(out: Path) -> None:
    better = FUNCTIONS["twice"].rust.replace("x + x", "2 * x")
    assert judge(out, better, "--accept", name="twice").exit == 0
    assert "2 * x" in (out / "crate" / "src" / "tiny.rs").read_text()
