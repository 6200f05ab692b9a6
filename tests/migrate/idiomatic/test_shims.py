"""What has to be filled before C can call a safe function of a module."""

from __future__ import annotations

from pathlib import Path

from migrate.given.assembly import GivenAssembly
from migrate.given.crate import open_given
from migrate.idiomatic.interface import prepared_interface
from migrate.idiomatic.shim_check import ShimCheck
from migrate.idiomatic.shims import ShimMaker
from migrate.model.exchange import Message
from migrate.module import open_module
from migrate.prepare import prepare
from migrate.prompts import Templates
from migrate.settings import ModuleSettings
from repair.cargo import leased_workspace
from tests.given import MANIFEST

C = """\
static int count;
static const int most = 9;

int next(void)
{
	return count < most ? ++count : most;
}

int limit(void)
{
	return most;
}

int left(void)
{
	return limit() - count;
}
"""
RUST = """\
use std::sync::atomic::AtomicI32;

pub static COUNT: AtomicI32 = AtomicI32::new(0);

/// Stands for `next`.
pub fn next() -> i32 {
    unimplemented!()
}

/// Stands for `limit`.
pub fn limit() -> i32 {
    unimplemented!()
}

/// Stands for `left`.
pub fn left() -> i32 {
    unimplemented!()
}
"""


def test_functions_that_keep_state_together_are_callable_together(tmp_path: Path) -> None:
    files = {"count.c": C, "crate/Cargo.toml": MANIFEST, "crate/src/lib.rs": "mod count;\n"}
    for name, text in {**files, "crate/src/count.rs": RUST}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    module, templates = open_module(tmp_path / "count.c", ModuleSettings()), Templates(None)
    abi, crate = prepare(module, templates), open_given(tmp_path / "crate")
    prepared = prepared_interface(module, abi.inventory, crate, templates)

    def nobody(purpose: str, attempt: int, messages: tuple[Message, ...]) -> str:
        raise AssertionError(purpose)

    with leased_workspace() as workspace:
        check = ShimCheck(GivenAssembly(crate, prepared.holes), workspace, crate.edition)
        outside = ShimMaker(abi, crate, prepared.holes, nobody, check, 1).by_rule()
    assert {"next", "left", "limit"} <= outside["next"].needs
    assert outside["left"].needs == outside["next"].needs
    assert outside["limit"].needs & {"next", "left"} == set()
