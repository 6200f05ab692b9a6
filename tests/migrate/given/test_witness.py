"""Bodies of a given crate that rules let C call are replayed against the C, and a difference is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import cli
from tests.endpoint import Endpoint
from tests.given import MANIFEST, GivenAnswers

C = """\
/* At most nine of it, and none where there would be less. */
int clamp(int x)
{
	if (x < 0)
		return 0;
	return x > 9 ? 9 : x;
}
"""
LIB = """\
//! Numbers.
#![forbid(unsafe_code)]

/// At most nine of it.
pub fn clamp(x: i32) -> i32 {
    unimplemented!()
}
"""
RIGHT = "pub fn clamp(x: i32) -> i32 {\n    x.clamp(0, 9)\n}"
OTHER = "pub fn clamp(x: i32) -> i32 {\n    x.min(9)\n}"


@pytest.fixture
def module(tmp_path: Path) -> Path:
    files = {"clamp.c": C, "interface/Cargo.toml": MANIFEST, "interface/src/lib.rs": LIB}
    for name, text in files.items():
        path = tmp_path / "clamp" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "clamp"


def filled(module: Path, answer: str, *more: object, level: str = "quick") -> tuple[int, dict[str, Any]]:
    with Endpoint(GivenAnswers({"clamp": [answer]})) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url)
        ended = cli(
            "run",
            module,
            "--interface",
            module / "interface",
            "-o",
            "out",
            *model,
            "--evidence",
            level,
            *more,
        )
    hole: dict[str, Any] = json.loads((module.parent / "out" / "report.json").read_text())["holes"][0]
    return ended.exit, hole


def test_what_does_as_the_c_does_has_evidence_and_the_crate_stays_the_users(module: Path) -> None:
    exit_code, hole = filled(module, RIGHT)
    assert exit_code == 0
    assert hole["evidence"]["inputs"] > 0 and hole["evidence"]["weak"] is None
    crate = module.parent / "out" / "crate"
    assert "#![forbid(unsafe_code)]" in (crate / "src" / "lib.rs").read_text()
    assert (crate / "Cargo.toml").read_text() == MANIFEST
    assert not (crate / "src" / "ffi.rs").exists()


def test_what_differs_from_the_c_is_kept_and_told_with_values(module: Path) -> None:
    exit_code, hole = filled(module, OTHER)
    assert exit_code == 0 and hole["plug"] == "rust"
    assert hole["evidence"]["inputs"] == 0 and not hole["evidence"]["differs"]
    told = hole["evidence"]["not_shown"][0]
    assert told.startswith("On an input it differs from the C, as its interface may ask for:")
    assert "C:    result = 0" in told and "Rust: result = -" in told


def test_required_evidence_counts_a_difference_as_not_done(module: Path) -> None:
    exit_code, _ = filled(module, OTHER, "--require-evidence")
    assert exit_code == 3


def test_nothing_is_replayed_without_evidence_or_without_the_standard_library(module: Path) -> None:
    assert filled(module, RIGHT, level="none")[1]["evidence"] is None
    (module / "interface" / "src" / "lib.rs").write_text(f"#![no_std]\n{LIB}")
    assert filled(module, RIGHT)[1]["evidence"] is None
