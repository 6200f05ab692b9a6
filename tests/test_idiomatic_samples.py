"""The samples with an idiomatic interface end in safe Rust, exactly as they were recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analysis.syntax import descendants, parse_rust
from tests.shared import replayed_once

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
FUNCTIONS = {"intmath": 18, "sort": 16, "ramfs": 40}
"""The samples, and how many functions each has at least."""


@dataclass(frozen=True)
class Settled:
    """A sample after its recording was replayed."""

    crate: Path
    report: dict[str, Any]


@pytest.fixture(scope="module", params=FUNCTIONS)
def settled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settled:
    sample = SAMPLES / request.param
    options = ("--interface", "idiomatic", "--evidence", "quick")
    replay = ("--replay", str(sample / "idiomatic" / "recording.jsonl"))
    name = f"idiomatic-{request.param}"
    return Settled(*replayed_once(tmp_path_factory, name, sample, *options, *replay))


def test_every_function_is_rust_and_the_c_tests_pass(settled: Settled) -> None:
    totals = settled.report["totals"]
    assert totals["rust"] == totals["holes"] >= FUNCTIONS[settled.report["module"]]
    assert settled.report["tests"]["passed"] is True


def test_nothing_is_unsafe_but_what_c_calls(settled: Settled) -> None:
    for file in sorted((settled.crate / "src").glob("*.rs")):
        text = file.read_bytes()
        is_unsafe = next(descendants(parse_rust(text), {"unsafe"}), None) is not None
        assert not is_unsafe or file.name == "ffi.rs", file
        assert file.name in {"ffi.rs", "lib.rs"} or text.startswith(b"#![forbid(unsafe_code)]")


def test_every_answer_was_recorded_for_the_prompt_of_today(settled: Settled) -> None:
    model = settled.report["model"]
    assert model["replayed"] > settled.report["totals"]["holes"]
    assert model["replayed_for_earlier_prompt"] == model["calls"] == 0


def test_what_became_of_types_and_functions_is_told_with_a_reason(settled: Settled) -> None:
    became = settled.report["settled"]
    assert {hole["name"] for hole in settled.report["holes"]} <= {each["c"] for each in became}
    assert all(each["reason"] for each in became)


def test_most_functions_were_seen_to_do_what_the_c_does(settled: Settled) -> None:
    shown = [hole["evidence"] for hole in settled.report["holes"]]
    assert all(each is not None and not each["differs"] for each in shown)
    assert sum(each["inputs"] > 0 for each in shown) >= 0.8 * len(shown)
