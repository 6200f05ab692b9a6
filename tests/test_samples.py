"""The samples end in Rust, exactly as they were recorded."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.shared import replayed_once

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = {"sort": 10, "intmath": 12, "ramfs": 25}
"""The samples, and how many functions each has at least."""


@dataclass(frozen=True)
class Replayed:
    """A sample after its recording was replayed."""

    crate: Path
    report: dict[str, Any]


@pytest.fixture(scope="module", params=SAMPLES)
def replayed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    sample = ROOT / "samples" / request.param
    options = ("--replay", str(sample / "recording.jsonl"), "--evidence", "quick")
    return Replayed(*replayed_once(tmp_path_factory, request.param, sample, *options))


def test_every_hole_is_rust_and_the_tests_pass(replayed: Replayed) -> None:
    totals = replayed.report["totals"]
    functions = [hole for hole in replayed.report["holes"] if hole["kind"] == "function"]
    assert len(functions) >= SAMPLES[replayed.report["module"]]
    assert totals["rust"] == totals["holes"] == len(replayed.report["holes"])
    assert replayed.report["tests"]["passed"] is True


def test_the_reported_command_tests_the_crate(replayed: Replayed) -> None:
    folder = ROOT / "samples" / replayed.report["module"]
    command = replayed.report["tests"]["command"]
    ended = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "checks passed" in ended.stdout


def test_every_answer_was_recorded_for_the_prompt_of_today(replayed: Replayed) -> None:
    attempts = sum(hole["attempts"] for hole in replayed.report["holes"])
    assert replayed.report["model"]["replayed"] >= attempts
    assert replayed.report["model"]["replayed_for_earlier_prompt"] == 0
    assert replayed.report["model"]["calls"] == 0


def test_every_function_was_seen_to_do_what_the_c_does(replayed: Replayed) -> None:
    functions = [hole for hole in replayed.report["holes"] if hole["kind"] == "function"]
    shown = [hole["evidence"] for hole in functions]
    assert all(each["inputs"] > 0 for each in shown)
    assert not any("finished crate" in each for every in shown for each in every["not_shown"])
    reached = [each["branches_reached"] / each["branches"] for each in shown if each["branches"]]
    assert min(reached) >= 0.75
    assert sum(share >= 0.9 for share in reached) >= 0.8 * len(reached)


def test_no_c_is_left_in_the_crate(replayed: Replayed) -> None:
    assert not (replayed.crate / "c").exists()
    assert not (replayed.crate / "build.rs").exists()
    assert "build-dependencies" not in (replayed.crate / "Cargo.toml").read_text()


def test_the_crate_is_laid_out_by_rustfmt(replayed: Replayed) -> None:
    command = ("rustfmt", "--edition", "2024", "--check", str(replayed.crate / "src" / "lib.rs"))
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == ""


def test_each_c_file_with_code_has_its_rust_file_in_the_order_of_the_c(replayed: Replayed) -> None:
    for file in {hole["file"] for hole in replayed.report["holes"]}:
        text = (replayed.crate / "src" / Path(file).with_suffix(".rs").name).read_text()
        names = [hole["name"].rpartition(":")[2] for hole in replayed.report["holes"] if hole["file"] == file]
        places = [min(text.find(f"fn {name}("), text.find(f" {name}: "), key=_found) for name in names]
        assert -1 not in places
        assert places == sorted(places)


def _found(place: int) -> tuple[bool, int]:
    return place < 0, place
