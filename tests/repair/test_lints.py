"""What clippy says of a finished crate, and of which part of it."""

from __future__ import annotations

from repair.cargo import leased_workspace
from repair.lints import lint
from repair.plug import Lines, RenderedCrate

MANIFEST = """\
[package]
name = "trial"
version = "0.1.0"
edition = "2024"

[lints.clippy]
needless_return = "allow"
undocumented_unsafe_blocks = "warn"
"""
LIB = """\
mod other;
pub unsafe fn returns() -> u8 {
    return 1;
}
pub fn twice(p: *mut u8, x: u8) -> u8 {
    let _ = unsafe { *p };
    if x == 1 { return 1; } else { return 2; }
}
"""
OTHER = "#![allow(clippy::all)]\npub(crate) fn clean() -> u8 {\n    return 1;\n}\n"
HOLES = {
    "returns": Lines("src/lib.rs", 2, 4),
    "twice": Lines("src/lib.rs", 5, 8),
    "clean": Lines("src/clean.rs", 1, 4),
}


def crate(library: str) -> RenderedCrate:
    texts = {"Cargo.toml": MANIFEST, "src/lib.rs": library, "src/other.rs": OTHER}
    return RenderedCrate({path: text.encode() for path, text in texts.items()}, HOLES)


def test_findings_are_those_of_default_lints_whatever_a_crate_allows_or_asks_for() -> None:
    with leased_workspace() as workspace:
        run, found = lint(workspace, crate(LIB))
    assert found is not None, run.stderr
    assert found.holes["returns"] == ("needless_return",)
    assert found.holes["twice"].count("needless_return") == 2
    assert "clean" not in found.holes
    assert found.files["src/other.rs"] == ("needless_return",)
    everything = {name for names in found.files.values() for name in names}
    assert not everything & {"undocumented_unsafe_blocks", "missing_safety_doc", "dead_code"}


def test_a_crate_that_does_not_compile_has_no_findings() -> None:
    with leased_workspace() as workspace:
        run, found = lint(workspace, crate(LIB + "fn broken() -> u8 {}\n"))
    assert (run.ok, found) == (False, None)
