"""The samples with a given interface end in Rust, exactly as they were recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analysis.rust_bodies import without_bodies
from repair.cargo import read_files
from tests.shared import replayed_once

GIVEN = Path(__file__).resolve().parent.parent / "samples" / "given"
BODIES = {"textkit": 20, "keepshelf": 32}


@dataclass(frozen=True)
class Filled:
    """A sample after its recording was replayed."""

    interface: Path
    crate: Path
    report: dict[str, Any]


@pytest.fixture(scope="module", params=BODIES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    sample = GIVEN / request.param
    replay = ("--replay", str(sample / "recording.jsonl"))
    return Filled(sample / "interface", *replayed_once(tmp_path_factory, request.param, sample, *replay))


def test_every_open_body_is_rust_and_all_tests_pass(filled: Filled) -> None:
    totals, tests = filled.report["totals"], filled.report["crate_tests"]
    assert totals["rust"] == totals["holes"] == BODIES[filled.report["module"]]
    assert tests["failed"] == tests["open"] == []
    assert tests["passed"] >= 19


def test_every_answer_was_recorded_for_the_prompt_of_today(filled: Filled) -> None:
    model = filled.report["model"]
    assert model["replayed"] > filled.report["totals"]["holes"]
    assert model["replayed_for_earlier_prompt"] == model["calls"] == 0


def test_nothing_of_the_interface_is_touched(filled: Filled) -> None:
    before, after = read_files(filled.interface), read_files(filled.crate)
    assert before.keys() == after.keys() - {"Cargo.lock"}
    for name, text in before.items():
        if name.startswith("src/"):
            assert _shape(after[name]) == _shape(text)
        else:
            assert after[name] == text


def test_bodies_are_safe(filled: Filled) -> None:
    assert all(hole["unsafe_blocks"] == 0 for hole in filled.report["holes"])


def _shape(text: bytes) -> list[str]:
    """Return everything but bodies, white space at the ends of lines aside."""
    return [line.strip() for line in without_bodies(text).splitlines() if line.strip()]
